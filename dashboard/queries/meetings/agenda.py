"""Reads the agenda: meetings and sessions of the academy as one list of dates, and one meeting in
full; calendar feeds, which contain no person's name; posters; the closings before the CODIR.

Every reader may know when a steering body meets; the title, place, attendance and minutes are only
for readers of the cockpit.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from sqlalchemy import func, or_
from sqlmodel import Session, select

from dashboard import french
from dashboard.access import NOBODY, Reach, Reader, may, reach, require
from dashboard.queries.decisions.records import DecisionAt, register
from dashboard.queries.meetings.events import last_event, last_events
from dashboard.queries.meetings.records import (
    MeetingAt,
    calendar,
    guests_counted,
    organises,
    totals,
    unnamed,
)
from dashboard.queries.people.readers import left_on, reader_of
from dashboard.queries.readable import history
from dashboard.queries.seats import records as seats
from dashboard.queries.seats.records import Event, Where
from dashboard.scope import Scope
from models.academy import Training, TrainingAudience, TrainingSession
from models.clock import Workdays, today
from models.decisions import DecisionEvent, DecisionStep, Outcome, Verdict
from models.directions import Tree
from models.facts import facts_of, last_facts
from models.groups import GroupMember, ProgressGroup
from models.ledger import Change
from models.meetings import (
    BODIES,
    OPEN_TO_ALL,
    AgendaPoint,
    Family,
    Meeting,
    MeetingEvent,
    MeetingKind,
    MeetingPaper,
    MeetingState,
    PaperStep,
    Poster,
    Site,
)
from models.people import Account, Person, Role, open_account
from models.scales import drawn, in_groups, read
from models.seats import Seat, SeatState
from models.sign_on import CalendarKey


@dataclass(frozen=True)
class Rendezvous(Event):
    """One event of the agenda as the reader may see it. `for_whom`: who is invited, in words, and
    `role` if they have one; `mine`: the state of her seat, or « Votre groupe ».
    """

    family: Family = Family.academy
    state: MeetingState = MeetingState.planned
    mine: str = ""
    site_id: int | None = None
    for_whom: str = ""
    role: Role | None = None

    def is_at(self, site: Site) -> bool:
        """Whether it takes place at this site; a session only has its place as text."""
        return self.site_id == site.id or site.name.casefold() in self.place.casefold()

    @property
    def hours(self) -> str:
        return french.hours(self.starts, self.ends)

    @property
    def order(self) -> tuple:
        where = self.where
        return (
            self.day,
            self.starts or "99",
            self.title,
            where.meeting_id or 0,
            where.session_id or 0,
        )


def agenda(
    session: Session, scope: Scope, known: Iterable[MeetingAt], first: date, last: date
) -> list[Rendezvous]:
    """The events between two days, in order: the meetings among `known` and the sessions of the
    academy.
    """
    how_far = reach(scope.reader, "agenda.read")
    in_period = [m for m in known if first <= m.day <= last and how_far > Reach.none]
    if how_far < Reach.all:
        in_period = [m for m in in_period if m.kind.rules.open_to_all]
    found = _meetings(session, scope, in_period)
    found += _sessions(session, scope, first, last, open_only=how_far <= Reach.own)
    return sorted(found, key=lambda item: item.order)


def _meetings(session: Session, scope: Scope, meetings: Sequence[MeetingAt]) -> list[Rendezvous]:
    ids = sorted(at.id for at in meetings)
    found = session.exec(select(Meeting).where(Meeting.id.in_(ids))).all()
    records = {meeting.id: meeting for meeting in found}
    taken = seats.counts(session, Seat.meeting_id, records)
    mine = seats.own(session, scope.reader.person_id)
    groups = groups_of(session, scope.reader)
    listed = []
    for at in meetings:
        meeting = records[at.id]
        if meeting.direction_id is not None and not scope.has(meeting.direction_id):
            continue
        counts = taken.get(at.id, (0, 0))
        event = seats.meeting_event(meeting, at.day, at.state, at.day, "", *counts)
        own_seat = mine.get(event.where)
        rendezvous = Rendezvous(
            **vars(event),
            family=at.kind.rules.family,
            for_whom=at.kind.rules.for_whom,
            role=at.kind.rules.role,
            state=at.state,
            mine=own_seat.label if own_seat else "",
            site_id=meeting.site_id,
        )
        if not own_seat and meeting.group_id in groups:
            rendezvous = replace(rendezvous, mine="Votre groupe")
        # Other readers of a body's meeting see only its kind and its day.
        if is_restricted(scope.reader, at.kind):
            rendezvous = replace(
                rendezvous, title=at.kind.label, place="", starts="", ends="", site_id=None
            )
        listed.append(rendezvous)
    return listed


def is_restricted(reader: Reader, kind: MeetingKind) -> bool:
    """Whether the reader may see only the kind and the day of this meeting."""
    if kind is MeetingKind.codir:
        return not may(reader, "codir.read")
    return kind in BODIES and not may(reader, "page.cockpit")


def groups_of(session: Session, reader: Reader) -> frozenset[int]:
    """The progress groups that the reader is a member of."""
    if not reader.is_known:
        return frozenset()
    return frozenset(
        session.exec(
            select(GroupMember.group_id).where(
                GroupMember.person_id == reader.person_id, GroupMember.left_on.is_(None)
            )
        ).all()
    )


def _sessions(
    session: Session, scope: Scope, first: date, last: date, open_only: bool
) -> list[Rendezvous]:
    """The sessions between two days, for every direction; without an account, only those of
    trainings open to all.
    """
    wanted = (
        select(TrainingSession, Training)
        .join(Training, Training.id == TrainingSession.training_id)
        .where(TrainingSession.on.between(first, last))
    )
    rows = session.exec(wanted.where(Training.open_to_all) if open_only else wanted).all()
    taken = seats.counts(session, Seat.session_id, [held.id for held, _ in rows])
    mine = seats.own(session, scope.reader.person_id)
    found = []
    for held, training in rows:
        event = seats.session_event(held, training, scope.on, *taken.get(held.id, (0, 0)))
        state = MeetingState.held if held.on < scope.on else MeetingState.planned
        if held.cancelled_on:
            state = MeetingState.cancelled
        label = mine[event.where].label if event.where in mine else ""
        for_whom = TrainingAudience(training.audience).label
        found.append(Rendezvous(**vars(event), state=state, mine=label, for_whom=for_whom))
    return found


# ── One meeting in full ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class MeetingCard:
    """One meeting as the reader may see it; `others`: those present who were counted without a name
    and are not guests of its list.
    """

    meeting: Meeting
    kind: MeetingKind
    event: Event
    state: MeetingState
    restricted: bool
    organises: bool
    mine: Seat | None
    rank: int | None
    invited: int | None
    present: int | None
    others: int
    minutes: str
    written_on: date | None
    group: ProgressGroup | None

    @property
    def label(self) -> str:
        return self.kind.label if self.restricted else self.event.title

    @property
    def day(self) -> date:
        return self.event.day

    @property
    def why(self) -> str:
        """The reason for its cancellation."""
        return "" if self.restricted else self.event.why

    @property
    def is_nameless(self) -> bool:
        return self.kind.rules.nameless

    @property
    def can_enrol(self) -> bool:
        return not self.event.refusal


def card(session: Session, reader: Reader, meeting_id: int) -> MeetingCard | None:
    """One meeting without the parts that the reader may not see; None if there is none."""
    where = Where(meeting_id or 0)
    event = seats.event(session, where, today(session))
    if event is None:
        return None
    meeting = session.get(Meeting, meeting_id)
    kind = MeetingKind(meeting.kind)
    state = MeetingState(last_event(session, meeting_id).what)
    restricted = is_restricted(reader, kind)
    mine = seats.active_seat(session, reader.person_id, where)
    invited = present = None
    if state == MeetingState.held and not restricted:
        invited, present = totals(session, meeting_id)
    rest = unnamed(session, meeting_id)
    _, guests = guests_counted(session, meeting_id)
    minutes = "" if restricted or kind.rules.nameless else meeting.minutes
    return MeetingCard(
        meeting,
        kind,
        event,
        state,
        restricted,
        organises(session, reader, meeting_id),
        mine,
        seats.rank(session, where, mine),
        invited,
        present,
        max(rest.present - guests, 0) if invited is not None and rest else 0,
        minutes,
        _written_on(session, meeting_id) if minutes else None,
        session.get(ProgressGroup, meeting.group_id) if meeting.group_id else None,
    )


def _written_on(session: Session, meeting_id: int) -> date | None:
    """The day of the last version of the minutes, from the journal."""
    return session.exec(
        select(func.max(Change.on)).where(
            Change.subject == "réunion",
            Change.record == str(meeting_id),
            Change.field == "compte rendu",
        )
    ).one()


def places(session: Session) -> list[Site]:
    """The sites, by name."""
    return list(session.exec(select(Site).order_by(Site.name)).all())


def open_groups(session: Session) -> list[ProgressGroup]:
    """The progress groups, by code."""
    return list(session.exec(select(ProgressGroup).order_by(ProgressGroup.code)).all())


MINUTES = 10  # for a point that nobody gave any
_LAST = 10_000  # place of a point that nobody has placed
# Steps that a meeting takes about a point, as its PV tells them.
OUTCOMES = (
    DecisionStep.decided,
    DecisionStep.postponed,
    DecisionStep.entrusted,
    DecisionStep.reviewed,
    DecisionStep.noted,
)


@dataclass(frozen=True)
class Point:
    """One point of a meeting; `treated`: the steps recorded there; `is_review`: the effect of the
    decision is looked at again. Without minutes it is left to a later meeting.
    """

    decision: DecisionAt
    minutes: int
    treated: tuple[DecisionEvent, ...] = ()
    is_review: bool = False

    @property
    def id(self) -> int:
        return self.decision.id

    @property
    def label(self) -> str:
        d = self.decision
        return f"Revue de la décision n° {d.number} : {d.title}" if self.is_review else d.title

    @property
    def is_closed(self) -> bool:
        """Whether the meeting has decided, postponed or reviewed it."""
        return any(step.what in OUTCOMES[:-1] for step in self.treated)


def next_of(meetings: Iterable[MeetingAt], kind: MeetingKind, on: date) -> MeetingAt | None:
    """The next meeting of a body, planned for this day or later."""
    return next((m for m in meetings if m.kind == kind and _is_ahead(m, on)), None)


def _is_ahead(m: MeetingAt, on: date) -> bool:
    return m.state == MeetingState.planned and m.day >= on


def last_with_points(
    meetings: Iterable[MeetingAt], decisions: Iterable[DecisionAt], before: date
) -> date | None:
    """The day of the last meeting held before a day that dealt with a point, else of the last one:
    a body that meets more often has nothing to compare with in between.
    """
    dealt = {step.meeting_id for d in decisions for step in d.steps}
    held = [m for m in meetings if m.state == MeetingState.held and m.day < before]
    days = [m.day for m in held if m.id in dealt] or [m.day for m in held]
    return max(days, default=None)


def points(session: Session, scope: Scope, meeting_id: int) -> list[Point]:
    """The points of a meeting in their order, as known on the scope's day: those placed or treated
    there and, at the body's next meeting, all that wait and every review that is due.
    """
    known = scope.known_by(scope.on)
    meetings = calendar(session, BODIES).at(scope.on, known)
    meeting = next((m for m in meetings if m.id == meeting_id), None)
    if meeting is None or is_restricted(scope.reader, meeting.kind):
        return []
    upcoming = next_of(meetings, meeting.kind, scope.on)
    ahead = {m.id for m in meetings if _is_ahead(m, scope.on)} - {meeting_id}
    places = history(session, AgendaPoint)
    found = [
        placed
        for d in register(session).at(scope.on, known)
        if d.instance == meeting.kind
        and (
            placed := _placed(
                d, meeting, places.at(d.id, scope.on, known), ahead, meeting == upcoming
            )
        )
    ]
    return [point for _, point in sorted(found, key=lambda placed: placed[0])]


def _placed(
    d: DecisionAt, meeting: MeetingAt, places: Sequence[AgendaPoint], ahead: set[int], is_next: bool
) -> tuple[tuple, Point] | None:
    """The place of a decision on this agenda and its point; None where it does not belong there."""
    treated = tuple(s for s in d.steps if s.meeting_id == meeting.id and s.what in OUTCOMES)
    here = next((p for p in reversed(places) if p.meeting_id == meeting.id), None)
    is_later = bool(places) and places[-1].meeting_id in ahead
    is_review = any(s.what == DecisionStep.reviewed for s in treated) or (
        d.review_on is not None and d.review_on <= meeting.day
    )
    waits = is_review or d.is_waiting or d.decided.on >= meeting.day
    if not (treated or (waits and (here or (is_next and not is_later)))):
        return None
    minutes = here.minutes if here else places[-1].minutes if places else MINUTES
    place = here.position if here and here.position else _LAST
    return (place, is_review, d.submitted_on, d.number), Point(d, minutes, treated, is_review)


def stored_places(session: Session, meeting_id: int) -> dict[int, AgendaPoint]:
    """Decision → its last place on the agenda of this meeting."""
    return last_facts(session, AgendaPoint, date.max, AgendaPoint.meeting_id == meeting_id)


def agenda_values(places: Mapping[int, AgendaPoint]) -> dict[str, object]:
    """The values of the form of an agenda: the order of its points, and the minutes of each."""
    in_order = sorted(places.values(), key=lambda place: place.position or _LAST)
    minutes = {f"minutes_{place.decision_id}": place.minutes for place in in_order}
    return {"order": [place.decision_id for place in in_order], **minutes}


def outcome_in_words(step: DecisionEvent, tree: Tree) -> str:
    """What a meeting did about a point, in words: « Adoptée, pour le 29/09/2023 »."""
    what = DecisionStep(step.what).label
    if step.outcome:
        what = Outcome(step.outcome).label
    elif step.verdict:
        what = f"Revue : {Verdict(step.verdict).label.lower()}"
    elif step.owner_direction_id:
        what = f"Confiée à {tree.by_id[step.owner_direction_id].name}"
    due = f", pour le {french.day(step.due_on)}" if step.due_on else ""
    review = f", à revoir le {french.day(step.review_on)}" if step.review_on else ""
    return f"{what}{due}{review}"


def written_minutes(session: Session, scope: Scope, meeting_id: int) -> str:
    """The PV as it was written; empty for who does not sit there."""
    return session.get(Meeting, meeting_id).minutes if _sits(session, scope, meeting_id) else ""


def drafted_minutes(session: Session, scope: Scope, meeting_id: int) -> str:
    """The PV as the facts tell it: who was there, each point and what came of it, the next meeting.
    Empty for who does not sit there.
    """
    if not _sits(session, scope, meeting_id):
        return ""
    meetings = calendar(session, BODIES).at(scope.on, scope.known_by(scope.on))
    meeting = next(m for m in meetings if m.id == meeting_id)
    lines = [f"{meeting.label}, le {french.day_long(meeting.day)}"]
    if meeting.invited:
        lines.append(f"Présents : {meeting.present} sur {meeting.invited}.")
    for rank, point in enumerate(points(session, scope, meeting_id), 1):
        if point.minutes or point.treated:
            lines += ["", f"{rank}. {point.label} (n° {point.decision.number})"]
            for step in point.treated:
                is_note = step.what == DecisionStep.noted
                what = "" if is_note else outcome_in_words(step, scope.tree)
                lines.append(". ".join(filter(None, (what, step.text))))
            lines += [] if point.treated else ["Point non abordé."]
    if following := next_of(meetings, meeting.kind, meeting.day + timedelta(days=1)):
        lines += ["", f"Prochaine séance : le {french.day_long(following.day)}."]
    return "\n".join(lines)


def approval(session: Session, meeting_id: int) -> MeetingPaper | None:
    """The fact that approved the PV of a meeting."""
    steps = facts_of(session, MeetingPaper, meeting_id)
    return next((step for step in steps if step.what == PaperStep.approved), None)


def papers(session: Session, scope: Scope, meeting_id: int) -> list[MeetingPaper]:
    """The steps of the papers of a meeting known on the scope's day, oldest first; none for who
    does not sit there.
    """
    if not _sits(session, scope, meeting_id):
        return []
    return facts_of(session, MeetingPaper, meeting_id, scope.on, scope.known_by(scope.on))


def _sits(session: Session, scope: Scope, meeting_id: int) -> bool:
    meeting = session.get(Meeting, meeting_id)
    return meeting is not None and not is_restricted(scope.reader, MeetingKind(meeting.kind))


_S = SeatState
# How far back a feed goes.
PAST = timedelta(days=90)
_SURE, _PERHAPS, _OFF = "CONFIRMED", "TENTATIVE", "CANCELLED"
_OF_SESSION = {
    _S.booked: _SURE,
    _S.attended: _SURE,
    _S.partial: _SURE,
    _S.offered: _PERHAPS,
    _S.requested: _PERHAPS,
    _S.waiting: _PERHAPS,
}


@dataclass(frozen=True)
class Appointment:
    """One event of a feed; `key` is its permanent id, `changes` counts its changes, the last one on
    `changed_on`.
    """

    key: str
    day: date
    starts: str
    ends: str
    summary: str
    place: str
    status: str
    changes: int
    changed_on: date
    href: str


def open_to_all(session: Session, day: date) -> list[Appointment]:
    """The public calendar (l'agenda de tous): meetings and sessions open to everybody."""
    kinds = select(Meeting.id).where(
        or_(
            Meeting.kind == str(MeetingKind.information),
            (Meeting.kind.in_([str(k) for k in OPEN_TO_ALL])) & Meeting.enrols.is_(True),
        )
    )
    coming = session.exec(
        select(TrainingSession)
        .join(Training, Training.id == TrainingSession.training_id)
        .where(TrainingSession.on >= day, Training.open_to_all)
        .order_by(TrainingSession.on, TrainingSession.id)
    ).all()
    return _ordered(
        [
            *_calendar_meetings(session, NOBODY, session.exec(kinds).all(), {}, day - PAST),
            *(_session(session, held, _SURE) for held in coming),
        ]
    )


def of_reader(session: Session, reader: Reader, day: date) -> list[Appointment]:
    """The reader's own calendar (mon calendrier): her registrations, the meetings of her groups,
    those she planned, her sessions of the academy.
    """
    mine = {
        where.meeting_id: state
        for where, state in seats.own(session, reader.person_id).items()
        if where.meeting_id
    }
    of_groups = session.exec(
        select(Meeting.id).where(Meeting.group_id.in_(sorted(groups_of(session, reader))))
    ).all()
    first = select(func.min(MeetingEvent.id)).group_by(MeetingEvent.meeting_id)
    is_planner = MeetingEvent.by == (reader.person_id or 0)
    planned = session.exec(
        select(MeetingEvent.meeting_id).where(MeetingEvent.id.in_(first), is_planner)
    ).all()
    statuses = {meeting: _PERHAPS for meeting, state in mine.items() if state is SeatState.waiting}
    found = _calendar_meetings(session, reader, {*mine, *of_groups, *planned}, statuses, day - PAST)
    for item in seats.of_person(session, reader.person_id):
        if item.session and item.session.on >= day - PAST and item.status in _OF_SESSION:
            found.append(_session(session, item.session, _OF_SESSION[item.status]))
    return _ordered(found)


def of_meeting(session: Session, reader: Reader, meeting_id: int) -> list[Appointment]:
    """A single meeting, as the reader may see it."""
    return _calendar_meetings(session, reader, [meeting_id], {}, date.min)


def _ordered(found: Iterable[Appointment]) -> list[Appointment]:
    return sorted(found, key=lambda item: (item.day, item.starts, item.key))


def _calendar_meetings(
    session: Session, reader: Reader, ids: Iterable[int], statuses: dict[int, str], since: date
) -> list[Appointment]:
    last = {
        ident: event for ident, event in last_events(session, ids).items() if event.day >= since
    }
    records = session.exec(select(Meeting).where(Meeting.id.in_(sorted(last)))).all()
    facts = dict(
        session.execute(
            select(MeetingEvent.meeting_id, func.count())
            .where(MeetingEvent.meeting_id.in_(sorted(last)))
            .group_by(MeetingEvent.meeting_id)
        ).all()
    )
    journal = _changes(session, "réunion", last)
    found = []
    for meeting in records:
        event = last[meeting.id]
        restricted = is_restricted(reader, MeetingKind(meeting.kind))
        changes, changed_on = journal.get(str(meeting.id), (0, event.recorded_on))
        status = _OFF if event.what == MeetingState.cancelled else statuses.get(meeting.id, _SURE)
        label = MeetingKind(meeting.kind).label
        starts = ends = place = ""
        if not restricted:
            label = _summary(label, meeting.title, status)
            starts = meeting.starts
            ends = meeting.ends
            place = meeting.place
        found.append(
            Appointment(
                f"reunion-{meeting.id}",
                event.day,
                starts,
                ends,
                label,
                place,
                status,
                facts[meeting.id] - 1 + changes,
                max(changed_on, event.recorded_on),
                f"/agenda?reunion={meeting.id}",
            )
        )
    return found


def _session(session: Session, held: TrainingSession, status: str) -> Appointment:
    training = session.get(Training, held.training_id)
    changes, changed_on = _changes(session, "session", [held.id]).get(str(held.id), (1, held.on))
    status = _OFF if held.cancelled_on else status
    return Appointment(
        f"session-{held.id}",
        held.on,
        held.starts,
        held.ends,
        _summary("Formation", training.title, status),
        held.place,
        status,
        max(changes - 1, 0),
        changed_on,
        f"/academie?formation={training.code}",
    )


def _summary(label: str, title: str, status: str) -> str:
    message = f"{label} : {title}" if title else label
    if status == _OFF:
        return f"Annulé — {message}"
    if status == _PERHAPS:
        return f"À confirmer — {message}"
    return message


def _changes(session: Session, subject: str, ids: Iterable[int]) -> dict[str, tuple[int, date]]:
    """Record → the number of its changes in the journal and the last day; changes of the minutes
    are not counted.
    """
    rows = session.execute(
        select(Change.record, func.count(), func.max(Change.on))
        .where(
            Change.subject == subject,
            Change.record.in_([str(i) for i in ids]),
            Change.field != "compte rendu",
        )
        .group_by(Change.record)
    ).all()
    return {record: (n, on) for record, n, on in rows}


# ── The keys ──────────────────────────────────────────────────────────────────────────────────────


def reader_of_key(session: Session, hashed: str, day: date) -> Reader | None:
    """The reader whose calendar this key opens; None if she has left, is erased, or her account is
    closed.
    """
    row = session.execute(
        select(Person, Account)
        .join(CalendarKey, CalendarKey.person_id == Person.id)
        .join(Account, Account.person_id == Person.id)
        .where(CalendarKey.key == hashed, open_account(day), Person.erased_on.is_(None))
    ).first()
    if row is None or left_on(session, row[0].id, day):
        return None
    return reader_of(session, row[1], day)


def has_key(session: Session, reader: Reader) -> bool:
    return reader.is_known and session.get(CalendarKey, reader.person_id) is not None


CLOSES_BEFORE = 3  # working days


@dataclass(frozen=True, slots=True)
class Closing:
    """One closing: its day, and the day of its meeting."""

    on: date
    meeting: date

    def is_missed_by(self, received_on: date) -> bool:
        """Whether a report received on this day came after the closing, but not after the
        meeting.
        """
        return self.on < received_on <= self.meeting


def closing_of(meeting: date, calendar: Workdays) -> Closing:
    """The closing before a meeting of the CODIR; the day itself does not count."""
    day, left = meeting, CLOSES_BEFORE
    while left > 0:
        day -= timedelta(days=1)
        left -= calendar.is_open(day)
    return Closing(day, meeting)


def closings(meetings: Iterable[MeetingAt], calendar: Workdays) -> tuple[Closing, ...]:
    """The closings of the CODIR's meetings, held or planned, in order."""
    return tuple(
        closing_of(meeting.day, calendar)
        for meeting in meetings
        if meeting.kind is MeetingKind.codir and meeting.state != MeetingState.cancelled
    )


def missed(found: Iterable[Closing], received_on: date) -> Closing | None:
    """The closing missed by a report received on this day, if any."""
    return next((closing for closing in found if closing.is_missed_by(received_on)), None)


def current(found: Iterable[Closing], day: date) -> Closing | None:
    """The closing that is past while its meeting is not; None outside such a period."""
    return next((closing for closing in found if closing.on <= day <= closing.meeting), None)


def in_words(closing: Closing | None) -> str:
    """« reçu après la clôture du 07/07/2023 »; empty if none was missed."""
    return f"reçu après la clôture du {french.day(closing.on)}" if closing else ""


PAGE, WORD = "affiche", "mot"  # its address, and what the address says
_SIGNS = 8  # 40 bits: short enough to be typed from a wall


def word_of(poster: Poster) -> str:
    """The word printed on the poster: « 7K3M-Q9XA »."""
    return drawn(f"poster:{poster.nonce}", _SIGNS)


def page_of(word: str, **more: str | int) -> str:
    """The address that a poster's word leads to: « /affiche?mot=7K3M-Q9XA », with more
    parameters.
    """
    params = {name: value for name, value in more.items() if value}
    return f"/{PAGE}?{urlencode({WORD: word} | params)}"


@dataclass(frozen=True)
class SitePoster:
    """A site and its poster: the word on it and since when; both empty if the site has none."""

    site: Site
    word: str = ""
    since: date | None = None


def site_posters(session: Session, reader: Reader) -> list[SitePoster]:
    """Every site by name with its poster. Raises Refused without the right."""
    require(reader, "poster.make")
    rows = session.exec(
        select(Site, Poster)
        .outerjoin(Poster, (Poster.site_id == Site.id) & Poster.ended_on.is_(None))
        .order_by(Site.name)
    ).all()
    return [
        SitePoster(site, word_of(poster), poster.made_on) if poster else SitePoster(site)
        for site, poster in rows
    ]


def words_in_use(session: Session) -> dict[str, int]:
    """Word → site id, for the posters in use: a typed word is compared with these."""
    found = session.exec(select(Poster).where(Poster.ended_on.is_(None))).all()
    return {word_of(poster): poster.site_id for poster in found}


def site_opened(words: Mapping[str, int], typed: str) -> int | None:
    """The site that a word opens, in any spelling; None for an unknown word."""
    wanted = in_groups(read(typed)).encode()
    # Compared with all of them, so that the duration does not reveal how much of a word was right.
    found = [site for word, site in words.items() if hmac.compare_digest(word.encode(), wanted)]
    return found[0] if found else None
