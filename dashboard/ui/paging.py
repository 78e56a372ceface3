"""Paging of a list (pages d'une liste), by the address: « ?page=2 »."""

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

from dashboard.visit.navigation import whole_number

T = TypeVar("T")
# An address can hold any number: limited to a valid offset.
_LAST = 10_000


def page_asked(total: int | None = None, size: int = 1) -> int:
    """The page given in the address, from 1; the last one if `total` rows end before it."""
    last = _LAST if total is None else _pages(total, size)
    return min(max(whole_number(st.query_params.get("page")) or 1, 1), last)


def one_page(rows: Sequence[T], size: int) -> tuple[int, Sequence[T]]:
    """The page given in the address, for rows in memory: its number and its rows."""
    page = page_asked(len(rows), size)
    return page, rows[(page - 1) * size : page * size]


def _pages(total: int, size: int) -> int:
    return max(-(-total // size), 1)


def pager(page: int, total: int, size: int, more: bool = False) -> None:
    """Links to the previous and next page; `more`: there are more rows than were counted."""
    pages = _pages(total, size)
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
