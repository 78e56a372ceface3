"""The two curves of the cockpit (courbes), which may also stand alone in an extract: the S-curve,
the entries month by month.

Each is drawn once for a scope and a state of the facts, and remembered.
"""

from datetime import date

from markupsafe import Markup

from dashboard import cached, french
from dashboard.cached import ideas
from dashboard.cached.memory import cached as remembered
from dashboard.cached.memory import shared
from dashboard.charts import ideas as idea_charts
from dashboard.charts import plots
from dashboard.charts import s_curve as s_curves
from dashboard.figures.workstreams import earned_at, planned_at
from dashboard.scope import Scope
from dashboard.ui.charts import Drawing, drawing, files_of, show, show_picture
from dashboard.ui.figures import window_months
from dashboard.visit.navigation import address
from models.clock import add_months, month_start
from models.programmes import Period

S_CURVE = "courbe-en-s"
FILED = "depots-par-mois"
_MONTHS = 24


def s_curve(scope: Scope, level: int = 3) -> None:
    """Planned and earned, month by month; the roadmap is one, whatever the direction."""
    show(
        _s_curve(scope.on, scope.asked, scope.is_whole, level),
        key=S_CURVE,
        note=scope.whole().sentence(),
    )


def s_curve_plot(scope: Scope) -> Markup:
    """The same, drawn by the page itself, without its title and its table."""
    return _s_curve_plot(scope.on, scope.asked, scope.is_whole)


def _s_curve_of(scope: Scope) -> Drawing:
    return _s_curve(scope.on, scope.asked, scope.is_whole, 3)


S_CURVE_FILES = files_of(
    S_CURVE, "page.everyone", _s_curve_of, lambda scope: scope.whole().sentence()
)


@remembered("roadmap", size=64)
def _s_curve_plot(on: date, asked: Period | None, is_whole: bool) -> Markup:
    drawn = _s_curve(on, asked, is_whole, 3)
    drawn_lines, marks = s_curves.lines_of(drawn.table)
    return plots.lines(
        drawn_lines, marks, day=on, most=100, alt=drawn.alt, areas=s_curves.fan_of(drawn.table)
    )


@remembered("roadmap", size=64)
def _s_curve(on: date, asked: Period | None, is_whole: bool, level: int) -> Drawing:
    milestones = cached.milestones(on, asked)
    gap = (earned_at(milestones) or 0) - (planned_at(milestones, on) or 0)
    title = "Aucun jalon n'est encore suivi"
    if milestones:
        title = f"L'acquis est à {french.signed(gap, 'point', 1)} du prévu"
    if not is_whole:
        title += " (toute l'administration)"
    curve = cached.s_curve(on, asked=asked)
    end = cached.forecasts_at(on, asked).whole
    if end.probable and end.prudent:
        curve = s_curves.with_ends(curve, on, end.probable, end.prudent)
    return drawing(
        s_curves.chart,
        curve,
        f"Courbe en S de toute la feuille de route. {s_curves.in_words(curve)}",
        title,
        message="Part du poids des jalons, prévue et acquise, mois par mois.",
        columns={"on": "Date", "kind": "Courbe", "value": "%"},
        level=level,
    )


def filed_by_month(scope: Scope, level: int = 3) -> None:
    """Entries filed in each of the last 24 months, by the direction concerned."""
    show(
        _filed_by_month(scope, level),
        key=FILED,
        note=scope.sentence(),
    )


def filed_by_month_pictured(scope: Scope, level: int = 3) -> None:
    """The same, drawn by the page itself."""
    drawn = _filed_by_month(scope, level)
    show_picture(
        drawn,
        plots.bars(idea_charts.filed_bars(drawn.table), alt=drawn.alt, unit="dépôt"),
        scope,
        FILED_FILES,
        live=address("extrait", scope, graphique=FILED),
    )


FILED_FILES = files_of(
    FILED,
    "page.everyone",
    lambda scope: _filed_by_month(scope, 3),
    lambda scope: scope.sentence(),
)


@remembered("ideas", size=256, seen_as=shared)
def _filed_by_month(scope: Scope, level: int) -> Drawing:
    start = add_months(month_start(scope.on), 1 - _MONTHS)
    counts = ideas.filed_by_month(scope, start)
    by_month = {month: counts.get(month, 0) for month in window_months(scope.on, start)}
    title = f"{french.counted(sum(by_month.values()), 'dépôt')} en deux ans"
    return drawing(
        idea_charts.filed_by_month,
        idea_charts.filed_rows(by_month),
        f"Dépôts par mois. {idea_charts.filed_alt(by_month)}",
        title,
        message="Idées, constats et autres dépôts, selon la direction concernée.",
        columns={"month": "Mois", "n": "Dépôts"},
        level=level,
    )
