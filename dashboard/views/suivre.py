"""Suivre mon idée: the holder of a tracking code reads the state of her entry, writes to those
who answer, accepts a merge, or withdraws.
"""

import streamlit as st

from dashboard.scope import Scope
from dashboard.screens.ideas.following import (
    CODE,
    close_button,
    code_form,
    entry_found,
    followed_entry,
    is_seat,
    leave_block,
    merge_block,
    talk_block,
)
from dashboard.screens.seats import followed_seat
from dashboard.ui.address import page_header


def render(scope: Scope) -> None:
    if is_seat(st.session_state.get(CODE, "")):
        followed_seat(st.session_state[CODE])
        return close_button()
    page_header("Suivre mon idée")
    code = st.session_state.get(CODE, "")
    followed = entry_found(code) if code else None
    if followed is None:
        return code_form()
    followed_entry(followed)
    for asked in followed.merges:
        merge_block(code, asked)
    talk_block(code, followed)
    leave_block(code, followed)
