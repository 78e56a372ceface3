"""Components of ours: a script of `dashboard/static` that draws into a template of its own."""

from collections.abc import Callable

import streamlit as st

from dashboard.rendering import render
from dashboard.web.serving import OWN_FILES

_PARTS = "parts.js"


def component(name: str, template: str, script: str) -> Callable[..., object]:
    """A component drawn in the page itself, under its styles; what it sends is not to be
    believed.
    """
    sources = [(OWN_FILES / file).read_text(encoding="utf-8") for file in (_PARTS, script)]
    return st.components.v2.component(
        name, html=str(render(template)), isolate_styles=False, js="\n".join(sources)
    )
