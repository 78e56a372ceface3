"""Fields whose value stands in the address (champs de l'adresse): what one chooses can be sent to
somebody, and the browser's way back undoes it.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

import streamlit as st

from dashboard.scope import Scope
from dashboard.ui.components import draw
from dashboard.visit.navigation import address, whole_number

K = TypeVar("K", int, str)
YES = "oui"
# Pixels; two narrow ones stand side by side on a phone.
WIDE = 250
NARROW = 154
_DAY = 192
EARLIEST, LATEST = date(2020, 1, 1), date(2099, 12, 31)
# What belongs to the list that is left: its page, the row that is open, the rows chosen in it.
_OF_LIST = ("page", "rang", "choix")


def follow(key: str, value: object) -> None:
    """Gives a field the value of the address, which leads: the browser's way back changes it
    without touching a field.
    """
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def put(name: str, value: str) -> None:
    """Writes a parameter of the address; without a value it goes."""
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def leave(*names: str) -> None:
    """These parameters go from the address, and those of the list that is left."""
    for name in (*_OF_LIST, *names):
        st.query_params.pop(name, None)


def asked(name: str, known: Mapping[K, str], default: K) -> K:
    """What the address asks for, or the default where it is not one of these."""
    wanted = st.query_params.get(name, default)
    wanted = whole_number(wanted) if isinstance(default, int) else wanted
    return wanted if wanted in known else default


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
    """One of several, by what the address calls them; `leaves`: what goes with the one before."""
    key = key or f"w_{name}"
    chosen = asked(name, known, default)
    follow(key, chosen)
    field(
        label,
        list(known),
        format_func=known.get,
        key=key,
        on_change=_choose,
        args=(name, key, default, leaves),
        **how,
    )
    return chosen


def _choose(name: str, key: str, default: object, leaves: tuple[str, ...]) -> None:
    leave(*leaves)
    value = st.session_state[key]
    put(name, "" if value in (None, default) else str(value))


def parts(label: str, name: str, known: Mapping[K, str], default: K = "", **how: object) -> K:
    """One of the parts of a screen, side by side, without a label for the eye."""
    how = {"field": st.segmented_control, "label_visibility": "collapsed"} | how
    return choice(label, name, known, default, required=True, **how)


def words(label: str, name: str, placeholder: str = "", *, key: str = "", most: int = 200) -> str:
    """Words that are searched for."""
    key = key or f"w_{name}"
    written = st.query_params.get(name, "")
    follow(key, written)
    st.text_input(
        label,
        key=key,
        placeholder=placeholder,
        icon=":material/search:",
        on_change=_choose,
        args=(name, key, "", ()),
        width=WIDE,
    )
    return written[:most]


def day(label: str, name: str) -> date | None:
    """A day; None for what is none."""
    key = f"w_{name}"
    try:
        written = date.fromisoformat(st.query_params.get(name, ""))
    except ValueError:
        written = None
    chosen = written if written and EARLIEST <= written <= LATEST else None
    follow(key, chosen)
    st.date_input(
        label,
        None,
        key=key,
        format="DD/MM/YYYY",
        min_value=EARLIEST,
        max_value=LATEST,
        on_change=_choose,
        args=(name, key, "", ()),
        width=_DAY,
    )
    return chosen


def tick(label: str, name: str, *, key: str = "", field: Callable = st.checkbox, **how) -> bool:
    """« ?libre=oui »."""
    key = key or f"w_{name}"
    is_chosen = st.query_params.get(name) == YES
    follow(key, is_chosen)
    field(label, key=key, on_change=_tick, args=(name, key), **how)
    return is_chosen


def _tick(name: str, key: str) -> None:
    leave()
    put(name, YES if st.session_state[key] else "")


def chosen_filters(screen: str, scope: Scope, labels: Mapping[str, str], **keep: str) -> None:
    """What narrows a list, each with the way to let it go; « Tout effacer » lets all go. `labels`:
    parameter of the address → its value in words.
    """
    narrowing = {name: st.query_params[name] for name in labels if name in st.query_params}
    ways = []
    for name in narrowing:
        others = {other: value for other, value in narrowing.items() if other != name}
        ways.append((labels[name], address(screen, scope, **keep, **others)))
    if ways:
        draw("search/chosen_filters.html", filters=ways, all=address(screen, scope, **keep))
