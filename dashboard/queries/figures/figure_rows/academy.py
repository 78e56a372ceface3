"""Rows of the academy: sessions held, and registrations by name for readers who may list them."""

from collections.abc import Sequence

from sqlalchemy import Select, and_, func, or_, select as core_select
from sqlmodel import Session, select

from dashboard.queries.academy import counts as academy_counts
from dashboard.queries.figures.figure_rows import COUNTED_UP_TO, PAGE, Rows, unit_name
from dashboard.scope import Scope
from models.academy import Training, TrainingSession
from models.clock import last_month_end, window_start
from models.people import Person
from models.seats import ATTENDED, BOOKED, SeatEvent, SeatState


def sessions(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Sessions held in the window, with places and bookings."""
    event, last = academy_counts.last_events(scope, scope.on)
    booked = (
        core_select(func.count())
        .select_from(event)
        .where(
            last, event.session_id == TrainingSession.id, event.status.in_([str(s) for s in BOOKED])
        )
        .correlate(TrainingSession)
        .scalar_subquery()
    )
    held = academy_counts.of_ambition(
        select(TrainingSession.on, Training.code, Training.title, booked, TrainingSession.capacity)
        .join(Training, Training.id == TrainingSession.training_id)
        .where(academy_counts.held_between(scope.on, window_start(scope.on))),
        scope,
    )
    total = session.exec(
        core_select(func.count()).select_from(held.order_by(None).subquery())
    ).scalar_one()
    found = session.exec(
        held.order_by(TrainingSession.on.desc(), Training.code)
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    ).all()
    return Rows(
        ("Date", "Code", "Formation", "Inscrits", "Places"),
        [tuple(row) for row in found],
        total,
        numbers=frozenset({3, 4}),
    )


# Code of the figure → the seats that it counts: in a session held in the window with recorded
# attendance, or on a waiting list.
_COUNTED = {
    "presence": BOOKED,
    "formation": ATTENDED,
    "heures": ATTENDED,
    "attente": (SeatState.waiting,),
}


def registrations(session: Session, scope: Scope, code: str, page: int) -> Rows:
    """Registrations by name if the reader may list the persons of the whole scope; otherwise only
    their number.
    """
    headings = ("Personne", "Service", "Formation", "Date", "Statut")
    if scope.listed is not None and (scope.is_whole or not scope.counted <= scope.listed):
        return Rows(
            headings,
            note=(
                "Les personnes ne sont listées que pour qui répond de leur service : seul leur"
                " nombre est montré."
            ),
        )
    statement, event = _named_registrations(scope, _COUNTED[code.partition(".")[0]])
    # Counted up to a limit, so that opening the list does not read every registration.
    total = session.exec(
        core_select(func.count()).select_from(
            statement.with_only_columns(event.id).order_by(None).limit(COUNTED_UP_TO).subquery()
        )
    ).scalar_one()
    found = session.exec(
        statement.order_by(Person.family_name, Person.given_name, event.id)
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    ).all()
    rows = [
        (person.name, unit_name(scope, service), title, day, SeatState(status).label)
        for person, service, title, day, status in found
    ]
    return Rows(
        headings,
        rows,
        total,
        "À la dernière fin de mois. La lecture de cette liste est inscrite au journal.",
        nominative=True,
    )


def _named_registrations(
    scope: Scope, statuses: Sequence[SeatState]
) -> tuple[Select, type[SeatEvent]]:
    """The registrations with one of these statuses at the last month end, with the persons; and the
    facts they are read from.
    """
    on = last_month_end(scope.on)
    event, last = academy_counts.last_events(scope, on)
    is_waiting_list = SeatState.waiting in statuses
    if is_waiting_list:
        # A person who waits for any session of a training has no session yet.
        held = or_(event.session_id.is_(None), TrainingSession.on <= on)
    else:
        held = and_(
            academy_counts.held_between(on, window_start(on)),
            academy_counts.is_typed(event.session_id, scope, on),
        )
    statement = (
        select(
            Person,
            event.service_id,
            Training.title,
            event.on if is_waiting_list else TrainingSession.on,
            event.status,
        )
        .select_from(event)
        .join(Person, Person.id == event.person_id)
        .join(Training, Training.id == event.training_id)
        .outerjoin(TrainingSession, TrainingSession.id == event.session_id)
        .where(last, held, event.status.in_([str(s) for s in statuses]))
        .where(*scope.of(event.service_id))
    )
    return academy_counts.of_ambition(statement, scope), event
