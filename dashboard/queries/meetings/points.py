"""Reads the agenda of a body's meeting (ordre du jour): its points in order, and the steps of its
papers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from dashboard import french
from dashboard.queries.decisions.records import DecisionAt, register
from dashboard.queries.meetings.agenda import is_restricted
from dashboard.queries.meetings.records import MeetingAt, calendar
from dashboard.queries.readable import history
from dashboard.scope import Scope
from models.decisions import DecisionEvent, DecisionStep, Outcome, Verdict
from models.directions import Tree
from models.facts import facts_of, last_facts
from models.meetings import (
    BODIES,
    AgendaPoint,
    Meeting,
    MeetingKind,
    MeetingPaper,
    MeetingState,
    PaperStep,
)

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
            lines += [_told(step, scope.tree) for step in point.treated] or ["Point non abordé."]
    if following := next_of(meetings, meeting.kind, meeting.day + timedelta(days=1)):
        lines += ["", f"Prochaine séance : le {french.day_long(following.day)}."]
    return "\n".join(lines)


def _told(step: DecisionEvent, tree: Tree) -> str:
    what = "" if step.what == DecisionStep.noted else outcome_in_words(step, tree)
    return ". ".join(filter(None, (what, step.text)))


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
