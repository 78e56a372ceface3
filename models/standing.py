"""What the records of entries add up to as they stand (cumuls des fiches): answers awaited, what
was said by month and channel.

Whatever changes a record, these sums change in the same transaction: nobody who writes an entry has
to think of them. Rows that pass by the mapper, of thousands at a time, are told by `written`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import event, insert, inspect, select
from sqlalchemy.orm import UOWTransaction
from sqlmodel import Session, SQLModel

from models.clock import month_start
from models.idea_states import OPEN, IdeaKind
from models.ideas import Idea
from models.ledger import Contribution, add_at_the_end, drop_what_waits, summed
from models.rollups import ALL, UNKNOWN, IdeaSaid, IdeaWaiting


class Said(StrEnum):
    """Of an entry: whether it is a finding that goes well, that does not, that does not say, or
    another kind.
    """

    good = "va"
    bad = "ne-va-pas"
    untold = "non-dit"
    other = ""


# What the sums read of a record.
_READ = (
    "kind",
    "good",
    "voices",
    "channel",
    "filed_on",
    "published",
    "status",
    "answered_on",
    "due_on",
    "ambition_id",
    "concerns_id",
)


def said_of(kind: str, good: bool | None) -> Said:
    if kind != IdeaKind.finding:
        return Said.other
    if good is None:
        return Said.untold
    return Said.good if good else Said.bad


def additions(idea: Mapping, times: int = 1) -> Iterator[Contribution]:
    """What so many records like this one add to each sum, or one takes from it (−1)."""
    if not idea["published"]:
        return
    places = (idea["concerns_id"] or UNKNOWN, ALL)
    ambition = idea["ambition_id"] or UNKNOWN
    said = said_of(idea["kind"], idea["good"])
    key = ambition, str(idea["channel"]), str(said), month_start(idea["filed_on"])
    voices = 1 if idea["voices"] is None else idea["voices"]
    for place in places:
        yield IdeaSaid, (place, *key), (times, times * voices)
    if idea["answered_on"] is None and idea["due_on"] and idea["status"] in OPEN:
        for place in places:
            for of_ambition in (ambition, ALL):
                yield IdeaWaiting, (place, of_ambition, _late_after(idea)), (times,)


def _late_after(idea: Mapping) -> date:
    """The promised day. A file may promise for a day before the filing: nobody waited yet then."""
    return max(idea["due_on"], idea["filed_on"] - timedelta(days=1))


def written(session: Session, ideas: Iterable[Mapping]) -> None:
    """New records that did not pass by the mapper."""
    # Records that are alike are added in one go: thousands of a file are few kinds of record.
    alike = Counter(tuple(idea[name] for name in _READ) for idea in ideas)
    add_at_the_end(
        session,
        [
            part
            for record, n in alike.items()
            for part in additions(dict(zip(_READ, record, strict=True)), n)
        ],
    )


def recount(session: Session) -> None:
    """Writes all sums anew, from the records."""
    session.flush()
    drop_what_waits(session, (IdeaSaid, IdeaWaiting))
    for table in (IdeaSaid, IdeaWaiting):
        session.execute(table.__table__.delete())
        rows = [
            dict(zip(table.__table__.columns.keys(), (*key, *counts), strict=True))
            for key, counts in counted(session)[table].items()
        ]
        if rows:
            session.execute(insert(table.__table__), rows)


def counted(session: Session) -> dict[type[SQLModel], dict[tuple, list[int]]]:
    """Table → key → the sums, counted from every record."""
    columns = [getattr(Idea, name) for name in _READ]
    rows = session.execute(select(*columns).execution_options(yield_per=10_000)).mappings()
    return summed(part for idea in rows for part in additions(idea))


# ── What the mapper writes ────────────────────────────────────────────────────────────────────────


def _read_before_set(_idea: Idea, value: object, *_more: object) -> object:
    return value


for _name in _READ:
    # What stood there is read before it is written over, were it not loaded yet.
    event.listen(getattr(Idea, _name), "set", _read_before_set, active_history=True)


@event.listens_for(Session, "after_flush")
def _note(session: Session, _context: UOWTransaction) -> None:
    parts = [part for idea in _flushed(session) for part in _changed(session, idea)]
    add_at_the_end(session, parts)


def _flushed(session: Session) -> Iterator[Idea]:
    for found in (session.new, session.dirty, session.deleted):
        yield from (row for row in found if isinstance(row, Idea))


def _changed(session: Session, idea: Idea) -> list[Contribution]:
    """What a record that was written added before, taken back, and what it adds now."""
    now = {name: getattr(idea, name) for name in _READ}
    before = now | _before(idea)
    parts: list[Contribution] = []
    if idea not in session.new:
        parts += additions(before, -1)
    if idea not in session.deleted:
        parts += additions(now)
    return parts if idea in session.new or idea in session.deleted or before != now else []


def _before(idea: Idea) -> dict[str, object]:
    """What stood on a record before this flush, where it changed."""
    histories = {name: inspect(idea).attrs[name].history for name in _READ}
    return {name: history.deleted[0] for name, history in histories.items() if history.deleted}
