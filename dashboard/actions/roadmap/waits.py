"""Act on what a milestone waits for (attentes): from today it is not reached before those."""

from collections.abc import Collection, Sequence

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact
from dashboard.actions.edit_conflicts import refuse_conflict
from dashboard.actions.journal import note
from dashboard.actions.roadmap.records import held_milestone, last_report
from dashboard.queries.edit_conflicts import last_recorded
from dashboard.queries.waits import is_a_circle
from models.clock import today
from models.errors import refuse
from models.facts import facts_of, live
from models.roadmap import ENDED, IS_MILESTONE, MilestoneState, Plan, PlanWait

MOST = 12


def waits_stand(waits_for: Collection[int]) -> dict[str, object]:
    """What a milestone waits for, as its form shows it."""
    return {"waits_for": sorted(waits_for)}


def set_waits(
    session: Session,
    reader: Reader,
    plan_id: int,
    wanted: Collection[int],
    *,
    read: str | None = None,
) -> None:
    """From today the milestone waits for these, and for no other. Raises Invalid where one does not
    exist or would wait for it in turn, where nothing changes, and EditConflict.
    """
    require(reader, "milestone.revise")
    day = today(session)
    milestone = held_milestone(session, plan_id)
    standing = facts_of(session, PlanWait, plan_id, day)
    now = {wait.waits_for_id for wait in standing}
    written = last_recorded(session, PlanWait, PlanWait.plan_id == plan_id)
    refuse_conflict(session, reader, read, waits_stand(now), written)
    asked = set(wanted)
    refuse({"waits_for": _fault(session, milestone, asked)})
    refuse({"form": asked == now and "Rien ne change : choisissez un jalon, ou enlevez-en un."})
    _write(session, reader, milestone, standing, asked)
    before, after = _numbers(session, now), _numbers(session, asked)
    note(session, reader, day, "milestone", milestone.number, "attend", before, after)


def _write(
    session: Session,
    reader: Reader,
    milestone: Plan,
    standing: Sequence[PlanWait],
    asked: set[int],
) -> None:
    now = {wait.waits_for_id for wait in standing}
    for wait in standing:
        if wait.waits_for_id not in asked:
            add_fact(session, reader, PlanWait(plan_id=milestone.id, voids=wait.id))
    for other in sorted(asked - now):
        add_fact(session, reader, PlanWait(plan_id=milestone.id, waits_for_id=other))


def _fault(session: Session, milestone: Plan, asked: set[int]) -> str:
    known = session.exec(select(Plan.id).where(IS_MILESTONE, Plan.id.in_(asked))).all()
    last = last_report(session, milestone.id, today(session))
    if last and last.state in ENDED:
        state = MilestoneState(last.state).label.lower()
        return f"Le jalon {milestone.number} est {state} : il n'attend plus rien."
    if asked - set(known):
        return "Un des jalons choisis n'existe pas (ou plus)."
    if len(asked) > MOST:
        return f"Un jalon en attend {MOST} au plus."
    if is_a_circle(milestone.id, sorted(asked), _all_waits(session, milestone.id)):
        return (
            f"Le jalon {milestone.number} s'attendrait lui-même : un de ceux-là l'attend déjà,"
            " directement ou par un autre."
        )
    return ""


def _all_waits(session: Session, but: int) -> dict[int, list[int]]:
    """Id → the ids waited for today, of all the other milestones."""
    found: dict[int, list[int]] = {}
    rows = session.exec(
        select(PlanWait.plan_id, PlanWait.waits_for_id).where(
            PlanWait.plan_id != but,
            live(PlanWait, today(session)),
        )
    )
    for plan_id, waits_for_id in rows:
        found.setdefault(plan_id, []).append(waits_for_id)
    return found


def _numbers(session: Session, ids: Collection[int]) -> str:
    """« 2.3, 4.1 », in the order of the roadmap."""
    found = session.exec(
        select(Plan.number).where(Plan.id.in_(ids)).order_by(Plan.position, Plan.id)
    ).all()
    return ", ".join(found)
