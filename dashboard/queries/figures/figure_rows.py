"""The rows behind a figure (les lignes derrière un chiffre), a page at a time, as far as the
reader's rights allow.

A figure names the function that gives its rows where it is declared. A row is a tuple of plain
values; a `Link` leads to the record. Persons are named within `scope.listed` only.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, false, func, or_
from sqlalchemy import select as core_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, select

from dashboard.access import idea_conditions
from dashboard.formulas import planned_progress, slip
from dashboard.queries.academy import catalogue
from dashboard.queries.communities import coverage as covered_by
from dashboard.queries.decisions.records import DecisionAt, register
from dashboard.queries.figures.as_known import known_by
from dashboard.queries.groups import GroupAt, decided
from dashboard.queries.groups import register as groups_register
from dashboard.queries.ideas.windows import IS_FILING, counts_at, raw_facts
from dashboard.queries.meetings.records import calendar
from dashboard.queries.roadmap import (
    MilestoneAt,
    every_measure,
    every_target,
    programme_of,
)
from dashboard.queries.roadmap import awaited as awaited_measures
from dashboard.queries.roadmap import measures as measures_of
from dashboard.scope import Scope
from models.academy import (
    ATTENDED,
    BOOKED,
    RegistrationEvent,
    RegistrationStatus,
    Training,
    TrainingSession,
)
from models.clock import last_month_end, window_start
from models.communities import Community
from models.ideas import DECIDED, OPEN, Idea, IdeaEvent, IdeaKind, IdeaStatus
from models.meetings import MeetingKind
from models.people import Person
from models.roadmap import MilestoneState

PAGE = 20
COUNTED_UP_TO = 1000
SMALLEST_AVERAGE = 10


@dataclass(frozen=True)
class Link:
    """A cell that leads to a record: its label, the screen, and the parameter that names the
    record.
    """

    label: str
    screen: str
    param: str
    value: str


Cell = str | int | float | date | Link | None


@dataclass(frozen=True)
class Rows:
    """One page of rows under their headings, the number found (up to COUNTED_UP_TO), and what is to
    be said about them.

    `numbers`: the columns that hold numbers. `nominative`: persons are named, and their reading is
    kept in the journal. `unseen`: rows that the figure counts and this reader may not see (up to
    COUNTED_UP_TO).
    """

    headings: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]] = ()
    total: int = 0
    note: str = ""
    numbers: frozenset[int] = frozenset()
    nominative: bool = False
    unseen: int = 0

    @property
    def pages(self) -> int:
        return max(-(-self.total // PAGE), 1)


# (session, scope, code of the value, page from 1) → that page of its rows.
Behind = Callable[[Session, Scope, str, int], Rows]


def _cut(rows: Sequence[tuple[Cell, ...]], page: int) -> Sequence[tuple[Cell, ...]]:
    return rows[(page - 1) * PAGE : page * PAGE]


# --- the roadmap ----------------------------------------------------------------------------------


def _milestones(session: Session, scope: Scope) -> list[MilestoneAt]:
    return programme_of(session, scope).at(scope.on, known_by(scope, scope.on))


def _owned(session: Session, scope: Scope) -> list[MilestoneAt]:
    return [
        m
        for m in _milestones(session, scope)
        if m.is_counted and (scope.is_whole or m.schedule.owner_direction_id in scope.counted)
    ]


def _number(m: MilestoneAt) -> Link:
    return Link(m.milestone.number, "feuille-de-route", "jalon", m.milestone.number)


def weights(session: Session, scope: Scope, code: str, page: int) -> Rows:
    """One milestone a row: weight w, p, q, and what it contributes in points."""
    chosen = [
        m
        for m in _milestones(session, scope)
        if not code.startswith("avancement-chantier.")
        or str(m.milestone.workstream_id) == code.rsplit(".", 1)[1]
    ]
    initial = code.endswith(".initial")
    # Of the first perimeter nothing leaves. 1 where all are cancelled: there is nothing to share
    # out.
    counted = {m.milestone.id for m in chosen if initial or m.is_counted}
    total = sum(m.item(initial).weight for m in chosen if m.milestone.id in counted) or 1
    rows = []
    for m in chosen:
        item = m.item(initial)
        is_counted = m.milestone.id in counted
        given = 100 * item.weight * item.progress / total if is_counted else None
        rows.append(
            (
                _number(m),
                m.milestone.title,
                m.state.label,
                item.weight if is_counted else None,
                100 * item.progress,
                100 * planned_progress(item, scope.on),
                given,
            )
        )
    gone = len(chosen) - len(counted)
    return Rows(
        ("N°", "Jalon", "État", "Poids w", "Acquis p (%)", "Prévu q (%)", "Contribution (points)"),
        _cut(rows, page),
        len(rows),
        "Un jalon annulé sort du poids." if gone else "",
        frozenset({3, 4, 5, 6}),
    )


def due_milestones(session: Session, scope: Scope, code: str, page: int) -> Rows:
    """Milestones whose due date has come, and whether they were done by then."""
    rows = []
    for m in _owned(session, scope):
        end = m.first.end if code.endswith(".initial") else m.schedule.end
        if end <= scope.on:
            in_time = m.actual_end is not None and m.actual_end <= end
            rows.append(
                (
                    _number(m),
                    m.milestone.title,
                    m.schedule.owner,
                    end,
                    m.actual_end,
                    "oui" if in_time else "non",
                )
            )
    return Rows(
        ("N°", "Jalon", "Porteur", "Échéance", "Terminé le", "À temps"), _cut(rows, page), len(rows)
    )


def slips(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Open milestones and how far their forecast has slipped."""
    rows = [
        (
            _number(m),
            m.milestone.title,
            m.schedule.end,
            m.report.forecast_end if m.report else None,
            slip(m.facts()),
        )
        for m in _owned(session, scope)
        if m.state != MilestoneState.done
    ]
    return Rows(
        ("N°", "Jalon", "Échéance", "Prévision", "Glissement (jours)"),
        _cut(rows, page),
        len(rows),
        "Un jalon sans prévision n'entre pas dans la médiane.",
        frozenset({4}),
    )


def awaited(measured: Callable[[], dict[str, str]]) -> Behind:
    """Milestones whose report is expected, then measures whose value is, and the day of the last
    one; `measured` gives code → label of what is measured.
    """

    def rows(session: Session, scope: Scope, _code: str, page: int) -> Rows:
        labels = measured()
        told, decided = every_measure(session), every_target(session)
        milestones = [
            (_number(m), m.milestone.title, m.schedule.owner, m.report.on if m.report else None)
            for m in _owned(session, scope)
            if m.state in (MilestoneState.to_plan, MilestoneState.under_way)
            and m.schedule.start <= scope.on
        ]
        days = awaited_measures(told, decided, list(labels), scope, scope.on)
        measures = [
            ("relevé", labels[figure], _unit(scope, place), day)
            for (figure, place), day in days.items()
        ]
        found = [*milestones, *measures]
        headings = ("N°", "Jalon ou chiffre", "Porteur", "Dernière valeur")
        return Rows(headings, _cut(found, page), len(found))

    return rows


# --- ideas ----------------------------------------------------------------------------------------


def _idea(idea: Idea) -> tuple[Link, str]:
    return Link(str(idea.number), "idees", "idee", str(idea.number)), idea.title


@dataclass(frozen=True)
class _Read:
    """One page of what the reader may see, how many that is, and how many more there are."""

    page: list
    total: int
    unseen: int


def _readable(session: Session, scope: Scope, statement: Select, page: int) -> _Read:
    """One page of a statement joined with Idea; the same condition tells what is listed and what
    is not.
    """
    condition = idea_conditions(scope.reader, scope.tree)
    allowed = statement.where(condition)
    # Every reader of ideas sees the published ones, and most see all others: few are gone through.
    others = statement.where(
        Idea.published.is_(False), func.coalesce(condition, false()).is_(False)
    )
    return _Read(
        list(session.exec(allowed.offset((page - 1) * PAGE).limit(PAGE)).all()),
        _number_of(session, allowed),
        _number_of(session, others),
    )


def _number_of(session: Session, statement: Select) -> int:
    """Counted up to a limit: nobody turns to the last page, and all answers would have to be
    walked.
    """
    return session.exec(
        core_select(func.count()).select_from(
            statement.with_only_columns(Idea.id).order_by(None).limit(COUNTED_UP_TO).subquery()
        )
    ).scalar_one()


def _with_idea(*columns) -> Select:
    return select(Idea, *columns).join(IdeaEvent, IdeaEvent.idea_id == Idea.id)


def filed(session: Session, scope: Scope, code: str, page: int) -> Rows:
    """Entries filed in the window; of one direction only for who may list its persons, and never
    anonymous ones.
    """
    headings = ("N°", "Titre", "Genre", "Déposée le")
    if code == "idees.auteurs":
        return Rows(
            headings, note="Les auteurs ne sont jamais listés : seul leur nombre est montré."
        )
    nameless = code == "idees.non-attribuables"
    if not scope.is_whole and (
        nameless or not (scope.listed is None or scope.counted <= scope.listed)
    ):
        return Rows(
            headings,
            note=(
                "Par direction, ces dépôts diraient d'où viennent leurs auteurs : seul leur nombre"
                " est montré."
            ),
        )
    where = [IS_FILING, IdeaEvent.counts, IdeaEvent.on.between(window_start(scope.on), scope.on)]
    where.append(IdeaEvent.origin_id.is_(None) if nameless else IdeaEvent.decided)
    if not scope.is_whole:
        where.append(Idea.anonymous.is_(False))
    statement = raw_facts(
        session,
        _with_idea().where(*where),
        # Without an origin they are in no direction: only the whole has them.
        scope.whole() if nameless else scope,
        scope.on,
        "origin_id",
    )
    found = _readable(session, scope, statement.order_by(IdeaEvent.on.desc(), Idea.id.desc()), page)
    nameless_too = "" if scope.is_whole else "Les dépôts sans nom ne sont pas listés par direction."
    return Rows(
        headings,
        [(*_idea(idea), IdeaKind(idea.kind).label, idea.filed_on) for idea in found.page],
        found.total,
        nameless_too,
        unseen=found.unseen,
    )


def answers(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """First answers given in the window, the slowest first."""
    statement = raw_facts(
        session,
        _with_idea(IdeaEvent.on, IdeaEvent.delay).where(
            IdeaEvent.first_answer,
            IdeaEvent.delay.is_not(None),
            IdeaEvent.on.between(window_start(scope.on), scope.on),
        ),
        scope,
        scope.on,
    )
    found = _readable(session, scope, statement.order_by(IdeaEvent.delay.desc(), Idea.id), page)
    return Rows(
        ("N°", "Titre", "Déposée le", "Première réponse", "Délai (jours ouvrables)"),
        [(*_idea(idea), idea.filed_on, on, delay) for idea, on, delay in found.page],
        found.total,
        numbers=frozenset({4}),
        unseen=found.unseen,
    )


def promises(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Answers due in the window with the day they were given, the latest promise first."""
    on = scope.on
    # A fact of an entry repeats its promise: only the one that changes it makes a promise.
    moved = func.coalesce(IdeaEvent.prev_due_on, date.min) != func.coalesce(
        IdeaEvent.due_on, date.min
    )
    statement = raw_facts(
        session,
        _with_idea(IdeaEvent.due_on).where(
            moved,
            IdeaEvent.on <= IdeaEvent.due_on,
            IdeaEvent.due_on.between(window_start(on), on),
            ~_lifted(session, scope),
        ),
        scope,
        on,
    )
    found = _readable(session, scope, statement.order_by(IdeaEvent.due_on.desc(), Idea.id), page)
    answered = _first_answers(session, scope, [idea.id for idea, _ in found.page])
    rows = [
        (
            *_idea(idea),
            idea.filed_on,
            due,
            answered.get(idea.id),
            "oui" if answered.get(idea.id, date.max) <= due else "non",
        )
        for idea, due in found.page
    ]
    return Rows(
        ("N°", "Titre", "Déposée le", "Réponse due le", "Première réponse", "Dans le délai"),
        rows,
        found.total,
        unseen=found.unseen,
    )


def _lifted(session: Session, scope: Scope) -> ColumnElement[bool]:
    """Whether a later fact moved or took away the promise before it was missed; after its day it
    stays missed.
    """
    lifting = aliased(IdeaEvent)
    return (
        core_select(lifting.id)
        .where(
            lifting.idea_id == IdeaEvent.idea_id,
            lifting.seq > IdeaEvent.seq,
            lifting.prev_due_on == IdeaEvent.due_on,
            or_(lifting.due_on.is_(None), lifting.due_on != lifting.prev_due_on),
            lifting.on <= lifting.prev_due_on,
            counts_at(session, scope, scope.on, lifting),
        )
        .correlate(IdeaEvent)
        .exists()
    )


def _first_answers(session: Session, scope: Scope, ideas: list[int]) -> dict[int, date]:
    statement = raw_facts(
        session,
        select(IdeaEvent.idea_id, IdeaEvent.on).where(
            IdeaEvent.first_answer, IdeaEvent.idea_id.in_(ideas)
        ),
        # Of the whole: an entry may have been answered where it stood before it moved here.
        scope.whole(),
        scope.on,
    )
    return dict(session.exec(statement).all())


def open_ideas(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Entries that were to be decided at the day, the oldest first."""
    found = _readable(session, scope, _in_state(session, scope, OPEN).order_by(Idea.id), page)
    return Rows(
        ("N°", "Titre", "État à cette date", "Déposée le", "Réponse due le"),
        [
            (*_idea(idea), IdeaStatus(state).label, idea.filed_on, idea.due_on)
            for idea, state in found.page
        ],
        found.total,
        unseen=found.unseen,
    )


def decided_ideas(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Entries filed in the window that had been decided at the day."""
    statement = _in_state(session, scope, DECIDED).where(
        IdeaEvent.filed_on.between(window_start(scope.on), scope.on)
    )
    found = _readable(session, scope, statement.order_by(Idea.id.desc()), page)
    return Rows(
        ("N°", "Titre", "Issue", "Déposée le"),
        [(*_idea(idea), IdeaStatus(state).label, idea.filed_on) for idea, state in found.page],
        found.total,
        unseen=found.unseen,
    )


def _in_state(session: Session, scope: Scope, states: Sequence[IdeaStatus]) -> Select:
    """Idées and suggestions whose last fact at the day leaves them in one of the states; beside
    each, that state.
    """
    later = aliased(IdeaEvent)
    last = (
        core_select(func.max(later.seq))
        .where(
            later.idea_id == IdeaEvent.idea_id,
            # Half a move has one state; a fact with neither says nothing of where an entry stands.
            or_(later.to_status.is_not(None), later.from_status.is_not(None)),
            counts_at(session, scope, scope.on, later),
        )
        .correlate(IdeaEvent)
        .scalar_subquery()
    )
    return raw_facts(
        session,
        _with_idea(IdeaEvent.to_status).where(
            IdeaEvent.decided,
            IdeaEvent.to_status.in_([str(s) for s in states]),
            IdeaEvent.seq == last,
        ),
        scope,
        scope.on,
    )


# --- the academy and the communities --------------------------------------------------------------


def sessions(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Sessions held in the window: places and bookings."""
    event, last = catalogue.last_events(scope, scope.on)
    booked = (
        core_select(func.count())
        .select_from(event)
        .where(
            last, event.session_id == TrainingSession.id, event.status.in_([str(s) for s in BOOKED])
        )
        .correlate(TrainingSession)
        .scalar_subquery()
    )
    held = catalogue.of_ambition(
        select(TrainingSession.on, Training.code, Training.title, booked, TrainingSession.capacity)
        .join(Training, Training.id == TrainingSession.training_id)
        .where(catalogue.held_between(scope.on, window_start(scope.on))),
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


def booked(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Those who had a seat in a session held in the window whose attendance is typed."""
    return _registrations(session, scope, BOOKED, page)


def attended(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Those who followed a session held in the window."""
    return _registrations(session, scope, ATTENDED, page)


def told_apart(_session: Session, _scope: Scope, _code: str, _page: int) -> Rows:
    """Of a part by workplace no list is given: the one of the whole figure says whom it names."""
    return Rows((), note="Les lignes sont celles du chiffre entier, sur sa propre page.")


def waiting(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Those who wait for a seat."""
    return _registrations(session, scope, (RegistrationStatus.waiting,), page)


def _registrations(
    session: Session, scope: Scope, statuses: Sequence[RegistrationStatus], page: int
) -> Rows:
    """Registrations by name, for who may list the persons of the whole scope; for others their
    number alone.
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
    statement, event = _named_registrations(scope, statuses)
    # Counted up to a limit, so that opening the list never walks all registrations ever made.
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
        (person.name, _unit(scope, service), title, day, RegistrationStatus(status).label)
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
    scope: Scope, statuses: Sequence[RegistrationStatus]
) -> tuple[Select, type[RegistrationEvent]]:
    """The registrations that have one of these statuses at the last month end, with the persons;
    and the facts they are read from.
    """
    on = last_month_end(scope.on)
    event, last = catalogue.last_events(scope, on)
    waits = RegistrationStatus.waiting in statuses
    if waits:
        # Whoever waits for a training at large has no session yet.
        held = or_(event.session_id.is_(None), TrainingSession.on <= on)
    else:
        held = and_(
            catalogue.held_between(on, window_start(on)),
            catalogue.is_typed(event.session_id, scope, on),
        )
    statement = (
        select(
            Person,
            event.service_id,
            Training.title,
            event.on if waits else TrainingSession.on,
            event.status,
        )
        .select_from(event)
        .join(Person, Person.id == event.person_id)
        .join(Training, Training.id == event.training_id)
        .outerjoin(TrainingSession, TrainingSession.id == event.session_id)
        .where(last, held, event.status.in_([str(s) for s in statuses]))
    )
    if not scope.is_whole:
        statement = statement.where(event.service_id.in_(sorted(scope.counted)))
    return catalogue.of_ambition(statement, scope), event


def services(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """The services of the scope, in the order of the chart, and by how many ambassadors each is
    covered.
    """
    by_person = covered_by(session, Community.ambassadors, scope.on, known_by(scope, scope.on))
    covered = Counter(unit for units in by_person.values() for unit in units)
    rows = [
        (
            unit.name,
            _unit(scope, unit.parent),
            "oui" if unit.id in covered else "non",
            covered.get(unit.id, 0),
        )
        for unit in scope.tree.services(scope.counted)
    ]
    return Rows(
        ("Service", "Direction", "Couvert", "Ambassadeurs"),
        _cut(rows, page),
        len(rows),
        numbers=frozenset({3}),
    )


def ambassadors(_session: Session, _scope: Scope, _code: str, _page: int) -> Rows:
    """Activity is not public: counts only."""
    return Rows(
        ("",),
        note=(
            "L'activité d'un ambassadeur n'est pas publique : seuls les deux nombres ci-dessus sont"
            " montrés."
        ),
    )


def _unit(scope: Scope, unit_id: int | None) -> str:
    unit = scope.tree.by_id.get(unit_id) if unit_id else None
    return unit.name if unit else "–"


# --- measures -------------------------------------------------------------------------------------


def measures(session: Session, scope: Scope, code: str, page: int) -> Rows:
    """The relevés of the whole, or of the one direction looked at, the newest first."""
    place = scope.unit.id if scope.unit else None
    found = [
        m
        for m in reversed(measures_of(session, code, scope.on, known_by(scope, scope.on)))
        if m.direction_id == place and (scope.is_whole or place)
    ]
    rows = []
    for m in _cut(found, page):
        few = m.n is not None and m.n < SMALLEST_AVERAGE
        rows.append(
            (
                m.on,
                "moins de 10 réponses" if few else m.value,
                None if few else m.n,
                m.source,
                m.recorded_on,
            )
        )
    return Rows(
        ("Date", "Valeur", "n", "Source", "Encodé le"), rows, len(found), numbers=frozenset({1, 2})
    )


# --- steering -------------------------------------------------------------------------------------


def _decisions(session: Session, scope: Scope) -> list[DecisionAt]:
    return [
        d
        for d in register(session).at(scope.on, known_by(scope, scope.on))
        if scope.is_whole or d.owner_direction_id in scope.counted
    ]


def _point(d: DecisionAt) -> Link:
    return Link(f"{d.number}", "decisions", "decision", str(d.number))


def due_decisions(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Decisions due in the window, and whether they were done by then."""
    rows = [
        (
            _point(d),
            d.title,
            d.instance.label,
            d.due_on,
            d.done_on,
            "oui" if d.done_on and d.done_on <= d.due_on else "non",
        )
        for d in _decisions(session, scope)
        if d.due_on and window_start(scope.on) <= d.due_on <= scope.on
    ]
    return Rows(
        ("N°", "Décision", "Instance", "Échéance", "Exécutée le", "À temps"),
        _cut(rows, page),
        len(rows),
    )


def waiting_points(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Points that wait for a decision, the oldest first."""
    waiting = sorted(
        (d for d in _decisions(session, scope) if d.is_waiting), key=lambda d: d.submitted_on
    )
    rows = [
        (_point(d), d.title, d.instance.label, d.submitted_on, (scope.on - d.submitted_on).days)
        for d in waiting
    ]
    return Rows(
        ("N°", "Point", "Instance", "Inscrit le", "Attend depuis (jours)"),
        _cut(rows, page),
        len(rows),
        numbers=frozenset({4}),
    )


def notified_decisions(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Decisions told to the services in the window, and how long that took."""
    known = [d for d in _decisions(session, scope) if d.decided]
    rows = [
        (_point(d), d.title, d.decided.on, d.told_on, (d.told_on - d.decided.on).days)
        for d in known
        if d.told_on and window_start(scope.on) <= d.told_on <= scope.on
    ]
    silent = sum(d.told_on is None for d in known)
    note = ""
    if silent:
        note = f"Décidées et pas encore communiquées : {silent}, en dehors de la médiane."
    return Rows(
        ("N°", "Décision", "Décidée le", "Communiquée le", "Délai (jours)"),
        _cut(rows, page),
        len(rows),
        note,
        frozenset({4}),
    )


def steering_meetings(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Meetings of the comité de co-pilotage."""
    return _meetings(session, scope, MeetingKind.steering, page)


def council_meetings(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Meetings of the Conseil de direction."""
    return _meetings(session, scope, MeetingKind.council, page)


def _meetings(session: Session, scope: Scope, kind: MeetingKind, page: int) -> Rows:
    """Meetings of the body whose day falls in the window: held or not, present and invited."""
    known = calendar(session, (kind,)).at(scope.on, known_by(scope, scope.on))
    rows = [
        (m.day, m.label, m.state.label, m.present or None, m.invited or None)
        for m in known
        if window_start(scope.on) <= m.day <= scope.on
    ]
    return Rows(
        ("Jour", "Séance", "État", "Présents", "Invités"),
        _cut(rows, page),
        len(rows),
        numbers=frozenset({3, 4}),
    )


# --- the progress groups --------------------------------------------------------------------------


def _groups(session: Session, scope: Scope) -> list[GroupAt]:
    return [
        g
        for g in groups_register(session).at(scope.on, known_by(scope, scope.on))
        if scope.ambition is None or g.ambition_id == scope.ambition.id
    ]


def _group(group: GroupAt) -> Link:
    return Link(group.code, "groupes", "groupe", group.code)


def due_deliverables(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Deliverables due in the window, and whether they were handed in by then."""
    found = sorted(
        (
            (d, g)
            for g in _groups(session, scope)
            for d in g.deliverables
            if window_start(scope.on) <= d.due_on <= scope.on
        ),
        key=lambda pair: (pair[0].due_on, pair[1].code),
    )
    rows = [
        (
            _group(g),
            d.title,
            d.due_on,
            d.delivered_on,
            d.forecast if d.delivered_on is None else None,
            "oui" if d.is_in_time else "non",
        )
        for d, g in found
    ]
    return Rows(
        ("Groupe", "Livrable", "Échéance", "Remis le", "Prévu le", "À temps"),
        _cut(rows, page),
        len(rows),
    )


def decided_propositions(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Propositions of groups that were decided, the earliest first."""
    points = register(session).at(scope.on, known_by(scope, scope.on))
    found = sorted(
        decided(_groups(session, scope), points),
        key=lambda pair: (pair[1].decided.on, pair[0].code),
    )
    rows = [
        (
            _group(g),
            g.title,
            d.decided.on,
            d.outcome.label if d.outcome else "–",
            "oui" if d.outcome and d.outcome.is_to_do else "non",
        )
        for g, d in found
    ]
    return Rows(
        ("Groupe", "Proposition", "Décidée le", "Issue", "Adoptée"), _cut(rows, page), len(rows)
    )
