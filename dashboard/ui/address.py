"""Fields stored in the address (champs de l'adresse): a selection can be shared as a link, and
the browser's back button undoes it. The line above a list: its search, « Filtrer la liste »
with the other fields, and what is set as chips, each of which removes it. Its pages: « ?page=2 ».
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from typing import TypeVar

import streamlit as st

from dashboard import french
from dashboard.rendering import macros
from dashboard.scope import Scope
from dashboard.ui.components import draw, is_gathering
from dashboard.ui.forms import show_act_message
from dashboard.visit import navigation
from dashboard.visit.navigation import HEAD, address, whole_number
from models.search import WORD, Query, places

K = TypeVar("K", int, str)
YES = "oui"
EARLIEST, LATEST = date(2020, 1, 1), date(2099, 12, 31)


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
    for name in (*("page", "rang", "choix"), *names):
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
    put(name, "" if value in (None, default) else YES if value is True else str(value))


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


def tick(label: str, name: str, *, key: str = "", field: Callable = st.checkbox, **how) -> bool:
    """A checkbox: « ?libre=oui »."""
    key = key or f"w_{name}"
    is_chosen = st.query_params.get(name) == YES
    follow(key, is_chosen)
    field(label, key=key, on_change=_write_choice, args=(name, key, False, ()), **how)
    return is_chosen


T = TypeVar("T")
# An address can hold any number: limited to a valid offset.
_LAST = 10_000


def page_asked(total: int | None = None, size: int = 1) -> int:
    """The page given in the address, from 1; the last one if `total` rows end before it."""
    last = _LAST if total is None else pages_of(total, size)
    return min(max(whole_number(st.query_params.get("page")) or 1, 1), last)


def one_page(rows: Sequence[T], size: int) -> tuple[int, Sequence[T]]:
    """The page given in the address, for rows in memory: its number and its rows."""
    page = page_asked(len(rows), size)
    return page, rows[(page - 1) * size : page * size]


def pages_of(total: int, size: int) -> int:
    """How many pages these rows take, at least one."""
    return max(-(-total // size), 1)


def pager(page: int, total: int, size: int, more: bool = False) -> None:
    """Links to the previous and next page; `more`: there are more rows than were counted."""
    pages = pages_of(total, size)
    # Another filter may have fewer pages: show the last one.
    page = page if more else min(page, pages)
    if pages == 1 and not more:
        return
    with st.container(
        key="cp_pages", horizontal=True, horizontal_alignment="center", vertical_alignment="center"
    ):
        st.button(
            "Page précédente",
            key="w_previous",
            disabled=page <= 1,
            on_click=_go_to,
            args=(page - 1,),
            icon=":material/chevron_left:",
        )
        st.caption(f"page {page}" + ("" if more else f" sur {pages}"))
        st.button(
            "Page suivante",
            key="w_next",
            disabled=not more and page >= pages,
            on_click=_go_to,
            args=(page + 1,),
            icon=":material/chevron_right:",
            icon_position="right",
        )


def _go_to(page: int) -> None:
    st.query_params["page"] = str(page)


class FilterLine:
    """The fields of one line. `active`: parameter of the address → what is set, in words."""

    def __init__(self) -> None:
        self.words = ""
        self.active: dict[str, str] = {}

    def choice(
        self, label: str, name: str, known: Mapping[str, str], every: str = "Tous", **how: object
    ) -> str:
        """One of these values; `every`: the label of none."""
        chosen = choice(label, name, {"": every} | dict(known), **how)
        self._set(name, known.get(chosen, ""))
        return chosen

    def day(self, label: str, name: str) -> date | None:
        """A date; None for an invalid or missing one."""
        key, chosen = f"w_{name}", None
        with suppress(ValueError):
            chosen = date.fromisoformat(st.query_params.get(name, ""))
        if chosen and not EARLIEST <= chosen <= LATEST:
            chosen = None
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
        self._set(name, f"{label} {french.day_long(chosen)}" if chosen else "")
        return chosen

    def tick(self, label: str, name: str) -> bool:
        is_chosen = tick(label, name)
        self._set(name, label if is_chosen else "")
        return is_chosen

    def _set(self, name: str, text: str) -> None:
        if text:
            self.active[name] = text


@contextmanager
def filter_line(
    screen: str,
    scope: Scope,
    placeholder: str = "",
    label: str = "Filtrer la liste",
    **keep: str,
) -> Iterator[FilterLine]:
    """Draws the line of a list: the fields drawn inside it are behind its `label`. Without a
    `placeholder` it has no search. `keep`: parameters that removing a filter leaves.
    """
    line = FilterLine()
    with st.container(key="cp_filters", horizontal=True, vertical_alignment="center"):
        if placeholder:
            line.words = words(placeholder)
        with st.popover(label, icon=":material/tune:", key="w_filter"):
            yield line
    values = {name: st.query_params.get(name, "") for name in ("q", *line.active)}
    chips = [
        (label, address(screen, scope, **keep, **values | {name: ""}))
        for name, label in line.active.items()
    ]
    if chips:
        draw("search/chosen_filters.html", filters=chips, all=address(screen, scope, **keep))


def page_header(
    title: str,
    lead: str = "",
    trail: Sequence[tuple[str, str]] = (),
    ways: Sequence[tuple[str, str]] = (),
) -> None:
    """The h1 of a page, its sentence (`lead`, else the purpose of its screen) with links (`ways`),
    and above them the tabs of its place, or the breadcrumbs of a record: `trail` holds (label,
    address) pairs.

    « ? » opens the page's guide. The message of the last act is below.
    """
    tabs, help_page, purpose = st.session_state.get(HEAD, ((), "", ""))
    draw(
        "ui/page_header.html",
        title=title,
        lead=lead or ("" if trail else purpose),
        trail=trail,
        ways=ways,
        tabs=tabs if len(tabs) > 1 and not trail else (),
        help=help_page,
    )
    if is_gathering():  # the frame names a page made of one block
        return
    # The window title, also shown in the browser's history.
    if not navigation.is_named(title):
        st.set_page_config(page_title=navigation.window_title(title))
    show_act_message()


_BEFORE = 60  # characters shown before the first found word
_LENGTH = 280


def marked(text: str, query: Query | None) -> str:
    """The text with the words of the query highlighted; unchanged without a query."""
    shown = french.typo(str(text))
    if query is None:
        return shown
    pieces = []
    done = 0
    for start, end in places(shown, query):
        pieces += [(shown[done:start], False), (shown[start:end], True)]
        done = end
    return macros().marked([*pieces, (shown[done:], False)])


def around_first(text: str, query: Query) -> str:
    """The excerpt of a long text around the first found word, cut between words."""
    matches = places(text, query)
    start = 0
    # A word near the beginning is shown with the beginning, which says more than a cut.
    if matches and matches[0][1] > _LENGTH - _BEFORE:
        start = _word_start(text, matches[0][0] - _BEFORE)
    end = _word_end(text, start + _LENGTH)
    before = "… " if start else ""
    after = " …" if end < len(text) else ""
    return before + text[start:end].strip() + after


def beginning(text: str, length: int = _LENGTH) -> str:
    """The beginning of a long text, cut between words; a short text is unchanged."""
    end = _word_end(text, length)
    return text[:end].strip() + (f"{french.NO_BREAK}…" if end < len(text) else "")


def _word_start(text: str, at: int) -> int:
    """The start of the first word at or after this position."""
    if at <= 0:
        first = WORD.search(text)
        return first.start() if first else 0
    for word in WORD.finditer(text, at):
        # The position may be inside a word, which is skipped.
        if not text[word.start() - 1].isalnum():
            return word.start()
    return 0


def _word_end(text: str, at: int) -> int:
    """The end of the last whole word before this position, or the position itself in a text
    without spaces.
    """
    if at >= len(text):
        return len(text)
    cut = max(text.rfind(" ", 0, at + 1), text.rfind("\n", 0, at + 1))
    return cut if cut > at - _LENGTH // 2 else at
