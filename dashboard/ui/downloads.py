"""The files of a page (télécharger): a link styled as a button, whose rights are checked when it
is followed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import streamlit as st

from dashboard.access import NOBODY
from dashboard.rendering import render
from dashboard.scope import Scope
from dashboard.ui.components import place
from dashboard.visit import gate, signin
from dashboard.web import files as web_files
from dashboard.web.files import ScopeFile

# Key → the file offered by this run of the page, and by the previous one.
NOW = "_cp_files"
BEFORE = "_cp_files_before"


@contextmanager
def offered_by_page() -> Iterator[None]:
    """Wraps a full run of a page: files it no longer offers are withdrawn at its end."""
    state = st.session_state
    # The files of an interrupted run are withdrawn too.
    state[BEFORE] = state.get(BEFORE, {}) | state.get(NOW, {})
    state[NOW] = {}
    yield
    for key, left in state.pop(BEFORE, {}).items():
        if key not in state[NOW]:
            web_files.withdraw(left)


def download(
    label: str,
    make: Callable[[], bytes],
    name: str,
    mime: str,
    *,
    key: str,
    icon: str = "download",
    first: bool = False,
    wide: bool = False,
) -> None:
    """Offers a file. `make` is called outside the page's run, when the link is followed.

    `key` identifies a file of the page; `first`: primary style, `wide`: full width of its
    column.
    """
    href = web_files.offer(_offered(make, name, mime, key))
    html = render(
        "ui/download.html",
        href=href,
        name=name,
        label=label,
        icon=icon,
        is_first=first,
        is_wide=wide,
    )
    place(html, width="stretch" if wide else "content")


def data_link(
    file: ScopeFile, scope: Scope, label: str, *, icon: str = "download", **asked: str
) -> None:
    """A file built from the scope and the `asked` parameters; the right is checked when the link
    is followed.
    """
    html = render(
        "ui/download.html",
        href=f"{file.href}?{urlencode({**scope.params(), **asked})}",
        name=file.name,
        label=label,
        icon=icon,
        is_first=False,
        is_wide=False,
    )
    place(html, width="content")


def _offered(make: Callable[[], bytes], name: str, mime: str, key: str) -> web_files.OfferedFile:
    """The file, at the same address as in the previous run: an open page keeps its links."""
    state = st.session_state
    reader = state.get(gate.READER, NOBODY)
    now = state.setdefault(NOW, {})
    # A fragment runs inside a drawn page, whose files are already in NOW.
    before = state.get(BEFORE, {}).get(key) or now.get(key)
    login = signin.tab_login() if reader.is_known else None
    known = {"token": before.token} if before else {}
    now[key] = web_files.OfferedFile(make, name, mime, reader, login, **known)
    return now[key]
