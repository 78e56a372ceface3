"""« Pourquoi ce chiffre ? » opened over a page (panneau): static/page.js writes the link's own
filters into the address of the page, which stays as it is underneath.
"""

from urllib.parse import parse_qsl

import streamlit as st

from dashboard.access import Reader, may
from dashboard.figures import reasons as say
from dashboard.figures.board import scope_for
from dashboard.frame.bodies import without_filters
from dashboard.frame.scoping import scope_as_asked
from dashboard.screens.figure_charts import FIGURE, AskedValue, asked_of, entry_of
from dashboard.screens.why import explained, rows
from dashboard.ui.components import escape_md, link_buttons
from dashboard.visit.navigation import address
from dashboard.visit.screens import screen_at

WHY = "pourquoi"  # parameter of the address, and the address of its full page


def why_panel(reader: Reader) -> None:
    """The panel that the address asks for; nothing otherwise."""
    if WHY not in st.query_params or not may(reader, screen_at(WHY).right):
        return
    params = dict(parse_qsl(st.query_params[WHY]))
    asked = asked_of(scope_as_asked(reader, params), params.get(FIGURE, ""), "")
    if asked:
        title = escape_md(asked.value.label)
        st.dialog(title, width="large", on_dismiss=_close)(_why)(asked)


def _why(asked: AskedValue) -> None:
    scope, value = asked.scope, asked.value
    st.markdown(escape_md(say.in_one_sentence(value, entry_of(asked), scope.on)))
    without_filters(explained, scope, **asked.address)
    rows(scope_for(scope, asked.figure), value)
    link_buttons([("Ouvrir en pleine page", address(WHY, scope, **asked.address), "open_in_full")])


def _close() -> None:
    st.query_params.pop(WHY, None)
