"""The order of a list that one works through (tri)."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dashboard.queries.columns import Column
from dashboard.ui.address import follow, put
from dashboard.ui.desk import SORT, leave_row, sort_asked

_NONE = ""
_OF_THE_LIST = {_NONE: "L'ordre de la liste"}


def order_box(
    screen: str,
    columns: Sequence[Column],
    orders: Mapping[str, str] = _OF_THE_LIST,
    order: str = _NONE,
    choose: Callable[[str], object] = lambda _order: None,
) -> None:
    """« Trier »: by which column the rows of a screen's list stand, above them. `orders` are those
    of the list itself, `order` the one that stands, and `choose` takes another.
    """
    labels = {**orders, **{c.code: c.label for c in columns}}
    sort = sort_asked(columns)
    by, falling = f"w_sort_{screen}", f"w_falling_{screen}"
    follow(by, sort.code if sort else order)
    follow(falling, bool(sort and sort.is_falling))

    def to_address() -> None:
        code = st.session_state[by]
        of_list = code in orders
        choose(code if of_list else _NONE)
        sign = "-" if st.session_state[falling] else ""
        _put(_NONE if of_list else f"{sign}{code}")

    with st.popover("Trier", icon=":material/sort:", key="w_order_box"):
        st.selectbox(
            "Trier par", list(labels), format_func=labels.get, key=by, on_change=to_address
        )
        st.checkbox("En ordre inverse", key=falling, disabled=sort is None, on_change=to_address)


def _put(order: str) -> None:
    leave_row()
    put(SORT, order)
