"""Dependencies of a milestone (attentes): the milestones it depends on."""

from collections.abc import Collection, Sequence

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, note, refuse_conflict
from dashboard.actions.roadmap.records import last_report, lock_milestone
from dashboard.queries.edit_conflicts import last_recorded
from dashboard.queries.waits import is_a_circle
from models.clock import today
from models.errors import refuse
from models.facts import facts_of, live
from models.roadmap import ENDED, IS_MILESTONE, MilestoneState, Plan, PlanWait

MOST = 12


def waits_values(waits_for: Collection[int]) -> dict[str, object]:
    """The dependencies, by the field of their form."""
    return {"waits_for": sorted(waits_for)}


def set_waits(
    session: Session,
    reader: Reader,
    plan_id: int,
    wanted: Collection[int],
    *,
    read: str | None = None,
) -> None:
    """From today the milestone depends on exactly these. Raises Invalid where one does not exist,
    would be circular, or nothing changes, and EditConflict.
    """
    require(reader, "milestone.revise")
    day = today(session)
    milestone = lock_milestone(session, plan_id)
    current = facts_of(session, PlanWait, plan_id, day)
    now = {wait.waits_for_id for wait in current}
    written = last_recorded(session, PlanWait, PlanWait.plan_id == plan_id)
    refuse_conflict(session, reader, read, waits_values(now), written)
    chosen = set(wanted)
    refuse({"waits_for": _fault(session, milestone, chosen)})
    refuse({"form": chosen == now and "Rien ne change : choisissez un jalon, ou enlevez-en un."})
    _write(session, reader, milestone, current, chosen)
    before, after = _numbers(session, now), _numbers(session, chosen)
    note(session, reader, day, "milestone", milestone.number, "attend", before, after)


def _write(
    session: Session,
    reader: Reader,
    milestone: Plan,
    current: Sequence[PlanWait],
    chosen: set[int],
) -> None:
    now = {wait.waits_for_id for wait in current}
    for wait in current:
        if wait.waits_for_id not in chosen:
            add_fact(session, reader, PlanWait(plan_id=milestone.id, voids=wait.id))
    for waited_id in sorted(chosen - now):
        add_fact(session, reader, PlanWait(plan_id=milestone.id, waits_for_id=waited_id))


def _fault(session: Session, milestone: Plan, chosen: set[int]) -> str:
    existing = session.exec(select(Plan.id).where(IS_MILESTONE, Plan.id.in_(chosen))).all()
    last = last_report(session, milestone.id, today(session))
    if last and last.state in ENDED:
        state = MilestoneState(last.state).label.lower()
        return f"Le jalon {milestone.number} est {state} : il n'attend plus rien."
    if chosen - set(existing):
        return "Un des jalons choisis n'existe pas (ou plus)."
    if len(chosen) > MOST:
        return f"Un jalon en attend {MOST} au plus."
    if is_a_circle(milestone.id, sorted(chosen), _all_waits(session, milestone.id)):
        return (
            f"Le jalon {milestone.number} s'attendrait lui-même : un de ceux-là l'attend déjà,"
            " directement ou par un autre."
        )
    return ""


def _all_waits(session: Session, but: int) -> dict[int, list[int]]:
    """Id → ids it depends on today, for all other milestones."""
    waits: dict[int, list[int]] = {}
    rows = session.exec(
        select(PlanWait.plan_id, PlanWait.waits_for_id).where(
            PlanWait.plan_id != but,
            live(PlanWait, today(session)),
        )
    )
    for plan_id, waits_for_id in rows:
        waits.setdefault(plan_id, []).append(waits_for_id)
    return waits


def _numbers(session: Session, ids: Collection[int]) -> str:
    """« 2.3, 4.1 », in roadmap order."""
    numbers = session.exec(
        select(Plan.number).where(Plan.id.in_(ids)).order_by(Plan.position, Plan.id)
    ).all()
    return ", ".join(numbers)
