"""Acts on progress groups: creating one, its steps, joining and leaving, its facilitators; their
documents, deliverables, the ideas taken in and links to the outcome.

An act that takes or frees a place locks the group's row, so that the number of places is not
exceeded.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader, idea_conditions, may, require
from dashboard.actions.acts import add_fact, add_record, lock_record, refuse_conflict
from dashboard.actions.decisions.records import PointInput, add_point
from dashboard.actions.ideas.answers import Answer, answer_idea, states_to_choose
from dashboard.actions.ideas.facts import idea_to_change
from dashboard.actions.ideas.threads import add_link
from dashboard.actions.notices.records import notify
from dashboard.actions.registers import write_record
from dashboard.queries.decisions.records import register as decisions_register
from dashboard.queries.groups import GROUP, GROUPS, register as groups_register
from dashboard.queries.ideas.threads import end_named
from dashboard.queries.journal import LastWrite
from dashboard.queries.notices.records import followers_of
from dashboard.queries.people.readers import service_of
from models.clock import today
from models.decisions import Instance
from models.directions import Tree
from models.discussions import Link, Subject
from models.facts import facts_of
from models.groups import (
    NEEDS,
    Deliverable,
    DeliverableEvent,
    DeliverableStep,
    DocumentKind,
    DocumentVersion,
    GroupEvent,
    GroupMember,
    GroupRole,
    GroupState,
    ProgressGroup,
)
from models.idea_states import IdeaStatus
from models.ideas import BODY_MAX, Idea
from models.notices import NoticeKind
from models.people import Person
from models.texts import Invalid, Refused, clean_text, clean_title, refuse, too_long


@dataclass(frozen=True)
class LockedGroup:
    """A locked group with its facilitators, for rights."""

    group: ProgressGroup | None
    responsible: frozenset[int]


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
    return list(session.exec(select(GroupMember).filter_by(group_id=group.id, left_on=None)))


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
        locked.responsible,
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
    """Inscrire un volontaire: the facilitator adds a person who has no computer. Returns her name.
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
    seat = session.scalar(
        select(GroupMember).filter_by(group_id=group.id, person_id=person_id, joined_on=day)
    )
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


TITLE_MAX = 200
REASON_MAX = 500
LAST_DAY = date(2035, 12, 31)
OUTCOMES = ("jalon", "projet", "formation", "chiffre")


# ── Documents ─────────────────────────────────────────────────────────────────────────────────────


def write_version(
    session: Session, reader: Reader, group_id: int, kind: DocumentKind, text: str, based_on: int
) -> int:
    """Écrire une version; earlier ones remain. `based_on` is the version the writer started from
    (0: none). Returns its number.

    Raises EditConflict where somebody wrote one meanwhile, Invalid « text » where nothing changed.
    """
    group = group_to_lead(session, reader, group_id)
    newest = session.scalar(
        select(DocumentVersion)
        .filter_by(group_id=group.id, kind=kind)
        .order_by(DocumentVersion.version.desc())
    )
    number = newest.version if newest else 0
    text = clean_text(text)
    refuse_conflict(
        session,
        reader,
        based_on,
        {"text": newest.text if newest else ""},
        LastWrite(newest.by, newest.on) if newest else LastWrite(),
        mark=number,
        did=f"a écrit entre-temps la version {number}",
    )
    fault = too_long(text, BODY_MAX) if text else "Écrivez le texte."
    is_same = newest is not None and newest.text == text
    refuse({"text": fault or (is_same and "Rien n'a changé depuis la dernière version.")})
    version = DocumentVersion(
        group_id=group.id,
        kind=kind,
        version=number + 1,
        text=text,
        on=today(session),
        by=reader.person_id,
    )
    return add_record(session, version).version


# ── Deliverables ──────────────────────────────────────────────────────────────────────────────────


def add_deliverable(
    session: Session, reader: Reader, group_id: int, title: str, due_on: date | None
) -> Deliverable:
    """Prévoir un livrable, with its due day. Raises Invalid per field."""
    group = group_to_lead(session, reader, group_id)
    title = clean_title(title)
    is_named = 0 < len(title) <= TITLE_MAX
    refuse(
        {
            "title": not is_named and f"Dites ce qui sera remis (1 à {TITLE_MAX} caractères).",
            "due_on": _fault_of_due(due_on, today(session)),
        }
    )
    deliverable = add_record(session, Deliverable(group_id=group.id, title=title))
    _add_step(session, reader, deliverable.id, DeliverableStep.planned, due_on=due_on)
    return deliverable


def move_deliverable(
    session: Session, reader: Reader, deliverable_id: int, due_on: date | None, reason: str
) -> None:
    """Revoir l'échéance, with the reason. A day already past remains missed, and the new one is a
    forecast. Raises Invalid.
    """
    facts = _facts_to_change(session, reader, deliverable_id)
    _refuse_delivered(facts)
    reason = clean_text(reason)
    is_same = due_on == next(fact.due_on for fact in reversed(facts) if fact.due_on)
    why = f"Dites pourquoi la date change ({REASON_MAX} caractères au plus)."
    refuse(
        {
            "due_on": "C'est déjà la date prévue."
            if is_same
            else _fault_of_due(due_on, today(session)),
            "reason": not 0 < len(reason) <= REASON_MAX and why,
        }
    )
    _add_step(session, reader, deliverable_id, DeliverableStep.moved, due_on=due_on, reason=reason)


def deliver(session: Session, reader: Reader, deliverable_id: int, on: date | None = None) -> None:
    """Remis on that day, today at the latest. Raises Invalid, Refused for a second time."""
    facts = _facts_to_change(session, reader, deliverable_id)
    _refuse_delivered(facts)
    day = today(session)
    on = on or day
    # Not delivered before it was planned.
    first = facts[-1].on
    outside = f"La date se trouve entre le {first:%d/%m/%Y} et le {day:%d/%m/%Y}."
    refuse({"on": not first <= on <= day and outside})
    _add_step(session, reader, deliverable_id, DeliverableStep.delivered, on=on)


def undo_deliverable(session: Session, reader: Reader, deliverable_id: int) -> DeliverableStep:
    """Annuler le dernier encodage of a deliverable; undoing the first removes it from the list.
    Returns the undone step.
    """
    facts = _facts_to_change(session, reader, deliverable_id)
    last = facts[-1]
    _add_step(session, reader, deliverable_id, DeliverableStep.undone, on=last.on, voids=last.id)
    return DeliverableStep(last.what)


def _facts_to_change(
    session: Session, reader: Reader, deliverable_id: int
) -> list[DeliverableEvent]:
    """What is planned of a deliverable, once its group is locked by one who may lead it."""
    deliverable = session.get(Deliverable, deliverable_id)
    if deliverable is None:
        raise Refused("Ce livrable n'existe pas.")
    group_to_lead(session, reader, deliverable.group_id)
    facts = facts_of(session, DeliverableEvent, deliverable_id)
    if not facts:
        raise Refused("Ce livrable n'est plus prévu.")
    return facts


def _refuse_delivered(facts: list[DeliverableEvent]) -> None:
    if any(fact.what == DeliverableStep.delivered for fact in facts):
        raise Refused("Ce livrable est déjà remis.")


def _fault_of_due(due_on: date | None, day: date) -> str:
    if due_on is not None and day <= due_on <= LAST_DAY:
        return ""
    return f"Donnez une date entre le {day:%d/%m/%Y} et le {LAST_DAY:%d/%m/%Y}."


def _add_step(
    session: Session, reader: Reader, deliverable_id: int, what: DeliverableStep, **more: object
) -> None:
    add_fact(session, reader, DeliverableEvent(deliverable_id=deliverable_id, what=what, **more))


# ── Ideas taken in, and the outcome ───────────────────────────────────────────────────────────────


def take_in_idea(
    session: Session, reader: Reader, group_id: int, number: int | None, tree: Tree
) -> Idea:
    """Prendre une idée dans le groupe, and notify its author. Raises Invalid, Refused."""
    group = group_to_lead(session, reader, group_id)
    of_number = select(Idea.id).filter_by(number=number).where(idea_conditions(reader, tree))
    if session.scalar(of_number) is None:
        raise Invalid({"number": "Aucune idée qui vous soit ouverte ne porte ce numéro."})
    idea = idea_to_change(session, number)
    _take(session, reader, group, idea, tree)
    return idea


def entrust_to_group(
    session: Session, reader: Reader, number: int, group_id: int | None, tree: Tree
) -> ProgressGroup:
    """Confier une idée à un groupe, by those who answer for it; notifies its author and the
    facilitators. Raises Invalid, Refused.
    """
    if group_id is None:
        raise Invalid({"group": "Choisissez un groupe."})
    # The group is locked first, as in `take_in_idea`, so that the two cannot deadlock.
    locked = lock_group(session, group_id)
    idea = idea_to_change(session, number)
    require(reader, "idea.answer", idea, tree)
    refuse_over(locked.group)
    _take(session, reader, locked.group, idea, tree)
    notify(
        session,
        locked.responsible,
        key=f"groupe-{locked.group.id}-idee-{idea.id}",
        kind=NoticeKind.state,
        idea=idea,
        title=f"L'idée n° {idea.number} est confiée au groupe {locked.group.code}",
        text=f"« {idea.title} »." if idea.published else "",
        href=f"/groupes?groupe={locked.group.code}",
        by=reader.person_id,
    )
    return locked.group


def may_go_to_group(idea: Idea) -> bool:
    """Whether a group can take this entry in: it is being studied, or in a group already."""
    return idea.status == IdeaStatus.in_group or IdeaStatus.in_group in states_to_choose(idea)


def _take(session: Session, reader: Reader, group: ProgressGroup, idea: Idea, tree: Tree) -> None:
    add_link(session, reader, ("idee", str(idea.id)), (GROUP, group.code))
    if not may_go_to_group(idea):
        raise Refused(f"Une idée « {IdeaStatus(idea.status).label} » ne va plus dans un groupe.")
    if idea.status != IdeaStatus.in_group:
        if not may(reader, "idea.answer", idea, tree):
            raise Refused(
                "Demandez à la cellule transformation de confier cette idée au groupe : c'est elle"
                " qui répond à son auteur."
            )
        answer_idea(
            session,
            reader,
            idea.number,
            Answer(f"Confiée au groupe {group.code} : {group.title}.", IdeaStatus.in_group),
            tree,
        )


def release_idea(session: Session, reader: Reader, group_id: int, link_id: int, tree: Tree) -> None:
    """Rendre une idée: the group no longer works on it; it returns to study by those who answer for
    it. Raises Refused.
    """
    locked = lock_group(session, group_id)
    require(reader, "group.manage", locked)
    link = session.get(Link, link_id, with_for_update=True)
    if (
        link is None
        or link.ended_on
        or (link.from_kind, link.to_kind, link.to_key) != ("idee", GROUP, locked.group.code)
    ):
        raise Refused("Cette idée n'est plus dans le groupe.")
    link.ended_on = today(session)
    session.flush()
    idea = session.get(Idea, int(link.from_key))
    same = {"from_kind": "idee", "from_key": link.from_key, "to_kind": GROUP, "role": link.role}
    others = session.scalar(select(Link.id).filter_by(**same, ended_on=None))
    if idea.status == IdeaStatus.in_group and not others and may(reader, "idea.answer", idea, tree):
        text = f"Le groupe {locked.group.code} ne la retient pas dans son travail."
        answer_idea(session, reader, idea.number, Answer(text, IdeaStatus.studied), tree)


def link_outcome(
    session: Session,
    reader: Reader,
    group_id: int,
    kind: str,
    key: str,
    figures: Collection[str] = (),
) -> Link:
    """Relier la suite: the milestone, project, training or figure that implements the decision, or
    that the group led to before one is taken.

    Also for a closed group; `figures` are the codes of the catalogue. Raises Invalid, Refused.
    """
    locked = lock_group(session, group_id)
    require(reader, "group.manage", locked)
    end = end_named(session, kind, key, figures) if kind in OUTCOMES else None
    if end is None:
        raise Invalid({"key": "Rien ne porte ce numéro ou ce code."})
    current = next(
        item for item in groups_register(session).at(today(session)) if item.id == group_id
    )
    origin = (
        ("decision", str(max(current.decision_ids)))
        if current.decision_ids
        else (GROUP, locked.group.code)
    )
    return add_link(session, reader, origin, (kind, end))
