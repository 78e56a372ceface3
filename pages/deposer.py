"""Déposer: the idea form, open to everybody."""

import streamlit as st

from dashboard.components import page_header
from dashboard.idea_form import idea_form
from dashboard.navigation import current_scope

page_header("Déposer une idée", "Une idée, un constat, une attente, une objection : en une minute, avec ou sans votre nom.")
with st.container(key="cp_form", width=720):
    idea_form(current_scope(), key="deposer")
