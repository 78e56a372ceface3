"""The tables that go out as files (export) as their imports read them: the reference tables, and
those that have no grid.
"""

from collections.abc import Mapping
from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader, idea_conditions, require
from dashboard.queries.directions import organisation
from dashboard.queries.ideas.records import origins
from dashboard.queries.import_sources import ACADEMY, OFFERING, REGISTRATION, comment_keys, keys_of
from dashboard.queries.reference_rows import Rows
from dashboard.queries.reference_tables import (
    REFERENCE_TABLES,
    TRAININGS,
    ReferenceColumn,
    ReferenceTable,
    RowsOf,
)
from models.academy import Training, TrainingSession
from models.clock import today
from models.discussions import Contribution, ContributionKind, about_idea
from models.facts import History, live
from models.ideas import OWN_SOURCE, Idea
from models.jobs import REGISTERS
from models.people import OWN_ADDRESS, Assignment, Person, Preference
from models.seats import CLASS_CANCELLED, Seat, SeatEvent, SeatState


def person_rows(session: Session, reader: Reader, on: date) -> Rows:
    """Every person of the personnel with her last assignment (today also one that is still to
    come), without the address that she chose herself. Raises Refused without the right.
    """
    require(reader, REGISTERS["personnel"].right)
    until = date.max if on >= today(session) else on
    history = History(Assignment, session.exec(select(Assignment)).all())
    units = organisation(session).at(date.max).by_id
    chosen = select(Preference.person_id).where(Preference.name == OWN_ADDRESS)
    own = set(session.exec(chosen).all())
    people = session.exec(select(Person).where(Person.key.is_not(None)).order_by(Person.key))
    rows: Rows = []
    for person in people:
        facts = history.at(person.id, until)
        at = next((fact for fact in reversed(facts) if fact.service_id is not None), None)
        if at is None:
            continue
        rows.append(
            (
                person.key,
                None if person.id in own else person.email,
                person.given_name,
                person.family_name,
                person.function,
                at.function_family,
                # Of a closed unit an empty cell: it leaves hers as it is.
                units[at.service_id].code if at.service_id in units else None,
                at.has_workstation,
                at.on,
                None if facts[-1] is at else facts[-1].on,
            )
        )
    return rows


def comment_rows(session: Session, reader: Reader, on: date) -> Rows:
    """The visible comments of the ideas that the reader may see, without their authors. Raises
    Refused without the right.
    """
    require(reader, REGISTERS["commentaires"].right)
    tree = organisation(session).at(on)
    found = session.execute(
        select(Contribution, Idea.id, Idea.number)
        .join(Idea, about_idea(Contribution))
        .where(
            idea_conditions(reader, tree),
            Contribution.kind == ContributionKind.comment,
            Contribution.hidden.is_(False),
            Contribution.on <= on,
        )
        .order_by(Contribution.key, Contribution.seq)
    ).all()
    known = origins(session, {idea for _, idea, _ in found})
    keys = {record: key for (_, key), record in comment_keys(session).items()}
    return [
        (
            keys.get(comment.id, str(comment.id)),
            *reversed(known.get(idea, (OWN_SOURCE, str(number)))),
            comment.on,
            comment.text,
        )
        for comment, idea, number in found
    ]


def registration_rows(session: Session, reader: Reader, _on: date) -> Rows:
    """Every session with its registrations and attendances, or alone: a colleague by her matricule,
    a learner of another academy as she was imported, a guest by nothing. Raises Refused without the
    right.
    """
    require(reader, REGISTERS["inscriptions"].right)
    found = session.execute(
        select(TrainingSession, Training, Seat, Person.key)
        .join(Training, Training.id == TrainingSession.training_id)
        .outerjoin(Seat, Seat.session_id == TrainingSession.id)
        .outerjoin(Person, Person.id == Seat.person_id)
        .order_by(TrainingSession.on, TrainingSession.id, Seat.id)
    ).all()
    keys = {
        (*key.split("|", 1)[:1], record): key.split("|", 1)[1]
        for key, (record, _) in keys_of(session, ACADEMY).items()
    }
    facts = select(SeatEvent.seat_id).where(
        SeatEvent.reason == CLASS_CANCELLED, live(SeatEvent, date.max)
    )
    with_session = set(session.exec(facts).all())
    return [
        (
            training.code,
            training.title,
            keys.get((OFFERING, held.id), f"{OWN_SOURCE}:{held.id}"),
            "Annulée" if held.cancelled_on else None,
            held.on,
            training.hours,
            held.capacity or None,
            held.place,
            held.starts,
            held.ends,
            *(_seat_cells(seat, key, keys, seat.id in with_session) if seat else [None] * 3),
        )
        for held, training, seat, key in found
    ]


def _seat_cells(
    seat: Seat, key: str | None, keys: Mapping[tuple[str, int], str], with_session: bool
) -> tuple[str, str, str]:
    return (
        keys.get((REGISTRATION, seat.id), f"{OWN_SOURCE}:{seat.id}"),
        CLASS_CANCELLED if with_session else SeatState(seat.status).label,
        seat.outside.removeprefix(f"{ACADEMY}:") or key or ("invité" if seat.is_guest else "agent"),
    )


def _table(code: str, rows: RowsOf, *headers: str) -> ReferenceTable:
    columns = tuple(ReferenceColumn(header, header) for header in headers)
    return ReferenceTable(code=code, title=REGISTERS[code].title, columns=columns, rows=rows)


EXPORTED = REFERENCE_TABLES | {
    table.code: table
    for table in (
        _table(
            "personnel",
            person_rows,
            "matricule",
            "e-mail",
            "prénom",
            "nom",
            "fonction",
            "famille",
            "service",
            "poste informatique",
            "depuis",
            "parti le",
        ),
        TRAININGS,
        _table(
            "inscriptions",
            registration_rows,
            "code de la formation",
            "formation",
            "session",
            "état de la session",
            "date de la session",
            "durée",
            "places",
            "lieu",
            "heure de début",
            "heure de fin",
            "numéro d'inscription",
            "état de l'inscription",
            "participant",
        ),
        _table("commentaires", comment_rows, "identifiant", "idée", "source", "date", "texte"),
    )
}
