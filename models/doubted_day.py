"""The doubted day (jour mis en doute): a clock that jumped by more than a day dates no fact until
it is right again, or until somebody confirms its day.

What the clock says is compared with the last good look of the same start of this machine and the
steady time that has passed since; of a look, the process remembers its own and rounds keep one in
the short-lived store, for every process. A machine that has just started has none: it may come long
after whatever was noted, for nobody knows how long it was off, but not a day before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import delete, func
from sqlmodel import Session, select

from models import clock
from models.errors import Refused
from models.heartbeats import Heartbeat
from models.idea_events import IdeaEvent
from models.keeping import Change
from models.short_lived import ClockLook

MOST = timedelta(days=1)
# A machine that has not been looked at for as long has started anew, or is gone.
_KEPT = timedelta(days=30)
DOUBTED = (
    "L'horloge du serveur a fait un bond : rien n'est enregistré tant que le jour n'est pas sûr."
    " Gardez ce que vous avez écrit, et prévenez la personne qui s'occupe de C-Possible."
)


class DayDoubted(Refused):
    """Jour mis en doute: nobody knows which day an act would be dated."""


@dataclass(frozen=True)
class Doubt:
    """Doute: what the clock says, and what it should say by the time that has passed; after a start
    of the machine, the last day that was noted.
    """

    says: datetime
    expected: datetime


@dataclass(frozen=True)
class _Look:
    """A good look: what the clock said, and where the steady time stood."""

    at: datetime
    steady: float

    def expected(self, steady: float) -> datetime:
        return self.at + timedelta(seconds=steady - self.steady)


# Address of a database → the last good look of this process.
_good: dict[str, _Look] = {}


def require(session: Session) -> None:
    """Raises DayDoubted."""
    if doubt(session):
        raise DayDoubted(DOUBTED)


def doubt(session: Session) -> Doubt | None:
    """Why the day of the clock is not believed. The common answer asks the database nothing."""
    here = _Look(clock.now(), clock.steady())
    address = str(session.get_bind().engine.url)
    mine = _good.get(address)
    if mine is None or _against(mine, here):
        found = _asked(session, mine, here)
        if found:
            return found
    _good[address] = here
    return None


def _asked(session: Session, mine: _Look | None, here: _Look) -> Doubt | None:
    if clock.frozen_on(session):
        return None
    if known := _kept(session) or mine:
        return _against(known, here)
    newest = _newest_day(session)
    if newest is None or clock.local_day(here.at + MOST) >= newest:
        return None
    return Doubt(here.at, datetime.combine(newest, time(), clock.TOWN))


def _against(known: _Look, here: _Look) -> Doubt | None:
    expected = known.expected(here.steady)
    return Doubt(here.at, expected) if abs(here.at - expected) > MOST else None


def _kept(session: Session) -> _Look | None:
    """The last good look of the rounds, or of whoever confirmed the day, since this machine
    started.
    """
    row = session.get(ClockLook, clock.boot(), populate_existing=True)
    if row is None or row.good_at is None:
        return None
    return _Look(row.good_at.replace(tzinfo=row.good_at.tzinfo or UTC), row.steady)


def _newest_day(session: Session) -> date | None:
    """The last day on which anything ended well on its own; a database that has just been restored
    knows none, and is asked for its facts.
    """
    noted = session.exec(select(func.max(Heartbeat.good_on))).one()
    if noted:
        return noted
    facts: Sequence[date | None] = (
        session.exec(select(func.max(Change.on))).one(),
        session.exec(select(func.max(IdeaEvent.recorded_on))).one(),
    )
    return max((day for day in facts if day), default=None)


# ── Kept and confirmed ────────────────────────────────────────────────────────────────────────────


def keep(session: Session) -> None:
    """What the clock says is good. Said by rounds: kept by each act, it would tell the second of
    an anonymous one.
    """
    look = session.get(ClockLook, clock.boot()) or ClockLook(boot=clock.boot())
    look.good_at, look.steady, look.told_at = clock.now(), clock.steady(), None
    session.add(look)
    session.execute(
        delete(ClockLook).where(
            ClockLook.good_at < clock.now() - _KEPT, ClockLook.boot != clock.boot()
        )
    )


def accept(session: Session) -> None:
    """What the clock says is good, whatever was noted: days to come are days of a wrong clock."""
    keep(session)
    day = clock.local_day(clock.now())
    for beat in session.exec(select(Heartbeat).where(Heartbeat.good_on > day)).all():
        beat.good_on = day
        session.add(beat)


def is_first_told(session: Session) -> bool:
    """Whether administrators were not told of this doubt yet; they are now."""
    look = session.get(ClockLook, clock.boot()) or ClockLook(boot=clock.boot())
    if look.told_at is not None:
        return False
    look.told_at = clock.now()
    session.add(look)
    return True


def forget() -> None:
    """As a process that has just begun."""
    _good.clear()
