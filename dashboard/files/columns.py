"""Finding the columns of a table by the words that head them."""

from collections.abc import Iterable, Mapping, Sequence

from dashboard.files.csvout import restored
from dashboard.files.ideas.values import compact


def places_of(headers: Iterable[str], names: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Field → column, for the fields of which one spelling heads a column."""
    at: dict[str, int] = {}
    for index, header in enumerate(headers):
        # Of two columns under one header the first is read; a warning of the table says so.
        at.setdefault(compact(restored(header)), index)
    found = {}
    for name, spellings in names.items():
        known = [at[compact(spelling)] for spelling in spellings if compact(spelling) in at]
        if known:
            found[name] = known[0]
    return found
