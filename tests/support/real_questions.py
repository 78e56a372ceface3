"""What somebody asks of the real files → the text that answers: questions written before anything
was tuned to them, in two halves by the digest of what is typed.

The texts themselves stay beside the project (tests/support/real_files.py); a pair names one by the
identifier its file gives it.
"""

import csv
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import select

from models.database import reading
from models.ideas import Idea
from models.keeping import SourceKey
from support.imports import bring, furnish
from support.real_files import DATA

_FILE = Path(__file__).with_suffix(".csv")
_FILES = ("paris-budget-participatif.csv", "grand-debat.json")


@dataclass(frozen=True)
class Question:
    """What is typed (a search; the title and the text of an idea being written) and the text that
    it asks for.
    """

    what: str
    asked: str
    text: str
    slip: str
    expects: str

    @property
    def half(self) -> int:
        """1 was looked at while the search was made better, 2 was put aside until the end."""
        return 1 + hashlib.sha256(f"{self.asked}{self.text}".encode()).digest()[0] % 2


def questions(what: str, *halves: int) -> list[Question]:
    """The questions of one kind (« search », « similar »), of these halves."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        found = [Question(**row) for row in csv.DictReader(file, delimiter=";")]
    return [one for one in found if one.what == what and one.half in halves]


def bring_real_texts(engine: Engine) -> None:
    """The two real files of ideas, imported as a town would."""
    furnish(engine)
    for name in _FILES:
        bring(engine, DATA / name, name)


def answers_of(engine: Engine) -> dict[str, set[int]]:
    """« paris:8546 » → the numbers of the entries that say this: the entry itself, and those of
    the same title and text.
    """
    with reading(engine) as session:
        ideas = session.exec(
            select(Idea.number, Idea.title, Idea.body, SourceKey.source, SourceKey.key).join(
                SourceKey, SourceKey.record_id == Idea.id
            )
        ).all()
    said: dict[tuple[str, str], set[int]] = {}
    for number, title, body, *_ in ideas:
        said.setdefault((title, body), set()).add(number)
    short = _short_names()
    return {short[key]: said[title, body] for _, title, body, _, key in ideas if key in short}


def _short_names() -> dict[str, str]:
    """The key an import gives a text → the name the pairs give it."""
    with (DATA / _FILES[0]).open(encoding="utf-8-sig", newline="") as file:
        keys = [row["Identifiant du projet lauréat"] for row in csv.DictReader(file, delimiter=";")]
    found = {key: f"paris:{key}" for key in keys}
    for row in json.loads((DATA / _FILES[1]).read_text(encoding="utf-8")):
        found[f"{row['reference']}/{row['questionIndex']}"] = f"debat:{row['index']}"
    return found


def recall_of(
    asked: Iterable[Question],
    answers: dict[str, set[int]],
    found: Callable[[Question], list[int]],
) -> tuple[float, list[str]]:
    """(the share of questions whose text is among the numbers found, what was asked otherwise)."""
    asked = list(asked)
    missed = [one.asked for one in asked if not answers[one.expects] & set(found(one))]
    return 1 - len(missed) / len(asked), missed
