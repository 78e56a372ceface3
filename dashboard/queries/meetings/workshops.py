"""Reading the workshops (ateliers et rencontres de terrain): their lines, hands,
wall, and what is being typed.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlmodel import Session, func, select

from dashboard import french
from dashboard.access import Reader, idea_conditions, may
from dashboard.queries.ideas.waiting import to_be_read
from dashboard.scope import Scope
from models.facts import counting, live
from models.form_tokens import FormToken
from models.idea_states import OFF_PATH, IdeaKind
from models.ideas import Draft, Idea
from models.meetings import (
    WORKSHOPS,
    Attendance,
    HandCount,
    Meeting,
    MeetingEvent,
    MeetingKind,
    MeetingState,
    OpeningQuestion,
    WallLine,
)

CRAFT = "metier:"  # before the name of a craft, in HandCount.question


@dataclass(frozen=True)
class Workshop:
    """One workshop: its day as last said, what became of it, and the person who
    planned it first.
    """

    id: int
    kind: MeetingKind
    title: str
    place: str
    direction_id: int | None
    day: date
    state: MeetingState
    planned_by: int | None
    hours: str = ""

    @property
    def label(self) -> str:
        return self.title or self.kind.label


@dataclass(frozen=True)
class SavedLine:
    """One filed line of a workshop, published. `on_wall`: its place among the
    facilitator's gestures, or None.
    """

    idea_id: int
    number: int
    kind: IdeaKind
    good: bool | None
    ambition_id: int | None
    title: str
    body: str
    voices: int | None
    concerns_id: int | None
    due_on: date | None
    on_wall: int | None

    @property
    def text(self) -> str:
        return self.body or self.title


@dataclass(frozen=True)
class Hands:
    """What was counted at the opening: question → hands, craft → number, and how
    many were in the room (None: not said).
    """

    questions: dict[OpeningQuestion, int]
    crafts: dict[str, int]
    present: int | None


def draft_form(meeting_id: int) -> str:
    """The name under which what is being typed in a workshop is kept (Draft.form)."""
    return f"atelier-{meeting_id}"


def workshop(session: Session, meeting_id: int) -> Workshop | None:
    """The workshop of this id; None where there is none or the meeting is of another kind."""
    found = _workshops(session, [meeting_id])
    return found[0] if found else None


def workshops(session: Session, reader: Reader) -> list[Workshop]:
    """Those the reader may run, the latest day first (a few hundred rows)."""
    found = [item for item in _workshops(session) if may(reader, "workshop.run", item)]
    return sorted(found, key=lambda item: (item.day, item.id), reverse=True)


def _workshops(session: Session, ids: Iterable[int] | None = None) -> list[Workshop]:
    meetings = select(Meeting).where(Meeting.kind.in_([str(kind) for kind in WORKSHOPS]))
    events = (
        select(MeetingEvent)
        .join(Meeting, Meeting.id == MeetingEvent.meeting_id)
        .where(Meeting.kind.in_([str(kind) for kind in WORKSHOPS]))
    )
    if ids is not None:
        meetings = meetings.where(Meeting.id.in_(ids))
        events = events.where(MeetingEvent.meeting_id.in_(ids))
    facts: dict[int, list[MeetingEvent]] = {}
    for event in session.exec(events.order_by(MeetingEvent.id)).all():
        facts.setdefault(event.meeting_id, []).append(event)
    found = []
    for meeting in session.exec(meetings).all():
        known = counting(facts.get(meeting.id, []), date.max)
        if known:
            found.append(
                Workshop(
                    meeting.id,
                    MeetingKind(meeting.kind),
                    meeting.title,
                    meeting.place,
                    meeting.direction_id,
                    known[-1].day,
                    MeetingState(known[-1].what),
                    facts[meeting.id][0].by,
                    french.hours(meeting.starts, meeting.ends),
                )
            )
    return found


# --- lines ----------------------------------------------------------------------------------------


def lines(session: Session, scope: Scope, meeting_id: int) -> list[SavedLine]:
    """The filed lines of a workshop that everybody may read, in the order of its
    sheet, then what phones sent: an unread or hidden one is in none.
    """
    rows = session.exec(
        select(Idea, WallLine.seq)
        .join(WallLine, WallLine.idea_id == Idea.id, isouter=True)
        .where(
            idea_conditions(scope.reader, scope.tree),
            Idea.meeting_id == meeting_id,
            Idea.published.is_(True),
            Idea.status.not_in([str(s) for s in OFF_PATH]),
        )
        # Without a place their numbers order them, which are drawn at random.
        .order_by(Idea.place.is_(None), Idea.place, Idea.number)
    ).all()
    return [
        SavedLine(
            idea.id,
            idea.number,
            IdeaKind(idea.kind),
            idea.good,
            idea.ambition_id,
            idea.title,
            idea.body,
            idea.voices,
            idea.concerns_id,
            idea.due_on,
            seq,
        )
        for idea, seq in rows
    ]


def count_unread(session: Session, meeting_id: int) -> int:
    """How many entries that phones sent to a workshop still wait to be read before
    they are shown. Their number alone: what they say is for who publishes.
    """
    return session.exec(
        select(func.count()).select_from(Idea).where(Idea.meeting_id == meeting_id, *to_be_read())
    ).one()


def wall(session: Session, scope: Scope, meeting_id: int) -> list[SavedLine]:
    """What the facilitator has put on the wall, her last gesture first."""
    shown = [line for line in lines(session, scope, meeting_id) if line.on_wall is not None]
    return sorted(shown, key=lambda line: -line.on_wall)


def line_token(meeting_id: int, key: str) -> str:
    """The form token of one typed line: it names nobody, and is spent by the filing."""
    return sha256(f"atelier-{meeting_id}-{key}".encode()).hexdigest()


def filed_keys(session: Session, meeting_id: int, keys: Iterable[str]) -> list[str]:
    """Those of the typed lines' keys that are filed already, whoever's click did it."""
    tokens = {line_token(meeting_id, key): key for key in keys}
    spent = []
    if tokens:
        spent = session.exec(select(FormToken.token).where(FormToken.token.in_(tokens))).all()
    return [tokens[token] for token in spent]


def draft(session: Session, reader: Reader, meeting_id: int) -> list[dict]:
    """The lines that this reader has typed and not yet filed, as the browser wrote them."""
    stored = (
        session.get(Draft, (reader.person_id, draft_form(meeting_id))) if reader.is_known else None
    )
    return json.loads(stored.content).get("lines", []) if stored else []


# --- hands ----------------------------------------------------------------------------------------


def hands(session: Session, meeting_id: int) -> Hands:
    """The last count of each question and of each craft; a craft of nobody is left out."""
    rows = session.exec(
        select(HandCount)
        .where(HandCount.meeting_id == meeting_id, live(HandCount, date.max))
        .order_by(HandCount.id)
    ).all()
    counts = {row.question: row.hands for row in rows}
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
