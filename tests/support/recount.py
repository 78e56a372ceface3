"""The second count (recomptage): figures counted by hand from raw facts, in plain Python, one idea
at a time.

It shares no code with the queries: where both agree, the figure is the
one its definition describes.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlmodel import Session, select

from models.academy import Training, TrainingSession
from models.clock import last_month_end, month_ends, window_start
from models.communities import Community, MembershipEvent
from models.directions import Headcount
from models.discussions import Contribution
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import DECIDED, OPEN, RETAINED
from models.ideas import Idea
from models.meetings import Attendance
from models.seats import ATTENDED, BOOKED, SeatEvent


@dataclass
class Standing:
    """One idea as its live facts up to a day leave it, replayed in order."""

    filed: IdeaEvent | None = None
    status: str | None = None
    promise: date | None = None
    concerns: int | None = None
    ambition: int | None = None
    answered_on: date | None = None
    delay: int | None = None
    answer_place: tuple = (None, None)
    kept: bool = False


def live_facts(events: list[IdeaEvent], on: date) -> list[IdeaEvent]:
    seen = [e for e in events if e.on <= on]
    undone = {e.voids for e in seen if e.voids}
    return sorted((e for e in seen if e.id not in undone and not e.voids), key=lambda e: e.seq)


def standings(lives: dict[int, list[IdeaEvent]], on: date) -> list[Standing]:
    found = []
    for events in lives.values():
        one = Standing()
        for e in live_facts(events, on):
            if e.what == EventKind.filed:
                one.filed = e
            one.status, one.promise = e.to_status, e.due_on
            one.concerns, one.ambition = e.concerns_id, e.ambition_id
            if e.first_answer:
                one.answered_on, one.delay, one.answer_place = (
                    e.on,
                    e.delay,
                    (e.concerns_id, e.ambition_id),
                )
                one.kept = e.due_on is not None and e.on <= e.due_on
        if one.filed:
            found.append(one)
    return found


def outcome_of(status: str | None) -> str:
    if status in OPEN:
        return "ouverte"
    return status if status in RETAINED else "autre" if status in DECIDED else ""


def lives_in(session: Session) -> dict[int, list[IdeaEvent]]:
    lives = defaultdict(list)
    for event in session.exec(select(IdeaEvent)).all():
        lives[event.idea_id].append(event)
    return lives


@dataclass
class Place:
    """Where a count is made: units concerned or of origin (None: all), ambition (None: all)."""

    units: frozenset[int] | None = None
    ambition: int | None = None

    def holds(self, unit: int | None, ambition: int | None) -> bool:
        return (self.units is None or unit in self.units) and (
            self.ambition is None or ambition == self.ambition
        )


def naive(
    session: Session,
    lives: dict[int, list[IdeaEvent]],
    place: Place,
    on: date,
    agents_at: Callable[[date], int],
) -> dict[str, object]:
    """The figures of the ideas at `on`, counted by hand: (numerator, denominator) or value."""
    start, all_ideas = window_start(on), standings(lives, on)
    end = last_month_end(on)
    here = [i for i in all_ideas if place.holds(i.concerns, i.ambition)]
    decided = [i for i in here if i.filed.decided]
    filed = [i.filed for i in all_ideas if start <= i.filed.on <= on and i.filed.counts]
    delays = sorted(
        i.delay
        for i in all_ideas
        if i.delay is not None and start <= i.answered_on <= on and place.holds(*i.answer_place)
    )
    due = [i for i in here if i.promise and start <= i.promise <= on]
    cohort = Counter(outcome_of(i.status) for i in decided if start <= i.filed.filed_on <= on)
    waiting = [i for i in decided if i.status in OPEN]
    # What came without a day of filing says an old one: it has no age.
    ages = [i.filed.on for i in waiting if i.filed.on == i.filed.filed_on]
    accepted = cohort["retenue"] + cohort["realisee"]
    return {
        "idees.pour-100": (
            sum(f.decided and place.holds(f.origin_id, f.ambition_id) for f in filed),
            agents_at(on),
        ),
        "idees.auteurs": lambda told: is_told(
            told, lambda day: (authors(lives, place, day), agents_at(day)), end
        ),
        "idees.non-attribuables": (
            sum(f.origin_id is None and place.ambition in (None, f.ambition_id) for f in filed)
            if place.units is None
            else None
        ),
        "reponse.delais": delays,
        "reponse.tenue": (sum(i.kept for i in due), len(due)),
        "reponse.ouvertes": len(waiting),
        "reponse.ancienne": (on - min(ages)).days if ages else None,
        "idees-issue.retenues": (accepted, accepted + cohort["autre"]),
        "idees-issue.realisees": (cohort["realisee"], accepted),
    }


def authors(lives: dict[int, list[IdeaEvent]], place: Place, end: date) -> int:
    """Distinct authors of idées and suggestions in the 12 months up to a month end, by the
    service they filed from.
    """
    filings = [
        e
        for events in lives.values()
        for e in events
        if e.what == EventKind.filed and e.counts and e.decided
    ]
    return len(
        {
            e.author_id
            for e in filings
            if window_start(end) <= e.on <= end
            and e.author_id
            and e.origin_id
            and place.holds(e.origin_id, e.ambition_id)
        }
    )


def middle(values: list[int]) -> float | None:
    n = len(values)
    if not n:
        return None
    return (values[(n - 1) // 2] + values[n // 2]) / 2


def same_as_board(found, expected: dict[str, object]) -> None:
    """Compares a board with the hand count; small cells are hidden, never wrong."""
    delays = expected["reponse.delais"]
    assert (found["reponse.mediane"].value, found["reponse.mediane"].n) == (
        middle(delays),
        len(delays),
    )
    ninth = delays[-(-9 * len(delays) // 10) - 1] if len(delays) >= 10 else None
    assert found["reponse.p90"].value == ninth
    for code, wanted in expected.items():
        if code == "reponse.delais":
            continue
        entry = found[code]
        if callable(wanted):
            assert entry.suppressed or wanted((entry.numerator, entry.denominator)), code
            assert not entry.suppressed or entry.value is entry.numerator is None
            continue
        if not isinstance(wanted, tuple):
            assert entry.value == wanted, code
            continue
        assert (entry.numerator, entry.denominator) == wanted, code
        assert entry.value == (pytest.approx(100 * wanted[0] / wanted[1]) if wanted[1] else None), (
            code
        )


# --- persons --------------------------------------------------------------------------------------


def is_told(
    told: tuple[float, float], count_at: Callable[[date], tuple[int, int]], end: date
) -> bool:
    """Whether a count of persons is that of the month end, or of an earlier one from which it
    changed by fewer than five.
    """
    now = count_at(end)
    if told == now:
        return True
    earlier = month_ends(end, first=date(2021, 1, 1))[:-1]
    return 0 < abs(told[0] - now[0]) < 5 and told in map(count_at, earlier)


def standing_rows(rows: list, on: date) -> list:
    """Rows of a fact that count at `on`, in order."""
    seen = [row for row in rows if row.on <= on]
    undone = {row.voids for row in seen if row.voids}
    return sorted((row for row in seen if row.id not in undone), key=lambda row: (row.on, row.id))


def agents_in(session: Session, units: frozenset[int] | None) -> Callable[[date], int]:
    """Day → agents of the units (None: all), from the dated headcounts."""
    rows = session.exec(select(Headcount)).all()

    def agents_at(day: date) -> int:
        last = {row.service_id: row.agents for row in standing_rows(rows, day)}
        return sum(n for service, n in last.items() if units is None or service in units)

    return agents_at


def held_sessions(
    session: Session, on: date, start: date, ambition: int | None
) -> dict[int, TrainingSession]:
    trainings = {
        t.id for t in session.exec(select(Training)).all() if ambition in (None, t.ambition_id)
    }
    return {
        s.id: s
        for s in session.exec(select(TrainingSession)).all()
        if s.training_id in trainings
        and start <= s.on <= on
        and not (s.cancelled_on and s.cancelled_on <= on)
    }


def last_registrations(session: Session, on: date) -> list[SeatEvent]:
    last = {row.seat_id: row for row in standing_rows(session.exec(select(SeatEvent)).all(), on)}
    return list(last.values())


def filling(session: Session, on: date, ambition: int | None) -> tuple[int, int]:
    held = held_sessions(session, on, window_start(on), ambition)
    booked = sum(
        e.session_id in held and e.status in BOOKED for e in last_registrations(session, on)
    )
    return booked, sum(s.capacity for s in held.values())


def trained(session: Session, on: date, units: frozenset[int] | None, ambition: int | None) -> int:
    """Distinct persons who attended in the 12 months up to the last month end, in a service of
    the units that day.
    """
    end = last_month_end(on)
    held = held_sessions(session, end, window_start(end), ambition)
    return len(
        {
            e.person_id
            for e in last_registrations(session, end)
            if e.session_id in held
            and e.status in ATTENDED
            and (units is None or e.service_id in units)
        }
    )


def ambassadors(session: Session, on: date) -> tuple[dict[int, int], set[int]]:
    """(person → own service, services covered) of the ambassadors at `on`."""
    rows = [
        e
        for e in session.exec(select(MembershipEvent)).all()
        if e.community == Community.ambassadors
    ]
    state = {(e.person_id, e.service_id): e for e in standing_rows(rows, on)}
    joined = [e for e in state.values() if e.joined]
    return {e.person_id: e.service_id for e in joined if e.own}, {e.service_id for e in joined}


def acting(session: Session, on: date, units: frozenset[int] | None) -> tuple[int, int]:
    """(ambassadors active in the 90 days up to the last month end, ambassadors) of the units."""
    end = last_month_end(on)
    start = end - timedelta(days=89)
    own, _ = ambassadors(session, end)
    ideas = [i for i in session.exec(select(Idea)).all() if start <= i.filed_on <= end]
    held = {s.id for s in session.exec(select(TrainingSession)).all() if start <= s.on <= end}
    spoken = {
        c.person_id
        for c in session.exec(select(Contribution)).all()
        if start <= c.on <= end and (c.subject, c.kind) == ("idee", "commentaire")
    }
    seen = (
        spoken
        | {i.author_id for i in ideas}
        | {i.relay_id for i in ideas}
        | {
            e.person_id
            for e in last_registrations(session, end)
            if e.session_id in held and e.status in ATTENDED
        }
        | {
            a.person_id
            for a in standing_rows(session.exec(select(Attendance)).all(), end)
            if a.present and start <= a.on
        }
    )
    here = {person for person, service in own.items() if units is None or service in units}
    return len(here & seen), len(here)
