"""The export box: the list on screen as CSV, XLSX or JSON."""

import streamlit as st

from dashboard import cached
from dashboard.access import may
from dashboard.files import writing
from dashboard.files.ideas.columns import COLUMNS
from dashboard.french import typo
from dashboard.queries.ideas.export import idea_rows
from dashboard.queries.ideas.records import Filters
from dashboard.scope import Scope
from dashboard.ui.downloads import download
from models.database import reading


def export_box(scope: Scope, filters: Filters) -> None:
    """Exports every entry of the list, not only this page, as the command line does; draws nothing
    for readers who may not export.
    """
    if not may(scope.reader, "idea.export"):
        return
    with st.popover("Exporter cette liste", icon=":material/download:", key="w_export"):
        st.caption(
            typo(
                "Aucun nom d'auteur n'est exporté. Le classeur explique chaque colonne dans sa"
                " feuille « Colonnes »."
            )
        )
        for suffix, label in writing.FORMATS.items():
            download(
                label,
                # Bound now: the files are made after the loop has ended.
                lambda suffix=suffix: _file(scope, filters, suffix),
                f"idees{suffix}",
                writing.MIME[suffix],
                key=f"export_{suffix[1:]}",
                wide=True,
            )


def _file(scope: Scope, filters: Filters, suffix: str) -> bytes:
    with reading() as session:
        fields = [column.field for column in COLUMNS]
        rows = idea_rows(session, scope, filters, cached.today(), fields=fields)
        headers = [column.header for column in COLUMNS]
        return writing.as_bytes("Idées", headers, rows, suffix, COLUMNS)
