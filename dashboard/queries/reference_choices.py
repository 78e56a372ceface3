"""The choices (choix) of a column of « Référentiels »: the stored value, its text in a file and its
label in a list.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlmodel import Session, select

from dashboard.queries import directions
from dashboard.queries.reference_rows import CLOSED
from dashboard.queries.roadmap import in_tree, whole_roadmap
from models.academy import Training, TrainingAudience
from models.directions import Tree, Unit, UnitKind
from models.idea_states import IdeaStatus
from models.programmes import programmes
from models.roadmap import PST_LEVELS, AmbitionColour, PlanLevel, ProjectState, Workstream
from models.words import Word


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
