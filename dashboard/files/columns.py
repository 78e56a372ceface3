"""Finding the columns of a table by the words that head them."""

from collections.abc import Iterable, Mapping, Sequence

from dashboard.files.csvout import restored
from dashboard.files.tables import Table
from dashboard.files.values import compact
from models.errors import Refused


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


def needed_places(
    table: Table, names: Mapping[str, Sequence[str]], needed: Sequence[str]
) -> dict[str, int]:
    """Field → column, as `places_of`. Raises Refused where a needed column is missing, with what is
    expected (the first spelling of each field) and what the file has.
    """
    places = places_of(table.headers, names)
    if missing := [names[name][0] for name in needed if name not in places]:
        expected = ", ".join(spellings[0] for spellings in names.values())
        raise Refused(
            f"« {table.name} » n'a pas de colonne {_quoted(missing)}."
            f" Colonnes attendues : {expected}."
            f" Colonnes du fichier : {_quoted(filter(None, table.headers)) or 'aucune'}."
        )
    return places


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"« {name} »" for name in names)
