"""Acts of an author who is known by the receipt alone: writing, agreeing to a merge, taking
back. Nothing finer than a day is kept.
"""

from sqlalchemy import Engine
from sqlmodel import Session, or_, select

from dashboard.access import NOBODY
from dashboard.actions import limits
from dashboard.actions.discussions import add_contribution
from dashboard.actions.ideas.codes import hash_of_code
from dashboard.actions.ideas.filing import withdraw
from dashboard.actions.ideas.merging import answer_proposed_merge
from dashboard.queries.discussions.subjects import idea_subject
from models.database import leave_no_trace, writing
from models.discussions import Contribution, ContributionKind
from models.errors import Refused
from models.idea_states import IdeaStatus
from models.ideas import Idea, Merge, Receipt

NO_SUCH = (
    "Ce code de suivi ne correspond à aucun dépôt ni à aucune inscription : vérifiez-le, ou"
    " recopiez-le en entier."
)


def idea_of_receipt(session: Session, code: str, to_change: bool = False) -> Idea:
    """The entry of a receipt code, however it is spaced. Raises Refused for a code that is none."""
    receipt = session.get(Receipt, hash_of_code(code)) if code else None
    if receipt is None:
        raise Refused(NO_SUCH)
    if to_change:
        # The log of the database keeps the order of acts: that of an anonymous author may not stay.
        leave_no_trace(session)
    statement = select(Idea).where(Idea.id == receipt.idea_id)
    return session.exec(statement.with_for_update() if to_change else statement).one()


def count_try(engine: Engine, address: str | None) -> None:
    """Counts a try to open a receipt code, before it is looked at. Raises Refused where there were
    too many in this hour.
    """
    with writing(engine) as session:
        limits.count(session, limits.Act.receipt, address)


def write_with_receipt(
    session: Session, code: str, text: str, address: str | None = None
) -> Contribution:
    """A message of the author to those who answer. Raises Invalid for the text, Refused for the
    code, or where there were too many in this hour from this `address` or from all.
    """
    limits.count(session, limits.Act.message, address)
    idea = idea_of_receipt(session, code, to_change=True)
    if idea.status == IdeaStatus.withdrawn:
        raise Refused("Cette idée est retirée : plus personne ne lit ses messages.")
    return add_contribution(session, idea_subject(idea), text, ContributionKind.author, None)


def agree_with_receipt(session: Session, code: str, merge_id: int, agrees: bool) -> Merge:
    """The author's word on a proposed merge. Raises Refused where it is not about this entry, or
    over.
    """
    idea = idea_of_receipt(session, code, to_change=True)
    merge = session.exec(
        select(Merge)
        .where(
            Merge.id == merge_id,
            or_(Merge.idea_id == idea.id, Merge.into_id == idea.id),
            Merge.done_on.is_(None),
            Merge.ended_on.is_(None),
        )
        .with_for_update()
    ).first()
    if merge is None:
        raise Refused("Cette proposition de fusion n'est plus ouverte.")
    return answer_proposed_merge(
        session, merge, ["one_says" if merge.idea_id == idea.id else "other_says"], agrees
    )


def withdraw_with_receipt(session: Session, code: str) -> Idea:
    """Retirer: the entry is taken back by its author."""
    idea = idea_of_receipt(session, code, to_change=True)
    withdraw(session, NOBODY, idea, "")
    return idea
