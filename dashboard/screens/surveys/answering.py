"""How an open survey reaches people: its address and QR code, a tablet of several people, a
sheet of paper, mails with a link of their own; how many of those who were invited have answered.
"""

import streamlit as st

from dashboard import french
from dashboard.actions.surveys.invitations import invite_all, remind_all, why_no_invitation
from dashboard.queries.surveys.asked import ResponseRate, response_rate
from dashboard.scope import Scope
from dashboard.screens.workshops.papers import qr_uri
from dashboard.ui.components import draw, heading, paragraph
from dashboard.ui.components import reading as reading_sentence
from dashboard.ui.forms import Form
from dashboard.ui.tables import table
from dashboard.visit.navigation import origin
from models.database import reading
from models.surveys import Survey, SurveyState


def answering_block(found: Survey) -> None:
    """The ways to it, of an open one."""
    heading("Le faire remplir")
    if found.by_link:
        page = f"/questionnaire?q={found.key}"
        draw(
            "surveys/ways.html",
            page=page,
            whole=f"{origin()}{page}",
            picture=qr_uri(f"{origin()}{page}"),
        )
    if found.agents:
        _mails(found)


def _mails(found: Survey) -> None:
    with reading() as session:
        why = why_no_invitation(session)
    if why:
        return paragraph(french.typo(f"Pas d'invitation par courriel pour le moment : {why}"))
    invite = Form(f"invite_{found.id}")
    remind = Form(f"remind_{found.id}")
    with st.container(horizontal=True, key=f"cp_invitations_{found.id}"):
        invite.button(
            "Inviter par courriel",
            lambda session, reader: _told(
                invite_all(session, reader, found.id), "invitation part", "invitations partent"
            ),
            primary=False,
            icon=":material/mail:",
            help="Un lien à usage unique pour chaque agent qui a une adresse.",
        )
        remind.button(
            "Rappeler, une fois",
            lambda session, reader: _told(
                remind_all(session, reader, found.id), "rappel part", "rappels partent"
            ),
            primary=False,
            icon=":material/notifications:",
            help="À ceux dont le lien n'a pas servi, sans dire à personne de qui il s'agit.",
        )
    invite.first_error()
    remind.first_error()


def _told(many: int, one: str, several: str) -> str:
    return f"{french.counted(many, one, several)} avec le prochain envoi."


def rate_block(scope: Scope, found: Survey) -> None:
    """How many of those who were invited by mail have answered; by direction where neither those
    who did nor those who did not are few.
    """
    if found.state == SurveyState.draft:
        return
    with reading() as session:
        rate = response_rate(session, scope.reader, found.id)
    if not rate.invited:
        return
    heading("Taux de réponse")
    reading_sentence(
        f"{french.counted(rate.answered, 'lien a servi', 'liens ont servi')} sur"
        f" {french.number(rate.invited)} invitations :"
        f" {french.percent(100 * rate.answered / rate.invited, 0)}."
    )
    _by_direction(scope, rate)
    paragraph(
        "Une direction paraît quand cinq personnes au moins y ont répondu et cinq au moins pas"
        " encore ; qui l'a fait n'est écrit nulle part."
    )


def _by_direction(scope: Scope, rate: ResponseRate) -> None:
    names = {place: scope.tree.by_id[place] for place in rate.places if place in scope.tree.by_id}
    rows = [
        (
            unit.name,
            french.number(rate.places[place][0]),
            french.number(rate.places[place][1]),
            french.percent(100 * rate.places[place][0] / rate.places[place][1], 0),
        )
        for place, unit in sorted(names.items(), key=lambda item: item[1].position)
    ]
    if rows:
        table(
            ("Direction", "Ont répondu", "Invités", "Taux"),
            rows,
            "Taux de réponse par direction",
            frozenset({1, 2, 3}),
        )
