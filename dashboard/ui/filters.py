"""The line above a list (recherche et filtres): its search, « Filtrer » with the other fields, and
what is set as chips, each of which removes it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date

import streamlit as st

from dashboard import french
from dashboard.scope import Scope
from dashboard.ui.address import choice, day, tick, words
from dashboard.ui.components import draw
from dashboard.visit.navigation import address


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
        chosen = day(label, name)
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
    screen: str, scope: Scope, placeholder: str = "", **keep: str
) -> Iterator[FilterLine]:
    """Draws the line of a list: the fields drawn inside it are behind « Filtrer ». Without a
    `placeholder` it has no search. `keep`: parameters that removing a filter leaves.
    """
    line = FilterLine()
    with st.container(key="cp_filters", horizontal=True, vertical_alignment="center"):
        if placeholder:
            line.words = words(placeholder)
        with st.popover("Filtrer", icon=":material/tune:", key="w_filter"):
            yield line
    values = {name: st.query_params.get(name, "") for name in ("q", *line.active)}
    chips = [
        (label, address(screen, scope, **keep, **values | {name: ""}))
        for name, label in line.active.items()
    ]
    if chips:
        draw("search/chosen_filters.html", filters=chips, all=address(screen, scope, **keep))
