"""What screens keep in memory: points of figures, the chart, the roadmap, keyed by scope (rights
included) and by the revisions of the subjects (see `memory`). Only plain values and Arrow tables
live here; of persons only the names that are public by their consent (members of groups), read anew
as soon as a person changes, and the readers' own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from dashboard.access import Reader
from dashboard.cached.memory import Revisions, remembered, revisions
from dashboard.figures import REGISTRY, Figure, Point
from dashboard.figures.board import Board, assemble, scope_for
from dashboard.figures.forecast import Backtest, Forecasts, backtest, forecasts
from dashboard.figures.kinds import Points
from dashboard.figures.roadmap import WorkstreamState, workstream_states
from dashboard.queries import directions, news, roadmap
from dashboard.queries import groups as groups_query
from dashboard.queries import programme as programme_query
from dashboard.queries.academy import attendance
from dashboard.queries.academy import catalogue as catalogue_query
from dashboard.queries.decisions import records as decisions_query
from dashboard.queries.decisions.records import DecisionAt, Register
from dashboard.queries.directions import Organisation
from dashboard.queries.figures.as_known import known_by
from dashboard.queries.groups import GroupAt
from dashboard.queries.meetings import agenda as agenda_query
from dashboard.queries.meetings import records as meetings_query
from dashboard.queries.meetings.records import Calendar, MeetingAt
from dashboard.queries.people import readers as people
from dashboard.queries.programme import AmbitionSummary
from dashboard.queries.roadmap import Imposed, MilestoneAt, Programme
from dashboard.queries.surveys import results as surveys_query
from dashboard.report import pack
from dashboard.scope import Choice, Scope
from models.database import reading
from models.directions import Tree
from models.keeping import Installation
from models.ledger import PAST
from models.news import Post
from models.people import Account
from models.roadmap import Activity, Target
from models.surveys import Survey


@remembered(2048)
def _reader(account_id: int, _roles: str, day: date, _key: Revisions) -> Reader:
    with reading() as session:
        return people.reader_of(session, session.get(Account, account_id), day)


def reader(account: Account, day: date) -> Reader:
    """The reader behind an account; a mandate, a membership or a role that changes raises a
    revision, and is seen here.
    """
    return _reader(account.id, account.roles, day, revisions("people", "communities", "directions"))


@remembered(8)
def _organisation(_key: Revisions) -> Organisation:
    with reading() as session:
        return directions.organisation(session)


@remembered(64)
def _tree(on: date, key: Revisions) -> Tree:
    return _organisation(key).at(on)


def tree_at(on: date) -> Tree:
    """The chart at a day."""
    return _tree(on, revisions("directions"))


@remembered(8)
def _ambitions(_key: Revisions) -> list[Choice]:
    with reading() as session:
        return directions.ambitions(session)


def ambitions() -> list[Choice]:
    return _ambitions(revisions("roadmap"))


@dataclass(frozen=True)
class Kind:
    """What this database is: a demonstration with its frozen day, or a real one."""

    demonstration: bool = False
    frozen_on: date | None = None


@remembered(4)
def _kind(_key: Revisions) -> Kind:
    with reading() as session:
        installation = session.get(Installation, 1)
    return Kind(installation.demonstration, installation.frozen_on) if installation else Kind()


def kind() -> Kind:
    """What this database is; a demonstration that is loaded raises the revision."""
    return _kind(revisions("installation"))


def today() -> date:
    """The day that dates facts: frozen in a demonstration."""
    return kind().frozen_on or date.today()


@remembered(4)
def _programme(_key: Revisions) -> Programme:
    with reading() as session:
        return roadmap.programme(session)


def programme() -> Programme:
    return _programme(revisions("roadmap"))


@remembered(256)
def _milestones(on: date, key: Revisions) -> list[MilestoneAt]:
    return _programme(key).at(on)


def milestones(on: date) -> list[MilestoneAt]:
    """The milestones as of a day."""
    return _milestones(on, revisions("roadmap"))


@remembered(64)
def _workstreams(on: date, key: Revisions) -> list[WorkstreamState]:
    return workstream_states(_programme(key), on)


def workstreams(on: date) -> list[WorkstreamState]:
    return _workstreams(on, revisions("roadmap"))


@remembered(64)
def _s_curve(on: date, wanted: frozenset[int] | None, key: Revisions) -> pa.Table:
    return pack.s_curve(_programme(key), on, wanted)


def s_curve(on: date, wanted: frozenset[int] | None = None) -> pa.Table:
    """Planned and earned month by month, of all milestones or of those whose ids are wanted."""
    return _s_curve(on, wanted, revisions("roadmap"))


@remembered(64)
def _forecasts(on: date, key: Revisions) -> Forecasts:
    return forecasts(_programme(key), on)


def forecasts_at(on: date) -> Forecasts:
    """Dates probables and prudentes as of a day."""
    return _forecasts(on, revisions("roadmap"))


@remembered(16)
def _backtest(on: date, key: Revisions) -> Backtest:
    return backtest(_programme(key), on)


def backtest_at(on: date) -> Backtest:
    """How the forecasts made before a day held."""
    return _backtest(on, revisions("roadmap"))


@remembered(4096)
def _points(
    code: str, scope: Scope, dates: tuple[date, ...], _past: bool, _key: Revisions
) -> Points:
    with reading() as session:
        return REGISTRY[code].compute(session, scope, dates)


def points(figure: Figure, scope: Scope, dates: Sequence[date]) -> Points:
    """The points of a figure, shared by all readers who may see this scope: its key has no person
    in it.

    What is written today changes no earlier day: the days before today keep their points until
    something reaches back.
    """
    plain, day, found = scope.impersonal(), today(), {}
    for is_past, subjects in (
        (True, [f"{subject}{PAST}" for subject in figure.subjects]),
        (False, figure.subjects),
    ):
        wanted = tuple(on for on in dates if (on < day) == is_past)
        if wanted:
            computed = _points(figure.code, plain, wanted, is_past, revisions(*subjects))
            for i, on in enumerate(wanted):
                found[on] = {value: of_value[i] for value, of_value in computed.items()}
    return {value.code: [found[on][value.code] for on in dates] for value in figure.values}


@remembered(4)
def _every_target(_key: Revisions) -> list[Target]:
    with reading() as session:
        return roadmap.every_target(session)


@remembered(128)
def _targets(on: date, known: date | None, key: Revisions) -> dict[str, list[Target]]:
    return roadmap.in_force(_every_target(key), on, known)


def targets(on: date, known: date | None = None) -> dict[str, list[Target]]:
    """Figure code → the targets in force at a day (and, with `known`, recorded by then)."""
    return _targets(on, known, revisions("roadmap"))


def imposed(on: date, known: date | None = None) -> dict[str, Imposed]:
    """Subject → the status imposed by hand and in force at a day."""
    return programme().imposed(on, known)


def board(scope: Scope, codes: Sequence[str] | None = None) -> Board:
    """The board of the scope, from the cached points of its figures."""
    known = known_by(scope, scope.on)
    return assemble(scope, codes, targets(scope.on, known), imposed(scope.on, known), points)


def curve(scope: Scope, code: str, value: str, dates: Sequence[date]) -> list[Point]:
    """One value of a figure at several dates: sparkline and curve are the same call as the card."""
    figure = REGISTRY[code]
    return points(figure, scope_for(scope, figure), dates)[value]


@remembered(4)
def _register(_key: Revisions) -> Register:
    with reading() as session:
        return decisions_query.register(session)


@remembered(64)
def _decisions(on: date, key: Revisions) -> list[DecisionAt]:
    return _register(key).at(on)


def decisions(on: date) -> list[DecisionAt]:
    """The decisions as of a day, those that wait included."""
    return _decisions(on, revisions("decisions"))


@remembered(4)
def _groups_register(_key: Revisions) -> groups_query.Register:
    with reading() as session:
        return groups_query.register(session)


@remembered(64)
def _groups(on: date, key: Revisions) -> list[GroupAt]:
    return _groups_register(key).at(on)


def groups(on: date) -> list[GroupAt]:
    """The progress groups as of a day, with the names of their volunteers."""
    return _groups(on, revisions("groups", "people", "meetings"))


@remembered(4)
def _calendar(_key: Revisions) -> Calendar:
    with reading() as session:
        return meetings_query.calendar(session)


@remembered(64)
def _meetings(on: date, key: Revisions) -> list[MeetingAt]:
    return _calendar(key).at(on)


def meetings(on: date) -> list[MeetingAt]:
    """The meetings known at a day, by their day."""
    return _meetings(on, revisions("meetings"))


@remembered(128)
def _agenda(
    scope: Scope, day: date, first: date, last: date, _key: Revisions
) -> list[agenda_query.Rendezvous]:
    known = meetings(day)
    with reading() as session:
        return agenda_query.agenda(session, scope, known, first, last)


def agenda(scope: Scope, first: date, last: date) -> list[agenda_query.Rendezvous]:
    """What takes place between two days as the reader may know it, her own seats told."""
    return _agenda(
        scope,
        today(),
        first,
        last,
        revisions("meetings", "academy", "groups", "people", "directions"),
    )


@remembered(4)
def _summaries(_key: Revisions) -> list[AmbitionSummary]:
    with reading() as session:
        return programme_query.ambition_summaries(session)


def ambition_summaries() -> list[AmbitionSummary]:
    """The five ambitions with their PST projects."""
    return _summaries(revisions("roadmap"))


@remembered(4)
def _activities(_key: Revisions) -> list[Activity]:
    with reading() as session:
        return programme_query.activities(session)


def activities() -> list[Activity]:
    """The four participatory activities."""
    return _activities(revisions("roadmap"))


@remembered(64)
def _posts(reader: Reader, on: date, limit: int, _key: Revisions) -> list[Post]:
    with reading() as session:
        return news.posts(session, reader, on, limit)


def posts(reader: Reader, on: date, limit: int) -> list[Post]:
    """The posts that the reader may see, the latest first."""
    return _posts(reader, on, limit, revisions("news"))


@remembered(8)
def _published(on: date, _key: Revisions) -> news.Published | None:
    with reading() as session:
        return news.published(session, on)


def published() -> news.Published | None:
    """What is public today."""
    return _published(today(), revisions("news", "ideas"))


@remembered(64)
def _coming_sessions(on: date, limit: int, _key: Revisions) -> list[catalogue_query.ComingSession]:
    with reading() as session:
        return catalogue_query.coming(session, on, limit)


def coming_sessions(on: date, limit: int) -> list[catalogue_query.ComingSession]:
    """The next sessions of the academy."""
    return _coming_sessions(on, limit, revisions("academy"))


@remembered(256)
def _catalogue(scope: Scope, _key: Revisions) -> list[catalogue_query.TrainingRow]:
    with reading() as session:
        return catalogue_query.catalogue(session, scope)


def catalogue(scope: Scope) -> list[catalogue_query.TrainingRow]:
    """The trainings of the scope's ambition with what happened up to its day, the whole
    administration together.
    """
    return _catalogue(scope.whole().impersonal(), revisions("academy", "roadmap"))


@remembered(256)
def _held_by(person_id: int | None, day: date, _key: Revisions) -> list[attendance.ToHold]:
    with reading() as session:
        return attendance.held_by(session, person_id, day)


def sessions_held_by(person_id: int | None) -> list[attendance.ToHold]:
    """The sessions of the trainings a person gives (None: of all), a month back and all to come."""
    return _held_by(person_id, today(), revisions("academy"))


@remembered(64)
def _surveys(scope: Scope, _key: Revisions) -> list[Survey]:
    with reading() as session:
        return surveys_query.waves(session, scope)


def surveys(scope: Scope) -> list[Survey]:
    """The surveys up to the day looked at, the latest first."""
    return _surveys(scope, revisions("surveys"))


@remembered(64)
def _survey_results(scope: Scope, survey_id: int, _key: Revisions) -> list[surveys_query.Result]:
    with reading() as session:
        return surveys_query.results(session, scope, survey_id)


def survey_results(scope: Scope, survey_id: int) -> list[surveys_query.Result]:
    """What was answered to each question of a survey, as this reader may see it."""
    return _survey_results(scope, survey_id, revisions("surveys", "directions"))
