"""Vos données: what is stored, why, how long, and whom to ask; a signed-in reader's own data."""

import json

from dashboard.access import Reader
from dashboard.actions.people.privacy import export_person
from dashboard.scope import Scope
from dashboard.screens.people.account import LEAD, your_data
from dashboard.ui.address import page_header
from dashboard.ui.downloads import download
from models.database import writing
from models.people import Person


def _own_data(reader: Reader) -> bytes:
    """All data that names the reader, as JSON."""
    with writing() as session:
        personal_data = export_person(session, reader, session.get(Person, reader.person_id))
    return json.dumps(personal_data, ensure_ascii=False, indent=1).encode()


def render(scope: Scope) -> None:
    page_header("Vos données", LEAD)
    if scope.reader.is_known:
        download(
            "Emporter mes données (JSON)",
            lambda: _own_data(scope.reader),
            "mes-donnees.json",
            "application/json",
            key="own_data",
        )
    your_data()
