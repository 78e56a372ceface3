"""The history of a table of references: what was changed, narrowed to one row, and undone."""

from collections.abc import Callable

import streamlit as st

from dashboard import cached, french
from dashboard.actions.reference_tables import undo_change
from dashboard.queries.reference_history import PAGE, ChangeLine, history, history_length
from dashboard.queries.reference_tables import ReferenceTable
from dashboard.scope import Scope
from dashboard.ui.components import paragraph, section
from dashboard.ui.scripts import component
from dashboard.ui.tables import pager
from dashboard.visit import signin
from dashboard.visit.navigation import whole_number
from models.database import reading, writing
from models.errors import Refused

_HEADINGS = ("Quand", "Qui", "Ligne", "Quoi", "Avant", "Après", "Annuler")
# What the journal calls what is no column.
_WORDS = {
    "jalon": "jalon",
    "figure": "chiffre lié",
    "threshold": "seuil",
    "by_count": "comparé au nombre",
}
_ALL = ""
_SHOWN = 160
_FURTHEST = 10_000
_NOTHING = {"n": 0, "said": "", "refused": False}

_list = component("cp_reference_history", "reference/history.html", "historique.js")


def history_box(scope: Scope, table: ReferenceTable) -> None:
    """Who changed what and when, the latest first."""
    section("Historique", "Chaque modification, d'ici, d'un formulaire ou d'un fichier.")
    row = _row_field(scope, table)
    page = min(whole_number(st.query_params.get("page")) or 1, _FURTHEST)
    asked = scope.reader, table, cached.today(), row
    with reading() as session:
        lines = history(session, *asked, page)
        total = history_length(session, *asked)
    if not lines:
        return paragraph("Rien n'a encore été modifié.")
    key = f"w_history_{table.code}"
    _list(
        key=key,
        data={
            "headings": _HEADINGS,
            "lines": [_line(line) for line in lines],
            "answer": st.session_state.get(_answer_of(table), _NOTHING),
        },
        on_undo_change=_undoing(table, key),
    )
    pager(page, -(-total // PAGE))


def _row_field(scope: Scope, table: ReferenceTable) -> str:
    with reading() as session:
        rows = table.texts(session, scope.reader, cached.today())
    return st.selectbox(
        "Ligne",
        [_ALL, *(table.key_of(cells) for cells in rows)],
        format_func=lambda key: key or "Toutes les lignes",
        key=f"w_history_row_{table.code}",
        on_change=_to_first_page,
    )


def _to_first_page() -> None:
    st.query_params.pop("page", None)


def _line(line: ChangeLine) -> dict:
    field = _WORDS.get(line.field, line.field)
    return {
        "id": line.id,
        "name": f"{line.row}, {field}, {french.day(line.on)}",
        "cells": [
            french.day(line.on),
            line.who,
            line.row,
            field,
            _short(line.before),
            _short(line.after),
        ],
        "canUndo": line.can_undo,
        "since": line.since,
    }


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN].rstrip()}…"


def _answer_of(table: ReferenceTable) -> str:
    return f"_cp_history_{table.code}"


def _undoing(table: ReferenceTable, key: str) -> Callable[[], None]:
    """One change undone in one transaction, then its sentence, or why it is not."""

    def undone() -> None:
        sent = getattr(st.session_state.get(key), "undo", None)
        if not isinstance(sent, dict) or not isinstance(sent.get("id"), int):
            return
        name = _answer_of(table)
        answer = {**_NOTHING, "n": st.session_state.get(name, _NOTHING)["n"] + 1}
        try:
            with writing() as session:
                reader = signin.current_reader()
                answer["said"] = undo_change(session, reader, table, sent["id"])
        except Refused as refusal:
            answer |= {"refused": True, "said": str(refusal)}
        st.session_state[name] = answer

    return undone
