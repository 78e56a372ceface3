"""The content of a report (dossier): gathered from one board, then laid out as PDF or XLSX; its
fingerprint.

The fingerprint is the SHA-256 of the board as canonical JSON of `figures --format json`. It does
not include the creation time, so that two copies of one state have the same.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlmodel import Session

from dashboard import french
from dashboard.access import may, require
from dashboard.charts.figures import EARNED, PLANNED, Curves
from dashboard.charts.ideas import Age, ages
from dashboard.figures import REGISTRY
from dashboard.figures.board import Board, Changes, board, changes
from dashboard.figures.forecast import Forecasts, backtest, forecasts
from dashboard.figures.kinds import Reads
from dashboard.figures.reasons import events
from dashboard.figures.sentences import (
    Waiting,
    end_in_words,
    held_in_words,
    three_sentences,
    waiting,
)
from dashboard.figures.workstreams import WorkstreamState, earned_at, planned_at, workstream_states
from dashboard.queries.decisions.records import DecisionAt, register
from dashboard.queries.decisions.sheets import open_objections
from dashboard.queries.figures.events import Event
from dashboard.queries.ideas import (
    counts as idea_counts,
    records as idea_records,
    waiting as idea_waiting,
)
from dashboard.queries.meetings.agenda import (
    Closing,
    closings,
    current,
    last_with_points,
    next_of,
    points,
)
from dashboard.queries.meetings.records import MeetingAt, calendar
from dashboard.queries.roadmap import PlanAt, Roadmap, roadmap_of
from dashboard.scope import Scope
from models import clock
from models.clock import workdays
from models.ideas import Idea
from models.meetings import MeetingKind
from models.roadmap import PlanReport, Progress, without_progress

MONTHS_OF_FILING = 24


# A decision, the name of its owner, and its state, in words.
DecisionLine = tuple[DecisionAt, str, str]


@dataclass(frozen=True)
class Pack:
    """Everything a report shows, as known on `scope.on` with the rights of `scope.reader`.

    `milestones` are those of the scope's directions, `roadmap` all of them; `curve` is the S-curve
    of the whole roadmap, `events` what may explain it, `forecast` its end and how often such dates
    held. `ages` are the pending ideas by age. `changes` are those since the day compared with, else
    the last meeting of the CODIR. `imposed` are the workstreams with an imposed status. `closing`
    is that of the CODIR meeting of the report, once it is past.
    """

    scope: Scope
    board: Board
    digest: str
    made_at: datetime
    streams: list[WorkstreamState]
    milestones: list[PlanAt]
    roadmap: list[PlanAt]
    wait: Waiting
    sentences: list[str]
    sentences_without_needs: list[str]
    curve: Curves
    ends: Forecasts
    forecast: list[str]
    changes: Changes | None
    filed: dict[date, int]
    ages: list[Age]
    implemented: list[tuple[Idea, str]]  # with the answer given
    decisions: tuple[DecisionLine, ...] = ()
    imposed: frozenset[int] = frozenset()
    closing: Closing | None = None
    events: Sequence[Event] = ()


def gather(session: Session, scope: Scope, progress: Progress = without_progress) -> Pack:
    """The pack of a scope. Raises Refused without the right to make reports."""
    require(scope.reader, "report.make")
    entries = board(session, scope, progress=progress)
    roadmap_history = roadmap_of(session, scope)
    streams = workstream_states(roadmap_history, scope.on)
    roadmap = roadmap_history.at(scope.on)
    mine = owned(roadmap, scope)
    to_read = idea_waiting.to_read(session, scope) if may(scope.reader, "idea.publish") else 0
    decisions = [d for d in register(session).at(scope.on) if scope.has(d.owner_direction_id)]
    codir = calendar(session, (MeetingKind.codir,)).at(scope.on)
    late_ideas = idea_waiting.count_late(session, scope)
    to_decide = entries["reponse.ouvertes"].value
    pending = waiting(mine, scope.on, late_ideas, to_read, decisions, to_decide)
    # The needs of owners are shown to those who steer; the Collège version omits them.
    late = [
        replace(m, report=m.report and PlanReport(**{**m.report._mapping, "need": ""}))
        for m in pending.late
    ]
    without_needs = replace(pending, late=late)
    imposed = roadmap_history.imposed(scope.on)
    ends = forecasts(roadmap_history, scope.on)
    end = end_in_words(roadmap, ends.whole)
    held = held_in_words(backtest(roadmap_history, scope.on))
    progress_figure = REGISTRY["avancement"]
    return Pack(
        scope,
        entries,
        digest(entries),
        clock.now(),
        streams,
        mine,
        roadmap,
        pending,
        three_sentences(entries, streams, pending, scope.on),
        three_sentences(entries, streams, without_needs, scope.on),
        s_curve(roadmap_history, scope.on),
        ends,
        [f"{end}.", held] if end else [],
        _changes(scope, roadmap_history, decisions, codir),
        _filed(session, scope),
        ages(idea_waiting.pending_by_age(session, scope), scope.on),
        idea_records.implemented(session, scope),
        _lines(session, scope, decisions, codir),
        frozenset(s.workstream.id for s in streams if f"chantier:{s.workstream.id}" in imposed),
        current(closings(codir, workdays(session)), scope.on),
        events(Reads(session), scope, progress_figure, progress_figure.values[0]),
    )


def _changes(
    scope: Scope,
    roadmap: Roadmap,
    decisions: Sequence[DecisionAt],
    codir: Sequence[MeetingAt],
) -> Changes | None:
    """None before the first meeting."""
    since = scope.since or last_with_points(codir, decisions, scope.on)
    if since is None:
        return None
    before, after = (owned(roadmap.at(day), scope) for day in (since, scope.on))
    return changes(before, after, decisions, since, scope.on)


def _pressing_first(
    decisions: Sequence[DecisionAt], on: date, agenda: Sequence[int]
) -> list[DecisionAt]:
    """Overdue first, the longest first; then pending decisions, those on the agenda in its order;
    then made ones, the latest first.
    """
    places = {ident: place - len(agenda) for place, ident in enumerate(agenda)}

    def place(d: DecisionAt) -> tuple[int, int]:
        if d.is_late(on):
            return 0, d.due_on.toordinal()
        if d.is_waiting:
            return 1, places.get(d.id, d.number)
        return 2, -d.decided.on.toordinal()

    return sorted(decisions, key=place)


def _lines(
    session: Session, scope: Scope, decisions: Sequence[DecisionAt], codir: Sequence[MeetingAt]
) -> tuple[DecisionLine, ...]:
    """The decisions, most urgent first; a pending point shows its open objections."""
    upcoming = next_of(codir, MeetingKind.codir, scope.on)
    agenda = [p.id for p in points(session, scope, upcoming.id)] if upcoming else []
    objected = open_objections(session, scope, [d.id for d in decisions if d.is_waiting])
    in_order = _pressing_first(decisions, scope.on, agenda)
    found = []
    for d in in_order:
        unit = scope.tree.by_id.get(d.owner_direction_id) if d.owner_direction_id else None
        state = d.state(scope.on)
        if remarks := objected.get(d.id):
            counted = french.counted(len(remarks), "objection ouverte", "objections ouvertes")
            state = f"{state} ({counted})"
        found.append((d, unit.name if unit else "", state))
    return tuple(found)


def digest(entries: Board) -> str:
    """SHA-256 of the board as canonical JSON (sorted keys, no blanks, so that equal states give
    equal texts): 64 hexadecimal digits.
    """
    text = json.dumps(entries.as_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def owned(milestones: Sequence[PlanAt], scope: Scope) -> list[PlanAt]:
    """The milestones owned by the scope's directions; all of them for the whole administration."""
    return [m for m in milestones if scope.has(m.schedule.owner_direction_id)]


def s_curve(roadmap: Roadmap, on: date, wanted: frozenset[int] | None = None) -> Curves:
    """Planned and earned month by month and on `on`, as known then; of all milestones, or of those
    with the wanted ids.
    """

    def wanted_at(day: date) -> list[PlanAt]:
        return [m for m in roadmap.at(day) if wanted is None or m.plan.id in wanted]

    period = roadmap.period(on)
    start = period.first_day
    end = max(period.last_day, start)
    now = wanted_at(on)
    planned = [
        (day, planned_at(now, day)) for day in sorted({*clock.month_ends(end, first=start), on})
    ]
    earned = [(day, earned_at(wanted_at(day))) for day in clock.month_ends(on, first=start)]
    return {PLANNED: planned, EARNED: earned}


def _filed(session: Session, scope: Scope) -> dict[date, int]:
    """Entries filed per month in the last two years, since the start of the programme; months
    without any included.
    """
    begin = clock.add_months(scope.on, 1 - MONTHS_OF_FILING)
    months = clock.months(max(begin, scope.programmes.first_day), scope.on)
    counts = idea_counts.arrivals_by_month(session, scope, months[0], scope.on)
    return {month: counts.get(month, 0) for month in months}
