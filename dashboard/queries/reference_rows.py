"""The rows of the reference tables (référentiels) as in their files, in the order of the columns,
each checked for its right; the choices of a column; the rules of a row.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reader, require
from dashboard.queries import directions
from dashboard.queries.roadmap import PlanAt, in_tree, whole_roadmap
from dashboard.queries.targets import targets
from models.academy import Training, TrainingAudience, TrainingSession
from models.directions import Direction, DirectionPlace, Headcount, Tree, Unit, UnitKind
from models.facts import History, last_facts
from models.idea_states import IdeaStatus
from models.jobs import REGISTERS
from models.programmes import Programmes, programmes
from models.roadmap import (
    PST_LEVELS,
    Ambition,
    AmbitionColour,
    Plan,
    PlanLevel,
    ProjectState,
    Workstream,
)
from models.scales import Word
from models.seats import Seat

Rows = list[tuple[object, ...]]
CLOSED = "fermée"


def project_rows(session: Session, reader: Reader, on: date) -> Rows:
    """The projects of the PST from the broadest level down, with the plan and the state of `on`. A
    closed direction is left out: an empty cell leaves the stored one unchanged. Raises Refused
    without the right.
    """
    require(reader, REGISTERS["projets"].right)
    ambitions = dict(session.exec(select(Ambition.id, Ambition.code)).all())
    open_units = {unit.id: unit.code for unit in directions.organisation(session).at(on).units}
    known = whole_roadmap(session).elements(on)
    codes = {at.plan.id: at.plan.number for at in known}
    return [
        (
            at.plan.number,
            at.plan.level.label,
            codes.get(at.plan.parent_id),
            at.plan.title,
            at.plan.objective,
            ambitions.get(at.plan.ambition_id),
            at.state.label,
            at.report.progress if at.report else None,
            _plain(at.schedule.budget),
            at.schedule.start,
            at.schedule.end,
            at.schedule.owner,
            open_units.get(at.schedule.owner_direction_id),
            at.plan.example,
        )
        for at, _ in in_tree(known)
    ]


def target_rows(session: Session, reader: Reader, on: date) -> Rows:
    """The targets in force at `on`, by figure and day; the reason is empty, since it belongs to a
    change. Raises Refused without the right.
    """
    require(reader, REGISTERS["cibles"].right)
    return [
        (
            t.figure,
            t.for_date,
            _plain(t.value),
            _plain(t.upper),
            _plain(t.baseline),
            t.baseline_on,
            None,
        )
        for decided in targets(session, on).values()
        for t in decided
    ]


def unit_rows(session: Session, reader: Reader, on: date) -> Rows:
    """The units of the chart with their place and headcount at `on`, and the day since when both
    are so. Raises Refused without the right.
    """
    require(reader, REGISTERS["directions"].right)
    found = session.exec(select(Direction).order_by(Direction.position, Direction.id)).all()
    codes = {d.id: d.code for d in found}
    places = last_facts(session, DirectionPlace, on)
    counts = last_facts(session, Headcount, on)
    rows: Rows = []
    for d in found:
        place, count = places.get(d.id), counts.get(d.id)
        since = max((fact.on for fact in (place, count) if fact), default=None)
        is_root = d.kind == UnitKind.root
        parent = codes.get(place.parent_id) if place else None
        rows.append(
            (
                d.code,
                d.name,
                UnitKind(d.kind).label,
                parent or (None if is_root else CLOSED),
                count.agents if count else None,
                count.without_computer if count else None,
                since,
                d.head,
            )
        )
    return rows


def headcount_rows(session: Session, reader: Reader, on: date) -> Rows:
    """Every headcount up to `on`, service by service. Raises Refused without the right."""
    require(reader, REGISTERS["effectifs"].right)
    counts = History(Headcount, session.exec(select(Headcount)).all())
    services = session.exec(select(Direction).order_by(Direction.position, Direction.id)).all()
    return [
        (service.code, fact.agents, fact.without_computer, fact.on)
        for service in services
        for fact in counts.at(service.id, on)
    ]


def _plain(value: float | None) -> float | int | None:
    """12 500 rather than 12 500,0."""
    return int(value) if value is not None and value == int(value) else value


MAINTAIN = "milestone.revise"


def milestone_rows(session: Session, reader: Reader, on: date) -> list[tuple[object, ...]]:
    """The milestones with the calendar in force at `on`, cell by cell as in
    its file. Raises Refused without the right.
    """
    require(reader, MAINTAIN)
    # A closed direction is left out: an empty cell leaves the stored one unchanged.
    codes = {unit.id: unit.code for unit in directions.organisation(session).at(on).units}
    return [
        (
            m.plan.number,
            m.plan.workstream_id,
            m.plan.title,
            m.schedule.weight,
            "oui" if m.schedule.critical else "non",
            "oui" if m.plan.ladder else "non",
            french.day(m.schedule.start),
            french.day(m.schedule.end),
            m.schedule.owner,
            codes.get(m.schedule.owner_direction_id, ""),
            "",
        )
        for m in whole_roadmap(session).every(on)
    ]


def projects(session: Session, reader: Reader, on: date) -> list[tuple[PlanAt, int]]:
    """Every project as of a day, from the broadest level down, each with its depth. Raises Refused
    without the right.
    """
    require(reader, MAINTAIN)
    return list(in_tree(whole_roadmap(session).elements(on)))


class Option(NamedTuple):
    """One choice: the stored value, its text in a file, its label in the list, and other texts that
    a file may use.
    """

    stored: object
    cell: str
    label: str
    words: tuple[str, ...] = ()


Choices = Callable[[Session, date], list[Option]]


def of_words(words: Iterable[Word], also: Mapping[Word, Sequence[str]] | None = None) -> Choices:
    """The words of a vocabulary by their labels; a file may also use the codes, or those of
    `also`.
    """
    options = [
        Option(str(word), word.label, word.label, (word.value, *(also or {}).get(word, ())))
        for word in words
    ]
    return lambda _session, _on: options


def yes_or_no(_session: Session, _on: date) -> list[Option]:
    return [Option(True, "oui", "oui"), Option(False, "non", "non")]


def units(session: Session, on: date) -> list[Option]:
    """The directions and services by their code."""
    tree = directions.organisation(session).at(on)
    return [
        Option(unit.id, unit.code, f"{unit.code} · {unit.name}", words_of_unit(tree, unit))
        for unit, _ in tree.walk()
    ]


def words_of_unit(tree: Tree, unit: Unit) -> tuple[str, ...]:
    """Its path (« Département / Direction / Service »), also without its lines, and its names."""
    path = [unit.name]
    above = tree.by_id.get(unit.parent)
    while above is not None and above is not tree.root:
        path.insert(0, above.name)
        above = tree.by_id.get(above.parent)
    return "/".join(path), "".join(path), unit.label, unit.name


def workstreams(session: Session, _on: date) -> list[Option]:
    found = session.exec(select(Workstream).order_by(Workstream.id)).all()
    return [
        Option(s.id, str(s.id), f"{s.id}. {s.short_name}", (s.code, s.name, s.short_name))
        for s in found
    ]


def services(session: Session, on: date) -> list[Option]:
    tree = directions.organisation(session).at(on)
    return [Option(s.id, s.code, f"{s.code} · {s.name}") for s in tree.services()]


def units_or_closed(session: Session, on: date) -> list[Option]:
    """The possible parents of a unit; a closed unit has none."""
    return [*units(session, on), Option(None, CLOSED, CLOSED)]


def trainings(session: Session, _on: date) -> list[Option]:
    found = session.exec(select(Training).order_by(Training.code)).all()
    return [Option(t.id, t.code, f"{t.code} · {t.title}", (t.title,)) for t in found]


def ambitions(session: Session, _on: date) -> list[Option]:
    return [
        Option(a.id, a.code, a.name, (a.name, str(a.id))) for a in directions.ambitions(session)
    ]


def periods(session: Session, _on: date) -> list[Option]:
    """The programmes; a record without one belongs to the first."""
    found = programmes(session).periods
    first = Option(None, found[0].name, found[0].name)
    return [first, *(Option(p.id, p.name, p.name) for p in found if p.id is not None)]


def parents(session: Session, on: date) -> list[Option]:
    """The projects that may be a parent, from the broadest level down."""
    return [
        Option(at.plan.id, at.plan.number, f"{at.plan.number} · {at.plan.title}")
        for at, _ in in_tree(whole_roadmap(session).elements(on))
        if at.plan.level is not PlanLevel.action
    ]


kinds_of_unit = of_words(UnitKind)
colours = of_words(AmbitionColour)
levels = of_words(PST_LEVELS)
states = of_words(ProjectState)
answered_statuses = of_words(s for s in IdeaStatus if not s.rules.by_own_act)
audiences = of_words(
    TrainingAudience,
    also={
        TrainingAudience.both: ("tous",),
        TrainingAudience.field_work: ("terrain",),
        TrainingAudience.office: ("bureau",),
        TrainingAudience.managers: ("responsables",),
    },
)


_OF_SESSION = ("starts", "ends", "capacity", "place")  # what a file may change of a session


def workstream_faults(
    session: Session, stream: Workstream | None, values: dict[str, object]
) -> dict[str, object]:
    """The faults of a workstream: its code does not change, nor does its programme once it has
    milestones.
    """
    known = programmes(session)
    if stream is None:
        return _new_workstream(session, known, values)
    first = known.periods[0]
    moves = (known.of(values["programme"]) or first) != (known.of(stream.programme_id) or first)
    has_milestones = (
        moves and session.exec(select(Plan.id).where(Plan.workstream_id == stream.id)).first()
    )
    return {
        "code": values["code"] != stream.code
        and f"Le chantier {stream.id} a le code {stream.code} : il le garde.",
        "programme": has_milestones and "Ce chantier a des jalons : il reste dans son programme.",
    }


def _new_workstream(
    session: Session, known: Programmes, values: dict[str, object]
) -> dict[str, object]:
    names = ", ".join(period.name for period in known.periods)
    needed = values["programme"] is None and len(known.periods) > 1
    values["programme"] = values["programme"] or known.periods[0].id
    code = values["code"] = values["code"] or f"chantier-{values['number']}"
    other = session.exec(select(Workstream.id).where(Workstream.code == code)).first()
    taken = other is not None and f"Ce code est déjà celui du chantier {other}."
    is_code = re.fullmatch(r"[a-z0-9][a-z0-9\-]{0,29}", code)
    return {
        "programme": needed and f"Dites de quel programme : {names}.",
        "code": taken
        if is_code
        else "Donnez un code court, en lettres, chiffres et traits d'union.",
    }


def session_faults(
    session: Session, held: TrainingSession | None, values: dict[str, object]
) -> dict[str, object]:
    """The faults of a session: one with seats is changed on its screen, which tells their holders.
    A new one has the places of its training where nobody says how many.
    """
    is_taken = False
    if held is None:
        training = session.get(Training, values["training"])
        if values["capacity"] is None and training:
            values["capacity"] = training.capacity
    elif any(values[name] != getattr(held, name) for name in _OF_SESSION):
        of_session = select(Seat.id).where(Seat.session_id == held.id)
        is_taken = held.cancelled_on or session.exec(of_session).first()
    starts, ends = values["starts"], values["ends"]
    is_odd = bool(starts) != bool(ends) or (starts and starts >= ends)
    return {
        "on": is_taken and "Cette session est annulée ou a des inscrits : changez-la à l'écran.",
        "ends": is_odd and "La fin vient après le début : donnez les deux heures, ou aucune.",
    }


def training_faults(
    _session: Session, training: Training | None, values: dict[str, object]
) -> dict[str, object]:
    """The faults of a training: its code has a fixed form, and approval requires an account."""
    is_code = training or re.fullmatch(r"[A-Z0-9][A-Z0-9.\-]{0,19}", values["code"] or "")
    both = values["open_to_all"] and values["needs_approval"]
    return {
        "code": not is_code
        and "Le code compte 1 à 20 lettres, chiffres, points ou tirets : « F31 ».",
        "open_to_all": both
        and "Sans compte, personne ne peut demander l'accord d'un responsable : choisissez l'un ou"
        " l'autre.",
    }
