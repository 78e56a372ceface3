"""What screens keep in memory: points of figures, the chart, the roadmap, keyed by scope (rights
included) and by the revisions of the subjects (see `memory`). Only plain values live
here; of persons only the names that are public by their consent (members of groups), read anew
as soon as a person changes, and the readers' own.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from threading import Lock

from dashboard.access import Reader
from dashboard.cached.memory import EVERYTHING, Kept, Revisions, as_of, cached, today, whole
from dashboard.cached.memory import kind as kind
from dashboard.charts.rows import ChartRows
from dashboard.figures import REGISTRY, Figure, Point
from dashboard.figures.board import Board, Entry, assemble, scope_for
from dashboard.figures.forecast import Backtest, Forecasts, backtest, forecasts
from dashboard.figures.kinds import Points, rows_behind
from dashboard.figures.places import FRESH_DAYS, TYPED
from dashboard.figures.pst import Comparison, comparison
from dashboard.figures.reads import Keeping, Reads
from dashboard.figures.workstreams import WorkstreamState, workstream_states
from dashboard.queries import directions, news
from dashboard.queries import groups as groups_query
from dashboard.queries import programme as programme_query
from dashboard.queries import roadmap as roadmap_queries
from dashboard.queries import targets as target_queries
from dashboard.queries.academy import attendance
from dashboard.queries.academy import catalogue as catalogue_query
from dashboard.queries.decisions import records as decisions_query
from dashboard.queries.decisions.records import DecisionAt, DecisionRegister
from dashboard.queries.directions import Organisation
from dashboard.queries.figures.as_known import known_by
from dashboard.queries.figures.figure_rows import Rows
from dashboard.queries.groups import GroupAt
from dashboard.queries.meetings import agenda as agenda_query
from dashboard.queries.meetings import closing as closing_query
from dashboard.queries.meetings import records as meetings_query
from dashboard.queries.meetings import workshops as workshops_query
from dashboard.queries.meetings.closing import Closing
from dashboard.queries.meetings.records import Calendar, MeetingAt
from dashboard.queries.meetings.workshops import Workshop
from dashboard.queries.people import readers as people
from dashboard.queries.programme import AmbitionSummary
from dashboard.queries.readable import Readable
from dashboard.queries.roadmap import Imposed, PlanAt, Roadmap, Stream
from dashboard.queries.surveys import results as surveys_query
from dashboard.report import pack
from dashboard.scope import Choice, Scope
from models.database import reading
from models.directions import Tree
from models.news import Post
from models.people import Account
from models.programmes import Period, Programmes
from models.programmes import programmes as every_programme
from models.roadmap import Activity, Target
from models.settings import settings
from models.surveys import Survey
from models.workdays import workdays


@cached("people", "communities", "directions", size=2048)
def reader_by(account_id: int, _roles: str, day: date) -> Reader:
    """The reader behind an account with these roles."""
    with reading() as session:
        return people.reader_of(session, session.get(Account, account_id), day)


@cached("people", size=64)
def function_of(person_id: int | None) -> str:
    """The function of a person, as it is shown beside what she decided."""
    with reading() as session:
        return people.function_of(session, person_id)


def reader(account: Account, day: date) -> Reader:
    """The reader behind an account; a mandate, a membership or a role that changes raises a
    revision, and is seen here.
    """
    return reader_by(account.id, account.roles, day)


@cached("directions", size=8)
def _organisation() -> Organisation:
    with reading() as session:
        return directions.organisation(session)


@cached("directions", size=64)
def tree_at(on: date) -> Tree:
    """The chart at a day."""
    return _organisation().at(on)


@cached("roadmap", size=8)
def ambitions() -> list[Choice]:
    with reading() as session:
        return directions.ambitions(session)


@cached("roadmap", size=4)
def programmes() -> Programmes:
    """The programmes, the first one first."""
    with reading() as session:
        return every_programme(session)


@cached("roadmap", size=4)
def _roadmap() -> Roadmap:
    with reading() as session:
        return roadmap_queries.whole_roadmap(session)


def roadmap(asked: Period | None = None) -> Roadmap:
    """The roadmap; of the programme asked for, else on each day of the one that runs then."""
    return _roadmap().of_programme(asked)


def streams(scope: Scope) -> list[Stream]:
    """The workstreams of the programme that a scope looks at."""
    return roadmap(scope.asked).streams(scope.on)


@cached("roadmap", size=256)
def milestones(on: date, asked: Period | None = None) -> Readable[PlanAt]:
    """The milestones as of a day."""
    return roadmap(asked).at(on)


@cached("roadmap", size=64)
def every_milestone(on: date) -> dict[int, PlanAt]:
    """Id → the milestone as of a day, of all programmes and in order: one may wait for another."""
    return {m.plan.id: m for m in roadmap().every(on)}


@cached("roadmap", size=64)
def workstreams(on: date, asked: Period | None = None) -> list[WorkstreamState]:
    return workstream_states(roadmap(asked), on)


@cached("roadmap", size=8)
def pst(on: date, as_known: bool = False) -> Comparison | None:
    """The last file of the PST beside what we say, as of a day; `as_known`: as was known then."""
    with reading() as session:
        return comparison(session, on, on if as_known else None)


@cached("roadmap", size=64)
def s_curve(
    on: date, wanted: frozenset[int] | None = None, asked: Period | None = None
) -> ChartRows:
    """Planned and earned month by month, of all milestones or of those whose ids are wanted."""
    return pack.s_curve(roadmap(asked), on, wanted)


@cached("roadmap", size=64)
def forecasts_at(on: date, asked: Period | None = None) -> Forecasts:
    """Dates probables and prudentes as of a day."""
    return forecasts(roadmap(asked), on)


@cached("roadmap", size=16)
def backtest_at(on: date, asked: Period | None = None) -> Backtest:
    """How the forecasts made before a day held."""
    return backtest(roadmap(asked), on)


@dataclass(frozen=True)
class _Told:
    """The points of a figure at one day, by value, and the revisions that they stand under."""

    at: Revisions
    points: dict[str, Point]


@dataclass(frozen=True)
class _Days:
    """What is known of one figure in one scope, day by day; filled by one session at a time."""

    told: dict[date, _Told] = field(default_factory=dict)
    guard: Lock = field(default_factory=Lock)


_POINTS = Kept[_Days](4096)
_READ = Kept[object](8192)


def points(figure: Figure, scope: Scope, dates: Sequence[date]) -> Points:
    """The points of a figure, shared by all readers who may see this scope: its key has no person
    in it. Each day is kept by itself, and those that are missing are computed together.
    """
    plain = scope.impersonal()
    kept = _POINTS.find((figure.code, plain), None, _Days)
    at = {on: as_of(figure.subjects, on) for on in dates}
    told = _standing(kept, at)
    if len(told) < len(at):
        with kept.guard:
            missing = [on for on in at if on not in _standing(kept, at)]
            if missing:
                kept.told.update(_computed(figure, plain, missing, at))
            told = _standing(kept, at)
    codes = dict.fromkeys(code for on in dates for code in told[on].points)
    # A workstream added since has no value on the days that were computed before.
    return {code: [told[on].points.get(code) or Point(on, None) for on in dates] for code in codes}


def _standing(kept: _Days, at: Mapping[date, Revisions]) -> dict[date, _Told]:
    """What is known of these days, at these revisions."""
    found = ((on, kept.told.get(on), revisions) for on, revisions in at.items())
    return {on: told for on, told, revisions in found if told and told.at == revisions}


def _computed(
    figure: Figure, scope: Scope, dates: Sequence[date], at: Mapping[date, Revisions]
) -> dict[date, _Told]:
    with reading() as session:
        found = figure.function(Reads(session, _keeping(figure)), scope, dates)
    return {
        on: _Told(at[on], {code: line[i] for code, line in found.items()})
        for i, on in enumerate(dates)
    }


def _keeping(figure: Figure) -> Keeping:
    """What a figure reads is kept for the figures that stand under the same revisions."""

    def keep(key: Hashable, on: date | None, make: Callable[[], object]) -> object:
        return _READ.find((figure.subjects, key), as_of(figure.subjects, on), make)

    return keep


@cached("roadmap", size=4)
def _every_target() -> list[Target]:
    with reading() as session:
        return target_queries.every_target(session)


@cached("roadmap", size=128)
def targets(on: date, known: date | None = None) -> dict[str, list[Target]]:
    """Figure code → the targets in force at a day (and, with `known`, recorded by then)."""
    return target_queries.in_force(_every_target(), on, known)


@cached("roadmap", size=128)
def aims(
    on: date, known: date | None = None, asked: Period | None = None
) -> dict[str, list[Target]]:
    """Figure code → the targets in force at a day, of the programme asked for, else of the one that
    runs then.
    """
    return target_queries.aimed_at(
        targets(on, known), programmes(), asked or programmes().running(on)
    )


def imposed(on: date, known: date | None = None) -> dict[str, Imposed]:
    """Subject → the status imposed by hand and in force at a day."""
    return roadmap().imposed(on, known)


def board(scope: Scope, codes: Sequence[str] | None = None) -> Board:
    """The board of the scope, from the cached points of its figures."""
    known = known_by(scope, scope.on)
    return assemble(
        scope,
        codes,
        aims(scope.on, known, scope.asked),
        imposed(scope.on, known),
        points,
    )


def without_fresh_data(scope: Scope) -> list[Entry]:
    """Figures of the whole that somebody types in, with a target, and no value of the last year."""
    entries = board(scope.whole(), TYPED).entries
    return [
        entry
        for entry in entries
        if entry.target is not None and not entry.is_fresh(scope.on, FRESH_DAYS)
    ]


def curve(scope: Scope, code: str, value: str, dates: Sequence[date]) -> list[Point]:
    """One value of a figure at several dates: sparkline and curve are the same call as the card."""
    figure = REGISTRY[code]
    return points(figure, scope_for(scope, figure), dates)[value]


@cached(*EVERYTHING, size=128, daily=True)
def rows(scope: Scope, code: str, page: int) -> Rows | None:
    """One page of the rows behind a value, as the reader may see them."""
    with reading() as session:
        return rows_behind(session, scope, code, page)


@cached("decisions", size=4)
def _register() -> DecisionRegister:
    with reading() as session:
        return decisions_query.register(session)


@cached("decisions", size=64)
def decisions(on: date) -> Readable[DecisionAt]:
    """The decisions as of a day, those that wait included."""
    return _register().at(on)


@cached("groups", "people", "meetings", size=4)
def _groups_register() -> groups_query.GroupRegister:
    with reading() as session:
        return groups_query.register(session)


@cached("groups", "people", "meetings", size=64)
def groups(on: date) -> list[GroupAt]:
    """The progress groups as of a day, with the names of their volunteers."""
    return _groups_register().at(on)


@cached("meetings", size=4)
def _calendar() -> Calendar:
    with reading() as session:
        return meetings_query.calendar(session)


@cached("meetings", size=64)
def meetings(on: date) -> Readable[MeetingAt]:
    """The meetings known at a day, by their day."""
    return _calendar().at(on)


@cached("meetings", size=64)
def workshops_of(reader: Reader) -> list[Workshop]:
    """The workshops that a reader may run, the latest day first."""
    with reading() as session:
        return workshops_query.workshops(session, reader)


@cached("meetings", size=64)
def closings(on: date) -> tuple[Closing, ...]:
    """The closings before the CODIR's meetings known at a day."""
    known = meetings(on)
    with reading() as session:
        return closing_query.closings(known, workdays(session))


@cached("meetings", size=8)
def promised_day(filed_on: date) -> date:
    """The day by which an entry filed on this day is answered."""
    with reading() as session:
        return workdays(session).add(filed_on, settings().cp_answer_days)


@cached("meetings", "academy", "groups", "people", "directions", size=128, daily=True)
def agenda(scope: Scope, first: date, last: date) -> list[agenda_query.Rendezvous]:
    """What takes place between two days as the reader may know it, her own seats told."""
    known = meetings(today())
    with reading() as session:
        return agenda_query.agenda(session, scope, known, first, last)


@cached("roadmap", size=64)
def ambition_summaries(on: date) -> list[AmbitionSummary]:
    """The five ambitions with their PST projects as of a day."""
    with reading() as session:
        return programme_query.ambition_summaries(session, on)


@cached("roadmap", size=4)
def ambition_colours() -> dict[str, str]:
    """Code of an ambition → the colour that was chosen for it."""
    with reading() as session:
        return programme_query.ambition_colours(session)


@cached("roadmap", size=4)
def activities() -> list[Activity]:
    """The four participatory activities."""
    with reading() as session:
        return programme_query.activities(session)


@cached("news", size=64)
def posts(reader: Reader, on: date, limit: int) -> list[Post]:
    """The posts that the reader may see, the latest first."""
    with reading() as session:
        return news.posts(session, reader, on, limit)


@cached("news", "ideas", size=8, daily=True)
def last_published() -> Readable[news.LastPublication]:
    """What is public today, none or one."""
    with reading() as session:
        return news.last_published(session, today())


def published() -> news.LastPublication | None:
    """What is public today."""
    return next(iter(last_published()), None)


@cached("academy", size=64)
def coming_sessions(on: date, limit: int) -> list[catalogue_query.ComingSession]:
    """The next sessions of the academy."""
    with reading() as session:
        return catalogue_query.coming(session, on, limit)


@cached("academy", "roadmap", size=256, seen_as=whole)
def catalogue(scope: Scope) -> list[catalogue_query.TrainingRow]:
    """The trainings of the scope's ambition with what happened up to its day, the whole
    administration together.
    """
    with reading() as session:
        return catalogue_query.catalogue(session, scope)


@cached("academy", size=4, daily=True)
def offered_sessions() -> list[catalogue_query.OfferedSession]:
    """The sessions from today on that one may choose, with their seats."""
    with reading() as session:
        return catalogue_query.offered_sessions(session, today())


@cached("academy", size=256, daily=True)
def sessions_held_by(person_id: int | None) -> list[attendance.ToHold]:
    """The sessions of the trainings a person gives (None: of all), a month back and all to come."""
    with reading() as session:
        return attendance.held_by(session, person_id, today())


@cached("surveys", size=64)
def surveys(scope: Scope) -> list[Survey]:
    """The surveys up to the day looked at, the latest first."""
    with reading() as session:
        return surveys_query.waves(session, scope)


@cached("surveys", "directions", size=64)
def survey_results(scope: Scope, survey_id: int) -> Readable[surveys_query.Result]:
    """What was answered to each question of a survey, as this reader may see it."""
    with reading() as session:
        return surveys_query.results(session, scope, survey_id)
