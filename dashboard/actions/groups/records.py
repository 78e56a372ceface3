"""Acts on progress groups: creating one, joining and leaving, its facilitators.

An act that takes or frees a place locks the group's row, so that the number of places is not
exceeded.
"""

from collections.abc import Mapping

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.groups.steps import (
    LockedGroup,
    enter_state,
    group_to_lead,
    lock_group,
    seats_of,
)
from dashboard.actions.notices.records import notify
from dashboard.actions.registers import write_record
from dashboard.queries.groups import GROUPS
from dashboard.queries.people.readers import service_of
from models.clock import today
from models.errors import Invalid, Refused
from models.groups import GroupMember, GroupRole, GroupState, ProgressGroup
from models.notices import NoticeKind
from models.people import Person

# For acts reserved to the programme office.
_NO_FACILITATORS = LockedGroup(None, frozenset())


# ── The group itself ──────────────────────────────────────────────────────────────────────────────


def create_group(session: Session, reader: Reader, typed: Mapping[str, object]) -> ProgressGroup:
    """Constituer un groupe: from today it recruits members. Raises Invalid per field."""
    require(reader, "group.manage", _NO_FACILITATORS)
    code = {"code": _next_code(session)}
    group, _ = write_record(session, reader, GROUPS, None, {**typed, **code})
    enter_state(session, reader, group, GroupState.forming, "")
    return group


def edit_group(
    session: Session, reader: Reader, group_id: int, typed: Mapping[str, object]
) -> None:
    """Modifier les textes d'un groupe; each change is journalled. Raises Invalid per field."""
    group = group_to_lead(session, reader, group_id)
    fewest = len(_members(session, group))
    # Not fewer places than members.
    is_enough = (typed.get("wanted", group.wanted) or 0) >= fewest
    faults = {"wanted": None if is_enough else f"{fewest} membres en font déjà partie."}
    write_record(session, reader, GROUPS, group, typed, faults)


def _next_code(session: Session) -> str:
    taken = session.exec(select(ProgressGroup.code)).all()
    # After the highest, so that no code is reused.
    return f"G{max((int(code[1:]) for code in taken if code[1:].isdecimal()), default=0) + 1:02d}"


# ── Members ───────────────────────────────────────────────────────────────────────────────────────


def join_group(session: Session, reader: Reader, group_id: int) -> ProgressGroup:
    """Rejoindre: the reader takes a place. Raises Refused where the group is full or closed to
    members.
    """
    require(reader, "group.join")
    locked = lock_group(session, group_id)
    group = locked.group
    _take_place(session, group, reader.person_id, "Vous faites déjà partie de ce groupe.")
    name = session.get(Person, reader.person_id).name
    notify(
        session,
        locked.facilitators,
        key=f"groupe-{group.id}-membre-{reader.person_id}",
        kind=NoticeKind.task,
        title=f"{name} rejoint le groupe {group.code}",
        text=f"« {group.title} ».",
        href=f"/groupes?groupe={group.code}",
        by=reader.person_id,
    )
    return group


def leave_group(session: Session, reader: Reader, group_id: int) -> ProgressGroup:
    """Quitter: frees the place from today. Raises Refused for a person who is not a member."""
    require(reader, "group.join")
    group = lock_group(session, group_id).group
    refuse_over(group)
    _give_back(session, group, reader.person_id, "Vous ne faites pas partie de ce groupe.")
    return group


def add_member(session: Session, reader: Reader, group_id: int, person_id: int | None) -> str:
    """Inscrire un volontaire without a computer, by a facilitator. Returns the person's name.
    Raises Invalid, Refused.
    """
    group = group_to_lead(session, reader, group_id)
    person = _somebody(session, person_id)
    _take_place(session, group, person.id, f"{person.name} fait déjà partie de ce groupe.")
    return person.name


def remove_member(session: Session, reader: Reader, group_id: int, person_id: int | None) -> str:
    """Noter un départ, by a facilitator. Returns the person's name. Raises Invalid, Refused."""
    group = group_to_lead(session, reader, group_id)
    person = _somebody(session, person_id)
    _give_back(session, group, person.id, f"{person.name} ne fait pas partie de ce groupe.")
    return person.name


def make_facilitator(session: Session, reader: Reader, group_id: int, person_id: int | None) -> str:
    """Désigner un facilitateur from today, which frees a member's place. Returns the
    person's name.
    """
    group = group_to_lead(session, reader, group_id)
    person = _somebody(session, person_id)
    seat = _seat_of(session, group, person.id)
    if seat and seat.role == GroupRole.facilitator:
        raise Refused(f"{person.name} est déjà facilitateur ou facilitatrice de ce groupe.")
    if seat:
        _leave(session, seat)
    _add_seat(session, group, person.id, GroupRole.facilitator)
    return person.name


def _take_place(session: Session, group: ProgressGroup, person_id: int, twice: str) -> None:
    state = GroupState(group.state)
    if not state.takes_members:
        raise Refused(
            f"Le groupe {group.code} ne prend plus de membres : il en est à l'étape «"
            f" {state.label} »."
        )
    if _seat_of(session, group, person_id):
        raise Refused(twice)
    if len(_members(session, group)) >= group.wanted:
        raise Refused("Le groupe est complet.")
    _add_seat(session, group, person_id, GroupRole.member)


def _add_seat(session: Session, group: ProgressGroup, person_id: int, role: GroupRole) -> None:
    day = today(session)
    # One row per person and day: a person who left today and returns reuses hers.
    seat = session.exec(
        select(GroupMember).where(
            GroupMember.group_id == group.id,
            GroupMember.person_id == person_id,
            GroupMember.joined_on == day,
        )
    ).first()
    seat = seat or GroupMember(group_id=group.id, person_id=person_id, joined_on=day)
    seat.service_id = service_of(session, person_id, day)
    seat.role = str(role)
    seat.left_on = None
    session.add(seat)


def _give_back(session: Session, group: ProgressGroup, person_id: int, not_in: str) -> None:
    seat = _seat_of(session, group, person_id)
    if seat is None:
        raise Refused(not_in)
    _leave(session, seat)


def _leave(session: Session, seat: GroupMember) -> None:
    seat.left_on = today(session)
    session.flush()


def _members(session: Session, group: ProgressGroup) -> list[GroupMember]:
    return [seat for seat in seats_of(session, group) if seat.role == GroupRole.member]


def _seat_of(session: Session, group: ProgressGroup, person_id: int | None) -> GroupMember | None:
    return next((seat for seat in seats_of(session, group) if seat.person_id == person_id), None)


def _somebody(session: Session, person_id: int | None) -> Person:
    person = session.get(Person, person_id) if person_id else None
    if person is None or person.erased_on:
        raise Invalid({"person": "Choisissez une personne."})
    return person


def refuse_over(group: ProgressGroup) -> None:
    """Raises Refused for a group that is over."""
    if GroupState(group.state).is_over:
        raise Refused(f"Le groupe {group.code} est terminé.")


# ── Its steps ─────────────────────────────────────────────────────────────────────────────────────
