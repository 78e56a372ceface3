"""Journal: who read names, exported data, changed a right, a text or a reference."""

from collections.abc import Sequence

from dashboard import french
from dashboard.access import Reader
from dashboard.actions.acts import note_export
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
from dashboard.ui.address import beginning, filter_line, page_asked, page_header, pager
from dashboard.ui.components import empty_for_filters, small_print
from dashboard.ui.downloads import download
from dashboard.ui.tables import table
from dashboard.visit.navigation import address
from models.database import fetch, reading, writing
from models.ledger import Change
from models.settings import settings

HEADINGS = ("Jour", "Qui", "Quoi", "Sur", "Champ", "Avant", "Après")
_SHOWN = 160
_NAMES = {
    "lecture": "Lecture",
    "export": "Export",
    "person": "Personne",
    "account": "Compte",
    "mandate": "Mandat",
    "sauvegarde": "Sauvegarde",
}


def render(scope: Scope) -> None:
    page_header("Journal")
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
    note = "Le journal retient le jour, jamais l'heure."
    if months := settings().cp_journal_months:
        note += f" Les lignes sur des personnes sont effacées après {months} mois."
    return small_print(note)


def _filters(scope: Scope) -> Filters:
    by_code = {f"{month:%Y-%m}": month for month in fetch(journal_months, scope.reader)}
    with filter_line("journal", scope, "nom, numéro ou code") as line:
        sort = line.choice("Nature", "nature", {str(sort): sort.label for sort in Sort}, "Toutes")
        names = {code: french.month(month) for code, month in by_code.items()}
        month = by_code.get(line.choice("Mois", "mois", names))
    return {"month": month, "sort": Sort(sort) if sort else None, "words": line.words}


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
    rows = [
        (
            line.on,
            who,
            _NAMES.get(line.subject, line.subject),
            line.record,
            line.field,
            line.before or "",
            line.after or "",
        )
        for line, who in lines
    ]
    return csvout.as_bytes(HEADINGS, rows)
