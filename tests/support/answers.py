"""Entries that are answered, and whether the ledger is sound afterwards."""

from datetime import date

from sqlalchemy import Engine
from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.ideas.answers import Answer, answer_idea
from dashboard.queries.directions import organisation
from dashboard.queries.operations import checks
from models.database import reading, writing
from models.directions import Tree
from models.idea_states import IdeaStatus
from models.ideas import Idea
from tests.support.transactions import select_one
from tests.support.troupe import FROZEN


def chart(session: Session) -> Tree:
    return organisation(session).at(FROZEN)


def act(engine: Engine, reader: Reader, what, number: int, *args):
    with writing(engine) as session:
        return what(session, reader, number, *args, chart(session))


def answered(
    engine: Engine,
    reader: Reader,
    number: int,
    text: str = "",
    to: IdeaStatus | None = None,
    until: date | None = None,
) -> Idea:
    return act(engine, reader, answer_idea, number, Answer(text, to, until))


def entry(engine: Engine, number: int) -> Idea:
    return select_one(engine, select(Idea).where(Idea.number == number))


def key_of(session: Session, number: int) -> str:
    """An entry as the key of a discussion."""
    return str(session.exec(select(Idea.id).where(Idea.number == number)).one())


_OF_IDEAS = (
    checks.voids,
    checks.merges,
    checks.supports,
    checks.comments,
    checks.contributions,
    checks.lives,
    checks.current_values,
    checks.promises,
    checks.answers,
    checks.places,
    checks.publication,
)


def sound(engine: Engine) -> None:
    """What the records say agrees with the facts."""
    with reading(engine) as session:
        for finding in (check(session) for check in _OF_IDEAS):
            assert finding.holds, f"{finding.name}: {finding.message}"
