"""The figures as the acts on targets and measures see them."""

from collections.abc import Collection, Iterable
from datetime import date
from hashlib import sha256

from sqlmodel import Session

from dashboard.access import OPERATOR
from dashboard.figures import REGISTRY, Breakdown, Figure, Value
from dashboard.figures.board import board
from dashboard.figures.kinds import every_value, figure_of
from dashboard.queries import directions
from dashboard.queries.figures.declared import CATALOGUE, STATUSES, Declared
from dashboard.scope import Scope
from models.programmes import programmes
from models.roadmap import Health


def declared(figure: Figure, value: Value) -> Declared:
    return Declared(
        value.code,
        value.label,
        str(value.unit),
        value.kind,
        value.thresholds is not None,
        figure.measured,
        figure.cut != Breakdown.none,
        _mark(value),
    )


def _mark(value: Value) -> str:
    """Of what a value counts, in whatever words; not of its name or its display."""
    parts = value.definition, value.formula, value.counts, value.unit, value.kind, value.thresholds
    return sha256("|".join(map(str, parts)).encode()).hexdigest()[:16]


def all_declared(streams: Iterable[int] = ()) -> dict[str, Declared]:
    """Code of a value → its declaration, in the order of the catalogue, including those of the
    given workstreams.
    """
    return {value.code: declared(figure, value) for figure, value in every_value(streams)}


def with_own_status() -> set[str]:
    """Codes of the values with a status of their own: that of a workstream is imposed on the
    workstream.
    """
    return {
        value.code for figure in REGISTRY.values() for value in figure.values if not value.subject
    }


def externally_measured() -> dict[str, Declared]:
    """The values measured outside this product."""
    return {
        code: declaration for code, declaration in all_declared().items() if declaration.is_measured
    }


def statuses(session: Session, day: date, codes: Collection[str]) -> dict[str, str]:
    """Code → « À jour, cible atteinte »: the status at a day for the whole administration."""
    at = directions.organisation(session).at
    scope = Scope.for_reader(OPERATOR, {}, day, at, [], programmes(session))
    entries = board(session, scope, {figure_of(code).code for code in codes}).entries
    return {
        entry.code: Health(entry.status).label
        + (", cible atteinte" if (entry.attainment or 0) >= 100 else "")
        for entry in entries
        if entry.code in codes and entry.status
    }


# Queries and acts may not import figures: those that need codes or statuses use these lists.
CATALOGUE[:], STATUSES[:] = [all_declared], [statuses]
