"""Acts after a session: who was there, and what those who were there think of it, without a
name.
"""

from collections.abc import Mapping

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.academy.seats import hold, notify_person, say
from dashboard.queries.academy.attendance import sheet_of
from models.academy import (
    ATTENDED,
    BOOKED,
    Evaluation,
    Registration,
    RegistrationEvent,
    RegistrationStatus,
)
from models.clock import today
from models.errors import Invalid, Refused
from models.facts import random_id
from models.ledger import bump
from models.texts import clean_text

_S = RegistrationStatus
MARKS = (_S.attended, _S.partial, _S.no_show, _S.excused)
SCORES = range(1, 6)
RECOMMENDATIONS = range(11)
COMMENT_MAX = 2000


def record_attendance(
    session: Session, reader: Reader, session_id: int, marks: Mapping[int, RegistrationStatus]
) -> int:
    """Encoder les présences: registration id → how she was there. A second time corrects the first.
    How many changed.

    A person who came in part counts half of the hours. Raises Refused before the day, and for a
    person who has no seat.
    """
    held = hold(session, session_id)
    sheet = sheet_of(session, session_id)
    require(reader, "training.hold", sheet)
    if held.cancelled_on is not None:
        raise Refused("Cette session est annulée : il n'y a pas de présences à encoder.")
    if held.on > today(session):
        raise Refused(
            f"La session a lieu le {held.on:%d/%m/%Y} : les présences s'encodent à partir de ce"
            " jour."
        )
    seated = {line.registration_id: line.status for line in sheet.lines}
    if not set(marks) <= set(seated) or not set(marks.values()) <= set(MARKS):
        raise Refused("Cette feuille vient de changer : rechargez la page.")
    changed = {ident: mark for ident, mark in marks.items() if seated[ident] != mark}
    for ident, mark in changed.items():
        _mark(
            session, reader, session.get(Registration, ident), mark, held.on, sheet.training.hours
        )
    return len(changed)


def _hours_of(mark: RegistrationStatus, hours: float) -> float:
    """What is counted of a training's hours: half of them for whoever came for a part."""
    if mark is _S.attended:
        return hours
    return hours / 2 if mark is _S.partial else 0.0


def _mark(
    session: Session,
    reader: Reader,
    registration: Registration,
    mark: RegistrationStatus,
    on,
    hours: float,
) -> None:
    before = session.exec(
        select(RegistrationEvent)
        .where(
            RegistrationEvent.registration_id == registration.id,
            RegistrationEvent.status.in_([str(s) for s in BOOKED if s is not _S.booked]),
        )
        .order_by(RegistrationEvent.id.desc())
    ).first()
    event = say(
        session,
        reader.person_id,
        registration,
        mark,
        on,
        voids=before.id if before else None,
        hours=_hours_of(mark, hours),
    )
    if mark in ATTENDED and not registration.evaluated:
        notify_person(
            session,
            event,
            "Votre avis sur la formation que vous avez suivie",
            "Trois questions, sans nom : une minute suffit.",
        )


def evaluate(
    session: Session,
    reader: Reader,
    registration_id: int,
    score: int | None,
    recommendation: int | None,
    comment: str = "",
) -> None:
    """Évaluer, sans nom: once per registration that was attended. What is kept bears the day, a
    random id and no person.

    `score` from 1 to 5, `recommendation` from 0 to 10. Raises Invalid per field, Refused for a
    second time.
    """
    require(reader, "training.register")
    registration = session.get(
        Registration, registration_id, with_for_update=True, populate_existing=True
    )
    if (
        registration is None
        or registration.person_id != reader.person_id
        or registration.status not in ATTENDED
    ):
        raise Refused("Une évaluation se donne par une personne qui a suivi la session.")
    if registration.evaluated:
        raise Refused("Vous avez déjà donné votre avis sur cette session. Merci !")
    words = clean_text(comment)
    if errors := _evaluation_errors(score, recommendation, words):
        raise Invalid(errors)
    # The registration says only that its person has answered; nothing leads from it to the answer.
    registration.evaluated = True
    day = today(session)
    session.add_all(
        [
            registration,
            Evaluation(
                id=random_id(day),
                session_id=registration.session_id,
                on=day,
                score=score,
                recommendation=recommendation,
                comment=words,
            ),
        ]
    )
    session.flush()
    bump(session, "academy", since=day)


def _evaluation_errors(score: int | None, recommendation: int | None, words: str) -> dict[str, str]:
    errors = {}
    if score not in SCORES:
        errors["score"] = "Choisissez une note de 1 à 5."
    if recommendation not in RECOMMENDATIONS:
        errors["recommendation"] = "Choisissez une note de 0 à 10."
    if len(words) > COMMENT_MAX:
        errors["comment"] = f"Le commentaire peut compter {COMMENT_MAX} caractères au plus."
    return errors
