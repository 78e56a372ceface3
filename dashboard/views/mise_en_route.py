"""Mise en route: the open steps of a new installation, which can be postponed."""

from dashboard.scope import Scope
from dashboard.screens.imports import registers_box
from dashboard.screens.setup import in_words, read_setup, steps_list
from dashboard.ui.components import heading, link_buttons
from dashboard.ui.page import page_header
from dashboard.visit.navigation import address
from models.database import fetch


def render(scope: Scope) -> None:
    facts, steps = fetch(read_setup, scope)
    page_header("Mise en route", in_words(facts, steps))
    steps_list(facts, steps)
    heading("Importer un fichier")
    registers_box(scope)
    link_buttons(
        [("Référentiels : voir et corriger", address("referentiels", scope), "table_edit")],
        after=True,
    )
