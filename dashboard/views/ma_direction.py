"""Ma direction: leads on to « Pilotage » in the reader's own directions."""

import streamlit as st

from dashboard.frame.around import page_at
from dashboard.scope import Scope
from dashboard.visit.navigation import COCKPIT, own_directions


def render(scope: Scope) -> None:
    st.switch_page(page_at(COCKPIT), query_params=own_directions(scope).params())
