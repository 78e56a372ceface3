"""« Où nous en sommes »: progress against the plan, the S-curve and the probable end."""

from datetime import date

from dashboard import cached, french, theme
from dashboard.charts.plots import on_page
from dashboard.figures.board import Board
from dashboard.scope import Scope
from dashboard.screens.roadmap.curves import S_CURVE, s_curve
from dashboard.screens.roadmap.forecasts import record_in_words
from dashboard.ui.components import draw
from dashboard.visit.navigation import address


def standing(scope: Scope, board: Board, since: date | None) -> None:
    """The main figure, its comparison and the curve; of the whole roadmap, whatever the
    direction.
    """
    progress, gap = board["avancement"], board["ecart.points"]
    curve = s_curve(scope)
    draw(
        "cockpit/standing.html",
        whole="" if scope.is_whole else " (toute l'administration)",
        done=french.percent(progress.value),
        planned=french.percent(gap.denominator),
        on=scope.on,
        months=french.months_late(board["ecart.mois"].value),
        moved=_moved(progress.change, since),
        end=_end(scope),
        status=theme.STATUSES.get(str(gap.status)),
        plot=on_page(curve.plot, curve.alt),
        ways=[
            ("Pourquoi ce chiffre ?", address("pourquoi", scope, chiffre="avancement")),
            ("La courbe et ses données", address("extrait", scope, graphique=S_CURVE)),
            ("Dates probables", address("feuille-de-route", scope, volet="previsions")),
        ],
    )


def _moved(change: float | None, since: date | None) -> str:
    if since is None or change is None:
        return ""
    moved = french.signed(change, "point", 1) if round(change, 1) else "inchangé"
    return f"{moved} depuis le {french.day(since)}"


def _end(scope: Scope) -> tuple[str, str, str] | None:
    """In words: the probable end of the last milestone, its planned and prudent end, and how often
    past forecasts held. None if nothing is open.
    """
    counted = [m for m in cached.milestones(scope.on, scope.asked) if m.is_counted]
    end = cached.forecasts_at(scope.on, scope.asked).whole
    if not counted or end.probable is None or end.prudent is None:
        return None
    planned = max(m.schedule.end for m in counted)
    return (
        f"Fin probable : {french.month(end.probable)}",
        f"prévue {french.month_in_short(planned)}, prudente {french.month_in_short(end.prudent)}",
        record_in_words(cached.backtest_at(scope.on, scope.asked)),
    )
