"""Registre des traitements: the processing of personal data, as a page and a file."""

from dashboard.report.processing import HEADINGS, document, register
from dashboard.scope import Scope
from dashboard.screens.people.account import REGISTER, processing_register, register_lead
from dashboard.ui.address import page_header
from dashboard.ui.downloads import download
from dashboard.ui.tables import csv_button


def render(scope: Scope) -> None:
    page_header(REGISTER, register_lead())
    download(
        "Le registre (PDF)",
        lambda: document(scope),
        "registre-des-traitements.pdf",
        "application/pdf",
        key="register",
    )
    csv_button("registre-des-traitements", HEADINGS, register)
    processing_register()
