"""A table as a file: exported as it is, updated by its import."""

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st
from sqlmodel import Session, SQLModel

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.reference_rows import RowsRefused, TypedRow, row_mark, save_rows
from dashboard.actions.registers import save_record
from dashboard.files.writing import MIME, as_bytes
from dashboard.queries.reference_history import PAGE, ChangeLine, history, history_length
from dashboard.queries.reference_tables import (
    Control,
    ReferenceColumn,
    ReferenceTable,
    Register,
    cells,
    texts,
)
from dashboard.scope import Scope
from dashboard.ui.address import beginning, leave, page_asked, pager
from dashboard.ui.components import component, link_buttons, paragraph, section
from dashboard.ui.downloads import download
from dashboard.ui.forms import Form
from dashboard.ui.tables import table as cells_table
from dashboard.visit import signin
from dashboard.visit.navigation import address
from dashboard.visit.screens import screen_at
from models.database import fetch, reading, writing
from models.jobs import REGISTERS
from models.texts import Refused

_IMPORTS, _HOUSE = "imports", "mise-en-route"
_OFFERED = (".csv", ".xlsx")


def files_box(scope: Scope, table: ReferenceTable) -> None:
    """The rows as CSV and XLSX, and a link to their import."""
    with st.container(horizontal=True, vertical_alignment="center", key="cp_reference_files"):
        offer_table(scope, table)
        place = _IMPORTS if REGISTERS[table.code].is_on_imports else _HOUSE
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


def _file(title: str, content: Callable[[Session], tuple], suffix: str) -> bytes:
    with reading() as session:
        return as_bytes(title, *content(session), suffix)


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


MOST_ROWS = 2000  # in one save; more rows go through a file
_LONGEST = 20_000
_UNREADABLE = "Ces lignes ne peuvent pas être lues : rechargez la page."
_NOTHING = {"n": 0, "said": "", "refused": False, "errors": {}, "meanwhile": {}}

_sheet = component("cp_reference", "reference/grid.html", "referentiel.js")


def grid(scope: Scope, table: ReferenceTable) -> None:
    """The rows of the table, the choices, and the result of the last save."""
    key = f"w_reference_{table.code}"
    day = cached.today()
    with reading() as session:
        columns = [_column(session, column) for column in table.columns]
        stored_texts = texts(session, scope.reader, table, day)
    rows = [
        {"key": table.key_of(cells), "mark": row_mark(table, cells), "cells": list(cells)}
        for cells in stored_texts
    ]
    grid_state = {"columns": columns, "rows": rows}
    _sheet(
        key=key,
        data={
            "code": table.code,
            "title": table.title,
            "one": table.one,
            # Part of the key of the tab's unsaved text: the next person at this computer does not
            # find it.
            "keep": f"{signin.whose(scope.reader)}-{table.code}",
            "mayAdd": table.may_add,
            "canRename": bool(table.former),
            **grid_state,
            "answer": st.session_state.get(_answer_key(table), _NOTHING),
        },
        on_save_change=partial(_save_and_answer, table, key),
    )


def _column(session: Session, column: ReferenceColumn) -> dict:
    options = column.choices(session, cached.today()) if column.choices else ()
    return {
        "field": column.field,
        "title": column.title,
        "control": str(column.control),
        "choices": list({option.cell: option.label for option in options}.items()) or None,
        "isKey": column.is_key,
        "needed": not column.may_be_empty,
        "most": column.most,
    }


def _answer_key(table: ReferenceTable) -> str:
    return f"_cp_reference_{table.code}"


def _save_and_answer(table: ReferenceTable, key: str) -> None:
    """Saves in one transaction and answers with a message, or the errors by cell."""
    sent = getattr(st.session_state.get(key), "save", None)
    if not isinstance(sent, dict):
        return
    name = _answer_key(table)
    answer = {**_NOTHING, "n": st.session_state.get(name, _NOTHING)["n"] + 1}
    try:
        with writing() as session:
            reader = signin.current_reader()
            n = save_rows(session, reader, table, typed_rows(table, sent.get("rows")))
        counted = french.counted(n, "ligne enregistrée", "lignes enregistrées")
        answer["said"] = f"{counted}." if n else "Rien ne change : les lignes disent déjà cela."
    except RowsRefused as refused:
        rows = set(refused.errors) | set(refused.meanwhile)
        summary = french.counted(len(rows), "ligne à revoir", "lignes à revoir")
        answer |= {
            "refused": True,
            "said": f"Rien n'est enregistré : {summary}.",
            "errors": {name: dict(fields) for name, fields in refused.errors.items()},
            "meanwhile": {
                name: {"said": met.message, "stands": dict(met.current), "mark": met.mark}
                for name, met in refused.meanwhile.items()
            },
        }
    except Refused as refusal:
        answer |= {"refused": True, "said": str(refusal)}
    st.session_state[name] = answer


def typed_rows(table: ReferenceTable, sent: object) -> list[TypedRow]:
    """The rows sent by the browser, if valid for this table. Raises Refused."""
    if not isinstance(sent, list) or not sent:
        raise Refused(_UNREADABLE)
    if len(sent) > MOST_ROWS:
        raise Refused(
            f"Plus de {french.number(MOST_ROWS)} lignes à la fois : passez par un fichier."
        )
    rows = [_typed_row(table, item) for item in sent]
    if len({row.name for row in rows}) < len(rows):
        raise Refused(_UNREADABLE)
    return rows


def _typed_row(table: ReferenceTable, item: object) -> TypedRow:
    if not isinstance(item, dict):
        raise Refused(_UNREADABLE)
    name, key, read, cells = (item.get(part) for part in ("name", "key", "read", "cells"))
    is_new = key is None
    if not isinstance(name, str) or not isinstance(cells, dict):
        raise Refused(_UNREADABLE)
    # An existing row comes with the values its editor read, to detect conflicts.
    if not is_new and not (isinstance(key, str) and isinstance(read, str)):
        raise Refused(_UNREADABLE)
    texts_of_columns = {
        field: text
        for field, text in cells.items()
        if isinstance(text, str) and len(text) <= _LONGEST and table.column(field) is not None
    }
    if texts_of_columns != cells:
        raise Refused(_UNREADABLE)
    return TypedRow(name, key, cells, None if is_new else read)
