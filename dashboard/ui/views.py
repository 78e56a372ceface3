"""Columns and order of a list that one works through, and the views (vues) that one keeps of it."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

import streamlit as st
from sqlmodel import Session

from dashboard.access import Reader
from dashboard.actions.people.views import NAME_MAX, delete_view, save_view
from dashboard.cached.keeping import views_of
from dashboard.queries.columns import Column
from dashboard.scope import Scope
from dashboard.ui.components import segments
from dashboard.ui.desk import COLUMNS, SORT, columns_asked, leave_row, sort_asked
from dashboard.ui.forms import Form
from dashboard.visit.navigation import address
from models.keeping import SavedView, WorkList

_NONE = ""
# Of the address, what belongs to one moment: the record that is open, the page, the day.
_PASSING = frozenset(
    "page rang choix au graine idee marque decision compte chiffre accord session".split()
)


def view_tools(scope: Scope, of: WorkList, columns: Sequence[Column]) -> None:
    """« Mes vues », and how the rows of this list are shown, on one line above them."""
    kept = views_of(scope.reader, of.value)
    asked = _asked()
    if kept:
        segments("Mes vues", [_way(scope, of, view, asked) for view in kept])
    with st.container(horizontal=True, key="cp_views"):
        with st.popover("Colonnes et tri", icon=":material/view_column:", key="w_columns_box"):
            _columns(of, columns)
            _order(of, columns)
        if scope.reader.is_known:
            form = Form(f"view_{of.value}")
            with form.popover("Mes vues", ":material/bookmark:"):
                _keep(form, of, asked)
                _let_go(of, kept)


def _asked() -> dict[str, str]:
    """What the address says that a view keeps."""
    return {
        name: value for name, value in st.query_params.to_dict().items() if name not in _PASSING
    }


def _way(
    scope: Scope, of: WorkList, view: SavedView, asked: dict[str, str]
) -> tuple[str, str, bool]:
    # A view says all that it narrows: what is chosen now does not narrow it further.
    bare = scope.whole().of_every_ambition()
    params = dict(parse_qsl(view.query))
    return view.name, address(of.value, bare, **params), params == asked


# --- columns and order ----------------------------------------------------------------------------


def _columns(of: WorkList, columns: Sequence[Column]) -> None:
    labels = {column.code: column.label for column in columns if column.says}
    key = f"w_columns_{of.value}"
    _follow(key, columns_asked(columns))
    st.pills(
        "Colonnes",
        list(labels),
        selection_mode="multi",
        format_func=labels.get,
        key=key,
        on_change=lambda: _put(COLUMNS, ",".join(st.session_state[key])),
    )


def _order(of: WorkList, columns: Sequence[Column]) -> None:
    labels = {_NONE: "L'ordre de la liste"} | {c.code: c.label for c in columns}
    sort = sort_asked(columns)
    by, falling = f"w_sort_{of.value}", f"w_falling_{of.value}"
    _follow(by, sort.code if sort else _NONE)
    _follow(falling, bool(sort and sort.is_falling))

    def to_address() -> None:
        code = st.session_state[by]
        _put(SORT, f"-{code}" if code and st.session_state[falling] else code)

    st.selectbox("Trier par", list(labels), format_func=labels.get, key=by, on_change=to_address)
    st.checkbox("En ordre inverse", key=falling, disabled=sort is None, on_change=to_address)


def _follow(key: str, value: object) -> None:
    # The address leads: the browser's way back changes it without touching a field.
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def _put(name: str, value: str) -> None:
    leave_row()
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


# --- views ----------------------------------------------------------------------------------------


def _keep(form: Form, of: WorkList, asked: dict[str, str]) -> None:
    form.field(
        "name",
        st.text_input,
        "Nom de cette vue",
        default="",
        max_chars=NAME_MAX,
        placeholder="Voirie, en retard",
    )

    def keep(session: Session, reader: Reader) -> str:
        view = save_view(session, reader, of.value, form.value("name") or "", urlencode(asked))
        return f"La vue « {view.name} » est enregistrée, avec ses filtres, ses colonnes et son tri."

    form.button("Enregistrer cette vue", keep, icon=":material/bookmark_add:")
    form.error("form")


def _let_go(of: WorkList, kept: Sequence[SavedView]) -> None:
    if not kept:
        return
    names = {view.id: view.name for view in kept}
    form = Form(f"view_gone_{of.value}")
    form.field(
        "id",
        st.selectbox,
        "Supprimer une vue",
        list(names),
        index=None,
        format_func=names.get,
        placeholder="Choisissez",
    )

    def delete(session: Session, reader: Reader) -> str:
        delete_view(session, reader, form.value("id") or 0)
        return "La vue est supprimée."

    form.button("Supprimer", delete, primary=False, icon=":material/delete:")
    form.error("form")
