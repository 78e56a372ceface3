"""What queries need to know of the figures (chiffres), which are declared in a higher layer."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from sqlmodel import Session, select

from models.facts import facts_of
from models.roadmap import FigureEvent, FigureStep, Workstream

# Code → value, given the workstreams; set by `dashboard.figures.kinds`.
CATALOGUE: list[Callable[[Iterable[int]], Mapping]] = []


def declared_values(session: Session) -> Mapping:
    """Code → value of every figure, those of the workstreams included."""
    return CATALOGUE[0](session.exec(select(Workstream.id)).all()) if CATALOGUE else {}


def last_step(session: Session, code: str, step: FigureStep, on: date) -> FigureEvent | None:
    """The last fact of this kind: the owner of a figure, or the verification of its definition,
    whatever that then was.
    """
    facts = facts_of(session, FigureEvent, code, on)
    return next((fact for fact in reversed(facts) if fact.what == step), None)
