"""Acts of an author identified by a receipt code only: writing, agreeing to a merge, withdrawing.
Only days are stored, no times.
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
    """The entry of a receipt code, whatever its spacing. Raises Refused for an unknown code."""
    receipt = session.get(Receipt, hash_of_code(code)) if code else None
    if receipt is None:
        raise Refused(NO_SUCH)
    if to_change:
        # The database's log records the order of acts, which could identify an anonymous author.
        leave_no_trace(session)
    statement = select(Idea).where(Idea.id == receipt.idea_id)
    return session.exec(statement.with_for_update() if to_change else statement).one()


def count_try(engine: Engine, address: str | None) -> None:
    """Counts an attempt to open a receipt code, before it is checked. Raises Refused past the
    hourly limit.
    """
    with writing(engine) as session:
        limits.count(session, limits.Act.receipt, address)


def write_with_receipt(
    session: Session, code: str, text: str, address: str | None = None
) -> Contribution:
    """A message of the author to those who answer. Raises Invalid for the text, Refused for the
    code or past the hourly limit of this `address` or of all.
    """
    limits.count(session, limits.Act.message, address)
    idea = idea_of_receipt(session, code, to_change=True)
    if idea.status == IdeaStatus.withdrawn:
        raise Refused("Cette idée est retirée : plus personne ne lit ses messages.")
    return add_contribution(session, idea_subject(idea), text, ContributionKind.author, None)


def agree_with_receipt(session: Session, code: str, merge_id: int, agrees: bool) -> Merge:
    """The author's answer to a proposed merge. Raises Refused where it is not about this entry, or
    is over.
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
    """Retirer: the author withdraws the entry."""
    idea = idea_of_receipt(session, code, to_change=True)
    withdraw(session, NOBODY, idea, "")
    return idea
