"""Mon espace: the reader's dates, ideas and their outcome, drafts, followed and supported
records, and requests.
"""

from datetime import date

import segno
import streamlit as st

from dashboard import cached, french
from dashboard.actions.ideas.entries import drop_draft
from dashboard.actions.notices import addresses
from dashboard.actions.notices.records import choose_rhythm
from dashboard.actions.notices.sending import can_send_mails
from dashboard.actions.people import second_factor
from dashboard.cached.ideas import my_ideas
from dashboard.queries.ideas.card import drafts
from dashboard.queries.notices.records import address_of, address_to_confirm, rhythm_of
from dashboard.queries.people.accounts import SecondFactor, own_second_factor
from dashboard.scope import Scope
from dashboard.screens.meetings.agenda import dates_list
from dashboard.screens.people.accounts import own_password_box
from dashboard.ui.address import page_header
from dashboard.ui.components import (
    TodoItem,
    draw,
    empty_nothing_yet,
    escape_md,
    heading,
    section,
    stacked,
    todo_list,
)
from dashboard.ui.forms import Form, FormState, form_state
from dashboard.ui.jobs import quiet_sentence
from dashboard.ui.tables import idea_list
from dashboard.visit.navigation import address
from models.database import fetch, reading
from models.notices import Rhythm
from models.people import ADDRESS_MAX

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
    section(
        "Courriels",
        "Pour savoir ce qui arrive à vos idées, à celles que vous relayez ou suivez, et quand on"
        " attend une réponse de vous.",
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
            addresses.give_up_address,
            done="L'adresse n'est pas changée.",
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
            "C-Possible n'envoie pas encore de courriels : l'adresse servira quand il en enverra."
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
                    _set_address,
                    "",
                    field="remove",
                    primary=False,
                    icon=":material/delete:",
                )


def _set_address(session, reader, address: str) -> str:
    if not addresses.choose_address(session, reader, address):
        return "Un message part à cette adresse : ouvrez le lien qu'il contient pour la confirmer."
    if not address.strip():
        return "Votre adresse est retirée : aucun courriel ne vous sera plus écrit."
    return f"Votre adresse est enregistrée : {address.strip().lower()}."


_SETUP = "second_factor"
_CODES = "second_factor_codes"


def second_factor_box(scope: Scope) -> None:
    """The box of the second factor; draws nothing if the reader has none and is offered none."""
    own_factor = fetch(own_second_factor, scope.reader)
    if own_factor is None or not (own_factor.is_set or own_factor.is_offered):
        return
    section(
        "Second facteur",
        "Après votre mot de passe, un code que votre téléphone affiche : un mot de passe volé"
        " n'ouvre rien à lui seul.",
    )
    with st.container(border=True, key="cp_second_factor"):
        if own_factor.is_set:
            _set_up(own_factor)
        else:
            _to_set_up(own_factor)


def _set_up(own_factor: SecondFactor) -> None:
    codes = form_state(_CODES)
    if codes.get("codes"):
        draw("signing_in/recovery_codes.html", codes=codes["codes"])
        Form(_CODES + "_noted").button(
            "J'ai noté ces codes",
            lambda _session, _reader: codes.clear() or "Vos codes de secours ne s'affichent plus.",
            icon=":material/check:",
        )
        return
    left = french.counted(own_factor.codes_left, "code de secours", "codes de secours")
    quiet_sentence(f"Votre compte a un second facteur. Il vous reste {left}.")
    quiet_sentence(
        "Téléphone perdu ou changé : un autre administrateur retire ce second facteur, puis vous en"
        " mettez un nouveau en place."
    )


def _to_set_up(own_factor: SecondFactor) -> None:
    memory = form_state(_SETUP + "_secret")
    shown = form_state(_CODES)
    if own_factor.is_required:
        quiet_sentence(
            "Vos droits d'administrateur s'ouvriront dès que le second facteur sera en place."
        )
    if "secret" not in memory:
        st.button(
            "Mettre en place un second facteur",
            key="w_second_factor_begin",
            icon=":material/phonelink_lock:",
            on_click=_begin,
            args=(memory,),
        )
        return
    form = Form(_SETUP)
    address = second_factor.address_of(memory["secret"], own_factor.login)
    draw(
        "signing_in/second_factor.html",
        picture=segno.make(address, error="m", micro=False).svg_data_uri(
            scale=5, border=4, dark="#000", light="#fff"
        ),
        secret=memory["secret"],
    )
    with st.container(width=320, key="cp_second_factor_code"):
        form.field(
            "code",
            st.text_input,
            "Code à six chiffres",
            autocomplete="one-time-code",
            max_chars=10,
        )
        form.send(
            "Confirmer",
            lambda session, reader: _confirm(session, reader, memory, shown, form.text("code")),
            icon=":material/check:",
        )


def _begin(memory: FormState) -> None:
    memory.setdefault("secret", second_factor.new_secret())


def _confirm(session, reader, memory: FormState, shown: FormState, code: str) -> str:
    shown["codes"] = second_factor.set_up(session, reader, memory["secret"], code)
    memory.clear()
    return (
        "Le second facteur est en place. Notez vos codes de secours : ils s'affichent cette fois."
    )


def mon_espace_view(scope: Scope) -> None:
    page_header("Mon espace")
    today = cached.today()
    dates = cached.agenda(scope.whole(), today, date(2035, 12, 31))
    dates_list(scope, [found for found in dates if found.mine], "Mes rendez-vous")
    _drafts(scope)
    with stacked():
        _my_lists(scope)
        subjects = cached.subjects_followed(scope)
        if subjects:
            items = [
                TodoItem(
                    french.sentence_case(
                        at.words if at.title in at.words else f"{at.words} — {at.title}"
                    ),
                    address(at.page, scope, **at.params),
                )
                for at in subjects
            ]
            todo_list(items, "Vous suivez aussi", "")
    rhythm_box(scope)
    second_factor_box(scope)
    own_password_box(scope)


def _my_lists(scope: Scope) -> None:
    mine = my_ideas(scope, 50)
    if not mine:
        heading("Mes idées")
        empty_nothing_yet(
            "Vous n'avez encore rien déposé en votre nom.",
            ("Déposer une idée", address("deposer", scope)),
        )
    lists = (
        ("Mes idées", mine),
        ("Idées suivies", cached.followed(scope)),
        ("Idées soutenues", cached.supported(scope)),
    )
    for title, rows in lists:
        if rows:
            heading(title)
            idea_list(rows, scope)


def _drafts(scope: Scope) -> None:
    begun = fetch(drafts, scope.reader)
    if not begun:
        return
    heading("Mes brouillons")
    for draft, title in begun:
        form = Form(f"draft_{draft.form}")
        with st.container(
            horizontal=True, vertical_alignment="center", key=f"cp_draft_{draft.form}"
        ):
            st.text(f"{title} ({french.day(draft.on)})")
            page, _, key = draft.form.partition("-")
            target = {
                "deposer": "deposer",
                "ambition": "ambitions",
                "formation": "academie",
                "reunion": "agenda",
                "groupe": "groupes",
            }.get(page)
            if target:
                codes = {
                    "ambition": {str(a.id): a.code for a in cached.ambitions()},
                    "groupe": {str(g.id): g.code for g in cached.groups(cached.today())},
                    "reunion": {key: key},
                }.get(page, {})
                query = scope.params() | ({page: codes[key]} if key in codes else {})
                st.page_link(
                    st.session_state["_cp_pages"][target],
                    label="Reprendre",
                    icon=":material/edit:",
                    query_params=query,
                )
            form.button(
                "Effacer",
                lambda session, reader, draft=draft: (
                    drop_draft(session, reader, draft.form) or "Le brouillon est effacé."
                ),
                primary=False,
                icon=":material/delete:",
            )
