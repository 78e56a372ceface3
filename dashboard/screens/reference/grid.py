"""The grid of a reference table: rows edited in place, saved all or none.

The grid is our component (`static/referentiel.js`); its messages are not trusted: the typed text
is parsed here and goes through the import of the table's file.
"""

from collections.abc import Callable, Mapping
from datetime import date

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader
from dashboard.actions.reference_tables import RowsRefused, TypedRow, row_mark, save_rows
from dashboard.queries.reference_tables import (
    REFERENCE_TABLES,
    ReferenceColumn,
    ReferenceTable,
    texts,
)
from dashboard.scope import Scope
from dashboard.ui.scripts import component
from dashboard.visit import signin
from models.database import reading, writing
from models.errors import Refused

MOST_ROWS = 2000  # in one save; more rows go through a file
_LONGEST = 20_000
_UNREADABLE = "Ces lignes ne peuvent pas être lues : rechargez la page."
_NOTHING = {"n": 0, "said": "", "refused": False, "errors": {}, "meanwhile": {}}

_sheet = component("cp_reference", "reference/grid.html", "referentiel.js")


def grid(scope: Scope, table: ReferenceTable) -> None:
    """The rows of the table, the choices, and the result of the last save."""
    key = f"w_reference_{table.code}"
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
            **_grid_state(scope.reader, table.code, cached.today()),
            "answer": st.session_state.get(_answer_key(table), _NOTHING),
        },
        on_save_change=_save_and_answer(table, key),
    )


def _grid_state(reader: Reader, code: str, day: date) -> dict[str, list]:
    table = REFERENCE_TABLES[code]
    with reading() as session:
        columns = [_column(session, column) for column in table.columns]
        stored_texts = texts(session, reader, table, day)
    rows = [
        {"key": table.key_of(cells), "mark": row_mark(table, cells), "cells": list(cells)}
        for cells in stored_texts
    ]
    return {"columns": columns, "rows": rows}


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


def _save_and_answer(table: ReferenceTable, key: str) -> Callable[[], None]:
    """Saves in one transaction and returns a message, or the errors by cell."""

    def saved() -> None:
        sent = getattr(st.session_state.get(key), "save", None)
        if not isinstance(sent, dict):
            return
        name = _answer_key(table)
        answer = {**_NOTHING, "n": st.session_state.get(name, _NOTHING)["n"] + 1}
        try:
            with writing() as session:
                answer["said"] = _save(session, signin.current_reader(), table, sent)
        except RowsRefused as refused:
            answer |= _errors_by_cell(refused)
        except Refused as refusal:
            answer |= {"refused": True, "said": str(refusal)}
        st.session_state[name] = answer

    return saved


def _save(session: Session, reader: Reader, table: ReferenceTable, sent: Mapping) -> str:
    n = save_rows(session, reader, table, typed_rows(table, sent.get("rows")))
    if not n:
        return "Rien ne change : les lignes disent déjà cela."
    return f"{french.counted(n, 'ligne enregistrée', 'lignes enregistrées')}."


def _errors_by_cell(refused: RowsRefused) -> dict:
    rows = set(refused.errors) | set(refused.meanwhile)
    summary = french.counted(len(rows), "ligne à revoir", "lignes à revoir")
    return {
        "refused": True,
        "said": f"Rien n'est enregistré : {summary}.",
        "errors": {name: dict(fields) for name, fields in refused.errors.items()},
        "meanwhile": {
            name: {"said": met.message, "stands": dict(met.current), "mark": met.mark}
            for name, met in refused.meanwhile.items()
        },
    }


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
    if not all(_is_cell(table, field, text) for field, text in cells.items()):
        raise Refused(_UNREADABLE)
    return TypedRow(name, key, cells, None if is_new else read)


def _is_cell(table: ReferenceTable, field: object, text: object) -> bool:
    is_text = isinstance(text, str) and len(text) <= _LONGEST
    return is_text and isinstance(field, str) and table.column(field) is not None
