"""Exports our roadmap as a PST, and the received PST completed with our data.

Volet interne > the programme (OS) > a workstream (OO) > a milestone (action): see
`docs/decisions.md`, 27 November 2026.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.figures.pst import (
    HEALTHS,
    OurRecord,
    Ties,
    computed_rates,
    file_of,
    our_records,
    plan_record,
    stream_record,
)
from dashboard.figures.workstreams import earned_at, health_of
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
