"""Comptes: the accounts by person; one opened beside the list with its keys, roles and mandates."""

import streamlit as st

from dashboard.scope import Scope
from dashboard.screens.people.accounts import accounts_list, opening_box, papers_box
from dashboard.ui.address import page_header
from dashboard.ui.components import link_buttons
from dashboard.visit.navigation import address


def render(scope: Scope) -> None:
    page_header("Comptes")
    accounts_list(scope)
    if not st.query_params.get("compte"):
        opening_box(scope)
        papers_box(scope)
        into = address("mise-en-route", scope, genre="comptes")
        link_buttons([("Importer des comptes (CSV, XLSX)", into, "upload_file")], after=True)
