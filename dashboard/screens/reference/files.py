"""A table as a file: exported as it is, updated by its import."""

from collections.abc import Callable

import streamlit as st
from sqlmodel import Session

from dashboard import cached
from dashboard.access import may
from dashboard.files.writing import MIME, as_bytes
from dashboard.queries.reference_tables import ReferenceTable, cells
from dashboard.scope import Scope
from dashboard.ui.components import link_buttons
from dashboard.ui.downloads import download
from dashboard.visit.navigation import address
from dashboard.visit.screens import screen_at
from models.database import reading
from models.jobs import REGISTERS

_IMPORTS, _HOUSE = "imports", "mise-en-route"
_OFFERED = (".csv", ".xlsx")


def files_box(scope: Scope, table: ReferenceTable) -> None:
    """The rows as CSV and XLSX, and a link to their import."""
    with st.container(horizontal=True, vertical_alignment="center", key="cp_reference_files"):
        offer_table(scope, table)
        place = import_place(table)
        if may(scope.reader, screen_at(place).right):
            href = address(place, scope, genre=table.code)
            link_buttons([("Importer un fichier, essayé d'abord", href, "upload_file")])


def offer_table(scope: Scope, table: ReferenceTable) -> None:
    """The rows of a table as CSV and XLSX, with the headers of its import."""
    day = cached.today()
    offer_files(
        table.code,
        table.title,
        lambda session: (table.headers, cells(session, scope.reader, table, day)),
    )


def offer_files(
    name: str, title: str, content: Callable[[Session], tuple], label: str = "Télécharger"
) -> None:
    """What `content` gives (headers, rows) as CSV and XLSX."""
    for suffix in _OFFERED:
        download(
            f"{label} ({suffix[1:].upper()})",
            # Bound now: the files are made after the loop has ended.
            lambda suffix=suffix: _file(title, content, suffix),
            f"{name}{suffix}",
            MIME[suffix],
            key=f"reference_{suffix[1:]}_{name}",
        )


def import_place(table: ReferenceTable) -> str:
    """The screen that imports the file of this table."""
    return _IMPORTS if REGISTERS[table.code].is_on_imports else _HOUSE


def _file(title: str, content: Callable[[Session], tuple], suffix: str) -> bytes:
    with reading() as session:
        return as_bytes(title, *content(session), suffix)
