"""Journal: who read names, exported data, changed a right, a text or a reference."""

from collections.abc import Iterable, Sequence
from datetime import date

import streamlit as st

from dashboard import french
from dashboard.access import Reader
from dashboard.actions.journal import note_export
from dashboard.files import csvout
from dashboard.queries.journal import (
    EXPORTED,
    PAGE,
    Filters,
    Sort,
    journal_lines,
    journal_months,
    journal_page,
)
from dashboard.scope import Scope
from dashboard.ui.address import leave
from dashboard.ui.components import empty_for_filters
from dashboard.ui.downloads import download
from dashboard.ui.highlight import beginning
from dashboard.ui.page import page_header
from dashboard.ui.paging import page_asked, pager
from dashboard.ui.tables import table
from dashboard.visit.navigation import address
from models.database import fetch, reading, writing
from models.journal import Change
from models.settings import settings

HEADINGS = ("Jour", "Qui", "Quoi", "Sur", "Champ", "Avant", "Après")
_SHOWN = 160
_ALL = ""
_NAMES = {
    "lecture": "Lecture",
    "export": "Export",
    "person": "Personne",
    "account": "Compte",
    "mandate": "Mandat",
    "sauvegarde": "Sauvegarde",
}


def render(scope: Scope) -> None:
    page_header("Journal", french.typo(_introduction()))
    filters = _filters(scope)
    page = page_asked()
    with reading() as session:
        lines = journal_page(session, scope.reader, filters, page)
        total = journal_lines(session, scope.reader, filters)
    if not lines:
        return empty_for_filters(
            "Aucune ligne du journal ne répond à ces filtres.", address("journal", scope)
        )
    table(HEADINGS, [_cells(*line) for line in lines], "Journal")
    pager(page, total, PAGE)
    download(
        "Télécharger ces lignes (CSV)",
        lambda: _file(scope.reader, filters),
        "journal.csv",
        "text/csv",
        key="journal",
    )


def _introduction() -> str:
    months = settings().cp_journal_months
    retention = (
        f" Les lignes sur des personnes sont effacées après {months} mois." if months else ""
    )
    return (
        "Qui a lu des noms, emporté des données, changé un droit, un texte ou une référence. Le"
        f" jour est connu, jamais l'heure.{retention}"
    )


def _filters(scope: Scope) -> Filters:
    months = fetch(journal_months, scope.reader)
    with st.container(horizontal=True, vertical_alignment="bottom", key="cp_journal_filters"):
        sort = st.selectbox(
            "Nature",
            [_ALL, *Sort],
            format_func=lambda item: item.label if item else "Tout",
            key="w_journal_sort",
            on_change=leave,
        )
        month = st.selectbox(
            "Mois",
            [_ALL, *months],
            format_func=lambda day: french.month(day) if day else "Tous",
            key="w_journal_month",
            on_change=leave,
        )
        words = st.text_input(
            "Nom, numéro ou code",
            key="w_journal_words",
            max_chars=100,
            on_change=leave,
        )
    return {"month": month or None, "sort": sort or None, "words": words}


def _cells(line: Change, who: str) -> Sequence[object]:
    return (
        french.day(line.on),
        who,
        _NAMES.get(line.subject, line.subject.capitalize()),
        line.record,
        line.field,
        beginning(line.before or "", _SHOWN),
        beginning(line.after or "", _SHOWN),
    )


def _file(reader: Reader, filters: Filters) -> bytes:
    """All filtered lines as a file; the export is noted in the journal."""
    with writing() as session:
        lines = journal_page(session, reader, filters, size=EXPORTED)
        note_export(session, reader, "journal", f"{len(lines)} lignes")
    return csvout.as_bytes(HEADINGS, _rows(lines))


def _rows(lines: Iterable[tuple[Change, str]]) -> Iterable[Sequence[date | str]]:
    for line, who in lines:
        subject = _NAMES.get(line.subject, line.subject)
        before, after = line.before or "", line.after or ""
        yield line.on, who, subject, line.record, line.field, before, after
