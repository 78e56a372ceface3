"""What a question of a survey asks, told by its values, and what each sheet answers to it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dashboard.files.values import compact, number_of
from models.scales import is_scale
from models.surveys import QuestionKind

_TICKED = frozenset(("oui", "yes", "y", "o", "1", "x", "coche", "vrai", "true", "quoted"))
_UNTICKED = frozenset(("non", "no", "n", "0", "faux", "false", "notquoted"))
# What survey tools write where nothing was answered.
NO_ANSWER = frozenset(("na", "sansreponse", "nonaffiche"))
MOST_CHOICES = 12
LONGEST_CHOICE = 80


@dataclass(frozen=True)
class ReadQuestion:
    """One question as it was understood: `columns` are its places in a row, several for a multiple
    choice; `labels`, what its known codes mean.
    """

    code: str
    text: str
    kind: QuestionKind
    columns: Sequence[int]
    matrix: str = ""
    choices: Sequence[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    def answer_in(self, cells: Sequence[str]) -> str | float | tuple[str, ...] | None:
        """What a sheet says to it; None where it says nothing."""
        if self.kind is not QuestionKind.multiple:
            cell = cells[self.columns[0]]
            return float(number_of(cell)) if cell and self.kind.is_scale else cell or None
        marks = [compact(cells[place]) for place in self.columns]
        if not any(marks):
            return None
        ticks = zip(self.choices, marks, strict=True)
        return tuple(choice for choice, mark in ticks if mark in _TICKED)


def are_ticks(values: Iterable[list[str]]) -> bool:
    """Sub-questions that are ticked or not, as LimeSurvey writes a multiple choice."""
    spellings = {compact(value) for column in values for value in column}
    return bool(spellings) and bool(spellings & _TICKED) and spellings <= _TICKED | _UNTICKED


def kind_of(values: list[str]) -> QuestionKind | None:
    """Told by the values: whole numbers from 0 to 10 are a scale; few, short, repeated words a
    choice; the rest texts.

    In doubt it is a text, which few may read. Numbers beyond (an age, a year) would single people
    out and are read as nothing.
    """
    distinct = set(values)
    numbers = [_number(value) for value in distinct]
    if distinct and None not in numbers:
        return _scale_of(numbers)
    if is_scale(sorted(distinct)):
        return QuestionKind.single
    longest = max((len(value) for value in distinct), default=0)
    repeated = len(values) >= 2 * len(distinct)
    if distinct and len(distinct) <= MOST_CHOICES and longest <= LONGEST_CHOICE and repeated:
        return QuestionKind.single
    return QuestionKind.free


def _scale_of(numbers: list[float]) -> QuestionKind | None:
    """The scale on which these are steps."""
    if not all(0 <= n <= 10 and n == int(n) for n in numbers):
        return None
    is_short = min(numbers) >= 1 and max(numbers) <= 5
    return QuestionKind.one_to_five if is_short else QuestionKind.zero_to_ten


def _number(text: str) -> float | None:
    try:
        return number_of(text)
    except ValueError:
        return None


def as_json(choices: Sequence[str]) -> str:
    return json.dumps(list(choices), ensure_ascii=False)
