"""One registration (inscription) in a file: training, session, participant, state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from dashboard.files.values import MONTHS, compact
from dashboard.files.words import words_of
from models.seats import SeatState

_S = SeatState
_CLASS_CANCELLED = "session-annulee"
# States of a session: held, cancelled.
_HELD, _CALLED_OFF = ("delivered", "tenue"), ("cancelled", "annul")
_STATES = {
    compact(word) or word: state
    for state, words in words_of("seat-states").items()
    for word in (state, *words)
} | {compact(state.label): str(state) for state in SeatState}


@dataclass(frozen=True, slots=True)
class RegistrationRow:
    """One registration, or a session alone (no learner). `held`, `called_off` and `details` (its
    places, where, when) concern the session; `no_show` is the file's word.
    """

    line: int
    code: str
    title: str
    hours: float
    offering: str
    on: date
    held: bool
    called_off: bool
    number: str
    status: SeatState
    class_cancelled: bool
    no_show: bool
    learner: str
    details: Mapping[str, object]
    person: int | None = None

    @property
    def contradicts(self) -> bool:
        """Whether it is both cancelled and absent: a cancelled participant was not expected."""
        return self.no_show and self.status is _S.cancelled

    @property
    def outcome(self) -> SeatState:
        """The outcome of a confirmed registration of a held session: attended, unless marked
        absent.
        """
        if self.status is _S.booked and self.held:
            return _S.no_show if self.no_show else _S.attended
        return self.status


def state_of(text: str) -> tuple[SeatState, bool] | None:
    """(state, whether the session was cancelled with it); None for an unknown word."""
    state = _STATES.get(compact(text) or text.strip())
    if state == _CLASS_CANCELLED:
        return _S.cancelled, True
    return (_S(state), False) if state else None


def session_of(text: str) -> tuple[bool, bool]:
    """(held, cancelled) for the word of a session's state."""
    return compact(text).startswith(_HELD), compact(text).startswith(_CALLED_OFF)


def month_of(text: str, year: int) -> date | None:
    """The first day of a month given by name or number."""
    number = MONTHS.get(compact(text)) or (int(text) if text.isdecimal() else 0)
    return date(year, number, 1) if 1 <= number <= 12 else None
