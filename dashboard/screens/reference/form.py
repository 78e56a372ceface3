"""The form of one record of a register, built from its declaration, and the history of a table: its
changes, optionally of one row.
"""

from collections.abc import Callable, Mapping

import streamlit as st
from sqlmodel import SQLModel

from dashboard import cached, french
from dashboard.actions.registers import save_record
from dashboard.queries.reference_history import PAGE, ChangeLine, history, history_length
from dashboard.queries.reference_tables import (
    Control,
    ReferenceColumn,
    ReferenceTable,
    Register,
    texts,
)
from dashboard.scope import Scope
from dashboard.ui.address import leave, page_asked, pager
from dashboard.ui.components import paragraph, section
from dashboard.ui.forms import Form
from dashboard.ui.highlight import beginning
from dashboard.ui.tables import table as cells_table
from models.database import fetch, reading

_DRAWN: Mapping[Control, Callable[..., object]] = {
    Control.long: st.text_area,
    Control.whole: st.number_input,
    Control.number: st.number_input,
    Control.flag: st.checkbox,
    Control.choice: st.selectbox,
}
_ONES = {"step": 1}
_HALVES = {"step": 0.5, "format": "%g"}
_NO_EXAMPLES: Mapping[str, str] = {}


def record_form(
    form: Form,
    register: Register,
    record: SQLModel | None,
    labels: Mapping[str, str],
    saved: str,
    *,
    nothing: str = "",
) -> None:
    """The fields (name → label) of a record, empty for a new one, and the save button.
    `nothing`: the label of no choice.
    """
    form.opens_with(register.shown(record, labels))
    record_fields(form, register, labels, nothing=nothing)
    record_id = record.id if record else None
    form.send(
        "Enregistrer",
        lambda session, reader: save_record(
            session, reader, register, record_id, form.values(labels), read=form.mark
        ),
        done=saved,
    )


def record_fields(
    form: Form,
    register: Register,
    labels: Mapping[str, str],
    *,
    nothing: str = "",
    examples: Mapping[str, str] = _NO_EXAMPLES,
) -> None:
    """These fields (name → label) of a register, each with the widget of its column; `examples`:
    placeholders of empty fields.
    """
    for name, label in labels.items():
        column = register.column(name)
        how = _widget_options(column, nothing, register.values(None)[name] is None)
        if name in examples:
            how["placeholder"] = examples[name]
        form.field(name, _DRAWN.get(column.control, st.text_input), label, **how)


def _widget_options(column: ReferenceColumn, nothing: str, is_open: bool) -> dict[str, object]:
    """The widget options of a field; `is_open`: nothing is preselected."""
    if column.control is Control.choice:
        choices = fetch(column.choices, cached.today())
        empty = {"": nothing} if column.may_be_empty else {}
        options = empty | {option.stored: option.label for option in choices}
        is_asked = is_open and not column.may_be_empty
        more = {"index": None, "placeholder": "Choisissez"} if is_asked else {}
        return {"options": list(options), "format_func": options.get, **more}
    if column.bounds:
        is_whole = column.control is Control.whole
        least, most = map(int if is_whole else float, column.bounds)
        return {"min_value": least, "max_value": most, **(_ONES if is_whole else _HALVES)}
    return {"max_chars": column.most} if column.most else {}


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
