"""The order of a list that one works through (tri)."""

from collections.abc import Sequence

import streamlit as st

from dashboard.queries.columns import Column
from dashboard.ui.desk import SORT, leave_row, sort_asked

_NONE = ""


def order_box(screen: str, columns: Sequence[Column]) -> None:
    """« Trier »: by which column the rows of a screen's list stand, above them."""
    labels = {_NONE: "L'ordre de la liste"} | {c.code: c.label for c in columns}
    sort = sort_asked(columns)
    by, falling = f"w_sort_{screen}", f"w_falling_{screen}"
    _follow(by, sort.code if sort else _NONE)
    _follow(falling, bool(sort and sort.is_falling))

    def to_address() -> None:
        code = st.session_state[by]
        _put(f"-{code}" if code and st.session_state[falling] else code)

    with st.popover("Trier", icon=":material/sort:", key="w_order_box"):
        st.selectbox(
            "Trier par", list(labels), format_func=labels.get, key=by, on_change=to_address
        )
        st.checkbox("En ordre inverse", key=falling, disabled=sort is None, on_change=to_address)


def _follow(key: str, value: object) -> None:
    # The address leads: the browser's way back changes it without touching a field.
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def _put(order: str) -> None:
    leave_row()
    if order:
        st.query_params[SORT] = order
    else:
        st.query_params.pop(SORT, None)
