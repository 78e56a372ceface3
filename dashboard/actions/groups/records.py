"""Acts on progress groups: creating one, its steps, joining and leaving, its facilitators.

An act that takes or frees a place locks the group's row, so that the number of places is not
exceeded.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, lock_record
from dashboard.actions.decisions.records import PointInput, add_point
from dashboard.actions.ideas.threads import add_link
from dashboard.actions.notices.records import notify
from dashboard.actions.registers import write_record
from dashboard.queries.decisions.records import register as decisions_register
from dashboard.queries.following import followers_of
from dashboard.queries.groups import GROUP, GROUPS, register as groups_register
from dashboard.queries.people.readers import service_of
from models.clock import today
from models.decisions import Instance
from models.discussions import Subject
from models.facts import facts_of
from models.groups import (
    NEEDS,
    DocumentVersion,
    GroupEvent,
    GroupMember,
    GroupRole,
    GroupState,
    ProgressGroup,
)
from models.notices import NoticeKind
from models.people import Person
from models.texts import Invalid, Refused, clean_text, clean_title, refuse, too_long


@dataclass(frozen=True)
class LockedGroup:
    """A locked group with its facilitators, for rights."""

    group: ProgressGroup | None
    facilitators: frozenset[int]


def lock_group(session: Session, group_id: int) -> LockedGroup:
    """The group, locked until the transaction ends, with its facilitators. Raises Refused where
    there is none.
    """
    group = lock_record(session, ProgressGroup, group_id, "Ce groupe n'existe pas.")
    seats = seats_of(session, group)
    leaders = (seat.person_id for seat in seats if seat.role == GroupRole.facilitator)
    return LockedGroup(group, frozenset(leaders))


def group_to_lead(session: Session, reader: Reader, group_id: int) -> ProgressGroup:
    """The locked group, for its facilitators or the programme office. Raises Refused for one that
    is over.
    """
    locked = lock_group(session, group_id)
    require(reader, "group.manage", locked)
    refuse_over(locked.group)
    return locked.group


def seats_of(session: Session, group: ProgressGroup) -> list[GroupMember]:
    seats = select(GroupMember).filter_by(group_id=group.id)
    return list(session.exec(seats.where(GroupMember.left_on.is_(None))).all())


# ── Its steps ───────────────────────────────────────────────────────────────────────────────────


def advance_group(
    session: Session,
    reader: Reader,
    group_id: int,
    to: GroupState,
    text: str = "",
    owner_direction_id: int | None = None,
) -> None:
    """Passer à l'étape suivante (one step only); « soumise » also submits the proposal to the
    CODIR.

    `owner_direction_id` is responsible for that point. Raises Invalid per field, Refused where the
    step is not ready.
    """
    group = group_to_lead(session, reader, group_id)
    state = GroupState(group.state)
    if to is not state.following:
        raise Refused(
            f"Une étape à la fois : après « {state.label} » vient « {state.following.label} »."
        )
    text = _checked_text(text)
    needed = NEEDS.get(to)
    written = select(DocumentVersion.kind).filter_by(group_id=group.id)
    if needed and needed not in session.exec(written).all():
        raise Refused(
            f"Écrivez d'abord le document « {needed.label} » : l'étape « {to.label} » en part."
        )
    if to is GroupState.closed:
        day = today(session)
        points = next(g.decision_ids for g in groups_register(session).at(day) if g.id == group.id)
        if not any(d.decided for d in decisions_register(session).at(day) if d.id in points):
            raise Refused("La proposition attend encore sa décision : le groupe se clôt après.")
    if to is GroupState.submitted:
        title = clean_title(f"{group.title} (groupe {group.code})")
        typed = PointInput(title, Instance.codir, owner_direction_id, text)
        point = add_point(session, reader, typed)
        add_link(session, reader, (GROUP, group.code), ("decision", str(point.id)))
    enter_state(session, reader, group, to, text)


def drop_group(session: Session, reader: Reader, group_id: int, reason: str) -> None:
    """Abandonner, with the reason shown to its members. Raises Invalid, Refused once the proposal
    is submitted.
    """
    group = group_to_lead(session, reader, group_id)
    if group.state == GroupState.submitted:
        raise Refused("La proposition est devant le CODIR : c'est sa décision qui clôt le groupe.")
    reason = _checked_text(reason)
    refuse({"reason": not reason and "Dites pourquoi : les membres du groupe le lisent."})
    enter_state(session, reader, group, GroupState.dropped, reason)


def undo_state(session: Session, reader: Reader, group_id: int) -> GroupState:
    """Annuler la dernière étape: voids the fact from its own day. Returns the undone state. Raises
    Refused.
    """
    locked = lock_group(session, group_id)
    require(reader, "group.manage", locked)
    steps = facts_of(session, GroupEvent, locked.group.id)
    if len(steps) < 2:
        raise Refused("Il n'y a pas d'étape à annuler : un groupe constitué reste constitué.")
    last = steps[-1]
    if last.state == GroupState.submitted:
        raise Refused("La proposition est devant le CODIR : un point inscrit reste inscrit.")
    _void_last(session, reader, locked.group, steps)
    return GroupState(last.state)


def enter_state(
    session: Session, reader: Reader, group: ProgressGroup, state: GroupState, text: str
) -> int:
    """Records a step and notifies members and followers; the caller has checked the right and
    locked the group. Returns the fact's id.
    """
    fact = GroupEvent(group_id=group.id, state=state, text=text)
    group.state = state
    event = add_fact(session, reader, fact)
    members = [seat.person_id for seat in seats_of(session, group)]
    followers = followers_of(session, Subject.proposition, group.code, event.on)
    notify(
        session,
        [*members, *followers],
        key=f"groupe-{event.id}",
        kind=NoticeKind.state,
        title=f"Groupe {group.code} : {state.label}",
        text=f"« {group.title} ». {text}".strip(),
        href=f"/groupes?groupe={group.code}",
        by=reader.person_id,
    )
    return event.id


def leave_state(session: Session, reader: Reader, group: ProgressGroup, event_id: int) -> bool:
    """Voids the group's last step, if it is this fact, and notifies its members; returns whether it
    was. The caller has checked the right and locked the group.
    """
    steps = facts_of(session, GroupEvent, group.id)
    if len(steps) < 2 or steps[-1].id != event_id:
        return False
    _void_last(session, reader, group, steps)
    before = GroupState(group.state)
    notify(
        session,
        [seat.person_id for seat in seats_of(session, group)],
        key=f"groupe-{event_id}-defait",
        kind=NoticeKind.state,
        title=f"Groupe {group.code} : de nouveau « {before.label} »",
        text=f"« {group.title} ». L'étape précédente était encodée par erreur.",
        href=f"/groupes?groupe={group.code}",
        by=reader.person_id,
    )
    return True


def _void_last(
    session: Session, reader: Reader, group: ProgressGroup, steps: list[GroupEvent]
) -> None:
    last, before = steps[-1], steps[-2]
    group.state = before.state
    add_fact(
        session,
        reader,
        GroupEvent(group_id=group.id, state=before.state, on=last.on, voids=last.id),
    )


def _checked_text(text: str) -> str:
    cleaned = clean_text(text)
    refuse({"text": too_long(cleaned, 2000)})
    return cleaned


# ── The group itself ──────────────────────────────────────────────────────────────────────────────


def create_group(session: Session, reader: Reader, typed: Mapping[str, object]) -> ProgressGroup:
    """Constituer un groupe: from today it recruits members. Raises Invalid per field."""
    # A group that nobody leads yet: reserved to the programme office.
    require(reader, "group.manage", LockedGroup(None, frozenset()))
    taken = session.exec(select(ProgressGroup.code)).all()
    # After the highest, so that no code is reused.
    last = max((int(code[1:]) for code in taken if code[1:].isdecimal()), default=0)
    code = f"G{last + 1:02d}"
    group, _ = write_record(session, reader, GROUPS, None, {**typed, "code": code})
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
        seat.left_on = today(session)
        session.flush()
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
        select(GroupMember).filter_by(group_id=group.id, person_id=person_id, joined_on=day)
    ).first()
    seat = seat or GroupMember(group_id=group.id, person_id=person_id, joined_on=day)
    seat.service_id = service_of(session, person_id, day)
    seat.role = role
    seat.left_on = None
    session.add(seat)


def _give_back(session: Session, group: ProgressGroup, person_id: int, not_in: str) -> None:
    seat = _seat_of(session, group, person_id)
    if seat is None:
        raise Refused(not_in)
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
        raise Refused(f"Le groupe {group.code} est terminé : rien ne s'y ajoute plus.")
