"""The workstreams and their milestones' states, as bars and in words."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from dashboard import cached, french, theme
from dashboard.cached import ideas
from dashboard.cached.memory import cached as remembered
from dashboard.charts import figures as s_curves, ideas as idea_charts, plots, roadmap as charts
from dashboard.charts.figures import with_events
from dashboard.charts.plots import Chart
from dashboard.figures import REGISTRY
from dashboard.figures.forecast import Forecast
from dashboard.figures.workstreams import (
    WORST_FIRST,
    WorkstreamState,
    earned_at,
    planned_at,
)
from dashboard.formulas import Verdict
from dashboard.scope import Scope
from dashboard.theme import Status
from dashboard.ui.charts import files_of
from dashboard.visit.navigation import address
from models.clock import add_months, month_start, months
from models.roadmap import Health

_BAR = (
    "atteint",
    "a-jour",
    "a-surveiller",
    "en-difficulte",
    "sans-donnee",
    "en-pause",
    "a-venir",
    "annule",
)
_MANY = {"atteint": "atteints", "annule": "annulés"}


def rows_of(states: Sequence[WorkstreamState], scope: Scope) -> list[dict]:
    """The rows of the workstreams, in their order."""
    counted = [m for m in cached.milestones(scope.on, scope.asked) if m.is_counted]
    weights: dict[int, float] = defaultdict(float)
    for m in counted:
        weights[m.plan.workstream_id] += m.schedule.weight
    total = sum(m.schedule.weight for m in counted)
    ends = cached.forecasts_at(scope.on, scope.asked).workstreams
    return [
        _workstream(s, weights[s.workstream.id], total, ends[s.workstream.id], scope)
        for s in states
    ]


def _workstream(
    s: WorkstreamState, weight: float, total: float, end: Forecast, scope: Scope
) -> dict:
    """A workstream in words; `rule` is empty if the status label says it."""
    share = french.percent(100 * weight / total) if total else french.UNKNOWN
    reported = (
        f"{french.number(s.reported.numerator)} jalons sur"
        f" {french.number(s.reported.denominator)} ont un rapport"
    )
    gaps = (
        "" if s.gap is None else french.signed(s.gap, "point", 1),
        "" if s.months is None else f"{french.months_late(s.months)} à ce jour",
        f"fin probable {french.day(end.probable)}" if end.probable else "",
    )
    of_plan = ""
    if s.of_plan is not None:
        n = french.counted(s.planned_for, "jalon échu ou entamé", "jalons échus ou entamés")
        share_of_plan = french.percent(s.of_plan, 0)
        of_plan = f"en moyenne {share_of_plan} du prévu de chaque jalon ({n})"
    return {
        "name": f"{s.workstream.id}. {s.workstream.short_name}",
        "href": address("feuille-de-route", scope, chantier=s.workstream.id),
        "note": f"{share} du poids · {reported}",
        "parts": _parts(s.distribution),
        "states": in_words(s.distribution),
        "done": french.percent(s.earned),
        "planned": french.percent(s.planned),
        "of_plan": of_plan,
        "gaps": [gap for gap in gaps if gap],
        "status": theme.STATUSES[str(s.verdict.health)],
        "rule": rule_of(s.verdict),
        "reason": s.lowered_in_words,
    }


def whole_end_in_words(scope: Scope) -> str:
    """The probable end of the whole roadmap, and why no workstream ends so late."""
    known = cached.forecasts_at(scope.on, scope.asked)
    whole = known.whole.probable
    if whole is None:
        return ""
    ends = [end.probable for end in known.workstreams.values() if end.probable]
    why = ", après celle de chacun, car il suffit qu'un seul jalon tarde"
    last = why if ends and whole > max(ends) else ""
    return f"Fin probable de l'ensemble : {french.month(whole)}{last}."


_SAYS_ITSELF = (Health.reached, Health.cancelled, Health.paused, Health.upcoming)


def rule_of(verdict: Verdict) -> str:
    """The rule of a status; empty if the label says it."""
    if verdict.health in _SAYS_ITSELF and not verdict.is_imposed:
        return ""
    return verdict.rule


def _parts(distribution: dict[Health, int]) -> list[dict]:
    """The states as segments of a bar, for the eye; the words below repeat them."""
    total = sum(distribution.values())
    left = 0.0
    parts = []
    for code, n in _counted(distribution):
        width = 100 * n / total
        parts.append(
            {
                "left": f"{left:.2f}",
                "width": f"{width:.2f}",
                "colour": theme.STATUSES[code].colour.var,
                "opacity": charts.FADED.get(code, 1),
            }
        )
        left += width
    return parts


def _counted(distribution: dict[Health, int]) -> list[tuple[str, int]]:
    """The states that some milestones have, in the order of the bar."""
    counts = [(code, distribution.get(Health(code), 0)) for code in _BAR]
    return [(code, n) for code, n in counts if n]


def in_words(distribution: dict[Health, int]) -> str:
    """« ✓ 6 atteints · ■ 1 en difficulté »."""
    return " · ".join(f"{status.shape}\u00a0{words}" for status, words in _states(distribution))


def worst_states_first(distribution: dict[Health, int]) -> list[tuple[Status, str]]:
    """Each state with « 9 en difficulté », what is difficult before what is reached."""
    return sorted(_states(distribution), key=lambda state: WORST_FIRST.index(state[0].code))


def _states(distribution: dict[Health, int]) -> Iterator[tuple[Status, str]]:
    for code, n in _counted(distribution):
        status = theme.STATUSES[code]
        word = status.word[0].lower() + status.word[1:]
        yield status, f"{n}\u00a0{french.plural(n, word, _MANY.get(code, word))}"


S_CURVE = "courbe-en-s"
FILED = "depots-par-mois"
_MONTHS = 24


@remembered("roadmap", "decisions", "meetings", seen_as=Scope.impersonal)
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
    curves = cached.s_curve(on, None, asked)
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


@remembered("ideas", seen_as=Scope.impersonal)
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
