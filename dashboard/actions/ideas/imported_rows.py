"""What an imported row becomes: a new idea with its dated facts, or changes to one we know.

Rules of dates. A filing without a date is dated by the import's day, or by its first dated state
where that one is earlier: an idea was filed at the latest then, and every past day keeps as many
filings as states. A state without a date is dated by the import's day. Both leave the figures of
delay: no due date, no delay; a filing without a date enters no window of a figure. What was done at
no known day was not done on the day of the import: it is dated by its answer or its filing, else by
the first day of the programme.
"""

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import SimpleNamespace

from sqlmodel import Session

from dashboard.actions.register_imports import units_by_word
from dashboard.files.ideas.columns import CommentRead
from dashboard.files.ideas.rows import HIDING, IdeaRead
from dashboard.files.tables import Problem, Warned
from dashboard.files.uploads import open_table
from dashboard.files.values import compact, shown
from dashboard.queries import import_sources as sources
from dashboard.queries.directions import ambitions, organisation
from models.clock import Workdays, window_start
from models.discussions import ContributionKind, Subject
from models.facts import random_id
from models.idea_events import EventKind
from models.idea_states import DECIDED, OPEN, RETAINED, Channel, IdeaKind, IdeaStatus
from models.ideas import DETAILS, Idea
from models.ledger import event_row
from models.search import fold
from models.settings import ROOT, settings


def new_idea(
    row: IdeaRead,
    number: int,
    places: tuple[int | None, int | None],
    *,
    counts: bool,
    today: date,
    by: int | None,
    calendar: Workdays,
    first_day: date,
) -> tuple[dict, list[dict]]:
    """(row of idea, rows of idea_event) of an entry that we did not know; `places` = (ambition
    id, direction id).
    """
    filed_on, status_on = _filing_and_state(row, today, first_day)
    answered_on = row.answered_on or (status_on if row.status.is_answer else None)
    timed = row.filing_dated and (answered_on is None or row.status_dated)
    ambition_id, concerns_id = places
    due_on = row.due_on if row.is_own else None
    if timed and not row.is_own:
        due_on = calendar.add(filed_on, settings().cp_answer_days)
    idea = {
        "id": random_id(filed_on),
        "number": number,
        "kind": row.kind,
        "title": row.title,
        "body": row.body,
        "ambition_id": ambition_id,
        "concerns_id": concerns_id,
        "origin_id": None,
        "good": row.good,
        **{detail.column: row.details.get(detail.column) for detail in DETAILS},
        "voices": row.voices,
        "channel": row.channel or Channel.imported,
        "anonymous": False,
        "author_id": None,
        "relay_id": None,
        "filed_on": filed_on,
        "dated": row.filing_dated,
        "counts": counts and row.filing_dated,
        "status": row.status,
        "published": row.published and row.status is not IdeaStatus.redirected,
        "due_on": due_on,
        "answered_on": answered_on,
        "merged_into": None,
        "comments": len(row.comments),
        "version": 1,
    }
    delay = calendar.between(filed_on, answered_on) if timed and answered_on else None
    return idea, _life(row, SimpleNamespace(**idea), status_on, delay, today, by)


def _filing_and_state(row: IdeaRead, today: date, first_day: date) -> tuple[date, date]:
    """The days of the filing and of the state, by the rules of dates above."""
    is_done_undated = row.status is IdeaStatus.implemented and row.status_on is None
    latest = min(today, first_day) if is_done_undated else today
    filed_on = row.filed_on or min(day for day in (latest, row.status_on, row.answered_on) if day)
    if is_done_undated:
        return filed_on, max(filed_on, row.answered_on or filed_on)
    return filed_on, row.status_on or max(today, filed_on)


def _life(
    row: IdeaRead, idea: Idea, status_on: date, delay: int | None, today: date, by: int | None
) -> list[dict]:
    """The facts of a new entry in order: filing, then the answer and the state by their days."""
    due = idea.due_on
    answered_on = idea.answered_on
    alone = answered_on is not None and (not row.status.is_answer or answered_on != status_on)
    answer = {"first_answer": True, "delay": delay, "text": row.answer or None}
    later: list[tuple[date, EventKind, IdeaStatus, dict]] = []
    if alone:
        later.append((answered_on, EventKind.answered, IdeaStatus.received, answer))
    if row.status is not IdeaStatus.received:
        more = answer if answered_on is not None and not alone else {}
        later.append((status_on, EventKind.status, row.status, more | {"reason": _reason(row)}))
    # A source may date the state before the answer that led to it.
    later.sort(key=lambda fact: fact[0])
    facts = [
        _fact(
            idea, 1, idea.filed_on, EventKind.filed, today, by, None, IdeaStatus.received, None, due
        )
    ]
    before = IdeaStatus.received
    for seq, (on, what, after, more) in enumerate(later, 2):
        after = before if what is EventKind.answered else after
        facts.append(_fact(idea, seq, on, what, today, by, before, after, due, due, **more))
        before = after
    return facts


def _reason(row: IdeaRead) -> str | None:
    """What the source says; an answer stands for it, and our own export says all there is."""
    silent = row.status.needs_reason and not row.answer and not row.is_own
    return row.reason or ("Motif non fourni par la source" if silent else None)


def _fact(
    idea: Idea,
    seq: int,
    on: date,
    what: EventKind,
    today: date,
    by: int | None,
    before: str | None,
    after: str | None,
    prev_due_on: date | None,
    due_on: date | None,
    **more: object,
) -> dict:
    return event_row(
        idea,
        id=random_id(on),
        on=on,
        recorded_on=today,
        seq=seq,
        what=what,
        by=by,
        from_status=before,
        to_status=after,
        prev_due_on=prev_due_on,
        due_on=due_on,
        **more,
    )


def changed_values(
    idea: Idea, row: IdeaRead, places: tuple[int | None, int | None], fields: set[str]
) -> dict[str, object]:
    """What of our record the row would change, among the fields that changed in the source."""
    given = {
        "title": row.title,
        "body": row.body,
        "ambition_id": places[0],
        "concerns_id": places[1],
        "voices": row.voices,
    }
    if "details" in fields:
        fields = fields | row.details.keys()
        given = given | row.details
    return {
        name: value
        for name, value in given.items()
        if name in fields and getattr(idea, name) != value
    }


def refusal_of_state(idea: Idea, row: IdeaRead, last_on: date) -> str | None:
    """Why the state of the file is not taken over, in one sentence; None when it may be."""
    if IdeaStatus(idea.status).is_off_path:
        ours = IdeaStatus(idea.status).label
        return f"L'idée n° {idea.number} est « {ours} » ici : l'état du fichier est laissé de côté."
    if row.status_on and row.status_on < last_on:
        return (
            f"L'état « {row.status.label} » du {row.status_on:%d/%m/%Y} précède celui que l'idée n°"
            f" {idea.number} a ici : il est laissé de côté."
        )
    return None


def new_state(
    idea: Idea,
    row: IdeaRead,
    seq: int,
    last_on: date,
    *,
    today: date,
    by: int | None,
    calendar: Workdays,
) -> dict:
    """The fact of a state that changed in the source. Changes `idea`."""
    on = row.status_on or max(today, last_on)
    before = idea.status
    due = idea.due_on
    first = row.status.is_answer and idea.answered_on is None
    timed = first and row.status_dated and due is not None
    idea.status = row.status
    idea.published = idea.published and row.status is not IdeaStatus.redirected
    if first:
        idea.answered_on = on
        idea.due_on = due if timed else None
    idea.version += 1
    return _fact(
        idea,
        seq,
        on,
        EventKind.status,
        today,
        by,
        before,
        idea.status,
        due,
        idea.due_on,
        first_answer=first,
        delay=calendar.between(idea.filed_on, on) if timed else None,
        text=row.answer or None,
        reason=_reason(row),
    )


def hidden_at_source(idea: Idea, seq: int, on: date, today: date, by: int | None) -> dict:
    """The fact of an entry that its source no longer shows. Changes `idea`."""
    idea.published = False
    idea.version += 1
    status = idea.status
    due = idea.due_on
    return _fact(
        idea,
        seq,
        on,
        EventKind.hidden,
        today,
        by,
        status,
        status,
        due,
        due,
        reason="La source ne le montre plus",
    )


def new_comments(idea_id: int, comments: list[CommentRead], after: int, today: date) -> list[dict]:
    """Rows of `contribution`: public, of nobody, in the order of the source, dated by it or by the
    import's day.
    """
    return [
        {
            "id": random_id(item.on or today),
            "subject": Subject.idea,
            "key": str(idea_id),
            "seq": after + place,
            "person_id": None,
            "on": item.on or today,
            "kind": ContributionKind.comment,
            "text": item.text,
            "hidden": False,
        }
        for place, item in enumerate(comments, 1)
    ]


# What a later file must have a column for, to change it; one of several is enough.
HELD_BY = {
    "title": {"title"},
    "body": {"body"},
    "ambition_id": {"theme"},
    "concerns_id": {"direction"},
    "status": {"status"},
    "fixed": {"kind", "filed_on"},
    "voices": {"voices", "vote"},
    "comments": {"comments", "comment"},
    "details": {detail.column for detail in DETAILS},
    "published": {HIDING, "status"},
}
# What our own export may change.
OWN_FIELDS = (
    "title",
    "body",
    "ambition_id",
    "concerns_id",
    "status",
    "voices",
    "details",
)
# What stood there before these were read: an idea without any has not changed.
_NONE_YET = {
    "voices": sources.mark(None),
    "comments": sources.mark([]),
    "details": sources.mark([]),
    "published": sources.mark(True),
}


def digest_of(row: IdeaRead, places: tuple[int | None, int | None]) -> str:
    """One short digest per field: only what changed in the source is taken over, what was
    changed here stays.
    """
    state = f"{row.status}|{row.status_on if row.status_dated else ''}"
    comments = [(comment.text, comment.on) for comment in row.comments]
    details = sorted((name, value) for name, value in row.details.items() if value)
    fixed = f"{row.kind}|{row.filed_on}"
    values = (row.title, row.body, *places, state, fixed, row.voices, comments, details)
    return ".".join(map(sources.mark, (*values, row.published)))


def joined(old: str, new: str, held: set[str]) -> str:
    """The digest of a row, as it was in the fields that the file has no column for."""
    before = dict(zip(sources.FIELDS, old.split("."), strict=False))
    after = dict(zip(sources.FIELDS, new.split("."), strict=True))
    return ".".join(
        after[name] if name in held or not old else before.get(name, _NONE_YET.get(name, ""))
        for name in sources.FIELDS
    )


def changed_fields(old: str, new: str) -> set[str]:
    # Shorter where it was made before a field was read: see _NONE_YET.
    before = dict(zip(sources.FIELDS, old.split("."), strict=False))
    return {
        name
        for name, after in zip(sources.FIELDS, new.split("."), strict=True)
        if before.get(name, _NONE_YET.get(name)) != after
    }


def free_numbers(session: Session, n: int, wanted: Iterable[int] = ()) -> list[int]:
    """`n` unused numbers that are not among `wanted`, which the caller is about to use."""
    reserved = set(wanted)
    free = set()
    while len(free) < n:
        # Of eight digits.
        drawn = {10_000_000 + secrets.randbelow(90_000_000) for _ in range(n - len(free))}
        drawn -= reserved
        free |= drawn - sources.numbers_taken(session, drawn)
    return list(free)


# ── Which figures it moves, said before it is written ─────────────────────────────────────────────


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


def moved_by_idea(idea: Mapping, facts: Sequence[Mapping], today: date) -> Iterator[Moves]:
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
        yield from _moved_by(idea["status"], filed["filed_on"] >= first)


def moved_by_state(idea: Idea, after: IdeaStatus, today: date) -> Iterator[Moves]:
    """What a known entry moves by taking another state."""
    if not IdeaKind(idea.kind).is_decided:
        return
    in_window = idea.dated and window_start(today) <= idea.filed_on <= today
    for status in (IdeaStatus(idea.status), after):
        yield from _moved_by(status, in_window)
    if idea.answered_on is None and after.is_answer and idea.due_on:
        yield from (Moves.median, Moves.p90, Moves.kept)


def _moved_by(status: str, in_window: bool) -> Iterator[Moves]:
    """The figures that count an idée or a suggestion in this state."""
    if status in OPEN:
        yield Moves.open
    elif in_window and status in DECIDED:
        yield Moves.accepted
        if status in RETAINED:
            yield Moves.done


AMBITIONS = ROOT / "seed" / "correspondances-ambitions.csv"
DIRECTIONS = ROOT / "seed" / "correspondances-directions.csv"


def correspondences(path: Path) -> dict[str, str]:
    """Foreign name → our name, code or number, from the first two columns; empty without a file."""
    rows = open_table(path).rows if path.exists() else ()
    return {row.cells[0]: row.cells[1].strip() for row in rows if len(row.cells) > 1}


_FIELDS = {"ambition_id": "theme", "concerns_id": "direction"}
_NONE = {
    "theme": "Le thème « {} » ne correspond à aucune ambition",
    "direction": "La direction « {} » ne correspond à aucune des nôtres",
}


class Matches:
    """Finds ids by code, name or correspondence; unmatched names are reported in `warnings`, and
    may be mapped to one of `labels`.
    """

    def __init__(self, session: Session, on: date):
        tree = organisation(session).at(on)
        choices = ambitions(session)
        self._ids = {
            "theme": {
                compact(name): choice.id
                for choice in choices
                for name in (choice.name, choice.code, str(choice.id))
            },
            "direction": {word: unit.id for word, unit in units_by_word(tree).items()},
        }
        known = {"theme": correspondences(AMBITIONS), "direction": correspondences(DIRECTIONS)}
        self._others = {
            field: {compact(name): ours for name, ours in names.items()}
            for field, names in known.items()
        }
        self.labels = {
            "theme": [choice.name for choice in choices],
            "direction": [unit.code for unit in tree.units],
        }
        self._names = {choice.id: choice.name for choice in choices}
        themes = {choice.name: choice.id for choice in choices}
        for theme, ours in known["theme"].items():
            themes[theme] = self._ids["theme"].get(compact(ours))
        self._themes = [(_words(theme), ident) for theme, ident in themes.items()]
        self.words: dict[str, dict[str, list[str]]] = {}  # field → unmatched word → ours
        self.warnings = Warned()

    def places(self, row: IdeaRead) -> tuple[int | None, int | None]:
        """(ambition id, direction id) of a row; None where the cell is empty or unmatched."""
        return self._find("theme", row), self._find("direction", row)

    def unknown(self, row: IdeaRead, places: tuple[int | None, int | None]) -> set[str]:
        """Fields of `places` whose cell holds an unmatched name, as opposed to an empty cell."""
        found = dict(zip(_FIELDS, places, strict=True))
        return {
            name
            for name, field in _FIELDS.items()
            if found[name] is None and self._is_unmatched(field, compact(getattr(row, field)))
        }

    def _is_unmatched(self, field: str, name: str) -> bool:
        # An empty second cell of the correspondences means « none, on purpose ».
        return bool(name) and self._others[field].get(name) != ""

    def _find(self, field: str, row: IdeaRead) -> int | None:
        word = getattr(row, field)
        name, ids = compact(word), self._ids[field]
        found = ids.get(name) or ids.get(compact(self._others[field].get(name, "")))
        if found is None and self._is_unmatched(field, name):
            said = f"{_NONE[field].format(shown(word, 80))} : laissé vide"
            # The one ambition of which a theme that is known stands in this one.
            themes, words = self._themes if field == "theme" else (), _words(word)
            near = {ident for known, ident in themes if ident and known <= words}
            if len(near) == 1:
                found = near.pop()
                name = self._names[found]
                said = f"Le thème « {shown(word, 80)} » est rapproché de « {name} » par ses mots"
            else:
                self.words.setdefault(field, {})[word] = self.labels[field]
            self.warnings.append(Problem(row.line, "", f"{said}."))
        return found


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", fold(text)))
