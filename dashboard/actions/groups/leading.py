"""The group that an act is about (groupe mené): found, asked for its right, held meanwhile."""

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
class HeldGroup:
    """A group as the rights know it: the record, held, and who leads it."""

    group: ProgressGroup | None
    facilitators: frozenset[int]


def hold_group(session: Session, group_id: int) -> HeldGroup:
    """The group, held until the transaction ends, with its facilitators. Raises Refused where
    there is none.
    """
    group = lock_record(session, ProgressGroup, group_id, "Ce groupe n'existe pas.")
    return HeldGroup(
        group,
        frozenset(
            seat.person_id
            for seat in seats_of(session, group)
            if seat.role == GroupRole.facilitator
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


def seats_of(session: Session, group: ProgressGroup) -> list[GroupMember]:
    return list(
        session.exec(
            select(GroupMember).where(
                GroupMember.group_id == group.id, GroupMember.left_on.is_(None)
            )
        ).all()
    )
