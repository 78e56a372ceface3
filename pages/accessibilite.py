"""Déclaration d'accessibilité: what the last audit measured, in the shape that Belgian public
bodies use.
"""

from dashboard.screens.statement import LEAD, last_audit, statement
from dashboard.ui.page import page_header

page_header("Déclaration d'accessibilité", LEAD)
statement(last_audit())
