"""Layout of files of ideas: texts continued in other columns, and complete exports."""

from dashboard.files.csvout import restored
from dashboard.files.ideas.columns import COLUMNS, begun_by
from dashboard.files.quoting import quoted
from dashboard.files.tables import Table
from dashboard.files.values import compact
from models.errors import Refused


def text_rests(headers: list[str]) -> dict[int, list[int]]:
    """Column → the columns that continue its long texts, in order."""
    rests: dict[int, list[int]] = {}
    for place, header in enumerate(headers):
        begun = begun_by(header)
        if begun in headers:
            rests.setdefault(headers.index(begun), []).append(place)
    return rests


def require_whole(table: Table) -> None:
    present = {compact(restored(header)) for header in table.headers}
    missing = [
        column.header for column in COLUMNS if column.core and compact(column.header) not in present
    ]
    if missing:
        raise Refused(
            f"« {table.name} » est un export de C-Possible où il manque des colonnes"
            f" ({quoted(missing)}) :"
            " exportez-les toutes pour le réimporter."
        )
