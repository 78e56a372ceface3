"""Entries written as rows, for what needs many of them or days that no form takes."""

from sqlmodel import Session, select

from dashboard.queries.directions import organisation
from models.facts import random_id
from models.idea_states import Channel, IdeaStatus
from models.ideas import Idea
from support.troupe import FROZEN


def an_idea(session: Session, **values: object) -> Idea:
    """An entry as the lists know it."""
    number = 10_000_000 + len(session.exec(select(Idea).where(Idea.number >= 10_000_000)).all())
    idea = Idea(**entry(number, **values))
    session.add(idea)
    session.flush()
    return idea


def entry(number: int, **values: object) -> dict[str, object]:
    """Its row."""
    usual = {
        "id": random_id(FROZEN),
        "number": number,
        "kind": "idee",
        "title": "Un banc",
        "channel": Channel.form,
        "filed_on": FROZEN,
        "status": IdeaStatus.received,
    }
    return usual | values


def unit(session: Session, code: str) -> int:
    return organisation(session).at(FROZEN).by_code[code].id
