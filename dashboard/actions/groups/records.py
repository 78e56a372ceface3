"""Acts on progress groups: starting one, joining and leaving it, its facilitators, its steps up to
the decision.

Whoever takes or frees a place holds the group's row until the end of the act: there are never more
members than places.
"""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.decisions.records import PointInput, add_point
from dashboard.actions.ideas.threads import add_link
from dashboard.actions.keeping.auditing import note
from dashboard.actions.notices.records import notify
from dashboard.queries.decisions.records import register as decisions_register
from dashboard.queries.following import followers_of
from dashboard.queries.groups import GROUP
from dashboard.queries.groups import register as groups_register
from dashboard.queries.people.readers import service_of
from models.clock import today
from models.decisions import Instance
from models.discussions import Subject
from models.errors import Invalid, Refused
from models.facts import live
from models.groups import (
    NEEDS,
    DocumentKind,
    DocumentVersion,
    GroupEvent,
    GroupMember,
    GroupRole,
    GroupState,
    ProgressGroup,
)
from models.keeping import NoticeKind
from models.ledger import bump
from models.people import Person
from models.roadmap import Ambition
from models.texts import clean_text, clean_title

TITLE_MAX = 200
TEXT_MAX = 4000
SPONSOR_MAX = 200
MOST_MEMBERS = 40


@dataclass(frozen=True)
class Led:
    """A group as the rights know it: the record, held, and who leads it."""

    group: ProgressGroup | None
    facilitators: frozenset[int]


# What only the programme office may do.
_LED_BY_NOBODY = Led(None, frozenset())


@dataclass(frozen=True)
class GroupInput:
    """What the form asks of a group."""

    title: str
    problem: str
    ambition_id: int | None
    sponsor: str
    wanted: int | None


def hold_group(session: Session, group_id: int) -> Led:
    """The group, held until the transaction ends, with its facilitators. Raises Refused where
    there is none.
    """
    group = session.get(ProgressGroup, group_id, with_for_update=True, populate_existing=True)
    if group is None:
        raise Refused("Ce groupe n'existe pas.")
    return Led(
        group,
        frozenset(
            seat.person_id for seat in _seats(session, group) if seat.role == GroupRole.facilitator
        ),
    )


def group_to_lead(session: Session, reader: Reader, group_id: int) -> ProgressGroup:
    """The group, held, for who leads it or keeps the programme; one that is over takes no more
    work.
    """
    led = hold_group(session, group_id)
    require(reader, "group.manage", led)
    if GroupState(led.group.state).is_over:
        raise Refused(f"Le groupe {led.group.code} est terminé : rien ne s'y ajoute plus.")
    return led.group


# ── The group itself ──────────────────────────────────────────────────────────────────────────────


def create_group(session: Session, reader: Reader, given: GroupInput) -> ProgressGroup:
    """Constituer un groupe: from today it looks for members. Raises Invalid per field."""
    require(reader, "group.manage", _LED_BY_NOBODY)
    values = _checked(session, given, fewest=1)
    group = ProgressGroup(code=_next_code(session), state=str(GroupState.forming), **values)
    session.add(group)
    session.flush()
    note(session, reader, today(session), GROUP, group.code, "créé", None, group.title)
    enter_state(session, reader, group, GroupState.forming, "")
    return group


def edit_group(session: Session, reader: Reader, group_id: int, given: GroupInput) -> None:
    """Modifier les textes d'un groupe; each change stands in the journal. Raises Invalid per
    field.
    """
    group = group_to_lead(session, reader, group_id)
    values = _checked(session, given, fewest=max(len(_members(session, group)), 1))
    for name, value in values.items():
        if getattr(group, name) != value:
            note(
                session,
                reader,
                today(session),
                GROUP,
                group.code,
                name,
                getattr(group, name),
                value,
            )
            setattr(group, name, value)
    session.add(group)
    session.flush()
    bump(session, "groups")


def _checked(session: Session, given: GroupInput, fewest: int) -> dict[str, object]:
    title = clean_title(given.title)
    problem = clean_text(given.problem)
    sponsor = clean_title(given.sponsor)
    errors = {}
    if not 0 < len(title) <= TITLE_MAX:
        errors["title"] = f"Donnez un nom au groupe (1 à {TITLE_MAX} caractères)."
    if not 0 < len(problem) <= TEXT_MAX:
        errors["problem"] = f"Décrivez le problème en {TEXT_MAX} caractères au plus."
    if not 0 < len(sponsor) <= SPONSOR_MAX:
        errors["sponsor"] = "Dites qui commande ce travail."
    if not given.ambition_id or session.get(Ambition, given.ambition_id) is None:
        errors["ambition"] = "Choisissez une ambition."
    # Fewer than are members already would leave some of them without a place.
    if not given.wanted or not fewest <= given.wanted <= MOST_MEMBERS:
        errors["wanted"] = f"Le nombre de membres va de {fewest} à {MOST_MEMBERS}."
    if errors:
        raise Invalid(errors)
    return {
        "title": title,
        "problem": problem,
        "sponsor": sponsor,
        "ambition_id": given.ambition_id,
        "wanted": given.wanted,
    }


def _next_code(session: Session) -> str:
    taken = session.exec(select(ProgressGroup.code)).all()
    # After the highest, not by their number: no code is given twice.
    return f"G{max((int(code[1:]) for code in taken if code[1:].isdecimal()), default=0) + 1:02d}"


# ── Its people ────────────────────────────────────────────────────────────────────────────────────


def join_group(session: Session, reader: Reader, group_id: int) -> ProgressGroup:
    """Rejoindre: the reader takes one of the places. Raises Refused where the group is full, or
    takes nobody any more.
    """
    require(reader, "group.join")
    led = hold_group(session, group_id)
    group = led.group
    _take_place(session, group, reader.person_id, "Vous faites déjà partie de ce groupe.")
    name = session.get(Person, reader.person_id).name
    notify(
        session,
        led.facilitators,
        key=f"groupe-{group.id}-membre-{reader.person_id}",
        kind=NoticeKind.task,
        title=f"{name} rejoint le groupe {group.code}",
        text=f"« {group.title} ».",
        href=f"/groupes?groupe={group.code}",
        by=reader.person_id,
    )
    return group


def leave_group(session: Session, reader: Reader, group_id: int) -> ProgressGroup:
    """Quitter: from today the place is free again. Raises Refused for whoever is not in it."""
    require(reader, "group.join")
    group = hold_group(session, group_id).group
    refuse_over(group)
    _give_back(session, group, reader.person_id, "Vous ne faites pas partie de ce groupe.")
    return group


def add_member(session: Session, reader: Reader, group_id: int, person_id: int | None) -> str:
    """Inscrire un volontaire who has no computer, by who leads the group. The person's name.
    Raises Invalid, Refused.
    """
    group = group_to_lead(session, reader, group_id)
    person = _somebody(session, person_id)
    _take_place(session, group, person.id, f"{person.name} fait déjà partie de ce groupe.")
    return person.name


def remove_member(session: Session, reader: Reader, group_id: int, person_id: int | None) -> str:
    """Noter un départ, by who leads the group. The person's name. Raises Invalid, Refused."""
    group = group_to_lead(session, reader, group_id)
    person = _somebody(session, person_id)
    _give_back(session, group, person.id, f"{person.name} ne fait pas partie de ce groupe.")
    return person.name


def make_facilitator(session: Session, reader: Reader, group_id: int, person_id: int | None) -> str:
    """Désigner un facilitateur: leads the group from today, and gives the place of a member
    back. The person's name.
    """
    group = group_to_lead(session, reader, group_id)
    person = _somebody(session, person_id)
    seat = _seat_of(session, group, person.id)
    if seat and seat.role == GroupRole.facilitator:
        raise Refused(f"{person.name} est déjà facilitateur ou facilitatrice de ce groupe.")
    if seat:
        seat.left_on = today(session)
        session.add(seat)
        session.flush()
    _sit(session, group, person.id, GroupRole.facilitator)
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
    _sit(session, group, person_id, GroupRole.member)


def _sit(session: Session, group: ProgressGroup, person_id: int, role: GroupRole) -> None:
    day = today(session)
    # Whoever left today and comes back finds her line of today again: one person has one line a
    # day.
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
    session.flush()
    bump(session, "groups", since=day)


def _give_back(session: Session, group: ProgressGroup, person_id: int, not_in: str) -> None:
    seat = _seat_of(session, group, person_id)
    if seat is None:
        raise Refused(not_in)
    seat.left_on = today(session)
    session.add(seat)
    session.flush()
    bump(session, "groups", since=seat.left_on)


def _seats(session: Session, group: ProgressGroup) -> list[GroupMember]:
    return list(
        session.exec(
            select(GroupMember).where(
                GroupMember.group_id == group.id, GroupMember.left_on.is_(None)
            )
        ).all()
    )


def _members(session: Session, group: ProgressGroup) -> list[GroupMember]:
    return [seat for seat in _seats(session, group) if seat.role == GroupRole.member]


def _seat_of(session: Session, group: ProgressGroup, person_id: int | None) -> GroupMember | None:
    return next((seat for seat in _seats(session, group) if seat.person_id == person_id), None)


def _somebody(session: Session, person_id: int | None) -> Person:
    person = session.get(Person, person_id) if person_id else None
    if person is None or person.erased_on:
        raise Invalid({"person": "Choisissez une personne."})
    return person


def refuse_over(group: ProgressGroup) -> None:
    """Raises Refused for a group that takes nothing more."""
    if GroupState(group.state).is_over:
        raise Refused(f"Le groupe {group.code} est terminé.")


# ── Its steps ─────────────────────────────────────────────────────────────────────────────────────


def advance_group(
    session: Session,
    reader: Reader,
    group_id: int,
    to: GroupState,
    text: str = "",
    owner_direction_id: int | None = None,
) -> None:
    """Passer à l'étape suivante, the next one only; « soumise » puts the proposition before the
    CODIR in the same act.

    `owner_direction_id` answers for the point before the CODIR. Raises Invalid per field, Refused
    where the step is not ready.
    """
    group = group_to_lead(session, reader, group_id)
    state = GroupState(group.state)
    if to is not state.following:
        raise Refused(
            f"Une étape à la fois : après « {state.label} » vient « {state.following.label} »."
        )
    text = _checked_text(text)
    _refuse_unready(session, group, to)
    if to is GroupState.submitted:
        _submit(session, reader, group, text, owner_direction_id)
    enter_state(session, reader, group, to, text)


def drop_group(session: Session, reader: Reader, group_id: int, reason: str) -> None:
    """Abandonner, with the reason that its members read. Raises Invalid, Refused once the
    proposition is submitted.
    """
    group = group_to_lead(session, reader, group_id)
    if group.state == GroupState.submitted:
        raise Refused("La proposition est devant le CODIR : c'est sa décision qui clôt le groupe.")
    reason = _checked_text(reason)
    if not reason:
        raise Invalid({"reason": "Dites pourquoi : les membres du groupe le lisent."})
    enter_state(session, reader, group, GroupState.dropped, reason)


def undo_state(session: Session, reader: Reader, group_id: int) -> GroupState:
    """Annuler la dernière étape: the fact is voided, from its own day on. The state that is
    undone. Raises Refused.
    """
    led = hold_group(session, group_id)
    require(reader, "group.manage", led)
    steps = _steps(session, led.group)
    if len(steps) < 2:
        raise Refused("Il n'y a pas d'étape à annuler : un groupe constitué reste constitué.")
    last = steps[-1]
    if last.state == GroupState.submitted:
        raise Refused("La proposition est devant le CODIR : un point inscrit reste inscrit.")
    _void_last(session, reader, led.group, steps)
    return GroupState(last.state)


def _refuse_unready(session: Session, group: ProgressGroup, to: GroupState) -> None:
    needed = NEEDS.get(to)
    if needed and not _is_written(session, group, needed):
        raise Refused(
            f"Écrivez d'abord le document « {needed.label} » : l'étape « {to.label} » en part."
        )
    if to is GroupState.closed:
        day = today(session)
        mine = next(
            (item for item in groups_register(session).at(day) if item.id == group.id), None
        )
        points = [
            d for d in decisions_register(session).at(day) if mine and d.id in mine.decision_ids
        ]
        if not any(d.decided for d in points):
            raise Refused("La proposition attend encore sa décision : le groupe se clôt après.")


def _is_written(session: Session, group: ProgressGroup, kind: DocumentKind) -> bool:
    return (
        session.exec(
            select(DocumentVersion.id).where(
                DocumentVersion.group_id == group.id, DocumentVersion.kind == str(kind)
            )
        ).first()
        is not None
    )


def _submit(
    session: Session,
    reader: Reader,
    group: ProgressGroup,
    text: str,
    owner_direction_id: int | None,
) -> None:
    title = clean_title(f"{group.title} (groupe {group.code})")
    point = add_point(session, reader, PointInput(title, Instance.codir, owner_direction_id, text))
    add_link(session, reader, (GROUP, group.code), ("decision", str(point.id)))


def enter_state(
    session: Session, reader: Reader, group: ProgressGroup, state: GroupState, text: str
) -> int:
    """The fact of a step and what its members and followers read, for an act that has asked its
    right and holds the group. Its id.
    """
    day = today(session)
    event = GroupEvent(
        group_id=group.id, state=str(state), text=text, on=day, recorded_on=day, by=reader.person_id
    )
    group.state = str(state)
    session.add_all([event, group])
    session.flush()
    bump(session, "groups", since=day)
    members = [seat.person_id for seat in _seats(session, group)]
    followers = followers_of(session, Subject.proposition, group.code, day)
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
    """Takes the last step of a group back, where it is this fact, and tells its members; whether
    it was. For an act that has asked its right and holds the group.
    """
    steps = _steps(session, group)
    if len(steps) < 2 or steps[-1].id != event_id:
        return False
    _void_last(session, reader, group, steps)
    before = GroupState(group.state)
    notify(
        session,
        [seat.person_id for seat in _seats(session, group)],
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
    session.add(
        GroupEvent(
            group_id=group.id,
            state=before.state,
            on=last.on,
            recorded_on=today(session),
            by=reader.person_id,
            voids=last.id,
        )
    )
    group.state = before.state
    session.add(group)
    session.flush()
    bump(session, "groups", since=last.on)


def _steps(session: Session, group: ProgressGroup) -> list[GroupEvent]:
    """The facts of a group that count, those that only void another left out."""
    rows = session.exec(
        select(GroupEvent)
        .where(
            GroupEvent.group_id == group.id, GroupEvent.voids.is_(None), live(GroupEvent, date.max)
        )
        .order_by(GroupEvent.on, GroupEvent.id)
    ).all()
    return list(rows)


def _checked_text(text: str) -> str:
    found = clean_text(text)
    if len(found) > 2000:
        raise Invalid({"text": "Le texte peut compter 2000 caractères au plus."})
    return found
