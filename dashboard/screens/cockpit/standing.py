"""« Où nous en sommes »: progress against the plan, the S-curve and the probable end; then the
milestones that explain the gap.
"""

from collections.abc import Sequence
from datetime import date

from dashboard import cached, french, theme
from dashboard.charts.plots import on_page
from dashboard.figures.board import Board, Entry
from dashboard.figures.sentences import end_in_words
from dashboard.figures.workstreams import lost_points
from dashboard.queries.roadmap import PlanAt
from dashboard.scope import Scope
from dashboard.screens.roadmap.curves import S_CURVE, s_curve
from dashboard.ui.blocks import fold, gathering, place
from dashboard.ui.charts import EXPLAINED, events_table
from dashboard.ui.components import draw
from dashboard.ui.tables import link
from dashboard.visit.navigation import address

_NAMED = 5  # milestones named one by one


def standing(scope: Scope, board: Board, since: date | None) -> None:
    """The main figure, its gap and the curve; of the whole roadmap, whatever the direction."""
    gap = board["ecart.points"]
    curve = s_curve(scope)
    with gathering() as events, fold(EXPLAINED):
        events_table(curve, scope)
        whole_curve = address("extrait", scope, graphique=S_CURVE)
        place(link("La courbe et ses données", whole_curve))
    draw(
        "cockpit/standing.html",
        whole=whole_in_words(scope),
        done=french.percent(board["avancement"].value),
        gap=french.against_plan(gap.value),
        months=french.months_late(board["ecart.mois"].value),
        moved=_moved(board["avancement"], gap, since),
        end=end_in_words(
            cached.milestones(scope.on, scope.asked),
            cached.forecasts_at(scope.on, scope.asked).whole,
        ),
        status=theme.STATUSES.get(str(gap.status)),
        plot=on_page(curve.plot, curve.alt),
        events=events,
        ways=[
            ("Pourquoi ce chiffre ?", address("pourquoi", scope, chiffre="ecart.points")),
            ("Dates probables", address("feuille-de-route", scope, volet="previsions")),
        ],
    )


def whole_in_words(scope: Scope) -> str:
    return "" if scope.is_whole else " (toute l'administration)"


def _moved(progress: Entry, gap: Entry, since: date | None) -> str:
    """« Rien de plus fait depuis le 27/06/2023 ; l'écart a grandi de 3,9 points. »"""
    if since is None or progress.change is None or gap.change is None:
        return ""
    done = french.signed(progress.change, "point", 1) if round(progress.change, 1) else "Rien"
    sentence = f"{done} de plus fait depuis le {french.day(since)}"
    if not round(gap.change, 1):
        return f"{sentence}."
    grown = "grandi" if abs(gap.value) > abs(gap.before) else "diminué"
    points = round(abs(gap.change), 1)
    words = f"{french.number(points, 1)} {french.plural(points, 'point')}"
    return f"{sentence} ; l'écart a {grown} de {words}."


# --- the milestones that explain the gap --------------------------------------------------------


def slipped(scope: Scope, gap: float | None) -> None:
    """The milestones that explain the gap to the plan, with those who carry them; their points
    sum to the gap.
    """
    lost = lost_points(cached.milestones(scope.on, scope.asked), scope.on)
    draw(
        "cockpit/slipped.html",
        whole=whole_in_words(scope),
        rows=_falls(lost, gap, scope) if gap is not None else [],
        gap=french.signed(gap, "point", 1),
    )


def _falls(lost: Sequence[tuple[PlanAt, float]], gap: float, scope: Scope) -> list[dict]:
    """Each fall begins where the one above it ends; the last one leads to the gap."""
    named = [(m, round(points, 1)) for m, points in lost[:_NAMED] if points < 0]
    rest = round(gap, 1) - sum(points for _, points in named)
    lowest = min(sum(points for _, points in named), gap) or -1
    rows, at = [], 0.0
    for m, points in named:
        title = f"{m.plan.number} {m.plan.title}"
        href = address("feuille-de-route", scope, jalon=m.plan.number)
        rows.append(_fall(title, points, at, lowest) | {"href": href, "owner": m.schedule.owner})
        at += points
    if others := len(lost) - len(named):
        title = french.counted(others, "autre jalon", "autres jalons")
        rows.append(_fall(title, rest, at, lowest))
    return rows


def _fall(title: str, points: float, start: float, lowest: float) -> dict:
    begin, end = sorted((100 * start / lowest, 100 * (start + points) / lowest))
    return {
        "title": title,
        "href": "",
        "owner": "",
        "points": french.signed(points, "", 1),
        "left": f"{max(begin, 0):.1f}%",
        "width": f"{end - max(begin, 0):.1f}%",
        "is_gain": points > 0,
    }
