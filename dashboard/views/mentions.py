"""Mentions: the record of processing, the accessibility statement, and « Vos données »."""

import json

from dashboard.access import Reader
from dashboard.actions.people.privacy import export_person
from dashboard.report.processing import HEADINGS, document, register
from dashboard.scope import Scope
from dashboard.screens.people.account import (
    REGISTER,
    YOUR_DATA,
    processing_register,
    register_lead,
    your_data,
)
from dashboard.screens.statement import LEAD, last_audit, statement
from dashboard.ui.address import page_header
from dashboard.ui.downloads import download
from dashboard.ui.tables import csv_button
from models.database import writing
from models.people import Person

# ── Registre ──────────────────────────────────────────────────────────────────────────────────────


def registre_view(scope: Scope) -> None:
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


# ── Accessibilité ─────────────────────────────────────────────────────────────────────────────────


def accessibilite_view(_scope: Scope) -> None:
    page_header("Déclaration d'accessibilité", LEAD)
    statement(last_audit())


# ── Vos données ───────────────────────────────────────────────────────────────────────────────────


def _own_data(reader: Reader) -> bytes:
    """All data that names the reader, as JSON."""
    with writing() as session:
        personal_data = export_person(session, reader, session.get(Person, reader.person_id))
    return json.dumps(personal_data, ensure_ascii=False, indent=1).encode()


def vos_donnees_view(scope: Scope) -> None:
    page_header("Vos données", YOUR_DATA)
    if scope.reader.is_known:
        download(
            "Emporter mes données (JSON)",
            lambda: _own_data(scope.reader),
            "mes-donnees.json",
            "application/json",
            key="own_data",
        )
    your_data()
