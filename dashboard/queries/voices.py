"""Who was heard (voix): supporters, participants, respondents and signed entries of a period, by
their service.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func
from sqlmodel import Session, select

from dashboard.formulas import wilson
from dashboard.queries.academy.counts import by_place
from dashboard.queries.ideas.counts import IS_FILING, raw_facts
from dashboard.scope import Scope
from models.clock import window_start
from models.discussions import Subject, SubjectSupport
from models.facts import live
from models.idea_events import IdeaEvent
from models.idea_states import RETAINED, IdeaStatus
from models.meetings import BODIES, Attendance, Meeting, MeetingEvent, MeetingState, Poster, Site
from models.people import Assignment
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
