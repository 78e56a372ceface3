"""The checks of the database: the file and its tables; what is stored on an idea, its search words
included; and what is stored on other records, against their facts.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from functools import partial

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    String,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    text,
)
from sqlalchemy.exc import DatabaseError, OperationalError, ProgrammingError
from sqlalchemy.orm.attributes import InstrumentedAttribute
from sqlmodel import Session, SQLModel, select

from dashboard.french import counted
from dashboard.queries import import_sources as sources
from dashboard.queries.figures.small_cells import declared_values
from models import (
    academy,
    communities,
    discussions,
    groups,
    idea_states,
    meetings,
    schema as tables_of_models,
)
from models.academy import Training
from models.broken_dates import NO_DATE
from models.communities import Interest, InterestEvent, Membership, MembershipEvent
from models.database import is_sqlite
from models.decisions import (
    Decision,
    DecisionEffect,
    DecisionEvent,
    DecisionStep,
    Instance,
    Outcome,
    Verdict,
)
from models.directions import Direction, UnitKind
from models.discussions import (
    Contribution,
    ContributionEvent,
    ContributionKind,
    ContributionStep,
    Link,
    Subject,
    SubjectFollow,
    SubjectSupport,
    about_idea,
    idea_of,
)
from models.facts import Fact, first_id, last_values, live
from models.groups import GroupEvent, ProgressGroup
from models.idea_events import NO_DAY, EventKind, IdeaEvent
from models.idea_states import IdeaKind, IdeaStatus
from models.ideas import DETAILS, Idea, Merge, SourceKey
from models.jobs import Job, JobState
from models.ledger import indexed_under
from models.notices import Notice, NoticeKind, NoticeState
from models.people import Person
from models.roadmap import IS_MILESTONE, Measure, Plan, PlanReport, PlanSchedule, Target, TargetKind
from models.schema import known_steps, revision
from models.search import index_words
from models.seats import Seat, SeatEvent, SeatState
from models.surveys import Question, QuestionKind, Survey, SurveyAnswer, SurveyState

_NAMED = 3


@dataclass(frozen=True)
class Finding:
    """The result of one check: its name, whether it holds, and the details in French."""

    name: str
    holds: bool
    message: str


def finding(name: str, wrong: Sequence[str], good: str, one: str, many: str) -> Finding:
    """The result of a check that holds if no record is wrong; the first wrong ones are named."""
    if not wrong:
        return Finding(name, True, good)
    more = len(wrong) - _NAMED
    rest = f" ; et {counted(more, 'autre')}" if more > 0 else ""
    named = " ; ".join(wrong[:_NAMED]) + rest
    return Finding(name, False, f"{counted(len(wrong), one, many)} : {named}")


_SHOWN = 6  # differences of the tables shown on one line
# The columns with codes of a vocabulary: an unknown code stops every reader of the record.
_WORDS: tuple[tuple[InstrumentedAttribute, type[Enum]], ...] = (
    (Idea.kind, idea_states.IdeaKind),
    (Idea.channel, idea_states.Channel),
    (Idea.status, idea_states.IdeaStatus),
    *((getattr(Idea, d.column), d.vocabulary) for d in DETAILS if d.vocabulary),
    (IdeaEvent.what, EventKind),
    (IdeaEvent.from_status, idea_states.IdeaStatus),
    (IdeaEvent.to_status, idea_states.IdeaStatus),
    (discussions.Link.role, discussions.LinkRole),
    (discussions.Contribution.subject, discussions.Subject),
    (discussions.Contribution.kind, discussions.ContributionKind),
    (discussions.ContributionEvent.what, discussions.ContributionStep),
    (discussions.ContributionEvent.subject, discussions.Subject),
    (meetings.Meeting.kind, meetings.MeetingKind),
    (meetings.MeetingEvent.what, meetings.MeetingState),
    (Decision.instance, Instance),
    (DecisionEvent.what, DecisionStep),
    (DecisionEvent.outcome, Outcome),
    (DecisionEvent.verdict, Verdict),
    (meetings.MeetingPaper.what, meetings.PaperStep),
    (groups.ProgressGroup.state, groups.GroupState),
    (groups.GroupEvent.state, groups.GroupState),
    (groups.GroupMember.role, groups.GroupRole),
    (groups.DeliverableEvent.what, groups.DeliverableStep),
    (groups.DocumentVersion.kind, groups.DocumentKind),
    (communities.Membership.community, communities.Community),
    (communities.Membership.reach, communities.AmbassadorReach),
    (communities.Interest.kind, communities.InterestKind),
    (communities.Interest.state, communities.InterestState),
    (communities.InterestEvent.state, communities.InterestState),
    (academy.Training.audience, academy.TrainingAudience),
    (Seat.status, SeatState),
    (SeatEvent.status, SeatState),
    (Direction.kind, UnitKind),
    (Question.kind, QuestionKind),
    (Survey.state, SurveyState),
    (Target.kind, TargetKind),
    (Notice.kind, NoticeKind),
    (Notice.state, NoticeState),
    (Job.state, JobState),
)

_OF_SOURCES: dict[str, type[SQLModel]] = {
    sources.IDEA: Idea,
    sources.COMMENT: discussions.Contribution,
    sources.MEASURE: Measure,
    sources.REPORT: PlanReport,
    "person": Person,
    "catalogue": academy.Training,
    "survey": Survey,
    "survey-responses": Survey,
}


def pages(session: Session) -> Finding:
    """SQLite: the pages of the file are intact. PostgreSQL checks its own."""
    if not is_sqlite(session):
        return Finding("pages", True, "tenues par PostgreSQL")
    try:
        # FTS5 checks against this connection's cache of the words, and only notices writes of other
        # connections when they are read (seen in SQLite 3.46).
        session.execute(text("SELECT 1 FROM idea_words LIMIT 1")).first()
        found = session.execute(text("PRAGMA quick_check(1)")).scalar_one()
    except DatabaseError:
        found = ""
    if found == "ok":
        return Finding("pages", True, "entières")
    return Finding(
        "pages", False, "le fichier est abîmé : arrêtez le service, restaurez une sauvegarde"
    )


def steps(session: Session) -> Finding:
    """The database is at the newest migration step."""
    current = revision(session.connection())
    return Finding("migrations", current == known_steps()[0], f"étape {current}")


def tables(session: Session) -> Finding:
    """Tables, columns and indexes are those of the models, at any recorded step."""
    found = tables_of_models.differences(session.connection())
    sample = " ; ".join(found[:_SHOWN]) + (
        f" ; et {counted(len(found) - _SHOWN, 'autre')}" if len(found) > _SHOWN else ""
    )
    return Finding("tables", not found, "celles du programme" if not found else sample)


def links(session: Session) -> Finding:
    """No foreign key is broken: searched on SQLite, guaranteed by PostgreSQL while its constraints
    are validated.
    """
    statement = (
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'f' AND NOT"
        " convalidated AND connamespace = current_schema()::regnamespace"
    )
    if is_sqlite(session):
        statement = 'SELECT "table", coalesce(rowid, 0), parent FROM pragma_foreign_key_check'
    wrong = [" ".join(map(str, row)) for row in session.execute(text(statement)).all()]
    return finding("liens", wrong, "entiers", "lien est cassé", "liens sont cassés")


def voids(session: Session) -> Finding:
    """A fact that voids another points at an existing one."""
    wrong: list[str] = []
    for fact in facts():
        undone = fact.__table__.alias()
        is_present = select(undone.c.id).where(undone.c.id == fact.voids).exists()
        lost = session.execute(
            select(fact.id, fact.voids).where(fact.voids.is_not(None), ~is_present)
        ).all()
        wrong += [
            f"{fact.__tablename__} {id_} annule le fait {missing_id}" for id_, missing_id in lost
        ]
    return finding(
        "annulations",
        wrong,
        "chacune a son fait",
        "annulation ne désigne aucun fait",
        "annulations ne désignent aucun fait",
    )


def stored_days(session: Session) -> Finding:
    """Dates are valid: SQLite stores any text, which stops every reader of the record. A backup of
    such a record contains NO_DATE, on either engine.
    """
    wrong: list[str] = []
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Date) and table.schema is None:
                key = next(iter(column.table.primary_key))
                written = cast(column, Text)
                if is_sqlite(session):
                    is_none = or_(
                        written == NO_DATE.isoformat(),
                        written.op("NOT GLOB")("[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]"),
                    )
                else:
                    is_none = column == NO_DATE
                rows = session.execute(select(cast(key, Text), written).where(is_none)).all()
                wrong += (
                    f"{column.table.name} {id_} : {column.name} « {text_} »" for id_, text_ in rows
                )
    return finding(
        "jours",
        wrong,
        "chacun se lit",
        "jour ne se lit pas",
        "jours ne se lisent pas",
    )


def days(session: Session, today: date) -> Finding:
    """No fact is dated after today, and no milestone report before the first calendar."""
    wrong: list[str] = []
    for fact in facts():
        late = or_(fact.on > today, fact.recorded_on > today)
        wrong += _dated(fact, session.execute(select(fact.id, fact.on).where(late)).all())
    milestones = select(Plan.id).where(IS_MILESTONE)
    first = session.execute(
        select(func.min(PlanSchedule.on)).where(PlanSchedule.plan_id.in_(milestones))
    ).scalar()
    if first:
        early = select(PlanReport.id, PlanReport.on).where(
            PlanReport.on < first, PlanReport.plan_id.in_(milestones)
        )
        wrong += _dated(PlanReport, session.execute(early).all())
    return finding(
        "dates des faits",
        wrong,
        "aucune dans l'avenir ni avant le programme",
        "fait est daté hors du programme",
        "faits sont datés hors du programme",
    )


def _dated(fact: type[Fact], rows) -> list[str]:
    return [f"{fact.__tablename__} {id_} du {on:%d/%m/%Y}" for id_, on in rows]


def facts() -> list[type[Fact]]:
    """Every table of facts, found through the models."""
    return sorted(
        (mapper.class_ for mapper in Idea._sa_registry.mappers if issubclass(mapper.class_, Fact)),
        key=lambda fact: fact.__tablename__,
    )


def words(session: Session) -> Finding:
    """Stored codes belong to their vocabulary."""
    wrong = [record for column, known in _WORDS for record in _unknown(session, column, known)]
    return finding(
        "vocabulaires",
        wrong,
        "chaque mot est connu",
        "mot n'est d'aucun vocabulaire",
        "mots ne sont d'aucun vocabulaire",
    )


def _unknown(session: Session, column: InstrumentedAttribute, known: type[Enum]) -> Iterator[str]:
    table = column.class_
    record = Idea.number if table is Idea else table.id
    unknown = select(record, column).where(column.not_in([str(word.value) for word in known]))
    for id_, stored in session.execute(unknown).all():
        yield f"{table.__tablename__} {id_} : {column.key} « {stored} »"


def origins(session: Session) -> Finding:
    """Imported records still exist, under the id of their origin key."""
    wrong: list[str] = []
    for subject, table in _OF_SOURCES.items():
        lost = (
            select(SourceKey.source, SourceKey.key)
            .join(table, table.id == SourceKey.record_id, isouter=True)
            .where(SourceKey.subject == subject, table.id.is_(None))
            .order_by(SourceKey.id)
        )
        wrong += [f"{source}, {key}" for source, key in session.execute(lost).all()]
    return finding(
        "clés d'origine",
        wrong,
        "chacune a son enregistrement",
        "enregistrement venu d'une source a disparu",
        "enregistrements venus d'une source ont disparu",
    )


_CHUNK = 2000
_DECIDED = [str(kind) for kind in IdeaKind if kind.is_decided]


def _number(idea: int) -> str:
    """The name of an entry in a finding."""
    return f"n° {idea}"


def _counting() -> ColumnElement[bool]:
    """The condition for facts that are not voided."""
    return IdeaEvent.id.not_in(select(IdeaEvent.voids).where(IdeaEvent.voids.is_not(None)))


# Idea → the position of its last fact with a state that is not voided.
_LAST = (
    select(IdeaEvent.idea_id, func.max(IdeaEvent.seq).label("seq"))
    .where(IdeaEvent.to_status.is_not(None), _counting())
    .group_by(IdeaEvent.idea_id)
    .subquery()
)
# Idea → the fact of its first answer, with its due date.
_FIRST_ANSWER = (
    select(IdeaEvent.idea_id, IdeaEvent.on, IdeaEvent.due_on)
    .where(IdeaEvent.first_answer.is_(True), _counting())
    .subquery()
)


def _named(session: Session, statement: Select) -> list[str]:
    return [_number(found) for found in session.execute(statement.order_by(Idea.number)).scalars()]


def lives(session: Session) -> Finding:
    """The facts of an entry follow each other without a gap from its filing, each starting from the
    state that the previous one left.
    """
    facts = (
        select(
            IdeaEvent.idea_id,
            func.count().label("n"),
            func.min(IdeaEvent.seq).label("first"),
            func.max(IdeaEvent.seq).label("last"),
            func.sum(case((IdeaEvent.what == EventKind.filed, 1), else_=0)).label("filings"),
        )
        .group_by(IdeaEvent.idea_id)
        .subquery()
    )
    whole = and_(facts.c.first == 1, facts.c.last == facts.c.n, facts.c.filings == 1)
    before = func.lag(IdeaEvent.to_status).over(
        partition_by=IdeaEvent.idea_id, order_by=IdeaEvent.seq
    )
    steps = (
        select(IdeaEvent.idea_id, before.is_distinct_from(IdeaEvent.from_status).label("jumps"))
        .where(_counting(), IdeaEvent.what != EventKind.undone)
        .subquery()
    )
    broken = (
        select(Idea.number)
        .join(facts, facts.c.idea_id == Idea.id, isouter=True)
        .where(
            or_(
                facts.c.n.is_(None),
                ~whole,
                Idea.id.in_(select(steps.c.idea_id).where(steps.c.jumps)),
            )
        )
    )
    return finding(
        "faits des idées",
        _named(session, broken),
        "ils se suivent",
        "idée a un fait qui manque ou ne suit pas le précédent",
        "idées ont un fait qui manque ou ne suit pas le précédent",
    )


def _as_in_facts(
    name: str, what: str, differs: ColumnElement[bool]
) -> Callable[[Session], Finding]:
    """A check that a value on each record is that of its last fact with a state, or of its first
    answer.
    """

    def check(session: Session) -> Finding:
        wrong = (
            select(Idea.number)
            .join(_LAST, _LAST.c.idea_id == Idea.id, isouter=True)
            .join(
                IdeaEvent,
                (IdeaEvent.idea_id == Idea.id) & (IdeaEvent.seq == _LAST.c.seq),
                isouter=True,
            )
            .join(_FIRST_ANSWER, _FIRST_ANSWER.c.idea_id == Idea.id, isouter=True)
            .where(differs)
        )
        return finding(
            name,
            _named(session, wrong),
            "comme leurs faits le disent",
            f"idée n'a pas {what} de ses faits",
            f"idées n'ont pas {what} de leurs faits",
        )

    return check


current_values = _as_in_facts(
    "états des idées", "l'état", IdeaEvent.to_status.is_distinct_from(Idea.status)
)
# An answered due date stays after a transfer.
_DUE = case((_FIRST_ANSWER.c.idea_id.is_not(None), _FIRST_ANSWER.c.due_on), else_=IdeaEvent.due_on)
promises = _as_in_facts("échéances des idées", "l'échéance", _DUE.is_distinct_from(Idea.due_on))
answers = _as_in_facts(
    "premières réponses",
    "la date de réponse",
    _FIRST_ANSWER.c.on.is_distinct_from(Idea.answered_on),
)
# What figures group by, on the record and copied to each fact.
_COPIED = ("ambition_id", "concerns_id", "origin_id", "author_id", "counts")
_IS_DECIDED = case((Idea.kind.in_(_DECIDED), literal(1)), else_=literal(0))
places = _as_in_facts(
    "classement des idées",
    "l'ambition, la direction, l'auteur ou le genre",
    or_(
        case((IdeaEvent.decided.is_(True), literal(1)), else_=literal(0)) != _IS_DECIDED,
        *(getattr(IdeaEvent, name).is_distinct_from(getattr(Idea, name)) for name in _COPIED),
    ),
)


def filings(session: Session) -> Finding:
    """The day of filing is the same on the record, on each of its facts, and in its id; if it is
    unknown, the facts have NO_DAY.
    """
    facts = (
        select(
            IdeaEvent.idea_id,
            func.min(IdeaEvent.filed_on).label("first"),
            func.max(IdeaEvent.filed_on).label("last"),
            func.min(case((IdeaEvent.what == EventKind.filed, IdeaEvent.on))).label("filed"),
        )
        .group_by(IdeaEvent.idea_id)
        .subquery()
    )
    rows = session.execute(
        select(
            *(Idea.number, Idea.id, Idea.filed_on, Idea.dated),
            *(facts.c.first, facts.c.last, facts.c.filed),
        )
        .join(facts, facts.c.idea_id == Idea.id)
        .order_by(Idea.number)
    )
    one_day = timedelta(days=1)
    wrong = [
        _number(found)
        for found, id_, filed_on, dated, *stored in rows
        if stored != [*([filed_on if dated else NO_DAY] * 2), filed_on]
        or not first_id(filed_on) <= id_ < first_id(filed_on + one_day)
    ]
    return finding(
        "dates de dépôt",
        wrong,
        "celles de leurs faits",
        "idée n'a pas la date de dépôt de ses faits",
        "idées n'ont pas la date de dépôt de leurs faits",
    )


# ── Who sees it ───────────────────────────────────────────────────────────────────────────────────


def publication(session: Session) -> Finding:
    """An idea is published or not by the last fact about it; before any, a signed idea is
    published, an anonymous one is not. An imported idea may start hidden.
    """
    tells_visibility = or_(
        IdeaEvent.what.in_([EventKind.published, EventKind.hidden]),
        IdeaEvent.to_status == IdeaStatus.redirected,
    )
    last = (
        select(IdeaEvent.idea_id, func.max(IdeaEvent.seq).label("seq"))
        .where(tells_visibility, _counting())
        .group_by(IdeaEvent.idea_id)
        .subquery()
    )
    imported = select(SourceKey.record_id).where(SourceKey.subject == "idea")
    rows = session.execute(
        select(
            Idea.number,
            Idea.published,
            Idea.anonymous,
            IdeaEvent.what,
            Idea.id.in_(imported).label("imported"),
        )
        .join(last, last.c.idea_id == Idea.id, isouter=True)
        .join(
            IdeaEvent,
            (IdeaEvent.idea_id == Idea.id) & (IdeaEvent.seq == last.c.seq),
            isouter=True,
        )
        .order_by(Idea.number)
    )
    wrong = [_number(found) for found, *stored in rows if not _is_shown_rightly(*stored)]
    return finding(
        "publication des idées",
        wrong,
        "comme leurs faits le disent",
        "idée est montrée ou cachée contre ses faits",
        "idées sont montrées ou cachées contre leurs faits",
    )


def _is_shown_rightly(
    published: bool, anonymous: bool, last: str | None, is_imported: bool
) -> bool:
    if last is not None:
        return published == (last == EventKind.published)
    if published:
        return not anonymous
    return anonymous or is_imported


# ── Merges, supports and comments ─────────────────────────────────────────────────────────────────


def _joined(session: Session) -> dict[int, int]:
    """Entry → the one it is merged into."""
    rows = session.execute(
        select(Idea.id, Idea.merged_into).where(Idea.merged_into.is_not(None))
    ).all()
    return dict(rows)


def _survivors(idea: int, joined: Mapping[int, int]) -> list[int]:
    """An entry and those it was merged into, one after the other; a cycle is followed once."""
    found = [idea]
    while (into := joined.get(found[-1])) is not None and into not in found:
        found.append(into)
    return found


def merges(session: Session) -> Finding:
    """A merged entry has another entry as its target and the status « merged », without cycles; a
    merge that was done and not undone matches its entry.
    """
    joined = _joined(session)
    circles = {entry for entry in joined if joined.get(_survivors(entry, joined)[-1]) is not None}
    lost = (
        select(Merge.id)
        .where(
            Merge.idea_id == Idea.id,
            Merge.done_on.is_not(None),
            Merge.ended_on.is_(None),
            Merge.into_id.is_distinct_from(Idea.merged_into),
        )
        .exists()
    )
    odd = Idea.merged_into.is_not(None) & (Idea.status != IdeaStatus.merged)
    return finding(
        "fusions",
        _named(session, select(Idea.number).where(lost | odd | Idea.id.in_(circles))),
        counted(len(joined), "idée fusionnée", "idées fusionnées"),
        "idée n'est pas fusionnée comme elle le dit",
        "idées ne sont pas fusionnées comme elles le disent",
    )


def supports(session: Session) -> Finding:
    """The number of supports on each record is that of the distinct supporters of the entry and of
    those merged into it, without their authors.
    """
    joined = _joined(session)
    alone = (
        select(Idea.id, func.count(SubjectSupport.person_id).label("n"))
        .join(
            SubjectSupport,
            about_idea(SubjectSupport) & SubjectSupport.person_id.is_distinct_from(Idea.author_id),
            isouter=True,
        )
        .group_by(Idea.id)
        .subquery()
    )
    rows = session.execute(
        select(Idea.id, Idea.number, Idea.supports, alone.c.n)
        .join(alone, alone.c.id == Idea.id)
        .order_by(Idea.number)
    ).all()
    together = _supported_together(session, joined)
    wrong = [
        f"{_number(found)} ({counted(stored, 'soutien')} au lieu de {together.get(id_, n)})"
        for id_, found, stored, n in rows
        if stored != together.get(id_, n)
    ]
    return finding(
        "soutiens",
        wrong,
        "un par personne",
        "idée n'a pas le nombre de ses soutiens",
        "idées n'ont pas le nombre de leurs soutiens",
    )


def _supported_together(session: Session, joined: Mapping[int, int]) -> dict[int, int]:
    """Entry that others were merged into → the number of persons who support any of them."""
    above = {target: _survivors(target, joined) for target in {*joined, *joined.values()}}
    if not above:
        return {}
    supporters = select(idea_of(SubjectSupport), SubjectSupport.person_id).where(
        SubjectSupport.subject == Subject.idea,
        SubjectSupport.key.in_([str(target) for target in above]),
    )
    authors: dict[int, set[int]] = defaultdict(set)
    persons: dict[int, set[int]] = defaultdict(set)
    for table, found in (
        (select(Idea.id, Idea.author_id).where(Idea.id.in_(above)), authors),
        (supporters, persons),
    ):
        for idea, person in session.execute(table):
            for target in above[idea]:
                found[target].add(person)
    return {target: len(persons[target] - authors[target]) for target in above}


def comments(session: Session) -> Finding:
    """The number of comments on each record is that of its public comments."""
    public = (
        select(idea_of(Contribution).label("idea_id"), func.count().label("n"))
        .where(
            Contribution.subject == Subject.idea,
            Contribution.kind == ContributionKind.comment,
            Contribution.hidden.is_(False),
        )
        .group_by(Contribution.subject, Contribution.key)
        .subquery()
    )
    wrong = (
        select(Idea.number)
        .join(public, public.c.idea_id == Idea.id, isouter=True)
        .where(func.coalesce(public.c.n, 0) != Idea.comments)
    )
    return finding(
        "commentaires",
        _named(session, wrong),
        "ceux que chacun lit",
        "idée n'a pas le nombre de ses commentaires",
        "idées n'ont pas le nombre de leurs commentaires",
    )


# ── Found by its words ────────────────────────────────────────────────────────────────────────────


def search_words(session: Session) -> Finding:
    """The search index has every idea with exactly the words of its text, and nothing else."""
    key = "rowid" if is_sqlite(session) else "id"
    # A join, not « NOT IN »: PostgreSQL would scan one list again for each row of the other.
    unknown = text(
        f"SELECT idea_words.{key} FROM idea_words LEFT JOIN idea ON idea_words.{key} = idea.id"
        " WHERE idea.id IS NULL"
    )
    wrong = [f"index {found}" for found in session.execute(unknown).scalars()]
    wrong += [_number(found) for found in _not_found_by_their_words(session)]
    return finding(
        "mots de recherche",
        wrong,
        "ceux de chaque idée",
        "idée ne se retrouve pas par ses mots",
        "idées ne se retrouvent pas par leurs mots",
    )


def _not_found_by_their_words(session: Session) -> Iterator[int]:
    rows = session.execute(
        select(Idea.id, Idea.number, Idea.title, Idea.body)
        .order_by(Idea.id)
        .execution_options(yield_per=_CHUNK)
    )
    for part in rows.partitions():
        written = {id_: index_words(title, body) for id_, _, title, body in part}
        indexed = indexed_under(session, written)
        yield from (found for id_, found, *_ in part if id_ not in indexed)


# ── What points at a record by its name ───────────────────────────────────────────────────────────


def ends(session: Session) -> Finding:
    """Each end of a link, each record changed by a decision, and each entry made from an answer
    exists: no foreign key guarantees it.
    """
    wrong: list[str] = []
    # The key used in links for each kind of record.
    for kind, known in {
        "idee": Idea.id,
        "decision": Decision.id,
        "jalon": Plan.number,
        "projet": Plan.number,
        "groupe": ProgressGroup.code,
        "formation": Training.code,
    }.items():
        keys = select(cast(known, String))
        for table, of_kind, key in (
            (Link, Link.from_kind, Link.from_key),
            (Link, Link.to_kind, Link.to_key),
            (DecisionEffect, DecisionEffect.kind, DecisionEffect.key),
        ):
            lost = select(table.id, key).where(of_kind == kind, key.not_in(keys))
            wrong += [
                f"{table.__tablename__} {id_} : {kind} {missing}"
                for id_, missing in session.execute(lost.order_by(table.id))
            ]
    answered = select(SurveyAnswer.id, SurveyAnswer.idea_id).where(
        SurveyAnswer.idea_id.is_not(None), SurveyAnswer.idea_id.not_in(select(Idea.id))
    )
    wrong += [
        f"survey_answer {id_} : idee {missing}"
        for id_, missing in session.execute(answered.order_by(SurveyAnswer.id))
    ]
    return finding(
        "bouts des liens",
        wrong,
        "chacun a son enregistrement",
        "lien mène à un enregistrement qui n'existe pas",
        "liens mènent à des enregistrements qui n'existent pas",
    )


def contributions(session: Session) -> Finding:
    """Contributions, supports and followers have a subject, and the hidden contributions are those
    of the last moderation.
    """
    wrong = [
        *(
            item
            for table in (Contribution, ContributionEvent, SubjectSupport, SubjectFollow)
            for item in _without_subject(session, table)
        ),
        *_wrongly_hidden(session),
    ]
    stored = session.execute(select(func.count()).select_from(Contribution)).scalar_one()
    return finding(
        "discussions",
        wrong,
        counted(stored, "contribution"),
        "discussion n'est pas comme elle le dit",
        "discussions ne sont pas comme elles le disent",
    )


def _without_subject(session: Session, table: type[SQLModel]) -> Iterator[str]:
    others = select(table.subject, table.key).where(table.subject != Subject.idea)
    known = {
        Subject.milestone: set(session.execute(select(Plan.number).where(IS_MILESTONE)).scalars()),
        Subject.proposition: set(session.execute(select(ProgressGroup.code)).scalars()),
        Subject.decision: {str(i) for i in session.execute(select(Decision.id)).scalars()},
        Subject.training: set(session.execute(select(Training.code)).scalars()),
        Subject.figure: set(declared_values(session)),
    }
    ideas = (
        select(table.subject, table.key)
        .join(Idea, Idea.id == idea_of(table), isouter=True)
        .where(table.subject == Subject.idea, Idea.id.is_(None))
    )
    lost = {
        (subject, key)
        for subject, key in session.execute(others.distinct())
        if key not in known.get(subject, ())
    }
    lost.update(tuple(row) for row in session.execute(ideas.distinct()))
    return (
        f"{table.__tablename__} : {subject} {key} n'existe pas" for subject, key in sorted(lost)
    )


def _wrongly_hidden(session: Session) -> Iterator[str]:
    shown_or_hidden = [str(ContributionStep.hidden), str(ContributionStep.restored)]
    rows = session.execute(
        select(ContributionEvent.contribution_id, ContributionEvent.what)
        .where(
            ContributionEvent.what.in_(shown_or_hidden),
            ContributionEvent.contribution_id.is_not(None),
        )
        .order_by(ContributionEvent.id)
    ).all()
    last = dict(tuple(row) for row in rows)
    stored = session.execute(
        select(Contribution.id, Contribution.hidden)
        .where(Contribution.hidden.is_(True) | Contribution.id.in_(sorted(last)))
        .order_by(Contribution.id)
    )
    for ident, hidden in stored:
        if hidden != (last.get(ident) == ContributionStep.hidden):
            yield f"contribution {ident}"


# ── What is stored on a record and follows from others ────────────────────────────────────────────


def totals(session: Session) -> Finding:
    """The number of answers of a survey is that of its sheets; for a survey answered here at least
    that, since answers are stored ten at a time and a sheet may be empty.
    """
    sheets = (
        select(SurveyAnswer.survey_id, func.count(SurveyAnswer.sheet.distinct()).label("n"))
        .group_by(SurveyAnswer.survey_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Survey.id,
            Survey.title,
            Survey.answered,
            func.coalesce(sheets.c.n, literal(0)),
            Survey.key,
        )
        .join(sheets, sheets.c.survey_id == Survey.id, isouter=True)
        .where(Survey.state != SurveyState.draft)
        .order_by(Survey.id)
    ).all()
    wrong = [
        f"{title} ({id_}) : {counted(stored, 'réponse')}, {counted(n, 'feuille')}"
        for id_, title, stored, n, key in rows
        if stored < n or (stored > n and not key)
    ]
    return finding(
        "totaux des enquêtes",
        wrong,
        counted(len(rows), "enquête"),
        "enquête n'a pas le nombre de ses réponses",
        "enquêtes n'ont pas le nombre de leurs réponses",
    )


def memberships(session: Session) -> Finding:
    """A membership is open exactly while its facts cover the member's own service."""
    facts = session.execute(
        select(MembershipEvent.membership_id, MembershipEvent.service_id, MembershipEvent.joined)
        .where(live(MembershipEvent, date.max), MembershipEvent.own.is_(True))
        .order_by(MembershipEvent.on, MembershipEvent.id)
    ).all()
    covered = {(membership, service): joined for membership, service, joined in facts}
    is_open = {membership for (membership, _), joined in covered.items() if joined}
    rows = session.execute(select(Membership.id, Membership.left_on).order_by(Membership.id)).all()
    return finding(
        "adhésions",
        [f"adhésion {id_}" for id_, left in rows if (left is None) != (id_ in is_open)],
        counted(len(rows), "adhésion"),
        "adhésion ne suit pas ses faits",
        "adhésions ne suivent pas leurs faits",
    )


def _as_in_last_fact(
    names: tuple[str, str], table: type[SQLModel], fact: type[Fact], what: str
) -> Callable[[Session], Finding]:
    """A check that the value on each record is that of its last fact; `names`: the name of the
    check, and the noun for a record.
    """
    name, noun = names

    def check(session: Session) -> Finding:
        last = last_values(session, getattr(fact, what), date.max)
        rows = session.execute(select(table.id, getattr(table, what)).order_by(table.id)).all()
        wrong = [f"{noun} {id_}" for id_, stored in rows if last.get(id_) != stored]
        return finding(
            name,
            wrong,
            counted(len(last), noun),
            f"{noun} n'a pas l'état de ses faits",
            f"{noun}s n'ont pas l'état de leurs faits",
        )

    return check


registrations = _as_in_last_fact(("inscriptions", "inscription"), Seat, SeatEvent, "status")
group_states = _as_in_last_fact(
    ("groupes de progrès", "groupe"), ProgressGroup, GroupEvent, "state"
)
interests = _as_in_last_fact(("marques d'intérêt", "marque"), Interest, InterestEvent, "state")


# The quick ones first. Steps, tables and days are checked before them.
CHECKS: tuple[Callable[[Session], Finding], ...] = (
    links,
    voids,
    words,
    origins,
    ends,
    totals,
    memberships,
    registrations,
    group_states,
    interests,
    merges,
    supports,
    comments,
    contributions,
    lives,
    current_values,
    promises,
    answers,
    filings,
    places,
    publication,
    search_words,
)
HOW_MANY = 5 + len(CHECKS)  # the findings of `everything`


def everything(session: Session, today: date) -> Iterator[Finding]:
    """The result of every check of the database, one by one."""
    whole = pages(session)
    yield whole
    if not whole.holds:
        return  # nothing else can be asked of it
    # First, because the others may fail on tables that lack a column.
    yield steps(session)
    yield tables(session)
    yield stored_days(session)
    for check in (partial(days, today=today), *CHECKS):
        yield _run(session, check)


def _run(session: Session, check: Callable[[Session], Finding]) -> Finding:
    """The result of a check; an unreadable value, or a table that differs from the models, is a
    failure and does not stop the other checks.
    """
    try:
        return check(session)
    except ValueError as error:
        return Finding("lecture", False, f"un enregistrement ne se lit pas : {error}")
    except (ProgrammingError, OperationalError):
        session.rollback()  # PostgreSQL answers nothing more in this transaction
        return Finding(
            "lecture", False, "la base refuse la question : une table ou une colonne manque"
        )
