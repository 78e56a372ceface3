"""Who was heard (voix): supporters, participants, respondents and signed entries of a period, by
their service. And « Ce que vous dites »: positive and negative findings (constats), and the
entries with most voices.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import Select, bindparam, func, literal_column
from sqlmodel import Session, select

from dashboard.access import idea_conditions, may
from dashboard.formulas import represent, wilson
from dashboard.queries.academy.counts import by_place
from dashboard.queries.figures.small_cells import SMALLEST
from dashboard.queries.ideas.counts import (
    COUNTED,
    FIRST,
    IS_FILING,
    LAST,
    asked_of,
    counted_along,
    raw_facts,
)
from dashboard.queries.ideas.records import readable_ideas
from dashboard.queries.ideas.search import in_order
from dashboard.queries.prepared import form_of
from dashboard.scope import Scope
from models.clock import window_start
from models.discussions import Subject, SubjectSupport, about_idea
from models.facts import first_id, id_after, live
from models.idea_events import IdeaEvent
from models.idea_states import RETAINED, IdeaKind, IdeaStatus
from models.ideas import Idea
from models.meetings import BODIES, Attendance, Meeting, MeetingEvent, MeetingState, Poster, Site
from models.people import Assignment
from models.roadmap import no_index
from models.surveys import Survey, SurveyAnswer, SurveyState


@dataclass(frozen=True)
class Group:
    """One group of agents and its voices (None: hidden or unknown), beside those of all."""

    key: str
    name: str
    agents: int
    of_agents: int
    voices: float | None
    of_voices: float | None

    @property
    def size(self) -> float:
        """Its share of the agents, in per cent; 0 where no headcount is known."""
        return 100 * self.agents / max(self.of_agents, 1)

    @property
    def share(self) -> float | None:
        """Its share of the voices, in per cent."""
        if self.voices is None or not self.of_voices:
            return None
        return 100 * self.voices / self.of_voices

    @property
    def interval(self) -> tuple[float, float] | None:
        if self.share is None or self.voices > self.of_voices:
            return None
        return wilson(self.voices, self.of_voices)

    @property
    def expected(self) -> float | None:
        """Voices expected for a group of this size."""
        return self.of_voices * self.size / 100 if self.of_voices else None

    @property
    def is_missing(self) -> bool:
        """Whether its share of the agents is above the interval of its share of the voices."""
        return self.interval is not None and self.interval[1] < self.size


def most_missing(groups: Sequence[Group]) -> Group | None:
    """The group that lacks most points of share, among those whose gap is no chance."""
    missing = [group for group in groups if group.is_missing]
    return max(missing, key=lambda group: group.size - group.share, default=None)


# Service id (0: unknown) → persons, each once.
Persons = dict[int, frozenset[int]]


def supporters(session: Session, scope: Scope, on: date, start: date) -> Persons:
    """Those who support an idea since a day of the period, by their service at its end; a
    withdrawn support is not stored.
    """
    supporting = (
        select(SubjectSupport.person_id)
        .distinct()
        .where(SubjectSupport.subject == Subject.idea, SubjectSupport.on.between(start, on))
    )
    services = _last(session, scope, on, Assignment.service_id, supporting)
    return by_place((services.get(person), person) for person in session.exec(supporting))


def _last(
    session: Session, scope: Scope, on: date, column: object, persons: Select | None = None
) -> dict[int, object]:
    """Person → this column of her last assignment at the day."""
    rows = select(Assignment.person_id, column).where(live(Assignment, on, scope.known_by(on)))
    if persons is not None:
        rows = rows.where(Assignment.person_id.in_(persons))
    return dict(session.execute(rows.order_by(Assignment.on, Assignment.id)).all())


def families(session: Session, scope: Scope, on: date) -> dict[int, str]:
    """Person → her function family at the day, where it is known; those who left have none."""
    names = _last(session, scope, on, Assignment.function_family)
    services = _last(session, scope, on, Assignment.service_id)
    return {person: name for person, name in names.items() if name and services[person]}


def participants(session: Session, scope: Scope, on: date, start: date) -> Persons:
    """Those noted present by name at a meeting that is no steering body's, by their service that
    day.
    """
    rows = (
        select(Attendance.service_id, Attendance.person_id)
        .distinct()
        .join(Meeting, Meeting.id == Attendance.meeting_id)
        .where(
            live(Attendance, on, scope.known_by(on)),
            Attendance.on >= start,
            Attendance.present > 0,
            Attendance.person_id.is_not(None),
            Meeting.kind.not_in([str(kind) for kind in BODIES]),
        )
    )
    return by_place(session.execute(rows))


def respondents(session: Session, _scope: Scope, on: date, start: date) -> Persons:
    """Direction (0: unknown) → sheets of the last survey of agents that closed in the period."""
    closed_on = func.coalesce(Survey.closed_on, Survey.on)
    last = session.exec(
        select(Survey.id)
        .where(Survey.agents, Survey.state == str(SurveyState.closed), closed_on.between(start, on))
        .order_by(closed_on.desc(), Survey.id.desc())
    ).first()
    rows = select(SurveyAnswer.direction_id, SurveyAnswer.sheet).distinct()
    return by_place(session.execute(rows.where(SurveyAnswer.survey_id == last)))


def outcomes_by_origin(session: Session, scope: Scope, on: date) -> dict[int, tuple[int, int, int]]:
    """Service → idées and suggestions that its agents filed in twelve months, those accepted, those
    carried out.
    """
    states = IdeaEvent.origin_id, IdeaEvent.from_status, IdeaEvent.to_status
    moves = select(*states, func.count()).where(
        IdeaEvent.filed_on.between(window_start(on), on),
        IdeaEvent.decided,
        IdeaEvent.counts,
        IdeaEvent.origin_id.is_not(None),
        IdeaEvent.from_status.is_distinct_from(IdeaEvent.to_status),
    )
    found: dict[int, Counter] = defaultdict(Counter)
    for origin, before, after, n in session.execute(
        raw_facts(session, moves.group_by(*states), scope, on)
    ):
        found[origin][after] += n
        found[origin][before] -= n
    return {
        origin: (
            # Neither None before a filing nor None after a transfer is a state.
            sum(n for state, n in counts.items() if state),
            sum(counts[state] for state in RETAINED),
            counts[IdeaStatus.implemented],
        )
        for origin, counts in found.items()
    }


def reasons_given(session: Session, scope: Scope, on: date) -> tuple[int, int]:
    """First answers of twelve months that say why, and all of them."""
    answers = select(func.count(func.nullif(IdeaEvent.text, "")), func.count()).where(
        IdeaEvent.first_answer, IdeaEvent.on.between(window_start(on), on)
    )
    return tuple(session.execute(raw_facts(session, answers, scope, on)).one())


def filed_by_day(session: Session, scope: Scope, start: date) -> dict[tuple[int, date], int]:
    """(Service, day) → entries of all kinds that its agents filed from `start` to the day looked
    at.
    """
    filings = (
        select(IdeaEvent.origin_id, IdeaEvent.on, func.count())
        .where(
            IS_FILING,
            IdeaEvent.counts,
            IdeaEvent.origin_id.is_not(None),
            IdeaEvent.on.between(start, scope.on),
        )
        .group_by(IdeaEvent.origin_id, IdeaEvent.on)
    )
    rows = session.execute(raw_facts(session, filings, scope.whole(), scope.on))
    return {(origin, day): n for origin, day, n in rows}


def posters_put_up(session: Session, on: date) -> list[tuple[date, str, int | None]]:
    """(day, site, its direction) of the posters, newest first."""
    rows = (
        select(Poster.made_on, Site.name, Site.direction_id)
        .join(Site, Site.id == Poster.site_id)
        .where(Poster.made_on <= on)
        .order_by(Poster.made_on.desc(), Poster.id.desc())
    )
    return [tuple(row) for row in session.execute(rows)]


def meetings_by_site(session: Session, scope: Scope, on: date) -> list[tuple[Site, int]]:
    """Each site of the scope, in order of names, with its meetings held in twelve months."""
    held = (
        select(Meeting.site_id, func.count(Meeting.id.distinct()))
        .join(MeetingEvent, MeetingEvent.meeting_id == Meeting.id)
        .where(
            live(MeetingEvent, on, scope.known_by(on)),
            MeetingEvent.what == str(MeetingState.held),
            MeetingEvent.day.between(window_start(on), on),
        )
        .group_by(Meeting.site_id)
    )
    n = dict(session.execute(held).all())
    sites = session.exec(select(Site).where(*scope.of(Site.direction_id)).order_by(Site.name))
    return [(site, n.get(site.id, 0)) for site in sites]


MONTHS = 24
PLACES = 10


# An ambition (None: not specified), its positive, negative and undetermined findings, and their
# voices.
AmbitionFindings = tuple[int | None, int, int, int, int]


@dataclass(frozen=True)
class Findings:
    """The content of the screen: findings by ambition, those with most voices, the priorities, and
    the entries that stand for most agents.
    """

    by_ambition: list[AmbitionFindings]
    good: list[Idea]
    bad: list[Idea]
    first: list[Idea]
    heard: list[Idea]


def all_findings(session: Session, scope: Scope) -> Findings:
    """The whole screen; empty for a reader who may not read ideas."""
    if not may(scope.reader, "idea.read"):
        return Findings([], [], [], [], [])
    sums = _sums(session, scope)
    return Findings(
        _by_ambition(sums),
        # The entries with most voices: positive findings, negative findings, then all others.
        _first(session, scope, sums, True, 5),
        _first(session, scope, sums, False, 5),
        _first(session, scope, sums, None, PLACES),
        most_represented(session, scope),
    )


@dataclass
class _Sum:
    """A number of published entries, and their voices."""

    n: int = 0
    voices: int = 0


# (ambition or None, is a finding, is positive or None) → the sum.
_Sums = dict[tuple[int | None, bool, bool | None], _Sum]


def _sums(session: Session, scope: Scope) -> _Sums:
    """The sums of the entries published in the last MONTHS months."""
    days = {"first": window_start(scope.on, MONTHS), "last": scope.on} | asked_of(scope)
    found: _Sums = defaultdict(_Sum)
    for ambition, kind, good, n, voices in session.execute(
        _published(form_of(scope, scope.is_whole)), days
    ):
        of_kind = found[ambition, kind == IdeaKind.finding, good]
        of_kind.n += n
        of_kind.voices += voices
    return dict(found)


@cache
def _published(scope: Scope) -> Select:
    conditions = [Idea.published.is_(True), Idea.filed_on.between(FIRST, LAST)]
    if not scope.is_whole:
        conditions.append(Idea.concerns_id.in_(COUNTED))
    if scope.ambition:
        conditions.append(no_index(Idea.ambition_id == scope.ambition.id))
    return counted_along(
        (Idea.filed_on, Idea.kind, Idea.good, Idea.ambition_id),
        (Idea.ambition_id, Idea.kind, Idea.good),
        conditions,
        voices=func.sum(func.coalesce(Idea.voices, 1)),
    )


def _by_ambition(sums: _Sums) -> list[AmbitionFindings]:
    """The findings by ambition, those without one last."""
    found: dict[int | None, dict[bool | None, _Sum]] = defaultdict(lambda: defaultdict(_Sum))
    for (ambition, is_finding, good), part in sums.items():
        if is_finding:
            found[ambition][good].n += part.n
            found[ambition][good].voices += part.voices
    return [
        (
            ambition,
            sides[True].n,
            sides[False].n,
            sides[None].n,
            sum(side.voices for side in sides.values()),
        )
        for ambition, sides in sorted(found.items(), key=lambda item: (not item[0], item[0]))
    ]


# ── Those with most voices ────────────────────────────────────────────────────────────────────────

_FIRST_ID, _LAST_ID = bindparam("first_id"), bindparam("last_id")
# Literals, and the weight written as in the indexes: otherwise the planners do not use these
# indexes.
_KIND, _FINDING = literal_column("idea.kind"), literal_column(f"'{IdeaKind.finding}'")
_WEIGHT = literal_column("(coalesce(voices, 0) + supports)")
# Up to this many, all are read and sorted; above it, the index gives the first ones sooner.
_FEW = 2000


def _first(
    session: Session, scope: Scope, sums: _Sums, good: bool | None, limit: int
) -> list[Idea]:
    """The entries with most voices and supporters: positive findings, negative ones, or (None) all
    other entries. Only the first ones are read in full.
    """
    is_few = sum(part.n for part in sums.values()) <= _FEW
    # The id begins with the day of filing: the window is a range of ids, which the index holds.
    first = first_id(window_start(scope.on, MONTHS))
    window = {"first_id": first, "last_id": id_after(scope.on)}
    statement = _weighed(form_of(scope, scope.is_whole), good, is_few).limit(limit)
    ids = session.execute(statement, window | asked_of(scope)).scalars()
    return readable_ideas(in_order(session, list(ids)))


@cache
def _weighed(scope: Scope, good: bool | None, is_few: bool) -> Select:
    kinds = [_KIND != _FINDING] if good is None else [_KIND == _FINDING, Idea.good.is_(good)]
    # A leading sign keeps a column's own index out of the plan, so that the index of the order is
    # used.
    id_, concerns, ambition = (
        column if is_few else literal_column(f"+idea.{column.key}")
        for column in (Idea.id, Idea.concerns_id, Idea.ambition_id)
    )
    statement = select(Idea.id).where(
        Idea.published.is_(True), *kinds, id_ >= _FIRST_ID, id_ < _LAST_ID
    )
    if not scope.is_whole:
        statement = statement.where(concerns.in_(COUNTED))
    if scope.ambition:
        statement = statement.where(ambition == scope.ambition.id)
    return statement.order_by(_WEIGHT.desc(), Idea.id.desc())


# ── Those that stand for most agents ──────────────────────────────────────────────────────────────


def most_represented(session: Session, scope: Scope) -> list[Idea]:
    """The published entries, findings aside, of which each further one counts for those whom the
    ones above do not represent yet. An entry with fewer than five supporters is not among them.
    """
    found: dict[int, set[int]] = defaultdict(set)
    is_merged = Idea.merged_into.is_not(None)
    above = dict(session.execute(select(Idea.id, Idea.merged_into).where(is_merged)).all())
    first, last = first_id(window_start(scope.on, MONTHS)), id_after(scope.on)
    in_list = [
        Idea.published.is_(True),
        Idea.kind != IdeaKind.finding,
        Idea.id >= first,
        Idea.id < last,
        idea_conditions(scope.reader, scope.tree),
        *scope.of(Idea.concerns_id),
    ]
    if scope.ambition:
        in_list.append(Idea.ambition_id == scope.ambition.id)
    enough = Idea.supports >= SMALLEST
    for entry, person in session.execute(_supporters(scope.on).where(enough, *in_list)):
        found[entry].add(person)
    # Those of an entry merged into another count for that one, however far it is.
    for entry, person in session.execute(_supporters(scope.on).where(is_merged)):
        top, seen = entry, {entry}
        while (top := above.get(top, top)) not in seen:
            seen.add(top)
        if top in found:
            found[top].add(person)
    large = {entry: persons for entry, persons in found.items() if len(persons) >= SMALLEST}
    return readable_ideas(in_order(session, represent(large, PLACES)))


def _supporters(on: date) -> Select:
    supports = about_idea(SubjectSupport) & (SubjectSupport.on <= on)
    return select(Idea.id, SubjectSupport.person_id).join(SubjectSupport, supports)
