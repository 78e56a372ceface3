"""The figures as the acts on targets and measures see them."""

from collections.abc import Iterable

from dashboard.actions.figures.declared import CATALOGUE, Declared
from dashboard.figures import REGISTRY, Breakdown, Figure, Value
from dashboard.figures.kinds import every_value


def declared(figure: Figure, value: Value) -> Declared:
    return Declared(
        value.code,
        value.label,
        str(value.unit),
        value.kind,
        value.thresholds is not None,
        figure.measured,
        figure.cut != Breakdown.none,
    )


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


# Acts may not import figures: an act that reads figure codes from a file uses this list.
CATALOGUE[:] = [all_declared]
