"""The kind of a survey question, guessed from its values, and the answers to it."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dashboard.files.values import compact, day_of, number_of, readable
from models.scales import is_scale
from models.surveys import QuestionKind

_TICKED = frozenset(("oui", "yes", "y", "o", "1", "x", "coche", "vrai", "true", "quoted"))
_UNTICKED = frozenset(("non", "no", "n", "0", "faux", "false", "notquoted"))
# What survey tools write for no answer.
NO_ANSWER = frozenset(("na", "sansreponse", "nonaffiche"))
_OUT_OF = re.compile(r"(\d+(?:[.,]\d+)?)\s*/\s*(?:5|10)")
MOST_CHOICES = 12
LONGEST_CHOICE = 80


@dataclass(frozen=True)
class ReadQuestion:
    """One interpreted question: `columns` are its positions in a row, several for a multiple
    choice; `labels`, the meaning of known codes.
    """

    code: str
    text: str
    kind: QuestionKind
    columns: Sequence[int]
    matrix: str = ""
    choices: Sequence[str] = ()
    joint: str = ""  # separator of the choices in a cell
    labels: Mapping[str, str] = field(default_factory=dict)

    def answer_in(self, cells: Sequence[str]) -> str | float | tuple[str, ...] | None:
        """The answer of a response; None without one."""
        if self.kind is not QuestionKind.multiple:
            cell = cells[self.columns[0]]
            return _mark(cell) if cell and self.kind.is_scale else cell or None
        if self.joint:
            return tuple(parts_of(cells[self.columns[0]], self.joint)) or None
        marks = [compact(cells[place]) for place in self.columns]
        if not any(marks):
            return None
        ticks = zip(self.choices, marks, strict=True)
        return tuple(tick for tick, mark in ticks if mark in _TICKED or mark == compact(tick) != "")


def are_ticks(values: Iterable[list[str]]) -> bool:
    """Whether the values are ticks of sub-questions, as in LimeSurvey's multiple choice."""
    spellings = {compact(value) for column in values for value in column}
    return bool(spellings) and bool(spellings & _TICKED) and spellings <= _TICKED | _UNTICKED


def parts_of(cell: str, joint: str) -> list[str]:
    """The choices in a cell."""
    return [part.strip() for part in cell.split(joint) if part.strip()]


def joint_of(values: Sequence[str]) -> str:
    """The separator of choices in a cell, « ; » or « , »; empty if each cell has one choice. A
    comma separates only choices that also occur alone: « Oui, tout à fait » is one choice.
    """
    for joint in (";", ","):
        cells = [parts_of(value, joint) for value in values]
        several = {part for cell in cells if len(cell) > 1 for part in cell}
        alone = {cell[0] for cell in cells if len(cell) == 1}
        all_parts = several | alone
        is_short = (
            len(all_parts) <= MOST_CHOICES and max(map(len, all_parts), default=0) <= LONGEST_CHOICE
        )
        # When in doubt, a text, which few people may read.
        come_again = sum(map(len, cells)) >= 2 * len(all_parts)
        if several and is_short and come_again and (joint == ";" or several & alone):
            return joint
    return ""


def _mark(text: str) -> float | None:
    """« 8 », « 8/10 »."""
    match = _OUT_OF.fullmatch(text.strip())
    return readable(number_of, match[1] if match else text)


def kind_of(values: list[str]) -> QuestionKind | None:
    """The kind guessed from the values: whole numbers from 0 to 10 are a scale; few, short,
    repeated words a choice; the rest texts.

    When in doubt, a text, which few people may read. Other numbers (an age, a year) could
    identify people and are ignored.
    """
    distinct = set(values)
    if distinct and all(map(_is_day, distinct)):
        return None
    numbers = [_mark(value) for value in distinct]
    if distinct and None not in numbers:
        is_of_ten = any(value.replace(" ", "").endswith("/10") for value in distinct)
        return _scale_of([*numbers, 10.0] if is_of_ten else numbers)
    if is_scale(sorted(distinct)):
        return QuestionKind.single
    longest = max((len(value) for value in distinct), default=0)
    repeated = len(values) >= 2 * len(distinct)
    if distinct and len(distinct) <= MOST_CHOICES and longest <= LONGEST_CHOICE and repeated:
        return QuestionKind.single
    return QuestionKind.free


def _scale_of(numbers: list[float]) -> QuestionKind | None:
    """The scale of these steps."""
    if not all(0 <= n <= 10 and n == int(n) for n in numbers):
        return None
    is_short = min(numbers) >= 1 and max(numbers) <= 5
    return QuestionKind.one_to_five if is_short else QuestionKind.zero_to_ten


def _is_day(text: str) -> bool:
    return readable(number_of, text) is None and readable(day_of, text) is not None


def as_json(choices: Sequence[str]) -> str:
    return json.dumps(list(choices), ensure_ascii=False)
