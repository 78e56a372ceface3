"""Blocks of notices (avis): the rhythm of a reader's mails, and the news of one person."""

from collections.abc import Sequence
from datetime import date

import streamlit as st
from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader
from dashboard.actions.notices import addresses
from dashboard.actions.notices.records import choose_rhythm
from dashboard.actions.notices.sending import can_send_mails
from dashboard.queries.notices.by_voice import NewsToNotify, PersonToNotify
from dashboard.queries.notices.recipients import address_of, address_to_confirm, rhythm_of
from dashboard.scope import Scope
from dashboard.ui.components import draw, escape_md
from dashboard.ui.forms import Form
from dashboard.ui.jobs import heading, quiet_sentence
from models.database import reading
from models.notices import Rhythm
from models.people import ADDRESS_MAX

SHOWN = 2
WAITS_THERE = "Un message l'attend : il se lit dans son espace, ou auprès de l'équipe du programme."
CAPTIONS = {
    Rhythm.at_once: "Un seul courriel pour tout ce qui vous attend, dans les minutes qui suivent.",
    Rhythm.weekly: (
        "Un seul courriel pour la semaine. Seul ce qui ne peut pas attendre part tout de suite :"
        " une place offerte, une fusion proposée, une réponse à préparer."
    ),
    Rhythm.never: (
        "Rien ne part, même ce qui ne peut pas attendre, et personne n'est chargé de vous le dire :"
        " c'est à vous de regarder dans C-Possible."
    ),
}


def rhythm_box(scope: Scope) -> None:
    """« Courriels »: how often mails are sent, and what each choice means."""
    if not scope.reader.is_known:
        return
    with reading() as session:
        address = address_of(session, scope.reader)
        to_confirm, until = address_to_confirm(session, scope.reader.person_id)
        rhythm = rhythm_of(session, scope.reader.person_id)
        closed = not can_send_mails(session)
    heading(
        "Courriels",
        "Ce qui arrive à vos idées, à celles que vous relayez ou suivez, et les réponses que l'on"
        " attend de vous.",
    )
    form = Form("rhythm")
    with st.container(border=True, key="cp_rhythm"):
        if to_confirm:
            _confirmation(to_confirm, until)
        _address(address, closed)
        st.radio(
            "À quel rythme ?",
            list(Rhythm),
            format_func=lambda rhythm: rhythm.label,
            key=form.default("rhythm", rhythm),
            captions=[escape_md(french.typo(CAPTIONS[rhythm])) for rhythm in Rhythm],
        )
        form.send(
            "Enregistrer",
            lambda session, reader: choose_rhythm(session, reader, form.value("rhythm")),
            icon=":material/check:",
            done="Le rythme de vos courriels est enregistré.",
        )


def _confirmation(to_confirm: str, until: date) -> None:
    """The address pending confirmation, with the button for a reader who opened the link of its
    mail.
    """
    # The link of the mail only opens this page: a GET request changes nothing.
    token = st.query_params.get("adresse", "")
    form = Form("confirm_address")
    with st.container(border=True, key="cp_confirm_address"):
        if token:
            quiet_sentence(f"Vos courriels viendront à {to_confirm}.")
            form.button(
                "Confirmer cette adresse",
                lambda session, reader: (
                    "Votre adresse est confirmée :"
                    f" {addresses.confirm_address(session, reader, token)}."
                ),
                icon=":material/mark_email_read:",
            )
        else:
            quiet_sentence(
                f"Un message part à {to_confirm} : ouvrez le lien qu'il contient, avant le"
                f" {french.day_long(until)}. Jusque-là rien ne change."
            )
        form.send(
            "Y renoncer",
            lambda session, reader: (
                addresses.give_up_address(session, reader) or "L'adresse n'est pas changée."
            ),
            field="give_up",
            primary=False,
        )


def _address(address: str, closed: bool) -> None:
    """The reader's address, to be set, changed or removed; says so when no mail can be sent."""
    form = Form("address")
    if address:
        quiet_sentence(f"Votre adresse : {address}.")
    else:
        quiet_sentence(
            "Aucune adresse de courriel n'est connue pour vous : un ambassadeur ou votre"
            " responsable vous préviendra de vive voix."
        )
    if closed:
        quiet_sentence(
            "Personne n'envoie de courriels d'ici pour le moment : l'adresse servira le jour où ils"
            " partiront."
        )
    with st.container(width=480, key="cp_address"):
        form.field(
            "address",
            st.text_input,
            "Adresse de courriel professionnelle",
            default=address,
            max_chars=ADDRESS_MAX,
            autocomplete="email",
            placeholder="prenom.nom@commune.be",
            help="Votre choix passe avant le fichier du personnel. La nouvelle adresse est"
            " confirmée par un message ; l'ancienne en est avertie.",
        )
        with form.row(key="cp_address_acts"):
            form.button(
                "Enregistrer l'adresse",
                lambda session, reader: _set_address(session, reader, form.text("address")),
                primary=False,
                icon=":material/alternate_email:",
            )
            if address:
                form.button(
                    "Retirer mon adresse",
                    lambda session, reader: _set_address(session, reader, ""),
                    field="remove",
                    primary=False,
                    icon=":material/delete:",
                )


def _set_address(session: Session, reader: Reader, address: str) -> str:
    if not addresses.choose_address(session, reader, address):
        return "Un message part à cette adresse : ouvrez le lien qu'il contient pour la confirmer."
    if not address.strip():
        return "Votre adresse est retirée : aucun courriel ne vous sera plus écrit."
    return f"Votre adresse est enregistrée : {address.strip().lower()}."


def person_card(person: PersonToNotify, news: Sequence[NewsToNotify]) -> None:
    """A person and her news; a long list is folded after its first lines."""
    parts = dict.fromkeys((person.direction, person.service, person.why))
    place = " · ".join(part for part in parts if part)
    shown = news[:SHOWN]
    rest = news[SHOWN:]
    draw(
        "notices/person_card.html",
        name=person.name,
        place=place,
        shown=shown,
        rest=rest,
        waits_there=WAITS_THERE,
        rest_in_words=french.counted(len(rest), "autre nouvelle", "autres nouvelles"),
    )
