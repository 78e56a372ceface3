"""The result of a check, and checks of the database itself: migration step, tables, foreign keys
and voids, days of facts, vocabularies and origins.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from sqlalchemy import Date, Text, cast, func, or_, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm.attributes import InstrumentedAttribute
from sqlmodel import Session, SQLModel, select

from dashboard.french import counted
from dashboard.queries import import_sources as sources
from models import (
    academy,
    communities,
    discussions,
    groups,
    idea_states,
    meetings,
    schema as tables_of_models,
)
from models.broken_dates import NO_DATE
from models.database import is_sqlite
from models.decisions import Decision, DecisionEvent, DecisionStep, Instance, Outcome, Verdict
from models.directions import Direction, UnitKind
from models.facts import Fact
from models.idea_events import EventKind, IdeaEvent
from models.ideas import DETAILS, Idea, SourceKey
from models.jobs import Job, JobState
from models.notices import Notice, NoticeKind, NoticeState
from models.people import Person
from models.roadmap import IS_MILESTONE, Measure, Plan, PlanReport, PlanSchedule, Target, TargetKind
from models.schema import known_steps, revision
from models.seats import Seat, SeatEvent, SeatState
from models.surveys import Question, QuestionKind, Survey, SurveyState

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
