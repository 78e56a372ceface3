"""The milestones in time: the S-curve of those shown, their calendar, dates that slip, a table."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

from dashboard import cached, french
from dashboard.charts import roadmap as charts
from dashboard.charts import s_curve as s_curves
from dashboard.charts.chart import Chart
from dashboard.figures.sentences import late_first
from dashboard.figures.workstreams import earned_at, health_of, planned_at
from dashboard.formulas import Verdict, is_past_due, slip
from dashboard.queries.roadmap import PlanAt
from dashboard.queries.waits import still_awaited
from dashboard.scope import Scope
from dashboard.screens.roadmap.curves import explained
from dashboard.screens.roadmap.workstreams import health_html, in_words
from dashboard.ui.charts import explore, files_of, show
from dashboard.ui.components import empty_nothing_yet, section
from dashboard.ui.downloads import data_link
from dashboard.ui.tables import link, rows_file, table
from dashboard.visit.navigation import address
from models.roadmap import MilestoneState

LATE = "en-retard"  # view with the late milestones only


def verdict_of(m: PlanAt, scope: Scope) -> Verdict:
    return health_of(m, scope.on)


def of_scope(scope: Scope) -> list[PlanAt]:
    """The milestones of the selected directions."""
    return [
        m
        for m in cached.milestones(scope.on, scope.asked)
        if scope.has(m.schedule.owner_direction_id)
    ]


def s_curve(shown: Sequence[PlanAt], scope: Scope) -> None:
    """The S-curve of the milestones shown, with its interactive version; draws nothing if none
    counts.
    """
    if chart := _s_curve(shown, scope):
        show(chart, scope, level=2)
        explore(chart)


def s_curve_of_all(scope: Scope) -> None:
    """The S-curve of all milestones of the scope."""
    if chart := _s_curve(of_scope(scope), scope):
        show(chart, scope, files=S_CURVE_FILES, level=2)


def _s_curve(shown: Sequence[PlanAt], scope: Scope) -> Chart | None:
    now, plan = earned_at(shown), planned_at(shown, scope.on)
    if now is None or plan is None:
        return None
    curves = cached.s_curve(scope.on, frozenset(m.plan.id for m in shown), scope.asked)
    counted = [m for m in shown if m.is_counted]
    chart = s_curves.chart(
        "courbe-des-jalons",
        curves,
        scope.on,
        f"Acquis {french.percent(now)}, {french.against_plan(now - plan)}{whose(scope)}",
        f"Part du poids des jalons, mois par mois ; {sum(m.report is not None for m in counted)}"
        f" jalons sur {len(counted)} ont un rapport.",
        f"Courbe en S{whose(scope)}.",
    )
    return explained(chart, scope)


S_CURVE_FILES = files_of(
    "courbe-des-jalons", "page.everyone", lambda scope: _s_curve(of_scope(scope), scope)
)


def whose(scope: Scope) -> str:
    """The selected directions, in words, if the block does not count everything: « (jalons de
    AD-BAT) ».
    """
    return "" if scope.is_whole else f" (jalons de {scope.codes.replace(',', ', ')})"


def gantt(shown: Sequence[PlanAt], scope: Scope) -> None:
    """The calendar of the milestones shown."""
    show(_gantt(shown, scope), scope, files=GANTT_FILES, level=2)


def _gantt(shown: Sequence[PlanAt], scope: Scope) -> Chart:
    healths = [verdict_of(m, scope).health for m in shown]
    late = sum(is_past_due(m.facts(), scope.on) for m in shown)
    done = sum(m.state == MilestoneState.done for m in shown)
    states = in_words(Counter(healths))
    title = (
        f"{french.counted(done, 'jalon')} sur {len(shown)} {'atteint' if done < 2 else 'atteints'},"
        f" {late} en retard{whose(scope)}"
    )
    return Chart(
        "calendrier",
        title,
        f"{states}. Barre large : le prévu ; barre fine : le réel ou la prévision. Numéro"
        " souligné : jalon critique.",
        f"Calendrier des jalons : {title}. {states}.",
        charts.gantt(shown, healths, cached.every_milestone(scope.on), scope.on),
        ("Jalon", "Début", "Échéance", "Fin réelle ou prévue", "État"),
        [
            (_name(m), m.schedule.start, m.schedule.end, charts.until(m), health.label)
            for m, health in zip(shown, healths, strict=True)
        ],
    )


GANTT_FILES = files_of(
    "calendrier",
    "page.everyone",
    lambda scope: _gantt(found, scope) if (found := of_scope(scope)) else None,
)


def _name(m: PlanAt) -> str:
    return f"{m.plan.number} {m.plan.title}"


def dumbbell(shown: Sequence[PlanAt], scope: Scope) -> None:
    """Initial due date against actual or forecast end, per milestone."""
    counted = [m for m in shown if m.is_counted]
    if not counted:
        return
    later = sum((slip(m.facts()) or 0) > 0 for m in counted)
    title = (
        f"{french.counted(later, 'jalon')} sur {len(counted)}"
        f" {'finit ou finira' if later < 2 else 'finissent ou finiront'} après"
        f" l'échéance{whose(scope)}"
    )
    chart = Chart(
        "dates",
        title,
        "Rond : l'échéance initiale ; croix : celle en vigueur ; carré : la fin réelle ; losange :"
        " la prévision ; à droite, l'écart à l'échéance en vigueur, en jours ; ligne verticale :"
        " la date regardée.",
        f"Dates des jalons : {title}. {charts.slips_in_words(counted)}",
        charts.dumbbell(counted, scope.on),
        (
            "Jalon",
            "Échéance initiale",
            "Échéance en vigueur",
            "Fin réelle",
            "Prévision",
            "Écart",
        ),
        [(_name(m), *charts.dates_of(m), charts.slip_of(m) or None) for m in counted],
    )
    show(chart, scope, level=2)


_HEADINGS = (
    "N°",
    "Jalon proposé",
    "Porteur",
    "Poids",
    "Échéance",
    "Fin réelle ou prévue",
    "Glissement",
    "Avancement",
    "Santé",
    "Attend",
)


def late_milestones(shown: Sequence[PlanAt], scope: Scope) -> None:
    """The late milestones only, oldest first."""
    late = late_first(shown, scope.on)
    if late:
        return milestone_table(late, scope)
    empty_nothing_yet("Aucun jalon n'est en retard.")


def milestone_table(shown: Sequence[PlanAt], scope: Scope) -> None:
    """The milestones as a table, one line each."""
    section("Les jalons" + whose(scope))
    table(
        _HEADINGS,
        [_line(m, scope) for m in shown],
        "Jalons de la feuille de route",
        frozenset({3, 6, 7}),
        download="jalons",
    )


MILESTONES_FILE = rows_file(
    "jalons",
    "page.everyone",
    lambda _scope: _HEADINGS,
    lambda scope: [_line(m, scope) for m in of_scope(scope)],
)


def file_of_all(scope: Scope) -> None:
    """All milestones of the scope, as a file."""
    data_link(MILESTONES_FILE, scope, "Télécharger (CSV)")


def until(m: PlanAt) -> date | None:
    """The actual end, else the announced one."""
    return m.actual_end or (m.report.forecast_end if m.report else None)


def _line(m: PlanAt, scope: Scope) -> tuple:
    days = slip(m.facts())
    end = until(m)
    return (
        m.plan.number,
        milestone_link(m, scope),
        m.schedule.owner,
        french.number(m.schedule.weight),
        french.day(m.schedule.end),
        french.day(end) if end else "–",
        french.signed(days, "jour", 0) if days is not None else "–",
        french.percent(100 * m.progress, 0),
        health_html(verdict_of(m, scope)),
        _awaits(m, scope),
    )


def _awaits(m: PlanAt, scope: Scope) -> str:
    """The numbers of the milestones it depends on that are not over."""
    awaited = still_awaited(m, cached.every_milestone(scope.on), scope.on)
    return ", ".join(link.other.plan.number for link in awaited)


def milestone_link(m: PlanAt, scope: Scope) -> Markup:
    title = m.plan.title + (" (critique)" if m.schedule.critical else "")
    return link(title, address("feuille-de-route", scope, jalon=m.plan.number))
