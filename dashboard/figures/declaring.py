"""The figures as the acts on targets and measures know them."""

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
    """Code of a value → its declaration, in the order of the catalogue; those of the workstreams
    named among them.
    """
    return {value.code: declared(figure, value) for figure, value in every_value(streams)}


def with_own_status() -> set[str]:
    """Codes of the values whose status is their own: that of a workstream is imposed on it."""
    return {
        value.code for figure in REGISTRY.values() for value in figure.values if not value.subject
    }


def externally_measured() -> dict[str, Declared]:
    """Those that are measured outside."""
    return {code: found for code, found in all_declared().items() if found.is_measured}


# Acts may not import figures: an act that reads codes of figures from a file finds them there.
CATALOGUE[:] = [all_declared]
