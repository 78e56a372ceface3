"""Figures of the roadmap (feuille de route): progress, plan, schedule, health. Source: milestone
reports.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import isclose

from dashboard.figures.kinds import (
    Breakdown,
    Point,
    Points,
    Theme,
    Unit,
    Value,
    Window,
    figure,
    measured,
)
from dashboard.figures.reads import Reads
from dashboard.formulas import (
    EarnedSchedule,
    Rate,
    Verdict,
    capped_mean,
    earned,
    earned_schedule,
    is_past_due,
    median,
    milestone_has_begun,
    milestone_health,
    months_between,
    planned,
    planned_progress,
    progress_health,
    schedule_variance,
    slip,
    weighted,
)
from dashboard.queries.figures import late_facts
from dashboard.queries.figures.as_known import known_by
from dashboard.queries.figures.figure_rows import roadmap as figure_rows
from dashboard.queries.roadmap import (
    Imposed,
    MilestoneAt,
    Roadmap,
    Stream,
    awaited,
    every_measure,
    every_target,
    is_expected,
    is_fresh,
    whole_roadmap,
)
from dashboard.scope import Scope
from models.clock import window_start
from models.programmes import Programmes
from models.roadmap import Health, MilestoneState, TargetKind
from models.settings import settings

_SUBJECT = ("roadmap",)
_REPORTS = "rapports des jalons"


def _counted(milestones: Sequence[MilestoneAt]) -> list[MilestoneAt]:
    return [m for m in milestones if m.is_counted]


def _milestones(reads: Reads, scope: Scope, on: date) -> list[MilestoneAt]:
    """The milestones of the programme looked at as of a day."""
    return reads.derive(_milestones_at, scope, on)


def _milestones_at(reads: Reads, scope: Scope, on: date) -> list[MilestoneAt]:
    return _roadmap(reads, scope).at(on, known_by(scope, on))


def _roadmap(reads: Reads, scope: Scope) -> Roadmap:
    return reads.register(whole_roadmap).of_programme(scope.asked)


def _fresh(milestones: Sequence[MilestoneAt]) -> date | None:
    return max((m.report.on for m in milestones if m.report), default=None)


def _coverage(milestones: Sequence[MilestoneAt]) -> Rate:
    return Rate(sum(m.report is not None for m in milestones), len(milestones))


def earned_at(milestones: Sequence[MilestoneAt], initial: bool = False) -> float | None:
    """EV of milestones as of their day, in %."""
    return earned([m.item(initial) for m in _counted(milestones)])


def planned_at(milestones: Sequence[MilestoneAt], on: date, initial: bool = False) -> float | None:
    """PV at `on` of milestones, whose weights and schedules are those of the day they are known
    at.
    """
    return planned([m.item(initial) for m in _counted(milestones)], on)


def _progress_point(milestones: Sequence[MilestoneAt], on: date, initial: bool = False) -> Point:
    """Of the first perimeter nothing leaves: what was cancelled since keeps its weight there."""
    chosen = list(milestones) if initial else _counted(milestones)
    items = [m.item(initial) for m in chosen]
    done = sum(item.weight * item.progress for item in items)
    return Point(
        on,
        earned(items),
        done,
        sum(item.weight for item in items),
        len(items),
        _coverage(chosen),
        _fresh(milestones),
    )


def _begun_point(milestones: Sequence[MilestoneAt], on: date) -> Point:
    verdict = not_begun(_counted(milestones), on)
    return replace(_progress_point(milestones, on), verdict=verdict)


@figure(
    "avancement",
    "Avancement de la feuille de route",
    Value(
        "avancement",
        "Avancement de la feuille de route",
        Unit.percent,
        TargetKind.rise,
        "Somme des poids × avancement des jalons, divisée par la somme des poids ; les jalons"
        " annulés sortent du poids, un jalon sans rapport compte pour zéro.",
        ("poids acquis", "poids total"),
    ),
    Value(
        "avancement.initial",
        "Avancement, périmètre initial",
        Unit.percent,
        TargetKind.follow,
        "Le même calcul avec les poids du premier calendrier ; les jalons annulés depuis y gardent"
        " le leur.",
        ("poids acquis", "poids total"),
    ),
    theme=Theme.roadmap,
    window=Window.stock,
    cut=Breakdown.none,
    reader="CODIR",
    source=_REPORTS,
    facts=(late_facts.milestone_reports, late_facts.calendars),
    rows=figure_rows.weights,
    subjects=_SUBJECT,
    workstream="copilotage",
)
def progress(reads: Reads, scope: Scope, dates: Sequence[date]) -> Points:
    return {
        "avancement": [_begun_point(_milestones(reads, scope, on), on) for on in dates],
        "avancement.initial": [
            _progress_point(_milestones(reads, scope, on), on, True) for on in dates
        ],
    }


def done_against_due(
    milestones: Sequence[MilestoneAt], on: date
) -> tuple[float | None, float | None]:
    """Jalons atteints: (weight done, weight due) as % of the weight."""
    counted = _counted(milestones)
    done = weighted((m.schedule.weight, float(m.state == MilestoneState.done)) for m in counted)
    return done, weighted((m.schedule.weight, float(m.schedule.end <= on)) for m in counted)


def schedule_months(milestones: Sequence[MilestoneAt], on: date) -> float | None:
    """SV(t) = ES − AT in months, for the milestones as known at `on`."""
    steps = schedule_steps(milestones, on)
    return schedule_variance(steps[0].months, steps[1]) if steps else None


def _first_day(milestones: Sequence[MilestoneAt]) -> date:
    """From which day AT counts: the first one of the programme that they belong to."""
    period = milestones[0].programme or Programmes.of_settings().periods[0]
    return period.first_day


def schedule_steps(
    milestones: Sequence[MilestoneAt], on: date
) -> tuple[EarnedSchedule, float] | None:
    """(earned schedule, AT in months) of the milestones as known at `on`; None without any."""
    ev = earned_at(milestones)
    if ev is None:
        return None
    start = _first_day(milestones)
    end = max(m.schedule.end for m in _counted(milestones))
    es = earned_schedule(ev, lambda day: planned_at(milestones, day), start, end)
    at = months_between(start, on)
    # Nothing planned and nothing done yet is no advance of eight months.
    is_on_plan = isclose(ev, planned_at(milestones, on), abs_tol=1e-9)
    return replace(es, months=at, on_plan=True) if is_on_plan else es, at


@figure(
    "ecart",
    "Écart au plan",
    Value(
        "ecart.points",
        "Écart au plan",
        Unit.points,
        TargetKind.rise,
        "Avancement moins prévu. Le prévu suit la même règle que l'avancement : 0 ou 100 % à"
        " l'échéance, ou par paliers de 25 %.",
        ("avancement", "prévu"),
        thresholds=(-5, -10),
        formula="EV − PV : avancement moins prévu",
        signed=True,
    ),
    Value(
        "ecart.mois",
        "Écart en temps",
        Unit.months,
        TargetKind.follow,
        "Durée planifiée acquise (earned schedule) moins mois écoulés depuis le début du"
        " programme.",
        formula="ES − AT, avec ES = C + (EV − PV(C)) ÷ (PV(C+1) − PV(C)) ; C : mois entiers dont le"
        " prévu est acquis, AT : mois écoulés",
        signed=True,
    ),
    Value(
        "ecart.jalons",
        "Jalons atteints contre échus",
        Unit.points,
        TargetKind.rise,
        "Poids des jalons terminés moins poids des jalons échus, en points.",
        ("poids terminé", "poids échu"),
        thresholds=(-5, -10),
        formula="poids des jalons terminés − poids des jalons échus",
        signed=True,
    ),
    theme=Theme.roadmap,
    window=Window.stock,
    cut=Breakdown.none,
    reader="CODIR",
    source=_REPORTS,
    facts=(late_facts.milestone_reports, late_facts.calendars),
    rows=figure_rows.weights,
    subjects=_SUBJECT,
    workstream="copilotage",
)
def variance(reads: Reads, scope: Scope, dates: Sequence[date]) -> Points:
    found = {"ecart.points": [], "ecart.mois": [], "ecart.jalons": []}
    for on in dates:
        milestones = _milestones(reads, scope, on)
        counted = _counted(milestones)
        facts = {
            "n": len(counted),
            "coverage": _coverage(counted),
            "fresh_on": _fresh(milestones),
        }
        judged = facts | {"verdict": not_begun(counted, on)}
        found["ecart.points"].append(
            _difference(on, earned_at(milestones), planned_at(milestones, on), judged)
        )
        found["ecart.mois"].append(Point(on, schedule_months(milestones, on), **facts))
        found["ecart.jalons"].append(_difference(on, *done_against_due(milestones, on), judged))
    return found


def _difference(on: date, left: float | None, right: float | None, facts: dict) -> Point:
    value = None if left is None or right is None else left - right
    return Point(on, value, left, right, **facts)


def of_workstream(milestones: Sequence[MilestoneAt], workstream_id: int) -> list[MilestoneAt]:
    return [m for m in milestones if m.milestone.workstream_id == workstream_id]


_BY_WORKSTREAM = "avancement-chantier"


def progress_of(stream: int) -> Value:
    """The value of one workstream, from its number."""
    return Value(
        f"{_BY_WORKSTREAM}.{stream}",
        f"Avancement du chantier {stream}",
        Unit.percent,
        TargetKind.rise,
        f"Avancement pondéré des jalons du chantier {stream}. Son statut est la santé du chantier,"
        " la même partout.",
        ("poids acquis", "poids total"),
        subject=f"chantier:{stream}",
    )


@figure(
    "avancement-chantier",
    "Avancement par chantier",
    theme=Theme.roadmap,
    window=Window.stock,
    cut=Breakdown.none,
    reader="CODIR, porteur",
    source=_REPORTS,
    facts=(late_facts.milestone_reports, late_facts.calendars),
    rows=figure_rows.weights,
    subjects=_SUBJECT,
    of_stream=progress_of,
)
def progress_by_workstream(reads: Reads, scope: Scope, dates: Sequence[date]) -> Points:
    streams = [stream.id for stream in _roadmap(reads, scope).streams(scope.on)]
    found: Points = {f"{_BY_WORKSTREAM}.{n}": [] for n in streams}
    for on in dates:
        milestones = _milestones(reads, scope, on)
        for n, points in zip(streams, found.values(), strict=True):
            mine = of_workstream(milestones, n)
            point = _progress_point(mine, on)
            points.append(replace(point, verdict=workstream_verdict(mine, on)))
    return found


def _owned(milestones: Sequence[MilestoneAt], scope: Scope) -> list[MilestoneAt]:
    """The milestones of the scope: all, or those whose owner's direction is counted."""
    return [
        m for m in milestones if scope.is_whole or m.schedule.owner_direction_id in scope.counted
    ]


def punctuality(milestones: Sequence[MilestoneAt], on: date, initial: bool = False) -> Rate:
    """Done with actual <= baseline ÷ milestones not cancelled with baseline <= t."""
    due = [(m, m.first.end if initial else m.schedule.end) for m in _counted(milestones)]
    due = [(m, end) for m, end in due if end <= on]
    return Rate(sum(m.actual_end is not None and m.actual_end <= end for m, end in due), len(due))


@figure(
    "echeances",
    "Respect des échéances",
    Value(
        "echeances",
        "Respect des échéances",
        Unit.percent,
        TargetKind.rise,
        "Jalons terminés à leur échéance, divisés par les jalons échus et non annulés (calendrier"
        " en vigueur).",
        ("terminés à temps", "échus"),
    ),
    Value(
        "echeances.initial",
        "Respect des échéances initiales",
        Unit.percent,
        TargetKind.follow,
        "Le même rapport avec le premier calendrier.",
        ("terminés à temps", "échus"),
    ),
    theme=Theme.roadmap,
    window=Window.stock,
    cut=Breakdown.owner,
    reader="CODIR",
    source=_REPORTS,
    facts=(late_facts.milestone_reports, late_facts.calendars),
    rows=figure_rows.due_milestones,
    subjects=_SUBJECT,
    workstream="copilotage",
)
def deadlines(reads: Reads, scope: Scope, dates: Sequence[date]) -> Points:
    found = {"echeances": [], "echeances.initial": []}
    for on in dates:
        milestones = _owned(_milestones(reads, scope, on), scope)
        told = {"coverage": _coverage(_counted(milestones)), "fresh_on": _fresh(milestones)}
        found["echeances"].append(Point.of_rate(on, punctuality(milestones, on), **told))
        found["echeances.initial"].append(
            Point.of_rate(on, punctuality(milestones, on, True), **told)
        )
    return found


@figure(
    "glissement",
    "Glissement médian des jalons ouverts",
    Value(
        "glissement",
        "Glissement médian des jalons ouverts",
        Unit.days,
        TargetKind.fall,
        "Médiane, en jours, de la dernière prévision moins l'échéance, sur les jalons ni terminés"
        " ni annulés qui ont une prévision.",
        formula="médiane de (prévision − échéance)",
    ),
    theme=Theme.roadmap,
    window=Window.stock,
    cut=Breakdown.owner,
    reader="co-pilotage",
    source=_REPORTS,
    facts=(late_facts.milestone_reports, late_facts.calendars),
    rows=figure_rows.slips,
    subjects=_SUBJECT,
    workstream="copilotage",
)
def median_slip(reads: Reads, scope: Scope, dates: Sequence[date]) -> Points:
    found = []
    for on in dates:
        milestones = _owned(_milestones(reads, scope, on), scope)
        slips = [slip(m.facts()) for m in _counted(milestones) if m.state != MilestoneState.done]
        known_slips = [days for days in slips if days is not None]
        found.append(
            Point(
                on,
                median(known_slips),
                n=len(known_slips),
                coverage=Rate(len(known_slips), len(slips)),
                fresh_on=_fresh(milestones),
            )
        )
    return {"glissement": found}


@figure(
    "fraicheur",
    "Fraîcheur des données",
    Value(
        "fraicheur",
        "Fraîcheur des données",
        Unit.percent,
        TargetKind.rise,
        "Jalons commencés et ouverts qui ont un rapport de la période en cours, et chiffres relevés"
        " qui ont une valeur des douze derniers mois, divisés par ceux dont une valeur est"
        " attendue : un chiffre relevé l'est dès sa première valeur ou sa première cible.",
        ("à jour", "attendus"),
    ),
    theme=Theme.roadmap,
    window=Window.stock,
    cut=Breakdown.owner,
    reader="co-pilotage",
    source=_REPORTS,
    facts=(late_facts.milestone_reports, late_facts.calendars, late_facts.measures()),
    rows=figure_rows.awaited(measured),
    subjects=_SUBJECT,
    workstream="copilotage",
)
def freshness(reads: Reads, scope: Scope, dates: Sequence[date]) -> Points:
    told, decided = reads.register(every_measure), reads.register(every_target)
    found = []
    for on in dates:
        owned = _owned(_milestones(reads, scope, on), scope)
        expected = [m for m in owned if is_expected(m, on)]
        days = awaited(told, decided, list(measured()), scope, on).values()
        fresh = sum(is_fresh(m, on) for m in expected)
        fresh += sum(day is not None and day >= window_start(on) for day in days)
        last = max((day for day in (_fresh(expected), *days) if day), default=None)
        rate = Rate(fresh, len(expected) + len(days))
        found.append(Point.of_rate(on, rate, fresh_on=last))
    return {"fraicheur": found}


@dataclass(frozen=True)
class WorkstreamState:
    """One workstream (chantier) as of a day: the row of the cockpit. `of_plan`: the mean, in %, of
    what each of the `planned_for` milestones has of what is planned of it, none above 100;
    `critical_late`: the numbers of its critical milestones that are late by more than thirty days.
    """

    workstream: Stream
    earned: float | None
    planned: float | None
    months: float | None
    verdict: Verdict
    reported: Rate
    done: int
    total: int
    distribution: dict[Health, int]
    of_plan: float | None = None
    planned_for: int = 0
    critical_late: tuple[str, ...] = ()

    @property
    def gap(self) -> float | None:
        """Écart au prévu, in points; below nought it is behind."""
        if self.earned is None or self.planned is None:
            return None
        return self.earned - self.planned


def health_of(m: MilestoneAt, on: date) -> Verdict:
    """The health of a milestone at `on`: the status imposed by hand where one is in force, else
    by the rules.
    """
    return _by_hand(m.imposed) or milestone_health(m.facts(), on, settings().update_days)


# How the rule of a status set by hand begins.
BY_HAND = "statut imposé"


def _by_hand(imposed: Imposed | None) -> Verdict | None:
    if imposed is None:
        return None
    reason = f" : {imposed.reason}" if imposed.reason else ""
    return Verdict(Health(imposed.status), f"{BY_HAND} jusqu'au {imposed.until:%d/%m/%Y}{reason}")


def workstream_states(known: Roadmap, on: date) -> list[WorkstreamState]:
    """The workstreams of the programme looked at on `on`: the status imposed by hand, else r = EV /
    PV, one level worse for a critical milestone 30 days late.
    """
    imposed = known.imposed(on)
    return [
        _workstream_state(w, of_workstream(known.at(on), w.id), on, imposed.get(f"chantier:{w.id}"))
        for w in known.streams(on)
    ]


def _workstream_state(
    workstream: Stream, milestones: list[MilestoneAt], on: date, imposed: Imposed | None
) -> WorkstreamState:
    counted = _counted(milestones)
    verdicts = [health_of(m, on).health for m in milestones]
    ev = earned_at(milestones)
    pv = planned_at(milestones, on)
    ratios = _of_plan(counted, on)
    verdict = _by_hand(imposed) or workstream_verdict(milestones, on)
    return WorkstreamState(
        workstream,
        ev,
        pv,
        schedule_months(milestones, on) if counted and not not_begun(counted, on) else None,
        verdict,
        Rate(sum(m.report is not None for m in counted), len(counted)),
        sum(m.state == MilestoneState.done for m in counted),
        len(counted),
        {health: verdicts.count(health) for health in Health if health in verdicts},
        capped_mean(ratios),
        len(ratios),
        _critical_late(counted, on),
    )


def _of_plan(counted: Sequence[MilestoneAt], on: date) -> list[float]:
    """What each milestone has of what is planned of it, in %; of one of which nothing is planned
    yet there is none.
    """
    items = [m.item() for m in counted]
    due = [(item.progress, planned_progress(item, on)) for item in items]
    return [100 * progress / planned for progress, planned in due if planned]


def workstream_verdict(milestones: Sequence[MilestoneAt], on: date) -> Verdict:
    """The health of a workstream by the rules: the cockpit, the figure and the papers ask this
    one; what a person imposed is looked at before.
    """
    counted = _counted(milestones)
    verdict = not_begun(counted, on)
    if verdict:
        return verdict
    verdict = progress_health(earned_at(milestones), planned_at(milestones, on))
    late = _critical_late(counted, on)
    # One level; where nothing is known there is nothing to make worse.
    worse = {Health.on_track: Health.watch, Health.watch: Health.trouble}.get(verdict.health)
    if late and worse:
        numbers = ", ".join(late)
        return Verdict(
            worse, f"{verdict.rule} ; jalon critique en retard de plus de 30 jours ({numbers})"
        )
    return verdict


def _critical_late(counted: Sequence[MilestoneAt], on: date) -> tuple[str, ...]:
    return tuple(
        m.milestone.number
        for m in counted
        if m.schedule.critical and is_past_due(m.facts(), on) and (on - m.schedule.end).days > 30
    )


def not_begun(counted: Sequence[MilestoneAt], on: date) -> Verdict | None:
    """Before the first of its milestones begins nothing is on track yet, and nothing is late."""
    if not counted or any(milestone_has_begun(m.facts(), on) for m in counted):
        return None
    return Verdict(Health.upcoming, "aucun jalon n'a commencé, le début est à venir")
