"""Checks (vérifications): roll-ups and current values against the facts, links, voids, days,
targets, search words.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, or_, text
from sqlmodel import Session, SQLModel, select

from dashboard.french import counted
from models import schema
from models.academy import Registration, RegistrationEvent
from models.communities import Membership, MembershipEvent
from models.database import is_sqlite, known_steps, revision
from models.facts import Fact, live
from models.ideas import Idea, IdeaEvent
from models.ledger import contributions
from models.progress import Tell, without_progress
from models.roadmap import (
    LADDER,
    Milestone,
    MilestoneReport,
    MilestoneState,
    Rebaseline,
    Target,
    TargetKind,
)
from models.rollups import IdeaAuthor, IdeaCohort, IdeaDelay, IdeaDue, IdeaFiled, IdeaFlow

ROLLUPS: tuple[type[SQLModel], ...] = (
    IdeaFlow,
    IdeaDelay,
    IdeaDue,
    IdeaCohort,
    IdeaFiled,
    IdeaAuthor,
)
_CHUNK = 5000
_SHOWN = 6  # differences of the tables that one line tells
# What a roll-up is counted from; the texts of a million facts are better left where they are.
_COUNTED = (
    "on",
    "what",
    "from_status",
    "to_status",
    "filed_on",
    "decided",
    "counts",
    "ambition_id",
    "concerns_id",
    "origin_id",
    "author_id",
    "prev_due_on",
    "due_on",
    "first_answer",
    "delay",
)


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, whether it holds, and what was found, in French."""

    name: str
    holds: bool
    message: str


HOW_MANY = 13 + len(ROLLUPS)  # the findings of `everything`


def everything(session: Session, today: date, tell: Tell = without_progress) -> Iterator[Finding]:
    """Every check of the database as it is made, the quick ones first; the last ones tell how
    many facts are recounted.
    """
    # Said before the others: they may not even be asked of tables that lack a column.
    yield steps(session)
    yield tables(session)
    yield from (
        links(session),
        voids(session),
        days(session, today),
        targets(session),
        schedules(session),
        reports(session),
        memberships(session),
        registrations(session),
    )
    for check in (current_values, promises, search_words):
        yield check(session)
    yield from roll_ups(session, tell)


def _finding(name: str, wrong: int, good: str, bad: str) -> Finding:
    return Finding(name, not wrong, good if not wrong else f"{wrong} {bad}")


def roll_ups(session: Session, tell: Tell = without_progress) -> list[Finding]:
    """Each roll-up recounted from every fact that is not voided."""
    counted = _recount(session, tell)
    return [_compare(session, table, counted[table]) for table in ROLLUPS]


def _recount(session: Session, tell: Tell) -> dict[type[SQLModel], dict[tuple, list[int]]]:
    voided = select(IdeaEvent.voids).where(IdeaEvent.voids.is_not(None))
    facts = (
        select(*(IdeaEvent.__table__.c[name] for name in _COUNTED))
        .where(IdeaEvent.id.not_in(voided))
        .execution_options(yield_per=_CHUNK)
    )
    sums: dict[type[SQLModel], dict[tuple, list[int]]] = defaultdict(dict)
    known = session.execute(select(func.count()).select_from(IdeaEvent)).scalar_one()
    for n, fact in enumerate(session.execute(facts).mappings()):
        if n % _CHUNK == 0:
            tell(n / known, f"Recomptage : {counted(n, 'fait')}")
        for table, key, increments in contributions(dict(fact)):
            row = sums[table].setdefault(key, [0] * len(increments))
            for i, increment in enumerate(increments):
                row[i] += increment
    return sums


def _compare(session: Session, table: type[SQLModel], counted: dict[tuple, list[int]]) -> Finding:
    keys = [column for column in table.__table__.columns if column.primary_key]
    counts = [column for column in table.__table__.columns if not column.primary_key]
    stored = {
        tuple(row[: len(keys)]): list(row[len(keys) :])
        for row in session.execute(select(*keys, *counts)).all()
    }
    # A row of zeros and no row at all say the same.
    differing = sum(
        stored.get(key, [0] * len(counts)) != counted.get(key, [0] * len(counts))
        for key in stored | counted
    )
    name = f"cumul {table.__tablename__}"
    return Finding(
        name,
        not differing,
        f"{len(stored)} lignes" if not differing else f"{differing} lignes diffèrent des faits",
    )


# ── Current values against the facts ──────────────────────────────────────────────────────────────


def _last_states() -> Select:
    """Idea → the order of its last fact that says a state and is not voided."""
    voided = select(IdeaEvent.voids).where(IdeaEvent.voids.is_not(None))
    return (
        select(IdeaEvent.idea_id, func.max(IdeaEvent.seq).label("seq"))
        .where(IdeaEvent.to_status.is_not(None), IdeaEvent.id.not_in(voided))
        .group_by(IdeaEvent.idea_id)
    )


def _differing(session: Session, condition) -> int:
    """Ideas whose record differs from the last fact."""
    last = _last_states().subquery()
    return session.execute(
        select(func.count())
        .select_from(Idea)
        .join(last, last.c.idea_id == Idea.id)
        .join(IdeaEvent, (IdeaEvent.idea_id == Idea.id) & (IdeaEvent.seq == last.c.seq))
        .where(condition)
    ).scalar_one()


def current_values(session: Session) -> Finding:
    """The state on each idea's record is the last one its facts give, and each idea has one."""
    total = session.execute(select(func.count()).select_from(Idea)).scalar_one()
    passed_on = _last_states().subquery()
    silent = total - session.execute(select(func.count()).select_from(passed_on)).scalar_one()
    wrong = silent + _differing(session, IdeaEvent.to_status != Idea.status)
    return _finding(
        "états des idées", wrong, counted(total, "idée"), "idées n'ont pas l'état de leurs faits"
    )


def promises(session: Session) -> Finding:
    """The promised day on each idea's record is the one of its last fact."""
    wrong = _differing(
        # NULL equals nothing, not even NULL: two that promise nothing would never agree.
        session,
        func.coalesce(IdeaEvent.due_on, date.min) != func.coalesce(Idea.due_on, date.min),
    )
    return _finding(
        "échéances des idées",
        wrong,
        "celles de leurs faits",
        "idées n'ont pas l'échéance de leurs faits",
    )


def memberships(session: Session) -> Finding:
    """A membership is open as long as its facts say that the member's own service is covered."""
    facts = session.execute(
        select(MembershipEvent.membership_id, MembershipEvent.service_id, MembershipEvent.joined)
        .where(live(MembershipEvent, date.max), MembershipEvent.own.is_(True))
        .order_by(MembershipEvent.on, MembershipEvent.id)
    ).all()
    covered = {(membership, service): joined for membership, service, joined in facts}
    is_open = {membership for (membership, _), joined in covered.items() if joined}
    rows = session.execute(select(Membership.id, Membership.left_on)).all()
    wrong = sum((left is None) != (id_ in is_open) for id_, left in rows)
    return _finding(
        "adhésions", wrong, counted(len(rows), "adhésion"), "adhésions ne suivent pas leurs faits"
    )


def registrations(session: Session) -> Finding:
    """The state on each registration is that of its last fact."""
    facts = session.execute(
        select(RegistrationEvent.registration_id, RegistrationEvent.status)
        .where(live(RegistrationEvent, date.max))
        .order_by(RegistrationEvent.on, RegistrationEvent.id)
    ).all()
    last = {registration: status for registration, status in facts}
    rows = session.execute(select(Registration.id, Registration.status)).all()
    wrong = sum(last.get(id_) != status for id_, status in rows)
    return _finding(
        "inscriptions",
        wrong,
        counted(len(rows), "inscription"),
        "inscriptions n'ont pas l'état de leurs faits",
    )


# ── The roadmap ───────────────────────────────────────────────────────────────────────────────────


def schedules(session: Session) -> Finding:
    """Each milestone has a calendar, with a weight, that does not end before it starts."""
    known = select(Rebaseline.milestone_id).where(live(Rebaseline, date.max))
    wrong = session.execute(
        select(func.count()).select_from(Milestone).where(Milestone.id.not_in(known))
    ).scalar_one()
    wrong += session.execute(
        select(func.count())
        .select_from(Rebaseline)
        .where(
            live(Rebaseline, date.max),
            or_(Rebaseline.end < Rebaseline.start, Rebaseline.weight <= 0),
        )
    ).scalar_one()
    return _finding(
        "calendriers des jalons",
        wrong,
        "complets",
        "jalons ou calendriers sont sans dates ou sans poids",
    )


def reports(session: Session) -> Finding:
    """What a report says agrees with itself: done is 100 %, a step is one of the ladder, an
    actual end belongs to what is done.
    """
    rows = session.execute(
        select(
            MilestoneReport.state,
            MilestoneReport.progress,
            MilestoneReport.actual_end,
            MilestoneReport.on,
            Milestone.ladder,
        )
        .join(Milestone, Milestone.id == MilestoneReport.milestone_id)
        .where(live(MilestoneReport, date.max))
    ).all()
    wrong = sum(_contradicts(*row) for row in rows)
    return _finding(
        "rapports des jalons", wrong, counted(len(rows), "rapport"), "rapports se contredisent"
    )


def _contradicts(
    state: str, progress: int, actual_end: date | None, on: date, ladder: bool
) -> bool:
    is_done = state == MilestoneState.done
    return (
        state not in list(MilestoneState)
        or progress not in LADDER
        or (ladder and is_done != (progress == 100))
        or (actual_end is not None and (not is_done or actual_end > on))
    )


def targets(session: Session) -> Finding:
    """No two targets decided on one day say different things of one figure and date; a range
    goes from low to high.
    """
    rows = session.execute(
        select(
            Target.figure, Target.for_date, Target.on, Target.kind, Target.value, Target.upper
        ).where(live(Target, date.max))
    ).all()
    decided = Counter((row.figure, row.for_date, row.on) for row in rows)
    twice = sum(n - 1 for n in decided.values())
    kinds = {(row.figure, row.kind) for row in rows}
    # More kinds than figures: one of them is aimed at in two ways.
    odd = len(kinds) - len({figure for figure, _ in kinds})
    empty = sum(
        row.kind == TargetKind.range and not 0 < row.value <= (row.upper or row.value)
        for row in rows
    )
    return _finding(
        "cibles",
        twice + odd + empty,
        counted(len(rows), "cible"),
        "cibles se recouvrent ou se contredisent",
    )


# ── The database itself ───────────────────────────────────────────────────────────────────────────


def _facts() -> list[type[Fact]]:
    """Every table of facts, those added later too."""
    return sorted(
        (mapper.class_ for mapper in Idea._sa_registry.mappers if issubclass(mapper.class_, Fact)),
        key=lambda fact: fact.__tablename__,
    )


def steps(session: Session) -> Finding:
    here = revision(session.connection())
    return Finding("migrations", here == known_steps()[0], f"étape {here}")


def tables(session: Session) -> Finding:
    """Tables, columns and indexes are those of the models, whatever step the database says it
    stands at.
    """
    found = schema.differences(session.connection())
    sample = " ; ".join(found[:_SHOWN]) + (
        f" ; et {counted(len(found) - _SHOWN, 'autre')}" if len(found) > _SHOWN else ""
    )
    return Finding("tables", not found, "celles du programme" if not found else sample)


def links(session: Session) -> Finding:
    """No link points at nothing: looked for on SQLite, held by PostgreSQL as long as its
    constraints are.
    """
    statement = (
        "SELECT 1 FROM pg_constraint WHERE contype = 'f' AND NOT convalidated AND connamespace"
        " = current_schema()::regnamespace"
    )
    if is_sqlite(session):
        statement = "PRAGMA foreign_key_check"
    return _finding(
        "liens", len(session.execute(text(statement)).all()), "entiers", "liens sont cassés"
    )


def voids(session: Session) -> Finding:
    """A fact that undoes another points at one that is there."""
    wrong = 0
    for fact in _facts():
        undone = fact.__table__.alias()
        there = select(undone.c.id).where(undone.c.id == fact.voids).exists()
        wrong += session.execute(
            select(func.count()).select_from(fact).where(fact.voids.is_not(None), ~there)
        ).scalar_one()
    return _finding(
        "annulations", wrong, "chacune a son fait", "annulations ne désignent aucun fait"
    )


def days(session: Session, today: date) -> Finding:
    """No fact is dated after today, nor a report of a milestone before the first calendar."""
    wrong = sum(
        session.execute(
            select(func.count())
            .select_from(fact)
            .where(or_(fact.on > today, fact.recorded_on > today))
        ).scalar_one()
        for fact in _facts()
    )
    first = session.execute(select(func.min(Rebaseline.on))).scalar()
    if first:
        wrong += session.execute(
            select(func.count()).select_from(MilestoneReport).where(MilestoneReport.on < first)
        ).scalar_one()
    return _finding(
        "dates des faits",
        wrong,
        "aucune dans l'avenir ni avant le programme",
        "faits sont datés hors du programme",
    )


def search_words(session: Session) -> Finding:
    """Every idea can be found by its words, and nothing else can."""
    key = "rowid" if is_sqlite(session) else "id"
    # Joined, not « NOT IN »: PostgreSQL would read the one list again for each row of the other.
    unfound = (
        f"SELECT count(*) FROM idea LEFT JOIN idea_words ON idea_words.{key} = idea.id WHERE"
        f" idea_words.{key} IS NULL"
    )
    unknown = (
        f"SELECT count(*) FROM idea_words LEFT JOIN idea ON idea_words.{key} = idea.id WHERE"
        " idea.id IS NULL"
    )
    wrong = session.execute(text(f"SELECT ({unfound}) + ({unknown})")).scalar_one()
    return _finding(
        "mots de recherche", wrong, "un par idée", "idées ne se retrouvent pas par leurs mots"
    )
