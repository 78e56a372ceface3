"""The two curves of the cockpit (courbes), also used alone in an extract: the S-curve, and
entries per month.

Each is drawn once for a scope and a state of the facts, then cached.
"""

from dashboard import cached, french
from dashboard.cached import ideas
from dashboard.cached.memory import cached as remembered
from dashboard.cached.memory import shared
from dashboard.charts import ideas as idea_charts
from dashboard.charts import plots
from dashboard.charts import s_curve as s_curves
from dashboard.charts.chart import Chart
from dashboard.charts.events import with_events
from dashboard.figures import REGISTRY
from dashboard.figures.workstreams import earned_at, planned_at
from dashboard.scope import Scope
from dashboard.ui.charts import files_of
from models.clock import add_months, month_start, months

S_CURVE = "courbe-en-s"
FILED = "depots-par-mois"
_MONTHS = 24


@remembered("roadmap", "decisions", "meetings", seen_as=shared)
def s_curve(scope: Scope) -> Chart:
    """Planned and earned, month by month, of the whole roadmap whatever the direction."""
    on, asked = scope.on, scope.asked
    milestones = cached.milestones(on, asked)
    gap = (earned_at(milestones) or 0) - (planned_at(milestones, on) or 0)
    title = "Aucun jalon n'est encore suivi"
    if milestones:
        title = f"L'acquis est {french.against_plan(gap)}"
    if not scope.is_whole:
        title += " (toute l'administration)"
    curves = cached.s_curve(on, programme=asked)
    end = cached.forecasts_at(on, asked).whole
    if end.probable and end.prudent:
        curves = s_curves.with_ends(curves, on, end.probable, end.prudent)
    chart = s_curves.chart(
        S_CURVE,
        curves,
        on,
        title,
        "Part du poids des jalons, prévue et acquise, mois par mois.",
        "Courbe en S de toute la feuille de route.",
    )
    return explained(chart, scope)


def explained(chart: Chart, scope: Scope) -> Chart:
    """An S-curve with the events of the whole roadmap."""
    figure = REGISTRY["avancement"]
    return with_events(chart, cached.events(scope, figure, figure.values[0]))


S_CURVE_FILES = files_of(S_CURVE, "page.everyone", s_curve, lambda scope: scope.whole().sentence())


@remembered("ideas", seen_as=shared)
def filed_by_month(scope: Scope) -> Chart:
    """Entries filed in each of the last 24 months, by the direction concerned."""
    start = add_months(month_start(scope.on), 1 - _MONTHS)
    counts = ideas.filed_by_month(scope, start)
    by_month = {month: counts.get(month, 0) for month in months(start, scope.on)}
    return Chart(
        FILED,
        f"{french.counted(sum(by_month.values()), 'dépôt')} en deux ans",
        "Idées, constats et autres dépôts, selon la direction concernée.",
        f"Dépôts par mois. {idea_charts.filed_alt(by_month)}",
        plots.bars(by_month, "dépôt"),
        ("Mois", "Dépôts"),
        list(by_month.items()),
        {"Dépôts": list(by_month.items())},
        "dépôts par mois",
    )


FILED_FILES = files_of(FILED, "page.everyone", filed_by_month)
