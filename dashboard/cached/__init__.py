"""Cached reads for the screens: points of figures, the chart, the roadmap, keyed by scope (rights
included) and by the revisions of the subjects (see `memory`).

Only plain values are cached. Of persons only names that are public by their consent (members of
groups), reread as soon as a person changes, and the data of the readers themselves.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from threading import Lock

from sqlmodel import Session

from dashboard.access import Reader
from dashboard.cached.memory import (
    EVERYTHING,
    Cache,
    Revisions,
    as_of,
    cached,
    cached_query,
    today,
    whole,
)
from dashboard.cached.memory import installation as installation
from dashboard.charts.s_curve import Curves
from dashboard.figures import REGISTRY, Breakdown, Figure, Point
from dashboard.figures.board import Board, Entry, PointsOf, assemble, scope_for
from dashboard.figures.forecast import Backtest, Forecasts, backtest, forecasts
from dashboard.figures.kinds import Points, rows_behind
from dashboard.figures.places import FRESH_DAYS, TYPED
from dashboard.figures.pst import comparison
from dashboard.figures.reads import ReadCache, Reads
from dashboard.figures.workstreams import WorkstreamState, workstream_states
from dashboard.queries import directions, news
from dashboard.queries import groups as groups_query
from dashboard.queries import programme as programme_query
from dashboard.queries import roadmap as roadmap_queries
from dashboard.queries import targets as target_queries
from dashboard.queries.academy import attendance
from dashboard.queries.academy import catalogue as catalogue_query
from dashboard.queries.decisions import records as decisions_query
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.figures.as_known import known_by
from dashboard.queries.figures.figure_rows import Rows
from dashboard.queries.groups import GroupAt
from dashboard.queries.ideas import windows
from dashboard.queries.meetings import agenda as agenda_query
from dashboard.queries.meetings import closing as closing_query
from dashboard.queries.meetings import records as meetings_query
from dashboard.queries.meetings import workshops as workshops_query
from dashboard.queries.meetings.closing import Closing
from dashboard.queries.meetings.records import MeetingAt
from dashboard.queries.people import readers as people
from dashboard.queries.readable import Readable
from dashboard.queries.roadmap import PlanAt, Roadmap
from dashboard.queries.seats import records as seats
from dashboard.queries.surveys import results as surveys_query
from dashboard.report import pack
from dashboard.scope import Scope
from models.database import reading
from models.directions import Tree
from models.people import Account
from models.programmes import Period
from models.programmes import programmes as every_programme
from models.roadmap import Override, Target, Workstream
from models.settings import settings
from models.workdays import workdays

reader_by = cached_query(
    lambda session, account_id, _roles, day: people.reader_of(
        session, session.get(Account, account_id), day
    ),
    "people",
    "communities",
    "directions",
    size=2048,
)

function_of = cached_query(people.function_of, "people", size=64)


def reader(account: Account, day: date) -> Reader:
    """The reader of an account; a change of mandate, membership or role raises a revision and takes
    effect here.
    """
    return reader_by(account.id, account.roles, day)


_organisation = cached_query(directions.organisation, "directions", size=8)


@cached("directions", size=64)
def tree_at(on: date) -> Tree:
    """The organisation chart at a day."""
    return _organisation().at(on)


ambitions = cached_query(directions.ambitions, "roadmap", size=8)

programmes = cached_query(every_programme, "roadmap", size=4)

_roadmap = cached_query(roadmap_queries.whole_roadmap, "roadmap", size=4)


def roadmap(programme: Period | None = None) -> Roadmap:
    """The roadmap of the programme asked for, else on each day that of the current programme."""
    return _roadmap().of_programme(programme)


def streams(scope: Scope) -> list[Workstream]:
    """The workstreams of the scope's programme."""
    return roadmap(scope.asked).streams(scope.on)


@cached("roadmap", size=256)
def milestones(on: date, programme: Period | None = None) -> Readable[PlanAt]:
    """The milestones as of a day."""
    return roadmap(programme).at(on)


@cached("roadmap", size=64)
def every_milestone(on: date) -> dict[int, PlanAt]:
    """Id → the milestone as of a day, of all programmes and in order, for dependencies."""
    return {m.plan.id: m for m in roadmap().every(on)}


@cached("roadmap", size=64)
def workstreams(on: date, programme: Period | None = None) -> list[WorkstreamState]:
    return workstream_states(roadmap(programme), on)


pst = cached_query(
    lambda session, on, as_known=False: comparison(session, on, on if as_known else None),
    "roadmap",
    size=8,
)


@cached("roadmap", size=64)
def s_curve(
    on: date, wanted: frozenset[int] | None = None, programme: Period | None = None
) -> Curves:
    """Planned and earned month by month, of all milestones or of those with the wanted ids."""
    return pack.s_curve(roadmap(programme), on, wanted)


@cached("roadmap", size=64)
def forecasts_at(on: date, programme: Period | None = None) -> Forecasts:
    """Dates probables and prudentes as of a day."""
    return forecasts(roadmap(programme), on)


@cached("roadmap", size=16)
def backtest_at(on: date, programme: Period | None = None) -> Backtest:
    """The accuracy of the forecasts made before a day."""
    return backtest(roadmap(programme), on)


@dataclass(frozen=True)
class _CachedDay:
    """The points of a figure at one day, by value, and the revisions they depend on."""

    at: Revisions
    points: dict[str, Point]


@dataclass(frozen=True)
class _CachedFigure:
    """The cached days of one figure in one scope; filled by one session at a time."""

    days: dict[date, _CachedDay] = field(default_factory=dict)
    guard: Lock = field(default_factory=Lock)


_POINTS = Cache[_CachedFigure](4096)
_READ = Cache[object](8192)


def points(figure: Figure, scope: Scope, dates: Sequence[date]) -> Points:
    """The points of a figure, shared by all readers who may see this scope: its key contains no
    person. Each day is cached by itself; missing days are computed together.
    """
    plain = scope.impersonal()
    figure_cache = _POINTS.find((figure.code, plain), None, _CachedFigure)
    at = {on: as_of(figure.subjects, on) for on in dates}
    days = _valid_days(figure_cache, at)
    if len(days) < len(at):
        with figure_cache.guard:
            missing = [on for on in at if on not in _valid_days(figure_cache, at)]
            if missing:
                figure_cache.days.update(_compute_days(figure, plain, missing, at))
            days = _valid_days(figure_cache, at)
    codes = dict.fromkeys(code for on in dates for code in days[on].points)
    # A workstream added since has no value on the days that were computed before.
    return {code: [days[on].points.get(code) or Point(on, None) for on in dates] for code in codes}


def _valid_days(cache: _CachedFigure, at: Mapping[date, Revisions]) -> dict[date, _CachedDay]:
    """The cached days whose revisions are still these."""
    found = ((on, cache.days.get(on), revisions) for on, revisions in at.items())
    return {on: day for on, day, revisions in found if day and day.at == revisions}


def _compute_days(
    figure: Figure, scope: Scope, dates: Sequence[date], at: Mapping[date, Revisions]
) -> dict[date, _CachedDay]:
    with remembering() as session:
        found = figure.function(Reads(session, _cached_reads(*figure.subjects)), scope, dates)
    return {
        on: _CachedDay(at[on], {code: line[i] for code, line in found.items()})
        for i, on in enumerate(dates)
    }


def _cached_reads(*subjects: str) -> ReadCache:
    """Caches what a figure reads for all figures that depend on the same revisions."""

    def keep(key: Hashable, on: date | None, make: Callable[[], object]) -> object:
        return _READ.find((subjects, key), as_of(subjects, on), make)

    return keep


@contextmanager
def remembering() -> Iterator[Session]:
    """A read-only session that caches counts of past months of ideas; a past month is recounted
    when a fact is dated back into it.
    """
    with reading() as session:
        windows.remember_with(session, _cached_reads("ideas"))
        yield session


_every_target = cached_query(target_queries.every_target, "roadmap", size=4)


@cached("roadmap", size=128)
def targets(on: date, known: date | None = None) -> dict[str, list[Target]]:
    """Figure code → the targets in force at a day (and, with `known`, recorded by then)."""
    return target_queries.in_force(_every_target(), on, known)


@cached("roadmap", size=128)
def aims(
    on: date, known: date | None = None, programme: Period | None = None
) -> dict[str, list[Target]]:
    """Figure code → the targets in force at a day, of the programme asked for, else of the current
    one.
    """
    return target_queries.aimed_at(
        targets(on, known), programmes(), programme or programmes().running(on)
    )


def imposed(on: date, known: date | None = None) -> dict[str, Override]:
    """Subject → the status imposed by hand that is in force at a day."""
    return roadmap().imposed(on, known)


def board(
    scope: Scope, codes: Sequence[str] | None = None, points_of: PointsOf | None = None
) -> Board:
    """The board of the scope, from the cached points of its figures."""
    known = known_by(scope, scope.on)
    return assemble(
        scope,
        codes,
        aims(scope.on, known, scope.asked),
        imposed(scope.on, known),
        points_of or points,
    )


def boards_by_direction(scopes: Iterable[Scope]) -> list[Board]:
    """The board of each scope, then of each of its directions with the figures available by
    direction; shared reads are cached for this call only.
    """
    cut = [code for code, figure in REGISTRY.items() if figure.cut != Breakdown.none]
    with remembering() as session:
        reads = Reads(session)

        def points_of(figure: Figure, of: Scope, dates: Sequence[date]) -> Points:
            return figure.function(reads, of, dates)

        boards = []
        for scope in scopes:
            boards.append(board(scope, None, points_of))
            boards += [board(part, cut, points_of) for part in _directions_in(scope)]
        return boards


def _directions_in(scope: Scope) -> list[Scope]:
    units = [unit for unit in scope.tree.directions() if scope.units != (unit,)]
    return [
        scope.within(unit) for unit in units if scope.counted is None or unit.id in scope.counted
    ]


def without_fresh_data(scope: Scope) -> list[Entry]:
    """Manually entered figures of the whole with a target and no value in the last year."""
    entries = board(scope.whole(), TYPED).entries
    return [
        entry
        for entry in entries
        if entry.target is not None and not entry.is_fresh(scope.on, FRESH_DAYS)
    ]


def curve(scope: Scope, code: str, value: str, dates: Sequence[date]) -> list[Point]:
    """One value of a figure at several dates, by the same calculation as its card."""
    figure = REGISTRY[code]
    return points(figure, scope_for(scope, figure), dates)[value]


@cached(*EVERYTHING, size=128, daily=True)
def rows(scope: Scope, code: str, page: int) -> Rows | None:
    """One page of the rows behind a value, as the reader may see them."""
    with remembering() as session:
        return rows_behind(session, scope, code, page)


_register = cached_query(decisions_query.register, "decisions", size=4)


@cached("decisions", size=64)
def decisions(on: date) -> Readable[DecisionAt]:
    """The decisions as of a day, pending ones included."""
    return _register().at(on)


_groups_register = cached_query(groups_query.register, "groups", "people", "meetings", size=4)


@cached("groups", "people", "meetings", size=64)
def groups(on: date) -> list[GroupAt]:
    """The progress groups as of a day, with the names of their volunteers."""
    return _groups_register().at(on)


_calendar = cached_query(meetings_query.calendar, "meetings", size=4)


@cached("meetings", size=64)
def meetings(on: date) -> Readable[MeetingAt]:
    """The meetings known at a day, in date order."""
    return _calendar().at(on)


workshops_of = cached_query(workshops_query.workshops, "meetings", size=64)


@cached("meetings", size=64)
def closings(on: date) -> tuple[Closing, ...]:
    """The closings before the CODIR meetings known at a day."""
    known = meetings(on)
    with reading() as session:
        return closing_query.closings(known, workdays(session))


promised_day = cached_query(
    lambda session, filed_on: workdays(session).add(filed_on, settings().cp_answer_days),
    "meetings",
    size=8,
)


@cached("meetings", "academy", "groups", "people", "directions", size=128, daily=True)
def agenda(scope: Scope, first: date, last: date) -> list[agenda_query.Rendezvous]:
    """The dates between two days that the reader may see, with her own seats."""
    known = meetings(today())
    with reading() as session:
        return agenda_query.agenda(session, scope, known, first, last)


ambition_summaries = cached_query(programme_query.ambition_summaries, "roadmap", size=64)

ambition_colours = cached_query(programme_query.ambition_colours, "roadmap", size=4)

activities = cached_query(programme_query.activities, "roadmap", size=4)

posts = cached_query(news.posts, "news", size=64)

last_published = cached_query(
    lambda session: news.last_published(session, today()), "news", "ideas", size=8, daily=True
)


@cached("news", "ideas", size=4, daily=True)
def every_published() -> Readable[news.LastPublication]:
    """Every publication, the latest first."""
    with reading() as session:
        return news.every_published(session, today())


def published() -> news.LastPublication | None:
    """The current publication."""
    return next(iter(last_published()), None)


coming_sessions = cached_query(
    lambda session, on, limit: seats.sessions_ahead(session, on + timedelta(days=1))[:limit],
    "academy",
    size=64,
)

catalogue = cached_query(catalogue_query.catalogue, "academy", "roadmap", size=256, seen_as=whole)

offered_sessions = cached_query(
    lambda session: seats.sessions_ahead(session, today()), "academy", size=4, daily=True
)

sessions_held_by = cached_query(
    lambda session, person_id: attendance.held_by(session, person_id, today()),
    "academy",
    size=256,
    daily=True,
)

surveys = cached_query(surveys_query.waves, "surveys", size=64)

survey_results = cached_query(surveys_query.results, "surveys", "directions", size=64)
