"""The steps of a progress group (étapes), from its creation to its end, and undoing one."""

from dataclasses import dataclass

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, lock_record
from dashboard.actions.decisions.records import PointInput, add_point
from dashboard.actions.ideas.threads import add_link
from dashboard.actions.notices.records import notify
from dashboard.queries.decisions.records import register as decisions_register
from dashboard.queries.following import followers_of
from dashboard.queries.groups import GROUP
from dashboard.queries.groups import register as groups_register
from models.clock import today
from models.decisions import Instance
from models.discussions import Subject
from models.errors import Refused, refuse
from models.facts import facts_of
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
from models.notices import NoticeKind
from models.texts import clean_text, clean_title, too_long


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
    return LockedGroup(
        group,
        frozenset(
            seat.person_id
            for seat in seats_of(session, group)
            if seat.role == GroupRole.facilitator
        ),
    )


def group_to_lead(session: Session, reader: Reader, group_id: int) -> ProgressGroup:
    """The locked group, for its facilitators or the programme office. Raises Refused for one that
    is over.
    """
    locked = lock_group(session, group_id)
    require(reader, "group.manage", locked)
    if GroupState(locked.group.state).is_over:
        raise Refused(f"Le groupe {locked.group.code} est terminé : rien ne s'y ajoute plus.")
    return locked.group


def seats_of(session: Session, group: ProgressGroup) -> list[GroupMember]:
    return list(
        session.exec(
            select(GroupMember).where(
                GroupMember.group_id == group.id, GroupMember.left_on.is_(None)
            )
        ).all()
    )


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
    _refuse_unready(session, group, to)
    if to is GroupState.submitted:
        _submit(session, reader, group, text, owner_direction_id)
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


def _refuse_unready(session: Session, group: ProgressGroup, to: GroupState) -> None:
    needed = NEEDS.get(to)
    if needed and not _is_written(session, group, needed):
        raise Refused(
            f"Écrivez d'abord le document « {needed.label} » : l'étape « {to.label} » en part."
        )
    if to is GroupState.closed:
        day = today(session)
        state = next(
            (item for item in groups_register(session).at(day) if item.id == group.id), None
        )
        points = [
            d for d in decisions_register(session).at(day) if state and d.id in state.decision_ids
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
    """Records a step and notifies members and followers; the caller has checked the right and
    locked the group. Returns the fact's id.
    """
    fact = GroupEvent(group_id=group.id, state=str(state), text=text)
    group.state = str(state)
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
    undone = GroupEvent(group_id=group.id, state=before.state, on=last.on, voids=last.id)
    add_fact(session, reader, undone)


def _checked_text(text: str) -> str:
    cleaned = clean_text(text)
    refuse({"text": too_long(cleaned, 2000)})
    return cleaned
