"""Our own components: a script of `dashboard/static` that draws into its template."""

from collections.abc import Callable
from functools import cache

import streamlit as st

from dashboard.rendering import render
from dashboard.visit import signin
from dashboard.web.own_files import OWN_FILES

_PARTS = "parts.js"
_SCREEN = "screen.js"
# An inline script is sent with every message of its component, so ours is loaded with the page.
_SCREEN_OF_PAGE = "export default component => window.cpScreen(component);"


def component(name: str, template: str, script: str) -> Callable[..., object]:
    """A component drawn in the page, with its styles; its messages are not to be trusted."""
    sources = [_source(file) for file in (_PARTS, script)]
    return _component(name, template, "\n".join(sources))


@cache
def screen_component() -> Callable[..., object]:
    """The filters and the body of a screen as one element (`static/screen.js`)."""
    script = _SCREEN_OF_PAGE
    if not signin.served_by_us():
        script = f"{_source(_SCREEN)}\n{script}"
    return _component("cp_screen", "ui/screen.html", script)


def _source(file: str) -> str:
    return (OWN_FILES / file).read_text(encoding="utf-8")


def _component(name: str, template: str, script: str) -> Callable[..., object]:
    return st.components.v2.component(
        name, html=str(render(template)), isolate_styles=False, js=script
    )
