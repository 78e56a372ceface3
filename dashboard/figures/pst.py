"""Compares the town's PST with our roadmap, and computes the rate of each objective from its
children: the towns' tool writes 0 % for every objective.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from dashboard import french
from dashboard.figures.workstreams import earned_at
from dashboard.files.pst.elements import PstElement, PstFile, read_pst
from dashboard.files.values import compact
from dashboard.formulas import Item, earned
from dashboard.queries.pst import content_of, statements, ties
from dashboard.queries.roadmap import PlanAt, Roadmap, whole_roadmap
from models.programmes import PstHealth, PstLevel, PstState, PstStatement, PstTie
from models.roadmap import Health, MilestoneState, ProjectState

_M, _P, _S = MilestoneState, ProjectState, PstState
# Our states → the states of the PST that may mean the same. A paused milestone is waiting, or
# stopped by a problem: the PST and its elements distinguish both, milestones do not.
_STATES = {
    _M.to_plan: (_S.not_begun,),
    _M.under_way: (_S.under_way,),
    _M.done: (_S.done,),
    _M.paused: (_S.waiting, _S.trouble),
    _M.cancelled: (_S.given_up,),
    _P.not_begun: (_S.not_begun,),
    _P.waiting: (_S.waiting,),
    _P.trouble: (_S.trouble,),
    _P.given_up: (_S.given_up,),
}
HEALTHS = {
    Health.on_track: PstHealth.good,
    Health.reached: PstHealth.good,
    Health.watch: PstHealth.risk,
    Health.trouble: PstHealth.blocked,
    Health.paused: PstHealth.paused,
}
_WHOLE = 100


# ── Rates ───────────────────────────────────────────────────────────────────────────────────────


def computed_rates(elements: Sequence[PstElement]) -> dict[str, float]:
    """Taux calculé: key of each volet and objective → EV, in %, of the actions below it, with equal
    weights, without cancelled ones; missing if no action counts.
    """
    above = {element.key: element.parent for element in elements}
    below: dict[str, list[Item]] = defaultdict(list)
    for element in elements:
        key = element.key
        if element.level is PstLevel.action and element.is_counted:
            item, seen = Item(1, date.min, date.max, element.share), {element.key}
            while (key := above.get(key, "")) and key not in seen:
                seen.add(key)
                below[key].append(item)
    rates = {key: earned(items) for key, items in below.items()}
    return {key: rate for key, rate in rates.items() if rate is not None}


# ── Our records ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class OurRecord:
    """One of our records in the vocabulary of the PST. `states` may be read as the same; `on` is
    the day of our newest fact; a milestone that is only done or not has no rate to compare.
    """

    subject: str
    title: str
    states: tuple[PstState, ...]
    state_label: str
    progress: float | None
    on: date | None
    end: date | None
    start: date | None = None
    has_rate: bool = True

    @property
    def state(self) -> PstState:
        return self.states[0]


def plan_record(at: PlanAt) -> OurRecord:
    """A milestone or an element of the PST as a record."""
    report, plan = at.report, at.plan
    is_milestone = plan.is_milestone
    progress = report.progress if report else None
    days = (report and report.on, at.schedule.id and at.schedule.on)
    return OurRecord(
        f"{'jalon' if is_milestone else 'projet'}:{plan.number}",
        f"{plan.number if is_milestone else 'Projet'} {plan.title}",
        _STATES[at.state],
        at.state.label,
        _WHOLE * at.progress if is_milestone or progress is not None else None,
        max((day for day in days if day), default=None),
        at.end,
        at.schedule.start,
        plan.ladder if is_milestone else progress is not None,
    )


def stream_record(stream, milestones: Sequence[PlanAt]) -> OurRecord:
    """A workstream from its milestones: its rate is their EV."""
    records = [plan_record(m) for m in milestones]
    counted = [record for record in records if record.state is not PstState.given_up]
    state = _state_of_all(records)
    return OurRecord(
        f"chantier:{stream.id}",
        f"Chantier {stream.id} {stream.name}",
        (state,),
        state.label,
        earned_at(milestones),
        max((record.on for record in records if record.on), default=None),
        max((record.end for record in counted if record.end), default=None),
        min((record.start for record in counted if record.start), default=None),
    )


def _state_of_all(records: Sequence[OurRecord]) -> PstState:
    states = {record.state for record in records}
    if records and states == {PstState.given_up}:
        return PstState.given_up
    states.discard(PstState.given_up)
    if len(states) == 1:
        return states.pop()
    return PstState.under_way if states else PstState.not_begun


def our_records(roadmap: Roadmap, on: date, known: date | None = None) -> dict[str, OurRecord]:
    """Subject → our record: workstreams, milestones, projects, of every programme."""
    records: list[OurRecord] = []
    for period in roadmap.programmes.periods:
        milestones = roadmap.of(period, on)
        for stream in roadmap.streams_of(period):
            own = [m for m in milestones if m.plan.workstream_id == stream.id]
            records += [stream_record(stream, own), *map(plan_record, own)]
    records += map(plan_record, roadmap.elements(on, known))
    return {record.subject: record for record in records}


# ── Side by side ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Beside:
    """One element of the PST beside our record. `computed` is the rate of an objective;
    `differences` lists where both disagree.
    """

    element: PstElement
    ours: OurRecord | None
    computed: float | None
    differences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """The last file of the PST on a day, element by element; disagreements first."""

    statement: PstStatement
    layout: str
    is_markup: bool
    lines: tuple[Beside, ...]
    ours: Mapping[str, OurRecord]

    @property
    def actions(self) -> list[Beside]:
        """The actions, and any objective that is matched."""
        return [b for b in self.lines if b.element.level not in _OBJECTIVES or b.ours]

    @property
    def objectives(self) -> list[Beside]:
        """In the order of the file."""
        lines = [b for b in self.lines if b.element.level in _OBJECTIVES]
        return sorted(lines, key=lambda b: b.element.line)


_OBJECTIVES = (PstLevel.part, PstLevel.strategic, PstLevel.operational)


def comparison(session: Session, on: date, known: date | None = None) -> Comparison | None:
    """The comparison as of a day; None if no file of the PST was received by then."""
    received = statements(session, on, known)
    if not received:
        return None
    last = received[-1]
    file = file_of(session, last)
    ours = our_records(whole_roadmap(session), on, known)
    rates, find = computed_rates(file.elements), Ties(ours, ties(session, on, known))
    lines = []
    for element in file.elements:
        own, rate = find.of(element), rates.get(element.key)
        lines.append(Beside(element, own, rate, differences(element, own, rate) if own else ()))
    lines.sort(key=lambda b: (-len(b.differences), b.ours is None, b.element.line))
    return Comparison(last, file.layout, file.document is not None, tuple(lines), ours)


def file_of(session: Session, statement: PstStatement) -> PstFile:
    """The parsed content of a received file."""
    return read_pst(content_of(session, statement.id), statement.name)


class Ties:
    """Which of our records an element is: as a person decided, else by the identifier written by
    our own export, else by its title, which is all that a workbook has.
    """

    def __init__(self, ours: Mapping[str, OurRecord], tied: Mapping[str, PstTie]):
        self.ours = ours
        self.tied = tied
        self.by_title = {compact(tie.title): tie for tie in tied.values()}
        self.own_titles = {compact(word.title): word for word in ours.values()}

    def of(self, element: PstElement) -> OurRecord | None:
        tie = self.tied.get(element.key) or self.by_title.get(compact(element.title))
        if tie is not None:
            return self.ours.get(tie.subject)
        own = self.ours.get(element.key.partition(":")[2])
        return own or self.own_titles.get(compact(element.title))


def differences(
    element: PstElement, ours: OurRecord, computed: float | None = None
) -> tuple[str, ...]:
    """Where both disagree, each in a few words: the state, the rate, the end."""
    texts = []
    if element.state not in ours.states:
        texts.append("état")
    theirs = _WHOLE * element.share if computed is None else computed
    if ours.has_rate and ours.progress is not None and round(theirs - ours.progress):
        texts.append(f"taux ({french.signed(ours.progress - theirs, 'point', 0)} ici)")
    if element.end and ours.end and element.end != ours.end:
        texts.append(f"échéance ({french.signed((ours.end - element.end).days, 'jour', 0)} ici)")
    return tuple(texts)
