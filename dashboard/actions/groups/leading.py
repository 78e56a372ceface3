"""Locks the group of an act (groupe) and checks the right to it."""

from dataclasses import dataclass

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import lock_record
from models.errors import Refused
from models.groups import (
    GroupMember,
    GroupRole,
    GroupState,
    ProgressGroup,
)


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
