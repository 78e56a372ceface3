"""Déclaration d'accessibilité: the last audit, in the form used by Belgian public bodies."""

from dashboard.scope import Scope
from dashboard.screens.statement import LEAD, last_audit, statement
from dashboard.ui.address import page_header


def render(_scope: Scope) -> None:
    page_header("Déclaration d'accessibilité", LEAD)
    statement(last_audit())
