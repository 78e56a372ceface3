"""The town's PST beside our roadmap: both compared, the rate of each objective computed from its
children (the towns' tool writes 0 % for every objective), and our roadmap exported as a PST, or the
received one completed with our data.

Volet interne > the programme (OS) > a workstream (OO) > a milestone (action): see
`docs/decisions.md`, 27 November 2026.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader, require
from dashboard.figures.workstreams import earned_at, health_of
from dashboard.files import writing
from dashboard.files.pst.elements import (
    ACRONYMS,
    HEADERS,
    LAYOUT,
    PstElement,
    PstFile,
    checked,
    elements_of,
    nodes_of,
    read_pst,
)
from dashboard.files.pst.markup import VERSION, Document, Node
from dashboard.files.values import compact
from dashboard.formulas import Item, earned
from dashboard.queries.roadmap import PlanAt, Roadmap, content_of, statements, ties, whole_roadmap
from models.programmes import Period, PstHealth, PstLevel, PstState, PstStatement, PstTie
from models.roadmap import Health, MilestoneState, ProjectState, Workstream
from models.settings import settings
from models.texts import Refused

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


RIGHT = "milestone.revise"
GENERATOR = "C-Possible"
PART = "Volet interne"
_TITLE_MAX = 255
_ID_MAX = 40
_NO_TOWN = (
    "Le numéro INS de la commune n'est pas connu : importez un PST de votre outil, ou faites régler"
    " ce numéro par le service informatique."
)
_NONE_RECEIVED = "Aucun PST en XML n'a été importé à cette date."


# ── The roadmap as elements ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Line:
    """One of our elements: its depth, its identifier, its state."""

    level: PstLevel
    record: OurRecord
    remark: str = ""
    holder: str = ""
    plan: PlanAt | None = None


def _lines(roadmap: Roadmap, period: Period, on: date) -> Iterator[_Line]:
    """Depth first, each before its children."""
    milestones = roadmap.of(period, on)
    streams = roadmap.streams_of(period)
    whole = _programme_record(period, milestones)
    yield _Line(PstLevel.part, replace(whole, subject="volet:interne", title=PART))
    yield _Line(PstLevel.strategic, whole)
    for stream in streams:
        own = [m for m in milestones if m.plan.workstream_id == stream.id]
        yield _Line(PstLevel.operational, stream_record(stream, own))
        for m in own:
            remark = m.report.comment if m.report else ""
            yield _Line(PstLevel.action, plan_record(m), remark, m.schedule.owner, m)


def _programme_record(period: Period, milestones: Sequence[PlanAt]) -> OurRecord:
    """The programme as a record: the state, dates and rate of all its milestones, on its own
    days.
    """
    record = stream_record(Workstream(id=0), milestones)
    return OurRecord(
        f"programme:{period.first_day.year}",
        period.name or f"Programme {period.years}",
        record.states,
        record.state_label,
        earned_at(milestones),
        record.on,
        period.last_day,
        period.first_day,
    )


# ── As XML ──────────────────────────────────────────────────────────────────────────────────────


def export_roadmap(
    session: Session, reader: Reader, on: date, programme: Period | None = None
) -> bytes:
    """Exporter la feuille de route en PST: valid by its schema. Raises Refused."""
    require(reader, RIGHT)
    roadmap = whole_roadmap(session)
    period = programme or roadmap.programmes.running(on)
    town, described = _identity(session, period, on)
    made_by = {"Type": "PST", "Exercice": on.year, "Version": VERSION, "Generateur": GENERATOR}
    pst = [Node("DescriptionPST", children=_nodes(**described)), Node("Volets")]
    identifiers = Node("Identifiants", children=_nodes(**town, **made_by))
    root = Node("dataroot", children=[identifiers, Node("PST", children=pst)])
    open_at = {PstLevel.part: root.child("PST").child("Volets")}
    for line in _lines(roadmap, period, on):
        node = _element(line, on.year)
        open_at[line.level].children.append(node)
        holder, below = _BELOW.get(line.level, ("", None))
        if holder:
            node.children.append(Node(holder))
            open_at[below] = node.children[-1]
    return checked(Document(root))


_BELOW = {
    PstLevel.part: ("ObjectifStrategiques", PstLevel.strategic),
    PstLevel.strategic: ("ObjectifsOperationnels", PstLevel.operational),
    PstLevel.operational: ("Actions", PstLevel.action),
}
_TAGS = {
    PstLevel.part: "Volet",
    PstLevel.strategic: "ObjectifStrategique",
    PstLevel.operational: "ObjectifOperationnel",
    PstLevel.action: "Action",
}


def _identity(
    session: Session, period: Period, on: date
) -> tuple[dict[str, object], dict[str, object]]:
    """The town and the PST: of the last file received, else of the settings."""
    received, ins = _last_document(session, on), settings().cp_ins
    if received:
        ids = received[1].root.child("Identifiants")
        town = {tag: ids.value(tag) for tag in ("Id", "TypeAdmin", "INS")}
        pst = received[1].root.child("PST").child("DescriptionPST")
        tags = "IdPST", "Libelle", "ExerciceDebut", "ExerciceFin"
        return town | ({"INS": ins} if ins else {}), {tag: pst.value(tag) for tag in tags}
    if ins is None:
        raise Refused(_NO_TOWN)
    title = period.name or f"Programme {period.years}"
    return {"Id": ins, "TypeAdmin": "AC", "INS": ins}, {
        "IdPST": period.years[:_ID_MAX],
        "Libelle": title[:_TITLE_MAX],
        "ExerciceDebut": period.first_day.year,
        "ExerciceFin": period.last_day.year,
    }


def _nodes(**values: object) -> list[Node]:
    return [Node(tag, str(value)) for tag, value in values.items()]


def _element(line: _Line, year: int) -> Node:
    record = line.record
    days = {"DateDebut": record.start, "DateFin": record.end}
    children = [
        *_nodes(Libelle=record.title[:_TITLE_MAX]),
        *_nodes(**{tag: day.isoformat() for tag, day in days.items() if day}),
        _text("Description", ""),
        *_nodes(Statut=record.state.value),
        # Our owners are functions: the format wants the name of a person, which we do not invent.
        *(_nodes(Departement=line.holder) if line.holder else ()),
        *_nodes(TauxAvancement=rate_text(record.progress)),
        _text("RemarqueStatut", line.remark),
        *_nodes(ETP=0),
        *(Node(tag) for tag in ("Plans", "Partenaires", "Articles", "Projections")),
    ]
    attributes = {"ElementId": record.subject, "Exercice": str(year)}
    return Node(_TAGS[line.level], "", attributes, children)


def _text(tag: str, text: str) -> Node:
    return Node(tag, children=_nodes(Mode="TEXTE", Valeur=text))


def rate_text(rate: float | None) -> str:
    """A rate in the format of the schema: « 62.5 », « 40 »."""
    return f"{rate or 0:.2f}".rstrip("0").rstrip(".")


# ── As a workbook ───────────────────────────────────────────────────────────────────────────────


def export_progress(
    session: Session, reader: Reader, on: date, programme: Period | None = None
) -> bytes:
    """Exporter l'état d'avancement: the same lines as a workbook."""
    require(reader, RIGHT)
    roadmap = whole_roadmap(session)
    period = programme or roadmap.programmes.running(on)
    rows = [_sheet_row(line, on) for line in _lines(roadmap, period, on)]
    return writing.as_bytes(LAYOUT, HEADERS, rows, ".xlsx")


def _sheet_row(line: _Line, on: date) -> tuple[object, ...]:
    """The cells of a line, in the order of HEADERS."""
    record = line.record
    verdict = health_of(line.plan, on) if line.plan else None
    health = HEALTHS.get(verdict.health) if verdict else None
    return (
        ACRONYMS[line.level],
        record.title,
        record.state.label,
        "",
        "",
        line.holder,
        record.end,
        round(record.progress or 0, 1),
        line.remark,
        health.value if health else "",
        verdict.rule if verdict else "",
    )


# ── The received PST ────────────────────────────────────────────────────────────────────────────


def _last_document(session: Session, on: date) -> tuple[PstStatement, Document] | None:
    """The last received file that is XML."""
    for statement in reversed(statements(session, on)):
        document = file_of(session, statement).document
        if document is not None:
            return statement, document
    return None


def export_received(
    session: Session, reader: Reader, on: date, completed: bool = False
) -> tuple[bytes, str]:
    """Renvoyer le PST reçu: unchanged, or completed with our states and rates where an element is
    matched, and with the computed rate of each objective. Raises Refused.
    """
    require(reader, RIGHT)
    last = _last_document(session, on)
    if last is None:
        raise Refused(_NONE_RECEIVED)
    statement, document = last
    if completed:
        ours = our_records(whole_roadmap(session), on)
        document = _completed(document, Ties(ours, ties(session, on)))
    return checked(document), statement.name


def _completed(document: Document, ours: Ties) -> Document:
    root = deepcopy(document.root)
    nodes = {key: node for key, _, node in nodes_of(root)}
    for element in elements_of(root):
        record = ours.of(element)
        if record and element.level is PstLevel.action:
            node = nodes[element.key]
            if node.value("Statut") not in record.states:
                node.child("Statut").text = record.state.value
            if record.progress is not None and (record.has_rate or record.state is PstState.done):
                node.child("TauxAvancement").text = rate_text(record.progress)
    # The rate of each objective, computed from its children.
    for key, rate in computed_rates(elements_of(root)).items():
        nodes[key].child("TauxAvancement").text = rate_text(rate)
    return Document(root, document.encoding)
