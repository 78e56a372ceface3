"""The rows behind a figure (les lignes derrière un chiffre), a page at a time, within the reader's
rights.

A figure names the function for its rows in its declaration. A row is a tuple of plain values; a
`CellLink` links to the record. Persons are named within `scope.listed` only.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_, select as core_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, select

from dashboard.access import idea_conditions
from dashboard.formulas import planned_progress, slip
from dashboard.queries.academy import counts as academy_counts
from dashboard.queries.communities import coverage as covered_by
from dashboard.queries.decisions.records import DecisionAt, register
from dashboard.queries.figures.small_cells import SMALLEST_AVERAGE, declared_values
from dashboard.queries.groups import GroupAt, decided, register as groups_register
from dashboard.queries.ideas import counts
from dashboard.queries.ideas.counts import IS_FILING, counts_at, raw_facts
from dashboard.queries.ideas.records import number_of
from dashboard.queries.meetings.records import calendar
from dashboard.queries.roadmap import PlanAt, awaited as awaited_measures, roadmap_of
from dashboard.queries.targets import every_measure, every_target, measures as measures_of
from dashboard.scope import Scope
from models.academy import Training, TrainingSession
from models.clock import last_month_end, window_start
from models.communities import Community
from models.database import is_sqlite
from models.facts import first_id, id_after
from models.idea_events import IdeaEvent
from models.idea_states import DECIDED, OPEN, IdeaKind, IdeaStatus
from models.ideas import Idea
from models.meetings import MeetingKind
from models.people import Person
from models.roadmap import MilestoneState, no_index
from models.seats import ATTENDED, BOOKED, SeatEvent, SeatState

PAGE = 20
COUNTED_UP_TO = 1000
UNSEEN_UP_TO = 200


@dataclass(frozen=True)
class CellLink:
    """A cell that links to a record: its label, the screen, and the parameter that names the
    record.
    """

    label: str
    screen: str
    param: str
    value: str


Cell = str | int | float | date | CellLink | None


@dataclass(frozen=True)
class Rows:
    """One page of rows with their headings, the total (up to COUNTED_UP_TO), and a note about them.

    `numbers`: the numeric columns. `nominative`: persons are named, and reading them is recorded in
    the journal. `unseen`: rows that the figure counts but this reader may not see (up to
    UNSEEN_UP_TO).
    """

    headings: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]] = ()
    total: int = 0
    note: str = ""
    numbers: frozenset[int] = frozenset()
    nominative: bool = False
    unseen: int = 0


# (session, scope, code of the value, page from 1) → that page of its rows.
Behind = Callable[[Session, Scope, str, int], Rows]


def cut(rows: Sequence[tuple[Cell, ...]], page: int) -> Sequence[tuple[Cell, ...]]:
    return rows[(page - 1) * PAGE : page * PAGE]


def unit_name(scope: Scope, unit_id: int | None) -> str:
    unit = scope.tree.by_id.get(unit_id) if unit_id else None
    return unit.name if unit else "–"


def rows_of_part(_session: Session, _scope: Scope, _code: str, _page: int) -> Rows:
    """No rows for a part by workplace: those of the whole figure are listed on its own page."""
    return Rows((), note="Les lignes sont celles du chiffre entier, sur sa propre page.")


def _milestones(session: Session, scope: Scope) -> list[PlanAt]:
    return roadmap_of(session, scope).at(scope.on, scope.known_by(scope.on))


def _owned(session: Session, scope: Scope) -> list[PlanAt]:
    return [
        m
        for m in _milestones(session, scope)
        if m.is_counted and scope.has(m.schedule.owner_direction_id)
    ]


def _number(m: PlanAt) -> CellLink:
    return CellLink(m.plan.number, "feuille-de-route", "jalon", m.plan.number)


def weights(session: Session, scope: Scope, code: str, page: int) -> Rows:
    """One milestone per row: weight w, p, q, and its contribution in points."""
    chosen = [
        m
        for m in _milestones(session, scope)
        if not code.startswith("avancement-chantier.")
        or str(m.plan.workstream_id) == code.rsplit(".", 1)[1]
    ]
    initial = code.endswith(".initial")
    # Nothing leaves the first perimeter. 1 if all are cancelled: there is nothing to share out.
    counted = {m.plan.id for m in chosen if initial or m.is_counted}
    total = sum(m.item(initial).weight for m in chosen if m.plan.id in counted) or 1
    rows = []
    for m in chosen:
        item = m.item(initial)
        is_counted = m.plan.id in counted
        contribution = 100 * item.weight * item.progress / total if is_counted else None
        rows.append(
            (
                _number(m),
                m.plan.title,
                m.state.label,
                item.weight if is_counted else None,
                100 * item.progress,
                100 * planned_progress(item, scope.on),
                contribution,
            )
        )
    cancelled = len(chosen) - len(counted)
    return Rows(
        ("N°", "Jalon", "État", "Poids w", "Acquis p (%)", "Prévu q (%)", "Contribution (points)"),
        cut(rows, page),
        len(rows),
        "Un jalon annulé sort du poids." if cancelled else "",
        frozenset({3, 4, 5, 6}),
    )


def due_milestones(session: Session, scope: Scope, code: str, page: int) -> Rows:
    """Milestones past their due date, and whether they were done by then."""
    rows = []
    for m in _owned(session, scope):
        end = m.first.end if code.endswith(".initial") else m.schedule.end
        if end <= scope.on:
            in_time = m.actual_end is not None and m.actual_end <= end
            rows.append(
                (
                    _number(m),
                    m.plan.title,
                    m.schedule.owner,
                    end,
                    m.actual_end,
                    "oui" if in_time else "non",
                )
            )
    return Rows(
        ("N°", "Jalon", "Porteur", "Échéance", "Terminé le", "À temps"), cut(rows, page), len(rows)
    )


def slips(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Open milestones and how far their forecast has slipped."""
    rows = [
        (
            _number(m),
            m.plan.title,
            m.schedule.end,
            m.report.forecast_end if m.report else None,
            slip(m.facts()),
        )
        for m in _owned(session, scope)
        if m.state != MilestoneState.done
    ]
    return Rows(
        ("N°", "Jalon", "Échéance", "Prévision", "Glissement (jours)"),
        cut(rows, page),
        len(rows),
        "Un jalon sans prévision n'entre pas dans la médiane.",
        frozenset({4}),
    )


def awaited(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Milestones whose report is due, then measures whose value is, with the last day of each."""
    values = {code: v for code, v in declared_values(session).items() if v.figure.measured}
    measures_by_figure, decided = every_measure(session), every_target(session)
    milestones = [
        (_number(m), m.plan.title, m.schedule.owner, m.report.on if m.report else None)
        for m in _owned(session, scope)
        if m.state in (MilestoneState.to_plan, MilestoneState.under_way)
        and m.schedule.start <= scope.on
    ]
    days = awaited_measures(measures_by_figure, decided, list(values), scope, scope.on)
    found = [
        *milestones,
        *(
            ("relevé", values[figure].label, unit_name(scope, place), day)
            for (figure, place), day in days.items()
        ),
    ]
    headings = ("N°", "Jalon ou chiffre", "Porteur", "Dernière valeur")
    return Rows(headings, cut(found, page), len(found))


def _decisions(session: Session, scope: Scope) -> list[DecisionAt]:
    return [
        d
        for d in register(session).at(scope.on, scope.known_by(scope.on))
        if scope.has(d.owner_direction_id)
    ]


def _point(d: DecisionAt) -> CellLink:
    return CellLink(f"{d.number}", "decisions", "decision", str(d.number))


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
        cut(rows, page),
        len(rows),
    )


def waiting_points(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Points pending a decision, the oldest first."""
    waiting = sorted(
        (d for d in _decisions(session, scope) if d.is_waiting), key=lambda d: d.submitted_on
    )
    rows = [
        (_point(d), d.title, d.instance.label, d.submitted_on, (scope.on - d.submitted_on).days)
        for d in waiting
    ]
    return Rows(
        ("N°", "Point", "Instance", "Inscrit le", "Attend depuis (jours)"),
        cut(rows, page),
        len(rows),
        numbers=frozenset({4}),
    )


def notified_decisions(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Decisions communicated to the services in the window, and the delay."""
    known = [d for d in _decisions(session, scope) if d.decided]
    rows = [
        (
            _point(d),
            d.title,
            d.decided.on,
            d.communicated_on,
            (d.communicated_on - d.decided.on).days,
        )
        for d in known
        if d.communicated_on and window_start(scope.on) <= d.communicated_on <= scope.on
    ]
    not_communicated = sum(d.communicated_on is None for d in known)
    note = ""
    if not_communicated:
        note = f"Décidées et pas encore communiquées : {not_communicated}, en dehors de la médiane."
    return Rows(
        ("N°", "Décision", "Décidée le", "Communiquée le", "Délai (jours)"),
        cut(rows, page),
        len(rows),
        note,
        frozenset({4}),
    )


def meetings(session: Session, scope: Scope, code: str, page: int) -> Rows:
    """Meetings of the body whose day falls in the window: held or not, present and invited."""
    kind = MeetingKind.steering if code == "copilotage" else MeetingKind.council
    known = calendar(session, (kind,)).at(scope.on, scope.known_by(scope.on))
    rows = [
        (m.day, m.label, m.state.label, m.present or None, m.invited or None)
        for m in known
        if window_start(scope.on) <= m.day <= scope.on
    ]
    return Rows(
        ("Jour", "Séance", "État", "Présents", "Invités"),
        cut(rows, page),
        len(rows),
        numbers=frozenset({3, 4}),
    )


def measures(session: Session, scope: Scope, code: str, page: int) -> Rows:
    """The measures of the whole, or of the one direction of the scope, newest first."""
    place = scope.unit.id if scope.unit else None
    found = [
        m
        for m in reversed(measures_of(session, code, scope.on, scope.known_by(scope.on)))
        if m.direction_id == place and (scope.is_whole or place)
    ]
    rows = []
    for m in cut(found, page):
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


def _groups(session: Session, scope: Scope) -> list[GroupAt]:
    return [
        g
        for g in groups_register(session).at(scope.on, scope.known_by(scope.on))
        if scope.ambition is None or g.ambition_id == scope.ambition.id
    ]


def _group(group: GroupAt) -> CellLink:
    return CellLink(group.code, "groupes", "groupe", group.code)


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
        cut(rows, page),
        len(rows),
    )


def decided_propositions(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Decided propositions of groups, the earliest first."""
    points = register(session).at(scope.on, scope.known_by(scope.on))
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
        ("Groupe", "Proposition", "Décidée le", "Issue", "Adoptée"), cut(rows, page), len(rows)
    )


def services(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """The services of the scope, in the order of the chart, with the number of ambassadors who
    cover each.
    """
    by_person = covered_by(session, Community.ambassadors, scope.on, scope.known_by(scope.on))
    covered = Counter(unit for units in by_person.values() for unit in units)
    rows = [
        (
            unit.name,
            unit_name(scope, unit.parent),
            "oui" if unit.id in covered else "non",
            covered.get(unit.id, 0),
        )
        for unit in scope.tree.services(scope.counted)
    ]
    return Rows(
        ("Service", "Direction", "Couvert", "Ambassadeurs"),
        cut(rows, page),
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


def _idea(idea: Idea) -> tuple[CellLink, str]:
    return CellLink(str(idea.number), "idees", "idee", str(idea.number)), idea.title


def _readable(
    session: Session,
    scope: Scope,
    statement: Select,
    page: int,
    counted: int | None = None,
    filed_since: date = date.min,
) -> tuple[list, int, int]:
    """One page of a statement joined with Idea that the reader may see, the total of these entries,
    and the number of the others. `counted`: the total of both,
    if the figure has counted it; `filed_since`: the first day of filing in the statement.
    """
    condition = idea_conditions(scope.reader, scope.tree)
    allowed = statement.where(condition)
    others = statement.where(func.coalesce(condition, false()).is_(False))
    found = list(session.exec(allowed.offset((page - 1) * PAGE).limit(PAGE)).all())
    unseen = _unseen(session, others, filed_since, scope.on)
    hidden = unseen
    if unseen == UNSEEN_UP_TO:
        # All unpublished entries: an upper bound for every figure.
        every = core_select(func.count()).select_from(Idea).where(Idea.published.is_(False))
        hidden = session.exec(every).scalar_one()
    seen = None if counted is None else counted - hidden
    if seen is None or (hidden > unseen and seen < COUNTED_UP_TO):
        return found, number_of(session, allowed.order_by(None)), unseen
    return found, min(seen, COUNTED_UP_TO), unseen


# Most entries filed in so many days are neither answered nor due: unread ones are among them.
_RECENT = timedelta(days=62)


def _unseen(session: Session, others: Select, since: date, until: date) -> int:
    """The number of entries filed in these days that a reader may not see, up to UNSEEN_UP_TO.
    Every reader of ideas sees the published ones, and most see all others: few rows are read.
    """
    # Newest first: figures cover a year, and most older entries were published since.
    newest = others.where(Idea.published.is_(False), Idea.id >= first_id(since))
    newest = newest.order_by(None).order_by(Idea.id.desc())
    if not is_sqlite(session):
        # PostgreSQL joins rather than scans, and underestimates a short span.
        return number_of(session, newest, UNSEEN_UP_TO)
    recent = first_id(until - _RECENT)
    found = number_of(session, newest.where(Idea.id < recent), UNSEEN_UP_TO)
    if found == UNSEEN_UP_TO:
        return found
    # An entry filed after the day has no fact up to it.
    after = newest.where(Idea.id >= recent, Idea.id < id_after(until))
    return found + number_of(session, after, UNSEEN_UP_TO - found)


def _with_idea(*columns) -> Select:
    return select(Idea, *columns).join(IdeaEvent, IdeaEvent.idea_id == Idea.id)


def filed(session: Session, scope: Scope, code: str, page: int) -> Rows:
    """Entries filed in the window; for one direction only if the reader may list its persons, and
    without anonymous ones.
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
        # Entries without an origin belong to no direction, only to the whole.
        scope.whole() if nameless else scope,
        scope.on,
        "origin_id",
    )

    counted = None
    if scope.is_whole and not nameless and not scope.as_known_then:
        counted = counts.filed(session, scope, scope.on)
    ordered = statement.order_by(IdeaEvent.on.desc(), Idea.id.desc())
    found, total, unseen = _readable(session, scope, ordered, page, counted)
    nameless_too = "" if scope.is_whole else "Les dépôts sans nom ne sont pas listés par direction."
    return Rows(
        headings,
        [(*_idea(idea), IdeaKind(idea.kind).label, idea.filed_on) for idea in found],
        total,
        nameless_too,
        unseen=unseen,
    )


def answers(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """First answers given in the window, the slowest first."""
    statement = raw_facts(
        session,
        _with_idea(IdeaEvent.on, IdeaEvent.delay).where(
            IdeaEvent.first_answer,
            IdeaEvent.delay.is_not(None),
            # Scanned from the slowest answer on, without the index by day.
            no_index(IdeaEvent.on.between(window_start(scope.on), scope.on)),
        ),
        scope,
        scope.on,
    )

    counted = None
    if not scope.as_known_then:
        counted = sum(n for _, n in counts.delays(session, scope, scope.on))
    ordered = statement.order_by(IdeaEvent.delay.desc(), IdeaEvent.idea_id.desc())
    found, total, unseen = _readable(session, scope, ordered, page, counted)
    return Rows(
        ("N°", "Titre", "Déposée le", "Première réponse", "Délai (jours ouvrables)"),
        [(*_idea(idea), idea.filed_on, on, delay) for idea, on, delay in found],
        total,
        numbers=frozenset({4}),
        unseen=unseen,
    )


# The order of an index: the rows of one day are not sorted.
_BY_PROMISE = (
    IdeaEvent.due_on,
    IdeaEvent.concerns_id,
    IdeaEvent.ambition_id,
    IdeaEvent.prev_due_on,
    IdeaEvent.on,
    IdeaEvent.id,
)


def promises(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Answers due in the window with the day they were given, the latest due date first."""
    on = scope.on
    # Every fact of an entry repeats its due date: only a fact that changes it makes a promise.
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
    counted = None if scope.as_known_then else counts.promises(session, scope, on)[1]
    ordered = statement.order_by(*(column.desc() for column in _BY_PROMISE))
    found, total, unseen = _readable(session, scope, ordered, page, counted)
    answered = _first_answers(session, scope, [idea.id for idea, _ in found])
    rows = [
        (
            *_idea(idea),
            idea.filed_on,
            due,
            answered.get(idea.id),
            "oui" if answered.get(idea.id, date.max) <= due else "non",
        )
        for idea, due in found
    ]
    return Rows(
        ("N°", "Titre", "Déposée le", "Réponse due le", "Première réponse", "Dans le délai"),
        rows,
        total,
        unseen=unseen,
    )


def _lifted(session: Session, scope: Scope) -> ColumnElement[bool]:
    """Whether a later fact moved or removed the due date before it was missed; afterwards it stays
    missed. Written as « the first one », not `exists`: PostgreSQL would join the whole history with
    itself.
    """
    lifting = aliased(IdeaEvent)
    first = (
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
        .limit(1)
        .scalar_subquery()
    )
    return first.is_not(None)


def _first_answers(session: Session, scope: Scope, ideas: list[int]) -> dict[int, date]:
    statement = raw_facts(
        session,
        select(IdeaEvent.idea_id, IdeaEvent.on).where(
            IdeaEvent.first_answer, IdeaEvent.idea_id.in_(ideas)
        ),
        # For the whole administration: an entry may have been answered before it moved to this
        # direction.
        scope.whole(),
        scope.on,
    )
    return dict(session.exec(statement).all())


def open_ideas(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Entries that were open at the day, the oldest first."""
    on = scope.on
    begins = counts.first_month_open(session, scope, on)
    statement = _in_state(session, scope, OPEN).where(IdeaEvent.idea_id >= first_id(begins))

    counted = None
    if not scope.as_known_then:
        states = counts.stock(session, scope, on)
        counted = sum(n for status, n in states.items() if status in OPEN)
    ordered = statement.order_by(IdeaEvent.idea_id)
    found, total, unseen = _readable(session, scope, ordered, page, counted)
    return Rows(
        ("N°", "Titre", "État à cette date", "Déposée le", "Réponse due le"),
        [
            (*_idea(idea), IdeaStatus(state).label, idea.filed_on, idea.due_on)
            for idea, state in found
        ],
        total,
        unseen=unseen,
    )


def decided_ideas(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Entries filed in the window and decided by the day, newest first."""
    on = scope.on
    statement = _in_state(session, scope, DECIDED).where(
        # The id begins with the day of filing, so it gives the newest first.
        IdeaEvent.idea_id >= first_id(window_start(on)),
        IdeaEvent.idea_id < id_after(on),
        no_index(IdeaEvent.filed_on.between(window_start(on), on)),
    )

    counted = None
    if not scope.as_known_then:
        outcomes = counts.by_outcome(counts.cohort(session, scope, on))
        counted = outcomes.total() - outcomes["ouverte"]
    ordered = statement.order_by(IdeaEvent.idea_id.desc())
    found, total, unseen = _readable(
        session, scope, ordered, page, counted, filed_since=window_start(on)
    )
    return Rows(
        ("N°", "Titre", "Issue", "Déposée le"),
        [(*_idea(idea), IdeaStatus(state).label, idea.filed_on) for idea, state in found],
        total,
        unseen=unseen,
    )


def _in_state(session: Session, scope: Scope, states: Sequence[IdeaStatus]) -> Select:
    """Idées and suggestions whose last fact at the day puts them in one of these states, with that
    state.
    """
    later = aliased(IdeaEvent)
    another = (
        core_select(literal(1))
        .where(
            later.idea_id == IdeaEvent.idea_id,
            later.seq > IdeaEvent.seq,
            # A transfer has one of the two states; a fact with neither does not change the state.
            or_(later.to_status.is_not(None), later.from_status.is_not(None)),
            counts_at(session, scope, scope.on, later),
        )
        .correlate(IdeaEvent)
        .limit(1)
        .scalar_subquery()
    )
    return raw_facts(
        session,
        _with_idea(IdeaEvent.to_status).where(
            IdeaEvent.decided,
            no_index(IdeaEvent.to_status.in_([str(s) for s in states])),
            # Not « is null »: PostgreSQL expects one row in two hundred, and would sort them all
            # instead of following the order to the end of a page.
            func.coalesce(another, 0) != 1,
        ),
        scope,
        scope.on,
    )


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
