"""Reads the workshops (ateliers et rencontres de terrain): lines, hands raised, wall, and the
facilitator's draft.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlmodel import Session, func, select

from dashboard.access import Reader, idea_conditions, may
from dashboard.queries.ideas.waiting import to_be_read
from dashboard.queries.meetings.records import MeetingAt, calendar
from dashboard.scope import Scope
from models.facts import facts_of, live
from models.form_tokens import FormToken
from models.idea_states import OFF_PATH
from models.ideas import Draft, Idea
from models.meetings import (
    WORKSHOPS,
    Attendance,
    HandCount,
    OpeningQuestion,
    WallLine,
)

CRAFT = "metier:"  # before the name of a craft, in HandCount.question


@dataclass(frozen=True)
class Hands:
    """The counts of the opening: question → hands, craft → number, and the number of people present
    (None: not recorded).
    """

    questions: dict[OpeningQuestion, int]
    crafts: dict[str, int]
    present: int | None


def draft_form(meeting_id: int) -> str:
    """The name under which the draft of a workshop is stored (Draft.form)."""
    return f"atelier-{meeting_id}"


def workshop(session: Session, meeting_id: int) -> MeetingAt | None:
    """The workshop of this id; None if there is none or the meeting is of another kind."""
    return next(iter(calendar(session, WORKSHOPS, [meeting_id]).at(date.max)), None)


def workshops(session: Session, reader: Reader) -> list[MeetingAt]:
    """The workshops that the reader may run, latest day first (a few hundred rows)."""
    every = calendar(session, WORKSHOPS).at(date.max)
    return [item for item in reversed(every) if may(reader, "workshop.run", item)]


# --- lines ----------------------------------------------------------------------------------------


def lines(session: Session, scope: Scope, meeting_id: int) -> Sequence[tuple[Idea, int | None]]:
    """The published lines of a workshop, in the order of its sheet, followed by those sent from
    phones; unread and hidden ones are left out. Each comes with its position on the wall, or None.
    """
    return session.exec(
        select(Idea, WallLine.seq)
        .join(WallLine, WallLine.idea_id == Idea.id, isouter=True)
        .where(
            idea_conditions(scope.reader, scope.tree),
            Idea.meeting_id == meeting_id,
            Idea.published.is_(True),
            Idea.status.not_in([str(s) for s in OFF_PATH]),
        )
        # Those without a place are ordered by their number, which is random.
        .order_by(Idea.place.is_(None), Idea.place, Idea.number)
    ).all()


def count_unread(session: Session, meeting_id: int) -> int:
    """How many entries sent from phones to a workshop are still to be read before they are shown.
    Their content is only for readers who publish.
    """
    return session.exec(
        select(func.count()).select_from(Idea).where(Idea.meeting_id == meeting_id, *to_be_read())
    ).one()


def wall(session: Session, scope: Scope, meeting_id: int) -> list[Idea]:
    """The entries that the facilitator put on the wall, the last one first."""
    shown = [row for row in lines(session, scope, meeting_id) if row[1] is not None]
    return [idea for idea, _ in sorted(shown, key=lambda row: -row[1])]


def line_token(meeting_id: int, key: str) -> str:
    """The form token of one typed line: it identifies no person, and filing uses it up."""
    return sha256(f"atelier-{meeting_id}-{key}".encode()).hexdigest()


def filed_keys(session: Session, meeting_id: int, keys: Iterable[str]) -> list[str]:
    """The keys of typed lines that are already filed, by any click."""
    tokens = {line_token(meeting_id, key): key for key in keys}
    spent = []
    if tokens:
        spent = session.exec(select(FormToken.token).where(FormToken.token.in_(tokens))).all()
    return [tokens[token] for token in spent]


def draft(session: Session, reader: Reader, meeting_id: int) -> list[dict]:
    """The lines that this reader has typed but not filed, as the browser sent them."""
    stored = (
        session.get(Draft, (reader.person_id, draft_form(meeting_id))) if reader.is_known else None
    )
    return json.loads(stored.content).get("lines", []) if stored else []


# --- hands ----------------------------------------------------------------------------------------


def hands(session: Session, meeting_id: int) -> Hands:
    """The last count of each question and of each craft; crafts with no one are left out."""
    counts = {row.question: row.hands for row in facts_of(session, HandCount, meeting_id)}
    crafts = {
        question.removeprefix(CRAFT): n
        for question, n in counts.items()
        if question.startswith(CRAFT) and n
    }
    present = session.exec(
        select(func.sum(Attendance.present)).where(
            Attendance.meeting_id == meeting_id, live(Attendance, date.max)
        )
    ).one()
    return Hands({q: counts[q] for q in OpeningQuestion if q in counts}, crafts, present)
