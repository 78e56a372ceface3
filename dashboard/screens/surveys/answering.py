"""How an open questionnaire reaches people: its address and QR code, a tablet of several people, a
sheet of paper, mails with a link of their own; how many of those who were invited have answered.
"""

from dashboard.scope import Scope
from dashboard.screens.workshops.papers import qr_uri
from dashboard.ui.components import draw, heading
from dashboard.visit.navigation import origin
from models.questionnaires import Questionnaire


def answering_block(scope: Scope, found: Questionnaire) -> None:
    heading("Le faire remplir")
    if found.by_link:
        page = f"/questionnaire?q={found.key}"
        draw(
            "surveys/ways.html",
            page=page,
            whole=f"{origin()}{page}",
            picture=qr_uri(f"{origin()}{page}"),
        )
