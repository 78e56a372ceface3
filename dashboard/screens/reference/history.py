"""The history of a reference table: its changes, optionally of one row."""

import streamlit as st

from dashboard import cached, french
from dashboard.queries.reference_history import PAGE, ChangeLine, history, history_length
from dashboard.queries.reference_tables import ReferenceTable, texts
from dashboard.scope import Scope
from dashboard.ui.address import leave, page_asked, pager
from dashboard.ui.components import paragraph, section
from dashboard.ui.highlight import beginning
from dashboard.ui.tables import table as cells_table
from models.database import fetch, reading

_HEADINGS = ("Quand", "Qui", "Ligne", "Quoi", "Avant", "Après")
# The journal's name for entries about no column.
_WORDS = {
    "jalon": "jalon",
    "figure": "chiffre lié",
    "threshold": "seuil",
    "by_count": "comparé au nombre",
}
_ALL = ""
_SHOWN = 160
_OF_ONE = 50  # most changes shown of one row


def history_box(scope: Scope, table: ReferenceTable) -> None:
    """Who changed what and when, latest first."""
    section("Historique", "Chaque modification, d'ici, d'un formulaire ou d'un fichier.")
    rows = fetch(texts, scope.reader, table, cached.today())
    row = st.selectbox(
        "Ligne",
        [_ALL, *(table.key_of(cells) for cells in rows)],
        format_func=lambda key: key or "Toutes les lignes",
        key=f"w_history_row_{table.code}",
        on_change=leave,
    )
    page = page_asked()
    asked = scope.reader, table, cached.today(), row
    with reading() as session:
        lines = history(session, *asked, page)
        total = history_length(session, *asked)
    if not lines:
        return paragraph("Rien n'a encore été modifié.")
    cells_table(_HEADINGS, [_cells(line) for line in lines], "Historique")
    pager(page, total, PAGE)


def row_history(scope: Scope, table: ReferenceTable, row: str, caption: str) -> None:
    """Who changed what in one row and when, latest first."""
    lines = fetch(history, scope.reader, table, cached.today(), row, size=_OF_ONE)
    section("Ce qui a été modifié", "" if lines else "Rien encore.")
    if lines:
        cells_table(_HEADINGS, [_cells(line) for line in lines], caption)


def _cells(line: ChangeLine) -> tuple[str, ...]:
    return (
        french.day(line.on),
        line.who,
        line.row,
        _WORDS.get(line.field, line.field),
        beginning(line.before, _SHOWN),
        beginning(line.after, _SHOWN),
    )
