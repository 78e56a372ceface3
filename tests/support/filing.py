"""Entries filed and published, and texts that mean harm."""

from sqlalchemy import Engine

from dashboard.access import Reader
from dashboard.actions.ideas.filing import checked_input, file_idea, publish_idea
from dashboard.queries.directions import organisation
from models.database import writing
from tests.support.transactions import write_with
from tests.support.troupe import FROZEN


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
