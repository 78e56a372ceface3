"""Which figures an import of ideas moves, said before it is written."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum

from models.clock import window_start
from models.idea_states import DECIDED, OPEN, RETAINED, IdeaKind, IdeaStatus
from models.ideas import Idea


class Moves(StrEnum):
    """The figures that ideas from elsewhere may move, by their names on the board."""

    filed = "Idées déposées pour 100 agents"
    nameless = "Dépôts non attribuables"
    open = "Idées à décider"
    kept = "Réponses données dans le délai"
    median = "Délai médian de première réponse"
    p90 = "Neuf réponses sur dix en moins de"
    accepted = "Idées retenues parmi les décidées"
    done = "Idées réalisées parmi les retenues"


def of_new_idea(idea: Mapping, facts: Sequence[Mapping], today: date) -> Iterator[Moves]:
    """What a new entry with these facts moves on the board of today."""
    first = window_start(today)
    filed = facts[0]
    if filed["counts"] and first <= filed["on"] <= today:
        yield Moves.nameless
        if filed["decided"]:
            yield Moves.filed
    if idea["due_on"] and first <= idea["due_on"] <= today:
        yield Moves.kept
    if any(f.get("delay") is not None and first <= f["on"] <= today for f in facts):
        yield from (Moves.median, Moves.p90)
    if filed["decided"] and filed["on"] <= today:
        yield from _of_state(idea["status"], filed["filed_on"] >= first)


def of_new_state(idea: Idea, after: IdeaStatus, today: date) -> Iterator[Moves]:
    """What a known entry moves by taking another state."""
    if not IdeaKind(idea.kind).is_decided:
        return
    in_window = idea.dated and window_start(today) <= idea.filed_on <= today
    for status in (IdeaStatus(idea.status), after):
        yield from _of_state(status, in_window)
    if idea.answered_on is None and after.is_answer and idea.due_on:
        yield from (Moves.median, Moves.p90, Moves.kept)


def _of_state(status: str, in_window: bool) -> Iterator[Moves]:
    """The figures that count an idée or a suggestion in this state."""
    if status in OPEN:
        yield Moves.open
    elif in_window and status in DECIDED:
        yield Moves.accepted
        if status in RETAINED:
            yield Moves.done
