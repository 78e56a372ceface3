"""Registre des traitements: what is done with data about persons, as a page and as a file."""

from dashboard import french
from dashboard.report.processing import HEADINGS, document, register
from dashboard.ui.components import heading, page_header
from dashboard.ui.downloads import download
from dashboard.ui.tables import csv_button, terms
from dashboard.visit.navigation import address, current_scope
from models.settings import settings


def render() -> None:
    entries = register()
    page_header(
        "Registre des traitements",
        french.typo(
            "Ce que C-Possible fait de données sur des personnes (RGPD, article 30). Responsable :"
            " l'administration communale. Délégué à la protection des données :"
            f" {settings().cp_dpo}."
        ),
        trail=(("Vos données", address("vos-donnees", current_scope())),),
    )
    scope = current_scope()
    download(
        "Le registre (PDF)",
        lambda: document(scope),
        "registre-des-traitements.pdf",
        "application/pdf",
        key="register",
    )
    csv_button("registre-des-traitements", HEADINGS, lambda: [item.cells() for item in entries])
    for entry in entries:
        name, *values = entry.cells()
        heading(name)
        terms([(term, french.typo(text)) for term, text in zip(HEADINGS[1:], values, strict=True)])


render()
