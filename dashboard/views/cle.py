"""Choisir mon mot de passe: the page of the link of an invitation or a forgotten password."""

import streamlit as st

from dashboard.actions.people import links
from dashboard.queries.people.readers import account_by_login
from dashboard.scope import Scope
from dashboard.screens.people.accounts import new_password_fields
from dashboard.ui.address import page_header
from dashboard.ui.components import link_buttons, paragraph
from dashboard.ui.forms import Form, has_act_message
from dashboard.ui.jobs import quiet_sentence
from dashboard.visit import signin
from models.database import fetch
from models.people import Account
from models.texts import Refused

_LINK = "_cp_link"  # the token of the link: removed from the address once read
_CODE = "w_sheet_code"
_CHOSEN = "Votre mot de passe est choisi."


def cle_view(_scope: Scope) -> None:
    is_known = signin.current_reader().is_known
    if is_known and has_act_message():
        st.session_state.pop(_LINK, None)  # it was just used
    page_header("Choisir mon mot de passe")
    if token := st.query_params.get(links.TOKEN):
        st.session_state[_LINK] = token
        # Otherwise it would stay in the browser's history and leak with the referrer of links.
        del st.query_params[links.TOKEN]
    token = st.session_state.get(_LINK, "")
    account = _opened(token) if token else None
    if account is not None:
        return _choose_form(account, token)
    if is_known and not token:
        return link_buttons(
            [("Mon espace", "/mon-espace", "account_circle"), ("Accueil", "/", "home")]
        )
    _nothing_opens(bool(token))


def _opened(token: str) -> Account | None:
    try:
        return fetch(links.account_of_link, token)
    except Refused:
        return None


def _choose_form(account: Account, token: str) -> None:
    """The form of the new password, typed twice, for the holder of a link; shows her login name,
    which she needs too.
    """
    form = Form("choose_password")
    quiet_sentence(f"Votre identifiant : {account.login}")
    # Sent as a form: Streamlit's password field does not send its value on Tab.
    with st.form(form.key("form"), width=440):
        new_password_fields(form)
        form.submit(
            "Choisir ce mot de passe",
            lambda session, reader: _choose(session, form, token),
            icon=":material/check:",
        )
        form.error("form")


def _choose(session, form: Form, token: str) -> str:
    password = form.text("password")
    again = form.text("again")
    login = links.choose_password(session, token, password, again)
    account = account_by_login(session, login)
    # A second factor is asked for at sign-in; a reader signed in as somebody else stays signed in.
    if account.second_factor or signin.open_login(session):
        return f"{_CHOSEN} Connectez-vous avec l'identifiant « {login} »."
    signin.open_here(session, account)
    return f"{_CHOSEN} Vous êtes dans votre compte."


def _nothing_opens(was_asked: bool) -> None:
    """A used, expired, unknown or missing link: one sentence, and what to do; the code of a
    sheet may be typed.
    """
    if was_asked:
        paragraph(links.NO_LONGER_GOOD)
    with st.container(width=440, key="cp_code_of_sheet"):
        st.text_input(
            "Code du feuillet",
            key=_CODE,
            placeholder="XXXXXXXX-XXXXXXXX-XXXXXXXX-XXXXXXXX",
            max_chars=60,
            autocomplete="off",
        )
        st.button(
            "Ouvrir",
            type="primary",
            key="w_sheet_open",
            icon=":material/key:",
            on_click=_open_code,
        )
    paragraph(
        "Demandez un autre lien par « Mot de passe oublié » à la connexion, ou auprès de la"
        " personne qui gère les comptes."
    )
    link_buttons(
        [
            ("Se connecter", "/mon-espace", "login"),
            ("Déposer une idée sans compte", "/deposer", "edit_square"),
        ]
    )


def _open_code() -> None:
    st.session_state[_LINK] = (st.session_state.get(_CODE) or "").strip()
