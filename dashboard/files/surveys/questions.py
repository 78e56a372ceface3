"""What a question of a survey asks, told by its values, and what each sheet answers to it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from dashboard.files.ideas.values import compact, number_of
from models.scales import is_scale
from models.surveys import QuestionKind

_TICKED = frozenset(("oui", "yes", "y", "o", "1", "x", "coche", "vrai", "true", "quoted"))
_UNTICKED = frozenset(("non", "no", "n", "0", "faux", "false", "notquoted"))
# What survey tools write where nothing was answered.
NO_ANSWER = frozenset(("na", "sansreponse", "nonaffiche"))
MOST_CHOICES = 12
LONGEST_CHOICE = 80


@dataclass
class QuestionRead:
    """One question as the file asks it: `columns` are its places in a row, several for a
    multiple choice.
    """

    code: str
    text: str
    columns: list[int]
    matrix: str = ""
    kind: QuestionKind | None = None
    choices: list[str] = field(default_factory=list)
    subs: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    # What its known codes mean: answers stay as the file says them.
    labels: dict[str, str] = field(default_factory=dict)


def are_ticks(values: list[list[str]]) -> bool:
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


def answers_of(
    questions: list[QuestionRead], cells: list[str]
) -> dict[int, str | float | tuple[str, ...]]:
    """Place of the question (of each line of a matrix) → what this sheet says; nothing where it
    says nothing.
    """
    found: dict[int, str | float | tuple[str, ...]] = {}
    place = 0
    for question in questions:
        if question.kind is QuestionKind.multiple:
            ticks = {
                sub: compact(cells[i])
                for sub, i in zip(question.subs, question.columns, strict=True)
                if cells[i]
            }
            if ticks:
                found[place] = tuple(sub for sub, mark in ticks.items() if mark in _TICKED)
            place += 1
            continue
        for i in question.columns:
            if cells[i]:
                found[place] = float(_number(cells[i])) if question.kind.is_scale else cells[i]
            place += 1
    return found


def flat(questions: list[QuestionRead]) -> list[QuestionRead]:
    """The questions as they are kept: a matrix is one question per line, all of them with its
    stem.
    """
    found = []
    for question in questions:
        if question.subs and question.kind is not QuestionKind.multiple:
            found += [
                QuestionRead(
                    f"{question.code}[{code}]",
                    sub,
                    [i],
                    question.text,
                    question.kind,
                    question.choices,
                    labels=question.labels,
                )
                for sub, code, i in zip(
                    question.subs, question.codes, question.columns, strict=True
                )
            ]
        else:
            found.append(question)
    return found


def as_json(choices: Sequence[str]) -> str:
    return json.dumps(list(choices), ensure_ascii=False)
