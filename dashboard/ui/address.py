"""Fields stored in the address (champs de l'adresse): a selection can be shared as a link, and
the browser's back button undoes it.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

import streamlit as st

from dashboard.visit.navigation import whole_number

K = TypeVar("K", int, str)
YES = "oui"
EARLIEST, LATEST = date(2020, 1, 1), date(2099, 12, 31)
# Parameters of the current list: its page, its open row, its selected rows.
_OF_LIST = ("page", "rang", "choix")


def follow(key: str, value: object) -> None:
    """Sets a field from the address, which takes precedence: the browser's back button changes
    it without touching a field.
    """
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def put(name: str, value: str) -> None:
    """Writes a parameter of the address; removes it if empty."""
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def leave(*names: str) -> None:
    """Removes these parameters from the address, and those of the current list."""
    for name in (*_OF_LIST, *names):
        st.query_params.pop(name, None)


def asked(name: str, known: Mapping[K, str], default: K) -> K:
    """The value given in the address, or the default if it is unknown."""
    value = st.query_params.get(name, default)
    value = whole_number(value) if isinstance(default, int) else value
    return value if value in known else default


def choice(
    label: str,
    name: str,
    known: Mapping[K, str],
    default: K = "",
    *,
    key: str = "",
    field: Callable = st.selectbox,
    leaves: tuple[str, ...] = (),
    **how: object,
) -> K:
    """A selection field, by code in the address; `leaves`: parameters to remove on change."""
    key = key or f"w_{name}"
    chosen = asked(name, known, default)
    follow(key, chosen)
    field(
        label,
        list(known),
        format_func=known.get,
        key=key,
        on_change=_write_choice,
        args=(name, key, default, leaves),
        **how,
    )
    return chosen


def _write_choice(name: str, key: str, default: object, leaves: tuple[str, ...]) -> None:
    leave(*leaves)
    value = st.session_state[key]
    put(name, "" if value in (None, default) else str(value))


def parts(label: str, name: str, known: Mapping[K, str], default: K = "", **how: object) -> K:
    """A choice between the parts of a screen, side by side, with a hidden label."""
    how = {"field": st.segmented_control, "label_visibility": "collapsed"} | how
    return choice(label, name, known, default, required=True, **how)


def words(placeholder: str, most: int = 200) -> str:
    """The search field of a list: « ?q=vélo »."""
    value = st.query_params.get("q", "")
    follow("w_q", value)
    st.text_input(
        "Rechercher",
        key="w_q",
        placeholder=placeholder,
        icon=":material/search:",
        label_visibility="collapsed",
        on_change=_write_choice,
        args=("q", "w_q", "", ()),
    )
    return value[:most]


def day(label: str, name: str) -> date | None:
    """A date field; None for an invalid or missing date."""
    key = f"w_{name}"
    try:
        parsed = date.fromisoformat(st.query_params.get(name, ""))
    except ValueError:
        parsed = None
    chosen = parsed if parsed and EARLIEST <= parsed <= LATEST else None
    follow(key, chosen)
    st.date_input(
        label,
        None,
        key=key,
        format="DD/MM/YYYY",
        min_value=EARLIEST,
        max_value=LATEST,
        on_change=_write_choice,
        args=(name, key, "", ()),
    )
    return chosen


def tick(label: str, name: str, *, key: str = "", field: Callable = st.checkbox, **how) -> bool:
    """A checkbox: « ?libre=oui »."""
    key = key or f"w_{name}"
    is_chosen = st.query_params.get(name) == YES
    follow(key, is_chosen)
    field(label, key=key, on_change=_write_tick, args=(name, key), **how)
    return is_chosen


def _write_tick(name: str, key: str) -> None:
    leave()
    put(name, YES if st.session_state[key] else "")
