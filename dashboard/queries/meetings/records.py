"""Reads the meetings with their dated facts as of any day, who was present, and their workshops."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import Row
from sqlmodel import Session, func, select

from dashboard import french
from dashboard.access import Reader, idea_conditions, may
from dashboard.queries.ideas.waiting import to_be_read
from dashboard.queries.people.readers import colleagues, services_at
from dashboard.queries.readable import Readable, history, readable
from dashboard.queries.seats import records
from dashboard.queries.seats.records import Where
from dashboard.scope import Scope
from models.facts import History, facts_of, live
from models.idea_states import OFF_PATH
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
    Site,
    WallLine,
)
from models.people import Person
from models.seats import STANDING, TYPED, SeatState
from models.sign_on import FormToken


@dataclass(frozen=True)
class MeetingAt:
    """One meeting as known at a day: its planned or actual `day`, and who was there."""

    id: int
    kind: MeetingKind
    title: str
    place: str
    state: MeetingState
    day: date
    invited: int
    present: int
    # (person, service) of those present by name.
    persons: tuple[tuple[int, int | None], ...] = ()
    hours: str = ""
    direction_id: int | None = None
    # Who planned it first.
    planned_by: int | None = None
    campaign_id: int | None = None

    @property
    def label(self) -> str:
        return self.title or self.kind.label

    @property
    def responsible(self) -> frozenset[int | None]:
        return frozenset({self.planned_by})

    @property
    def is_noted(self) -> bool:
        """Whether its attendance was recorded."""
        return self.invited > 0 or self.present > 0


@dataclass(frozen=True)
class Calendar:
    """All meetings of some kinds with their facts, voided ones included; `at` gives them as of a
    day.
    """

    meetings: Sequence[Row]  # of Meeting
    moments: History[MeetingEvent]
    presences: History[Attendance]
    unread: int = 0

    def at(self, on: date, known: date | None = None) -> Readable[MeetingAt]:
        """The meetings known at `on`, by day, future ones included."""
        found = [
            _known(meeting, moments, self.presences.at(meeting.id, on, known))
            for meeting in self.meetings
            if (moments := self.moments.at(meeting.id, on, known))
        ]
        return Readable(sorted(found, key=lambda m: (m.day, m.id)), self.unread)


def _known(
    meeting: Row, moments: Sequence[MeetingEvent], presences: Sequence[Attendance]
) -> MeetingAt:
    return MeetingAt(
        meeting.id,
        MeetingKind(meeting.kind),
        meeting.title,
        meeting.place,
        MeetingState(moments[-1].what),
        moments[-1].day,
        sum(p.invited for p in presences),
        sum(p.present for p in presences),
        tuple((p.person_id, p.service_id) for p in presences if p.person_id and p.present),
        french.hours(meeting.starts, meeting.ends),
        meeting.direction_id,
        min(moments, key=lambda fact: fact.id).by,
        meeting.campaign_id,
    )


def calendar(
    session: Session,
    kinds: Collection[MeetingKind] = tuple(MeetingKind),
    only: Collection[int] | None = None,
) -> Calendar:
    """The meetings of these kinds (a few hundred rows), limited to these ids if they are passed."""
    statement = select(*(getattr(Meeting, name) for name in _COLUMNS)).order_by(Meeting.id)
    if only is not None:
        statement = statement.where(Meeting.id.in_(only))
    rows = session.execute(statement).all()
    meetings = readable(rows, _with_known_kind, lambda row: f"meeting {row.id}")
    of_kinds = [meeting for meeting in meetings if meeting.kind in kinds]
    ids = [meeting.id for meeting in of_kinds]
    of_them = MeetingEvent.meeting_id.in_(ids)
    moments = history(session, MeetingEvent, of_them, check=lambda row: MeetingState(row.what))
    presences = history(session, Attendance, Attendance.meeting_id.in_(ids))
    return Calendar(of_kinds, moments, presences, meetings.unread + moments.unread)


_COLUMNS = ("id", "kind", "title", "place", "starts", "ends", "direction_id", "campaign_id")


def _with_known_kind(row: Row) -> Row:
    MeetingKind(row.kind)
    return row


def last_held(session: Session, kind: MeetingKind, by: date) -> date | None:
    """The day of a body's last meeting held up to a day."""
    return session.exec(
        select(func.max(MeetingEvent.day))
        .join(Meeting, Meeting.id == MeetingEvent.meeting_id)
        .where(
            Meeting.kind == str(kind),
            MeetingEvent.what == str(MeetingState.held),
            MeetingEvent.day <= by,
            live(MeetingEvent, by),
        )
    ).one()


def sites_without_meeting(session: Session, on: date) -> list[Site]:
    """The sites without a meeting up to `on` (sites non encore rencontrés), the largest first."""
    held = (
        select(Meeting.site_id)
        .join(MeetingEvent, MeetingEvent.meeting_id == Meeting.id)
        .where(
            Meeting.site_id.is_not(None),
            MeetingEvent.what == str(MeetingState.held),
            MeetingEvent.day <= on,
            live(MeetingEvent, on),
        )
    )
    return list(
        session.exec(
            select(Site).where(Site.id.not_in(held)).order_by(Site.agents.desc(), Site.name)
        ).all()
    )


def meeting_titled(session: Session, meeting_id: int) -> Meeting | None:
    """A meeting in which entries may be filed; its name and place are public. None for another
    meeting.
    """
    found = session.get(Meeting, meeting_id) if 0 < meeting_id < 2**31 else None
    return found if found and MeetingKind(found.kind).rules.open_to_all else None


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
    key = (reader.person_id, draft_form(meeting_id))
    stored = session.get(Draft, key) if reader.is_known else None
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


@dataclass(frozen=True)
class Seated:
    """One person of a meeting's list, or the guest of `seat_id`: her name, the state of her seat
    (None: no seat) and her recorded presence (None: not recorded yet).
    """

    person_id: int | None
    name: str
    state: SeatState | None
    mark: SeatState | None
    seat_id: int | None = None

    @property
    def key(self) -> str:
        return f"guest_{self.seat_id}" if self.seat_id else str(self.person_id)


def seated(session: Session, scope: Scope, meeting_id: int, on: date) -> list[Seated]:
    """The people who registered or were marked present, by name: all of them for a reader who
    records meetings, otherwise those she may list. Guests follow in order of arrival, for the
    organiser.

    The reader who runs a workshop also sees the people she marked herself.
    """
    listed_seats = records.seats(session, Where(meeting_id), *STANDING)
    states = {seat.person_id: SeatState(seat.status) for seat in listed_seats if seat.person_id}
    facts = presences(session, meeting_id)
    marks = {person: mark_of(fact) for person, fact in facts.items()}
    wanted = set(states) | set(marks)
    if not may(scope.reader, "meeting.record") and scope.listed is not None:
        services = services_at(session, on, wanted) if scope.listed else {}
        me = scope.reader.person_id
        marked_by_reader = {
            person for person, fact in facts.items() if me is not None and fact.by == me != person
        }
        wanted = marked_by_reader | {
            person for person in wanted if services.get(person) in scope.listed
        }
    people = session.exec(
        select(Person)
        .where(Person.id.in_(sorted(wanted)))
        .order_by(Person.family_name, Person.given_name, Person.id)
    ).all()
    found = [
        Seated(person.id, person.name, states.get(person.id), marks.get(person.id))
        for person in people
    ]
    if organises(session, scope.reader, meeting_id):
        guests = [seat for seat in listed_seats if seat.is_guest]
        names = records.guest_names(guests)
        for seat in guests:
            status = SeatState(seat.status)
            mark = status if status in TYPED else None
            found.append(Seated(None, names[seat.id], status, mark, seat.id))
    return found


def organises(session: Session, reader: Reader, meeting_id: int) -> bool:
    """Whether the reader may record this meeting: the facilitator of a workshop, the programme
    office for all others.
    """
    meeting = session.get(Meeting, meeting_id)
    if meeting is not None and meeting.kind in WORKSHOPS:
        return may(reader, "workshop.run", workshop(session, meeting_id))
    return may(reader, "meeting.record")


def addable(session: Session, scope: Scope, people: Iterable[Seated]) -> dict[int, str]:
    """Person → label of the people whom the reader may add to a list."""
    listed_ids = {item.person_id for item in people}
    everybody = colleagues(session, scope)
    return {person: label for person, label in everybody.items() if person not in listed_ids}


def presences(session: Session, meeting_id: int) -> dict[int, Attendance]:
    """Person → the fact of her presence; a fact that only removes her from the list (nobody
    invited) is left out.
    """
    facts = facts_of(session, Attendance, meeting_id)
    return {fact.person_id: fact for fact in facts if fact.person_id and fact.invited}


def mark_of(fact: Attendance) -> SeatState:
    if fact.present:
        return SeatState.attended
    if fact.excused:
        return SeatState.excused
    return SeatState.no_show


def guests_counted(session: Session, meeting_id: int) -> tuple[int, int]:
    """(recorded, present) of the guests of a meeting; they are included in the count without
    names.
    """
    seats = records.seats(session, Where(meeting_id), *TYPED)
    guests = [seat.status for seat in seats if seat.is_guest]
    return len(guests), guests.count(SeatState.attended)


def totals(session: Session, meeting_id: int) -> tuple[int, int]:
    """(invited, present) of a meeting, counts with and without names together."""
    rest = unnamed(session, meeting_id)
    facts = [*presences(session, meeting_id).values(), *([rest] if rest else [])]
    return sum(fact.invited for fact in facts), sum(fact.present for fact in facts)


def unnamed(session: Session, meeting_id: int) -> Attendance | None:
    """The count without names of a meeting, if there is one."""
    facts = facts_of(session, Attendance, meeting_id)
    return next((fact for fact in facts if fact.person_id is None), None)
