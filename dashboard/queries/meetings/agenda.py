"""Reads the agenda: meetings and sessions of the academy as one list of dates, and one meeting in
full.

Every reader may know when a steering body meets; the title, place, attendance and minutes are only
for readers of the cockpit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import func
from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reach, Reader, may, reach
from dashboard.queries.decisions.records import DecisionAt, register
from dashboard.queries.meetings.events import last_event
from dashboard.queries.meetings.records import (
    MeetingAt,
    calendar,
    guests_counted,
    organises,
    totals,
    unnamed,
)
from dashboard.queries.readable import history
from dashboard.queries.seats import records as seats
from dashboard.queries.seats.events import Event, Where
from dashboard.scope import Scope
from models.academy import Training, TrainingSession
from models.clock import today
from models.decisions import DecisionEvent, DecisionStep, Outcome, Verdict
from models.directions import Tree
from models.facts import facts_of, last_facts
from models.groups import GroupMember, ProgressGroup
from models.ledger import Change
from models.meetings import (
    BODIES,
    AgendaPoint,
    Family,
    Meeting,
    MeetingKind,
    MeetingPaper,
    MeetingState,
    PaperStep,
    Site,
)
from models.seats import Seat


@dataclass(frozen=True)
class Rendezvous(Event):
    """One event of the agenda as the reader may see it. `mine`: the state of her seat, or « Votre
    groupe ».
    """

    family: Family = Family.academy
    state: MeetingState = MeetingState.planned
    mine: str = ""
    site_id: int | None = None

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
        found.append(Rendezvous(**vars(event), state=state, mine=label))
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
