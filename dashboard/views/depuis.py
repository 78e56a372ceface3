"""Depuis la séance: the address of what « Préparer » now shows with the agenda."""

import streamlit as st

from dashboard.frame.around import page_at
from dashboard.scope import Scope


def render(_scope: Scope) -> None:
    st.switch_page(page_at("preparer"), query_params=st.query_params.to_dict())
