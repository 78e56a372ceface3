"""Comptes: every account by its person, and one account with its keys, roles and mandates."""

import streamlit as st

from dashboard.queries.people.accounts import account_file
from dashboard.scope import Scope
from dashboard.screens.people.account import account_blocks
from dashboard.screens.people.accounts import accounts_list, opening_box, papers_box
from dashboard.ui.components import link_buttons, page_header
from dashboard.ui.desk import is_desk, shapes
from dashboard.ui.forms import say_what_was_done
from dashboard.visit.navigation import address, current_scope, whole_number
from models.clock import now
from models.database import reading


def render(scope: Scope) -> None:
    asked = whole_number(st.query_params.get("compte"))
    if asked is not None and not is_desk():
        return _one(scope, asked)
    page_header("Comptes", "Qui peut se connecter, avec quels rôles et quels mandats.")
    say_what_was_done()
    shapes("comptes", scope, "Tableau")
    if is_desk():
        return accounts_list(scope)
    opening_box(scope)
    papers_box(scope)
    link_buttons(
        [("Importer des comptes (CSV, XLSX)", address("etat-du-systeme", scope), "upload_file")],
        after=True,
    )
    accounts_list(scope)


def _one(scope: Scope, account_id: int) -> None:
    with reading() as session:
        found = account_file(session, scope.reader, account_id, now())
    trail = [("Comptes", address("comptes", scope))]
    if found is None:
        return page_header("Ce compte n'existe pas", trail=trail)
    page_header(found.row.name, trail=trail)
    say_what_was_done()
    account_blocks(scope, found)


render(current_scope())
