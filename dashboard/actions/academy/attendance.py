"""Acts after a session: attendance, and anonymous evaluations."""

from collections.abc import Mapping

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.seats.holding import lock_event, notify_of, write_fact
from dashboard.queries.academy.attendance import sheet_of
from dashboard.queries.seats.events import Event, Where
from dashboard.queries.seats.records import codes
from models.academy import Evaluation
from models.clock import today
from models.errors import Refused, refuse
from models.facts import random_id
from models.seats import ATTENDED, TYPED, Seat, SeatEvent, SeatState
from models.texts import clean_text, too_long

_S = SeatState
SCORES = range(1, 6)
RECOMMENDATIONS = range(11)
COMMENT_MAX = 2000


def record_attendance(
    session: Session, reader: Reader, session_id: int, marks: Mapping[int, SeatState]
) -> int:
    """Encoder les présences: registration id → mark. A second call corrects the first. Returns how
    many changed.

    Partial attendance counts half of the hours. Raises Refused before the day, and for a person
    without a seat.
    """
    event = lock_event(session, Where(session_id=session_id))
    sheet = sheet_of(session, session_id)
    require(reader, "training.hold", sheet)
    if event.is_cancelled:
        raise Refused("Cette session est annulée : il n'y a pas de présences à encoder.")
    if event.day > today(session):
        raise Refused(
            f"La session a lieu le {event.day:%d/%m/%Y} : les présences s'encodent à partir de ce"
            " jour."
        )
    seated = {line.seat_id: line.status for line in sheet.lines}
    if not set(marks) <= set(seated) or not set(marks.values()) <= set(TYPED):
        raise Refused("Cette feuille vient de changer : rechargez la page.")
    changed = {ident: mark for ident, mark in marks.items() if seated[ident] != mark}
    for ident, mark in changed.items():
        _mark(session, reader, session.get(Seat, ident), mark, event)
    return len(changed)


def hours_counted(mark: SeatState, hours: float) -> float:
    """The hours that count: half of them for partial attendance."""
    if mark is _S.attended:
        return hours
    return hours / 2 if mark is _S.partial else 0.0


def _mark(session: Session, reader: Reader, seat: Seat, mark: SeatState, event: Event) -> None:
    before = session.exec(
        select(SeatEvent)
        .where(SeatEvent.seat_id == seat.id, SeatEvent.status.in_(codes(TYPED)))
        .order_by(SeatEvent.id.desc())
    ).first()
    fact = write_fact(
        session,
        reader.person_id,
        seat,
        mark,
        event.day,
        voids=before.id if before else None,
        hours=hours_counted(mark, event.training.hours),
    )
    if mark in ATTENDED and not seat.evaluated and not seat.is_guest:
        notify_of(
            session,
            event,
            fact,
            "Votre avis sur la formation que vous avez suivie",
            "Trois questions, sans nom : une minute suffit.",
            urgent=False,
        )


def evaluate(
    session: Session,
    reader: Reader,
    seat_id: int,
    score: int | None,
    recommendation: int | None,
    comment: str = "",
) -> None:
    """Évaluer, sans nom: once per attended seat. The evaluation is stored with the day and a random
    id, without the person.

    `score` from 1 to 5, `recommendation` from 0 to 10. Raises Invalid per field, Refused for a
    second one.
    """
    require(reader, "seat.register")
    seat = session.get(Seat, seat_id, with_for_update=True, populate_existing=True)
    if seat is None or seat.person_id != reader.person_id or seat.status not in ATTENDED:
        raise Refused("Une évaluation se donne par une personne qui a suivi la session.")
    if seat.evaluated:
        raise Refused("Vous avez déjà donné votre avis sur cette session. Merci !")
    words = clean_text(comment)
    is_scored, is_recommended = score in SCORES, recommendation in RECOMMENDATIONS
    refuse(
        {
            "score": not is_scored and "Choisissez une note de 1 à 5.",
            "recommendation": not is_recommended and "Choisissez une note de 0 à 10.",
            "comment": too_long(words, COMMENT_MAX, "Le commentaire"),
        }
    )
    # The seat only records that its person answered, without a link to the answer.
    seat.evaluated = True
    day = today(session)
    session.add_all(
        [
            seat,
            Evaluation(
                id=random_id(day),
                session_id=seat.session_id,
                on=day,
                score=score,
                recommendation=recommendation,
                comment=words,
            ),
        ]
    )
