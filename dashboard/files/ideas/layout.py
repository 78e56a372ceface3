"""What only files of ideas have: texts that go on in another column, columns that count supports,
and exports of ours, which must be whole.
"""

from dashboard.files.csvout import restored
from dashboard.files.ideas.columns import COLUMNS, begun_by
from dashboard.files.ideas.profiles import VOICES_WORDS
from dashboard.files.matching.layout import Layout
from dashboard.files.quoting import quoted
from dashboard.files.tables import Problem, Table, is_number
from dashboard.files.values import compact
from models.errors import Refused


def text_rests(headers: list[str]) -> dict[int, list[int]]:
    """Column → those where its long texts go on, in their order."""
    found: dict[int, list[int]] = {}
    for place, header in enumerate(headers):
        begun = begun_by(header)
        if begun in headers:
            found.setdefault(headers.index(begun), []).append(place)
    return found


def report_voices(table: Table, layout: Layout) -> None:
    """Columns that seem to count who is for an entry, and that are not read."""
    samples = dict(zip(layout.headers, layout.samples, strict=True))
    read = layout.columns.get("voices")
    for header in layout.left:
        is_count = any(word in compact(header) for word in VOICES_WORDS) and is_number(
            next(iter(samples[header]), "")
        )
        if is_count:
            instead = "une correspondance des colonnes peut le dire"
            if read:
                instead = f"les votes viennent de « {read[:80]} »"
            table.warnings.append(
                Problem(
                    table.header_line,
                    header,
                    f"La colonne « {header[:80]} » semble compter des soutiens et n'est pas lue :"
                    f" {instead}.",
                )
            )


def require_whole(table: Table) -> None:
    there = {compact(restored(header)) for header in table.headers}
    missing = [
        column.header for column in COLUMNS if column.core and compact(column.header) not in there
    ]
    if missing:
        raise Refused(
            f"« {table.name} » est un export de C-Possible où il manque des colonnes"
            f" ({quoted(missing)}) :"
            " exportez-les toutes pour le réimporter."
        )
