"""Cached reads for the screens: points of figures, the chart, the roadmap, keyed by scope (rights
included) and by the revisions of the subjects (see `memory`).

Only plain values are cached. Of persons only names that are public by their consent (members of
groups), reread as soon as a person changes, and the data of the readers themselves.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial

from dashboard.access import Reader, may
from dashboard.cached.memory import (
    EVERYTHING,
    Cache,
    as_of,
    cached,
    cached_by_day,
    cached_query,
    cached_reads,
    installation as installation,
    remembering,
    today,
    whole,
)
from dashboard.charts.figures import Curves
from dashboard.figures import Value, reasons as figure_events
from dashboard.figures.board import FRESH_DAYS, TYPED, Board, Entry, PointsOf, assemble, scope_for
from dashboard.figures.forecast import (
    Backtest,
    EarlierForecast,
    Forecasts,
    backtest,
    earlier_forecasts,
    forecasts,
)
from dashboard.figures.kinds import (
    REGISTRY,
    Breakdown,
    Figure,
    Point,
    Points,
    Reads,
    in_series,
    rows_behind,
)
from dashboard.figures.pst import comparison
from dashboard.figures.workstreams import WorkstreamState, workstream_states
from dashboard.queries import (
    campaigns as campaigns_query,
    communities,
    directions,
    groups as groups_query,
    interests,
    news,
    reference_rows,
    roadmap as roadmap_queries,
    targets as target_queries,
)
from dashboard.queries.academy import attendance, counts, obligations
from dashboard.queries.decisions import records as decisions_query, sheets
from dashboard.queries.discussions import threads
from dashboard.queries.figures import events as event_queries
from dashboard.queries.figures.events import Event
from dashboard.queries.ideas import threads as idea_threads, waiting
from dashboard.queries.meetings import (
    agenda as agenda_query,
    records as meeting_records,
)
from dashboard.queries.notices import records
from dashboard.queries.people import accounts, readers as people
from dashboard.queries.readable import Readable, history
from dashboard.queries.roadmap import PlanAt, Roadmap
from dashboard.queries.seats import records as seats
from dashboard.queries.surveys import results as surveys_query
from dashboard.report import pack, public
from dashboard.scope import Scope
from models.clock import workdays
from models.meetings import Site
from models.people import Account
from models.programmes import Period, programmes as every_programme
from models.roadmap import Override, Target, Workstream
from models.settings import settings

# A change of mandate, membership or role raises a revision and takes effect here.
reader_by = cached_query(
    lambda session, account_id, day: people.reader_of(
        session, session.get(Account, account_id), day
    ),
    "people",
    "communities",
    "directions",
)

job_title_of = cached_query(people.job_title_of, "people")

# The organisation chart at a day.
tree_at = cached_by_day(directions.organisation, "directions")

ambitions = cached_query(directions.ambitions, "roadmap")

programmes = cached_query(every_programme, "roadmap")

_roadmap = cached_query(roadmap_queries.whole_roadmap, "roadmap")


def scope_of(reader: Reader, params: Mapping[str, str] | None = None) -> Scope:
    """The scope of a reader for the parameters of an address, today."""
    return Scope.for_reader(reader, params or {}, today(), tree_at, ambitions(), programmes())


def roadmap(programme: Period | None = None) -> Roadmap:
    """The roadmap of the programme asked for, else on each day that of the current programme."""
    return _roadmap().of_programme(programme)


def streams(scope: Scope) -> list[Workstream]:
    """The workstreams of the scope's programme."""
    return roadmap(scope.asked).streams(scope.on)


@cached("roadmap")
def milestones(on: date, programme: Period | None = None) -> Readable[PlanAt]:
    """The milestones as of a day."""
    return roadmap(programme).at(on)


@cached("roadmap")
def every_milestone(on: date) -> dict[int, PlanAt]:
    """Id → the milestone as of a day, of all programmes and in order, for dependencies."""
    return {m.plan.id: m for m in roadmap().every(on)}


@cached("roadmap")
def workstreams(on: date, programme: Period | None = None) -> list[WorkstreamState]:
    return workstream_states(roadmap(programme), on)


pst = cached_query(
    lambda session, on, as_known=False: comparison(session, on, on if as_known else None),
    "roadmap",
)


@cached("roadmap")
def s_curve(
    on: date, wanted: frozenset[int] | None = None, programme: Period | None = None
) -> Curves:
    """Planned and earned month by month, of all milestones or of those with the wanted ids."""
    return pack.s_curve(roadmap(programme), on, wanted)


@cached("roadmap")
def forecasts_at(on: date, programme: Period | None = None) -> Forecasts:
    """Dates probables and prudentes as of a day."""
    return forecasts(roadmap(programme), on, _earlier(on, programme))


@cached("roadmap")
def backtest_at(on: date, programme: Period | None = None) -> Backtest:
    """The accuracy of the forecasts made before a day."""
    return backtest(roadmap(programme), on, _earlier(on, programme))


def _earlier(on: date, programme: Period | None) -> list[EarlierForecast]:
    """The dates given before a day, which no report of today changes: most of what it costs to show
    one that was just sent.
    """
    return cached_reads("roadmap")(
        (earlier_forecasts, on, programme),
        on - timedelta(days=1),
        lambda: earlier_forecasts(roadmap(programme), on),
    )


# Of one figure in one scope, the points of each day.
_POINTS = Cache[Cache[dict[str, Point]]](4096)


def points(figure: Figure, scope: Scope, dates: Sequence[date]) -> Points:
    """The points of a figure, shared by all readers who may see this scope: its key contains no
    person.
    """
    plain = scope.impersonal()
    days = _POINTS.find((figure.code, plain), None, Cache)
    found = [
        days.find(on, as_of(figure.subjects, on), partial(_points_at, figure, plain, on))
        for on in dates
    ]
    return in_series(dates, found)


def _points_at(figure: Figure, scope: Scope, on: date) -> dict[str, Point]:
    with remembering() as session:
        return figure.function(Reads(session, cached_reads(*figure.subjects)), scope, on)


_every_target = cached_query(target_queries.every_target, "roadmap")


@cached("roadmap")
def targets(on: date, known: date | None = None) -> dict[str, list[Target]]:
    """Figure code → the targets in force at a day (and, with `known`, recorded by then)."""
    return target_queries.in_force(_every_target(), on, known)


@cached("roadmap")
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
    known = scope.known_by(scope.on)
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
        points_of = Reads(session).points
        boards = []
        for scope in scopes:
            boards.append(board(scope, None, points_of))
            units = [unit for unit in scope.tree.directions() if scope.units != (unit,)]
            boards += [
                board(scope.within(unit), cut, points_of) for unit in units if scope.has(unit.id)
            ]
        return boards


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


# What events are read from, with the revisions that it depends on.
_OF_EVENTS = {
    roadmap_queries.whole_roadmap: ("roadmap",),
    target_queries.every_target: ("roadmap",),
    decisions_query.register: ("decisions",),
    meeting_records.calendar: ("meetings",),
    history: ("directions", "roadmap"),
    event_queries.decision_links: ("decisions", "groups", "ideas", "roadmap"),
    event_queries.imports: EVERYTHING,
}


def events(scope: Scope, figure: Figure, value: Value) -> list[Event]:
    """The events that may explain the curve of a value, the same for every reader."""

    def find(key: tuple, on: date | None, make: Callable[[], object]) -> object:
        return cached_reads(*_OF_EVENTS[key[0]])(key, on, make)

    with remembering() as session:
        return figure_events.events(Reads(session, find), scope, figure, value)


# One page of the rows behind a value, as the reader may see them.
rows = cached_query(rows_behind, *EVERYTHING)


# The questions put to the field, and what follows from the answers.
campaigns = cached_query(campaigns_query.campaigns, "campaigns")

restitution = cached_query(campaigns_query.restitution, "campaigns", "ideas")

# The decisions as of a day, pending ones included.
decisions = cached_by_day(decisions_query.register, "decisions")

# The progress groups as of a day, with the names of their volunteers.
groups = cached_by_day(groups_query.register, "groups", "people", "meetings")

# The meetings known at a day, in date order.
meetings = cached_by_day(meeting_records.calendar, "meetings")

# The points of a meeting in their order, for those who sit there.
agenda_points = cached_query(agenda_query.points, "decisions", "directions", "meetings")

workshops_of = cached_query(meeting_records.workshops, "meetings")


# The closings before the CODIR meetings known at a day.
closings = cached_query(
    lambda session, on: agenda_query.closings(meetings(on), workdays(session)), "meetings"
)


promised_day = cached_query(
    lambda session, filed_on: workdays(session).add(filed_on, settings().cp_answer_days),
    "meetings",
)


# The dates between two days that the reader may see, with her own seats.
agenda = cached_query(
    lambda session, scope, first, last: agenda_query.agenda(
        session, scope, meetings(today()), first, last
    ),
    *("meetings", "academy", "groups", "people", "directions"),
)


ambition_summaries = cached_query(roadmap_queries.ambition_summaries, "roadmap")

ambition_colours = cached_query(roadmap_queries.ambition_colours, "roadmap")

activities = cached_query(roadmap_queries.activities, "roadmap")

posts = cached_query(news.posts, "news")

last_published = cached_query(
    lambda session: news.last_published(session, today()), "news", "ideas"
)


# Every publication, the latest first.
every_published = cached_query(
    lambda session: news.every_published(session, today()), "news", "ideas"
)


def published() -> news.LastPublication | None:
    """The current publication."""
    return next(iter(last_published()), None)


catalogue = cached_query(counts.catalogue, "academy", "roadmap", seen_as=whole)

offered_sessions = cached_query(lambda session: seats.sessions_ahead(session, today()), "academy")

sessions_held_by = cached_query(
    lambda session, person_id: attendance.held_by(session, person_id, today()),
    "academy",
)

surveys = cached_query(surveys_query.waves, "surveys")

survey_results = cached_query(surveys_query.results, "surveys", "directions")


# ── Posters, programme, threads, publications, notices ────────────────────────────────────────────

# The words of posters in force.
words_in_use = cached_query(agenda_query.words_in_use, "meetings")

site = cached_query(lambda session, site_id: session.get(Site, site_id), "meetings", "directions")

projects = cached_query(
    lambda session, reader: reference_rows.projects(session, reader, today()), "roadmap"
)

proposed_revisions = cached_query(sheets.proposed_revisions, "decisions", "roadmap")

origins = cached_query(idea_threads.origins, *EVERYTHING)

open_objections = cached_query(sheets.open_objections, *EVERYTHING)

discussion = cached_query(
    lambda session, scope, subject, key: threads.discussion(session, scope, subject, key, scope.on),
    *EVERYTHING,
)


def situation(scope: Scope) -> news.Situation:
    """What a publication of the day looked at would show."""
    whole_scope = scope.whole()
    return public.public_situation(
        board(whole_scope, public.figure_codes()), roadmap(), _newest_done(whole_scope)
    )


_newest_done = cached_query(public.newest_done, "ideas", "people", "directions")

ideas_done = cached_query(news.ideas_done, "ideas")

publications = cached_query(
    lambda session: [
        (made, news.Situation.read(made.content)) for made in news.publications(session)
    ],
    "news",
)


# Whether a notice is pending depends on the record it is about.
@cached(*EVERYTHING)
def notification_page(
    scope: Scope, by_mail: bool, asked: int, size: int
) -> tuple[int, int, list[tuple[records.PersonToNotify, list[records.NewsToNotify]]]]:
    """A page, from 1, of `size` persons, or the last one if there are fewer: its number, the number
    of persons in all, the persons on it with their news.
    """
    with remembering() as session:
        everybody = records.persons_to_notify(session, scope, by_mail)
        page = min(asked, max(-(-len(everybody) // size), 1))
        page_persons = everybody[(page - 1) * size : page * size]
        pending = records.news_to_notify(
            session, scope, [person.id for person in page_persons], by_mail
        )
    of_person: dict[int, list[records.NewsToNotify]] = {}
    for item in pending:
        of_person.setdefault(item.person_id, []).append(item)
    shown = [(person, of_person[person.id]) for person in page_persons if person.id in of_person]
    return page, len(everybody), shown


obligations_of = cached_query(
    lambda session, person_id: obligations.own_obligations(session, person_id, today()),
    "academy",
    "people",
    "directions",
)

registrations_of = cached_query(seats.of_person, "academy", "people")

own_seats = cached_query(seats.own, "academy", "meetings", "people")

approvals_count = cached_query(attendance.count_approvals, "academy", "people", "directions")

open_skills = cached_query(interests.open_skills, "academy", "people")

revealed_skills = cached_query(
    interests.revealed, "academy", "people", "ideas", "directions", "roadmap"
)


_SUBJECTS = ("communities", "people", "directions")

members = cached_query(communities.members, *_SUBJECTS)

growth = cached_query(communities.growth, *_SUBJECTS, seen_as=Scope.impersonal)

coverage = cached_query(communities.coverage_map, *_SUBJECTS)

loads = cached_query(communities.load, *_SUBJECTS)


# The sites of the scope where no meeting has been held by its day.
sites_without_meeting = cached_query(
    lambda session, scope: [
        site
        for site in meeting_records.sites_without_meeting(session, scope.on)
        if scope.has(site.direction_id)
    ],
    "meetings",
    "directions",
)


manages = cached_query(
    lambda session, scope: people.manages(session, scope.reader.person_id, scope.on),
    "people",
    "directions",
)


followed = cached_query(accounts.followed, "ideas", "people", "directions")

supported = cached_query(accounts.supported, "ideas", "people", "directions")

merges_to_answer = cached_query(accounts.merges_to_answer, "ideas", "people", "directions")

to_execute = cached_query(
    lambda session, scope: sheets.to_execute(session, scope, today()),
    "decisions",
    "people",
    "directions",
)

subjects_followed = cached_query(
    lambda session, scope: records.followed_by(session, scope.reader, today()),
    *("academy", "decisions", "directions", "discussions", "groups", "people", "roadmap"),
)


# How many were not contacted by the promised day; 0 without the right.
interests_late = cached_query(
    lambda session, scope: (
        len(interests.late(session, scope)) if may(scope.reader, "interest.follow") else 0
    ),
    *("interests", "people", "directions", "meetings"),
)


# ── For ambassadors ────────────────────────────────────────────────────────────────────


answers_to_hand_over = cached_query(
    lambda session, scope, limit: waiting.answers_to_hand_over(session, scope, today(), limit),
    "ideas",
    "people",
    "directions",
    "notices",
)

filed_for_others = cached_query(
    lambda session, scope, limit: waiting.filed_for_others(session, scope.reader, limit),
    "ideas",
    "people",
    "notices",
)
