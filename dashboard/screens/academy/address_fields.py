"""Fields that stand in the address: what one chooses can be sent to somebody, and the browser's way
back undoes it.
"""

from collections.abc import Callable, Mapping
from datetime import date

import streamlit as st

YES = "oui"
# Pixels; two narrow ones stand side by side on a phone.
WIDE = 250
NARROW = 154
_DAY = 192
_EARLIEST, _LATEST = date(2020, 1, 1), date(2099, 12, 31)


def among(chosen: str, known: Mapping[str, str]) -> str:
    """What is not in a vocabulary is ignored."""
    return chosen if chosen in known else ""


def words(label: str, name: str, placeholder: str) -> None:
    key = f"w_academy_{name}"
    _follow(key, st.query_params.get(name, ""))
    st.text_input(
        label,
        key=key,
        placeholder=placeholder,
        icon=":material/search:",
        on_change=_to_address,
        args=(name, key, str),
        width=WIDE,
    )


def choice(
    label: str, name: str, chosen: str, known: Mapping[str, str], width: int = NARROW
) -> None:
    key = f"w_academy_{name}"
    _follow(key, chosen)
    st.selectbox(
        label,
        list(known),
        format_func=known.get,
        key=key,
        on_change=_to_address,
        args=(name, key, str),
        width=width,
    )


def day_of(name: str) -> date | None:
    """The day that the address says; None for one that is none."""
    try:
        found = date.fromisoformat(st.query_params.get(name, ""))
    except ValueError:
        return None
    return found if _EARLIEST <= found <= _LATEST else None


def day(label: str, name: str, chosen: date | None) -> None:
    key = f"w_academy_{name}"
    _follow(key, chosen)
    st.date_input(
        label,
        None,
        key=key,
        format="DD/MM/YYYY",
        min_value=_EARLIEST,
        max_value=_LATEST,
        on_change=_to_address,
        args=(name, key, str),
        width=_DAY,
    )


def tick(label: str, name: str, is_chosen: bool) -> None:
    key = f"w_academy_{name}"
    _follow(key, is_chosen)
    st.checkbox(label, key=key, on_change=_to_address, args=(name, key, in_address))


def in_address(is_chosen: bool) -> str:
    return YES if is_chosen else ""


def _follow(key: str, value: object) -> None:
    # The address leads: the browser's way back changes it without touching a field.
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def _to_address(name: str, key: str, written: Callable[..., str]) -> None:
    st.query_params.pop("page", None)
    value = written(st.session_state[key] or "")
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)
