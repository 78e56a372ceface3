"""Exports our roadmap as a PST, and the received PST completed with our data.

Volet interne > the programme (OS) > a workstream (OO) > a milestone (action): see
`docs/decisions.md`, 27 November 2026.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.figures.pst import (
    OurRecord,
    Ties,
    computed_rates,
    file_of,
    health_word,
    our_records,
    plan_record,
    stream_record,
)
from dashboard.figures.workstreams import earned_at
from dashboard.files import writing
from dashboard.files.pst.elements import (
    ACRONYMS,
    HEADERS,
    LAYOUT,
    checked,
    elements_of,
    nodes_of,
)
from dashboard.files.pst.markup import VERSION, Document, Node
from dashboard.queries.pst import statements, ties
from dashboard.queries.roadmap import PlanAt, Roadmap, whole_roadmap
from models.programmes import Period, PstLevel, PstState, PstStatement
from models.roadmap import Workstream
from models.settings import settings
from models.texts import Refused

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


@dataclass(frozen=True)
class Identity:
    """The town and the PST: of the last file received, else of the settings."""

    town: str
    ins: str
    pst: str
    title: str
    first_year: int
    last_year: int
    admin: str = "AC"


def export_roadmap(
    session: Session, reader: Reader, on: date, programme: Period | None = None
) -> bytes:
    """Exporter la feuille de route en PST: valid by its schema. Raises Refused."""
    require(reader, RIGHT)
    roadmap = whole_roadmap(session)
    period = programme or roadmap.programmes.running(on)
    identity = _identity(session, period, on)
    root = _root(identity, on.year)
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


def _identity(session: Session, period: Period, on: date) -> Identity:
    years = (period.first_day.year, period.last_day.year)
    title = period.name or f"Programme {period.years}"
    received = _last_document(session, on)
    ins = settings().cp_ins
    if received is None and ins is None:
        raise Refused(_NO_TOWN)
    if received is None:
        return Identity(str(ins), str(ins), period.years, title, *years)
    ids = received[1].root.child("Identifiants")
    described = received[1].root.child("PST").child("DescriptionPST")
    return Identity(
        ids.value("Id"),
        str(ins or ids.value("INS")),
        described.value("IdPST"),
        described.value("Libelle"),
        int(described.value("ExerciceDebut")),
        int(described.value("ExerciceFin")),
        ids.value("TypeAdmin"),
    )


def _root(identity: Identity, year: int) -> Node:
    identifiers = _nodes(
        Id=identity.town,
        TypeAdmin=identity.admin,
        INS=identity.ins,
        Type="PST",
        Exercice=year,
        Version=VERSION,
        Generateur=GENERATOR,
    )
    described = _nodes(
        IdPST=identity.pst[:_ID_MAX],
        Libelle=identity.title[:_TITLE_MAX],
        ExerciceDebut=identity.first_year,
        ExerciceFin=identity.last_year,
    )
    pst = [Node("DescriptionPST", children=described), Node("Volets")]
    return Node(
        "dataroot", children=[Node("Identifiants", children=identifiers), Node("PST", children=pst)]
    )


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
    health, rule = health_word(line.plan, on) if line.plan else (None, "")
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
        rule,
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
            _write_record(nodes[element.key], record)
    _write_rates(root)
    return Document(root, document.encoding)


def _write_record(node: Node, ours: OurRecord) -> None:
    if node.value("Statut") not in ours.states:
        node.child("Statut").text = ours.state.value
    if ours.progress is not None and (ours.has_rate or ours.state is PstState.done):
        node.child("TauxAvancement").text = rate_text(ours.progress)


def _write_rates(root: Node) -> None:
    """Writes the rate of each objective, computed from its children."""
    rates: Mapping[str, float] = computed_rates(elements_of(root))
    for key, _, node in nodes_of(root):
        if key in rates:
            node.child("TauxAvancement").text = rate_text(rates[key])
