"""The state of milestones and workstreams (chantiers) at a day: earned and planned progress, the
earned schedule, the health. Source: milestone reports; formulae: dashboard/formulas.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import isclose

from dashboard import french
from dashboard.formulas import (
    SLIP_ALLOWED,
    EarnedSchedule,
    Rate,
    Verdict,
    capped_mean,
    earned,
    earned_schedule,
    is_past_due,
    milestone_has_begun,
    milestone_health,
    months_between,
    planned,
    planned_progress,
    progress_health,
    schedule_variance,
)
from dashboard.queries.roadmap import PlanAt, Roadmap
from models.programmes import Programmes
from models.roadmap import Health, MilestoneState, Override, Workstream


def only_counted(milestones: Sequence[PlanAt]) -> list[PlanAt]:
    return [m for m in milestones if m.is_counted]


def earned_at(milestones: Sequence[PlanAt]) -> float | None:
    """EV of milestones as of their day, in %."""
    return earned([m.item() for m in only_counted(milestones)])


def planned_at(milestones: Sequence[PlanAt], on: date) -> float | None:
    """PV at `on` of milestones, with the weights and schedules known on the day of the
    milestones.
    """
    return planned([m.item() for m in only_counted(milestones)], on)


def lost_points(milestones: Sequence[PlanAt], on: date) -> list[tuple[PlanAt, float]]:
    """What each milestone adds to the gap to the plan, in points, the largest loss first; those
    on their plan are left out, so that the rest sums to EV − PV.
    """
    counted = only_counted(milestones)
    total = sum(m.schedule.weight for m in counted)
    parts = [
        (m, m.schedule.weight * (m.progress - planned_progress(m.item(), on))) for m in counted
    ]
    return sorted(
        ((m, 100 * part / total) for m, part in parts if not isclose(part, 0, abs_tol=1e-9)),
        key=lambda lost: (lost[1], lost[0].schedule.end),
    )


def schedule_months(milestones: Sequence[PlanAt], on: date) -> float | None:
    """SV(t) = ES − AT in months, for the milestones as known at `on`."""
    steps = schedule_steps(milestones, on)
    return schedule_variance(steps[0].months, steps[1]) if steps else None


def schedule_steps(milestones: Sequence[PlanAt], on: date) -> tuple[EarnedSchedule, float] | None:
    """(earned schedule, AT in months) of the milestones as known at `on`; None if there are
    none.
    """
    ev = earned_at(milestones)
    if ev is None:
        return None
    period = milestones[0].programme or Programmes.of_settings().periods[0]
    start = period.first_day
    end = max(m.schedule.end for m in only_counted(milestones))
    es = earned_schedule(ev, lambda day: planned_at(milestones, day), start, end)
    at = months_between(start, on)
    # If nothing is planned or done yet, there is no advance of eight months.
    is_on_plan = isclose(ev, planned_at(milestones, on), abs_tol=1e-9)
    return replace(es, months=at, on_plan=True) if is_on_plan else es, at


def of_workstream(milestones: Sequence[PlanAt], workstream_id: int) -> list[PlanAt]:
    return [m for m in milestones if m.plan.workstream_id == workstream_id]


CRITICAL_LATE = f"jalon critique en retard de plus de {SLIP_ALLOWED} jours"


@dataclass(frozen=True)
class WorkstreamState:
    """One workstream (chantier) as of a day: the row of the cockpit. `of_plan`: the mean, in %, of
    the achieved share of each of the `planned_for` milestones with planned progress, capped at 100;
    `critical_late`: the numbers of its critical milestones that are late by more than thirty days.
    """

    workstream: Workstream
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
    def lowered_in_words(self) -> str:
        """Why the status is one level worse than the gap alone would give; empty if it is not."""
        if not self.verdict.is_lowered:
            return ""
        late = self.critical_late
        which = french.plural(len(late), "Le jalon critique", "Les jalons critiques")
        have = french.plural(len(late), "a", "ont")
        return f"{which} {', '.join(late)} {have} plus de {SLIP_ALLOWED} jours de retard."

    @property
    def gap(self) -> float | None:
        """Écart au prévu, in points; negative if behind."""
        if self.earned is None or self.planned is None:
            return None
        return self.earned - self.planned


def health_of(m: PlanAt, on: date) -> Verdict:
    """The health of a milestone at `on`: the imposed status if one is in force, else by the
    rules.
    """
    return _by_hand(m.imposed) or milestone_health(m.facts(), on)


def _by_hand(imposed: Override | None) -> Verdict | None:
    if imposed is None:
        return None
    reason = f" : {imposed.reason}" if imposed.reason else ""
    rule = f"statut imposé jusqu'au {imposed.until:%d/%m/%Y}{reason}"
    return Verdict(Health(imposed.status), rule, is_imposed=True)


def workstream_states(roadmap: Roadmap, on: date) -> list[WorkstreamState]:
    """The workstreams of the current programme on `on`: the imposed status, else r = EV / PV, one
    level worse for a critical milestone 30 days late.
    """
    imposed = roadmap.imposed(on)
    return [
        _workstream_state(
            w, of_workstream(roadmap.at(on), w.id), on, imposed.get(f"chantier:{w.id}")
        )
        for w in roadmap.streams(on)
    ]


_SHOWN_FIRST = (Health.trouble, Health.watch, Health.on_track)
WORST_FIRST = (*_SHOWN_FIRST, *(health for health in Health if health not in _SHOWN_FIRST))


def worst_first(states: Sequence[WorkstreamState]) -> list[WorkstreamState]:
    """By status, then by the gap to the plan; those without a status come last."""
    return sorted(
        states,
        key=lambda s: (
            WORST_FIRST.index(s.verdict.health),
            s.gap is None,
            s.gap or 0,
            s.workstream.id,
        ),
    )


def _workstream_state(
    workstream: Workstream, milestones: list[PlanAt], on: date, imposed: Override | None
) -> WorkstreamState:
    counted = only_counted(milestones)
    verdicts = [health_of(m, on).health for m in milestones]
    ev = earned_at(milestones)
    pv = planned_at(milestones, on)
    # The achieved share of each planned progress; milestones without one are skipped.
    due = [(m.progress, planned_progress(m.item(), on)) for m in counted]
    ratios = [100 * progress / planned for progress, planned in due if planned]
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


def workstream_verdict(milestones: Sequence[PlanAt], on: date) -> Verdict:
    """The health of a workstream by the rules, for the cockpit, the figure and the reports; imposed
    statuses are handled before.
    """
    counted = only_counted(milestones)
    verdict = not_begun(counted, on)
    if verdict:
        return verdict
    verdict = progress_health(earned_at(milestones), planned_at(milestones, on))
    late = _critical_late(counted, on)
    # One level; an unknown status stays unknown.
    worse = {Health.on_track: Health.watch, Health.watch: Health.trouble}.get(verdict.health)
    if late and worse:
        numbers = ", ".join(late)
        return Verdict(worse, f"{verdict.rule} ; {CRITICAL_LATE} ({numbers})", is_lowered=True)
    return verdict


def _critical_late(counted: Sequence[PlanAt], on: date) -> tuple[str, ...]:
    return tuple(
        m.plan.number
        for m in counted
        if m.schedule.critical and is_past_due(m.facts(), on) and (on - m.schedule.end).days > 30
    )


def not_begun(counted: Sequence[PlanAt], on: date) -> Verdict | None:
    """Before its first milestone begins, a workstream is neither on track nor late."""
    if not counted or any(milestone_has_begun(m.facts(), on) for m in counted):
        return None
    return Verdict(Health.upcoming, "aucun jalon n'a commencé, le début est à venir")
