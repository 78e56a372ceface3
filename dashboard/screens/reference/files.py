"""A reference table as a file: exported as it is, updated by its import."""

from collections.abc import Callable

import streamlit as st

from dashboard import cached
from dashboard.access import may
from dashboard.files import csvout
from dashboard.files.workbook_writing import WORKBOOK, as_workbook
from dashboard.queries.reference_tables import Cells, ReferenceTable, cells
from dashboard.scope import Scope
from dashboard.ui.components import link_buttons
from dashboard.ui.downloads import download
from dashboard.visit.navigation import address
from dashboard.visit.screens import screen_at
from models.database import reading
from models.jobs import REGISTERS

_IMPORTS, _HOUSE = "imports", "etat-du-systeme"


def files_box(scope: Scope, table: ReferenceTable) -> None:
    """The rows as CSV and XLSX, with the headers of the import, and a link to it."""
    rows = _rows(scope, table)
    with st.container(horizontal=True, vertical_alignment="center", key="cp_reference_files"):
        download(
            "Télécharger (CSV)",
            lambda: csvout.as_bytes(table.headers, rows()),
            f"{table.code}.csv",
            "text/csv",
            key=f"reference_csv_{table.code}",
        )
        download(
            "Télécharger (XLSX)",
            lambda: as_workbook(table.title, table.headers, rows()),
            f"{table.code}.xlsx",
            WORKBOOK,
            key=f"reference_xlsx_{table.code}",
        )
        place = import_place(table)
        if may(scope.reader, screen_at(place).right):
            href = address(place, scope, genre=table.code)
            link_buttons([("Importer un fichier, essayé d'abord", href, "upload_file")])


def import_place(table: ReferenceTable) -> str:
    """The screen that imports the file of this table."""
    return _IMPORTS if REGISTERS[table.code].is_on_imports else _HOUSE


def _rows(scope: Scope, table: ReferenceTable) -> Callable[[], list[Cells]]:
    def rows() -> list[Cells]:
        with reading() as session:
            return list(cells(session, scope.reader, table, cached.today()))

    return rows
