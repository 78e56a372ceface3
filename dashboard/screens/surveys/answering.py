"""How an open survey reaches people: address and QR code, a shared tablet, a sheet of paper,
mails with personal links; and the response rate.
"""

import streamlit as st

from dashboard import french
from dashboard.actions.surveys.invitations import invite_all, remind_all, why_no_invitation
from dashboard.queries.surveys.asked import response_rate
from dashboard.scope import Scope
from dashboard.screens.workshops.papers import qr_uri
from dashboard.ui.components import draw, heading, paragraph
from dashboard.ui.components import reading as reading_sentence
from dashboard.ui.forms import Form
from dashboard.ui.tables import table
from dashboard.visit.navigation import public_address
from models.database import fetch
from models.surveys import Survey, SurveyState


def answering_block(survey: Survey) -> None:
    """The channels of an open survey."""
    heading("Le faire remplir")
    if survey.by_link:
        page = f"/questionnaire?q={survey.key}"
        draw(
            "surveys/ways.html",
            page=page,
            whole=f"{public_address()}{page}",
            picture=qr_uri(f"{public_address()}{page}"),
        )
    if survey.agents:
        _mails(survey)


def _mails(survey: Survey) -> None:
    why = fetch(why_no_invitation)
    if why:
        return paragraph(french.typo(f"Pas d'invitation par courriel pour le moment : {why}"))
    ways = (
        (
            *("invite", "Inviter par courriel", "mail", invite_all),
            *("invitation part", "invitations partent"),
            "Un lien à usage unique pour chaque agent qui a une adresse.",
        ),
        (
            *("remind", "Rappeler, une fois", "notifications", remind_all),
            *("rappel part", "rappels partent"),
            "À ceux dont le lien n'a pas servi, sans dire à personne de qui il s'agit.",
        ),
    )
    with st.container(horizontal=True, key=f"cp_invitations_{survey.id}"):
        for name, label, icon, act, count, several, help in ways:
            Form(f"{name}_{survey.id}").button(
                label,
                lambda session, reader, act=act, words=(count, several): (
                    f"{french.counted(act(session, reader, survey.id), *words)}"
                    " avec le prochain envoi."
                ),
                primary=False,
                icon=f":material/{icon}:",
                help=help,
            )
    for name, *_ in ways:
        Form(f"{name}_{survey.id}").first_error()


def rate_block(scope: Scope, survey: Survey) -> None:
    """The response rate of the mail invitations; by direction where neither respondents nor
    non-respondents are few.
    """
    if survey.state == SurveyState.draft:
        return
    rates = fetch(response_rate, scope.reader, survey.id)
    answered, invited = rates.get(None, (0, 0))
    if not invited:
        return
    heading("Taux de réponse")
    reading_sentence(
        f"{french.counted(answered, 'lien a servi', 'liens ont servi')} sur"
        f" {french.number(invited)} invitations : {french.percent(100 * answered / invited, 0)}."
    )
    rows = [
        (
            unit.name,
            *map(french.number, rates[unit.id]),
            french.percent(100 * rates[unit.id][0] / rates[unit.id][1], 0),
        )
        for unit in sorted(scope.tree.units, key=lambda unit: unit.position)
        if unit.id in rates
    ]
    if rows:
        table(
            ("Direction", "Ont répondu", "Invités", "Taux"),
            rows,
            "Taux de réponse par direction",
            frozenset({1, 2, 3}),
        )
    paragraph(
        "Une direction paraît quand cinq personnes au moins y ont répondu et cinq au moins pas"
        " encore ; qui l'a fait n'est écrit nulle part."
    )
