"""Seats (places) of a person, a guest without an account, or a learner of another academy, at a
meeting or a session of a training; and the history of each as dated facts.
"""

from datetime import date

from sqlalchemy import Index, text
from sqlmodel import Field

from models.facts import Fact, Record
from models.scales import Word


class SeatState(Word):
    requested = "demandee", "Demandée"
    booked = "inscrite", "Inscrite"
    waiting = "attente", "Liste d'attente"
    offered = "offerte", "Place offerte"
    cancelled = "annulee", "Annulée"
    attended = "presente", "Présente"
    partial = "partielle", "Présence partielle"
    no_show = "absente", "Absente"
    excused = "excusee", "Absente excusée"


_S = SeatState
ATTENDED = (_S.attended, _S.partial)
# The states of a seat once attendance is recorded.
TYPED = (*ATTENDED, _S.no_show, _S.excused)
BOOKED = (_S.booked, *TYPED)
# An open offer occupies its seat.
SEATED = (*BOOKED, _S.offered)
# Seats that can still be cancelled.
TO_COME = (_S.booked, _S.offered, _S.waiting, _S.requested)
# A person has at most one seat in these states at a date.
STANDING = (*SEATED, _S.requested, _S.waiting)


# The reason of an imported registration that was cancelled with its session.
CLASS_CANCELLED = "Session annulée"
_AWAITS_APPROVAL = "approval_asked_on IS NOT NULL AND approved IS NULL"


class Seat(Record, table=True):
    """Place: one person, guest or outside learner at a meeting or a session; or on the waiting list
    of a training, for the next session (`training_id` alone). The order of arrival is `id`.

    `outside` is the source key of an imported learner who is not one of our persons. For a guest,
    `code` is the SHA-256 of the code of the seat; `seed`, with the key of the installation, gives
    that code again, for a form sent twice and for a mail. Some days after the date, both and the
    guest's details are deleted.
    """

    __table_args__ = (
        Index(
            "ix_seat_approval",
            "approval_asked_on",
            sqlite_where=text(_AWAITS_APPROVAL),
            postgresql_where=text(_AWAITS_APPROVAL),
        ),
    )

    meeting_id: int | None = Field(default=None, foreign_key="meeting.id", index=True)
    training_id: int | None = Field(default=None, foreign_key="training.id", index=True)
    session_id: int | None = Field(default=None, foreign_key="training_session.id", index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    status: str
    outside: str = ""
    priority: int = Field(default=0, description="higher is served first")
    evaluated: bool = False
    asked_by: int | None = Field(
        default=None,
        foreign_key="person.id",
        description="who registered her, where it was not herself",
    )
    offered_until: date | None = Field(
        default=None, description="the last day on which an open offer may be answered"
    )
    approval_asked_on: date | None = Field(
        default=None,
        description="accord du responsable: the day on which it was last asked for",
    )
    approved: bool | None = Field(default=None, description="None while nobody has decided")
    is_guest: bool = False
    seed: str | None = Field(default=None, unique=True, index=True)
    code: str | None = Field(default=None, unique=True, index=True)
    name: str = Field(default="", description="a guest's first name")
    service: str = ""
    email: str = Field(
        default="",
        description="a guest's, only for messages about this one date",
    )


class SeatEvent(Fact, table=True):
    """Étape d'une place: from `on`, the seat has this status; the service is the person's on that
    day. `training_id` is None for a meeting.
    """

    seat_id: int = Field(foreign_key="seat.id", index=True)
    training_id: int | None = Field(default=None, foreign_key="training.id")
    session_id: int | None = Field(default=None, foreign_key="training_session.id", index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    service_id: int | None = Field(default=None, foreign_key="direction.id")
    status: str
    hours: float = 0
