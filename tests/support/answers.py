"""Entries that are answered, and whether the ledger is sound afterwards; entries filed and published,
and texts that mean harm.
"""

from datetime import date

from sqlalchemy import Engine
from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.ideas.answers import Answer, answer_idea
from dashboard.actions.ideas.filing import checked_input, file_idea, publish_idea
from dashboard.queries.directions import organisation
from dashboard.queries.operations import checks
from models.database import reading, writing
from models.directions import Tree
from models.idea_states import IdeaStatus
from models.ideas import Idea

from .transactions import select_one, write_with
from .troupe import FROZEN

# ── Entries that are answered, and whether the ledger is sound afterwards ─────────────────────────


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


# ── Entries filed and published, and texts that mean harm ─────────────────────────────────────────


def file(engine: Engine, reader: Reader, token: str = "jeton", **fields):
    return write_with(
        engine, file_idea, reader, checked_input(**({"title": "Une idée"} | fields)), token
    )


def publish(engine: Engine, reader: Reader, number: int) -> None:
    with writing(engine) as session:
        publish_idea(session, reader, number, organisation(session).at(FROZEN))


HOSTILE = [
    "'",
    '"',
    "''",
    '"" OR ""',
    "*",
    "a*",
    "*a",
    "AND",
    "OR",
    "NOT",
    "NEAR(",
    "')",
    "') OR 1=1 --",
    "école AND",
    "a:b",
    "words:école",
    "^école",
    "-école",
    "+",
    "(",
    ")",
    "{}",
    "\\",
    "\\'",
    "&",
    "|",
    "!",
    "<->",
    "a & !b",
    ":*",
    "a:*",
    "%",
    "_",
    "école%",
    "\x00",
    "n°",
    "n° 12",
    "#",
    "²",
    "٣",
    "½",
    "é" * 300,
    "x" * 5000,
    "l'",
    "d'",
    "de la",
    "   ",
    "🌳",
    "𝟙𝟚",
    "Ⅷ",
    "ß",
    "ﬁ",
    "a\u0301",
    "\u202e",
    "999999999999999999999",
    "NaN",
    "1e5",
    "3.14",
    "a@b.be",
    "a_b",
    "--",
    ";",
]
