"""Blocks of passwords (clés): choosing one by a link, changing one's own, requesting a link."""

from collections.abc import Callable

import streamlit as st
from sqlmodel import Session

from dashboard.access import Reader
from dashboard.actions.people import links
from dashboard.queries.people.readers import account_by_login
from dashboard.scope import Scope
from dashboard.ui.components import link_buttons, paragraph
from dashboard.ui.forms import Form
from dashboard.ui.jobs import heading, quiet_sentence
from dashboard.ui.unfolding import unfolding
from dashboard.visit import signin
from dashboard.visit.authenticator import open_here
from models.database import engine
from models.people import Account

_HINT = "Au moins 12 caractères : une phrase courte convient très bien."
_LONGEST = 200
_CODE = "w_sheet_code"
_CHOSEN = "Votre mot de passe est choisi."
_WAYS = [
    ("Se connecter", "/mon-espace", "login"),
    ("Déposer une idée sans compte", "/deposer", "edit_square"),
]


# ── By a link ───────────────────────────────────────────────────────────────────────────────────


def choose_password_box(account: Account, token: str) -> None:
    """The form of the new password, typed twice, for the holder of a link; shows her login name,
    which she needs too.
    """
    form = Form("choose_password")
    quiet_sentence(f"Votre identifiant : {account.login}")
    # Sent as a form: Streamlit's password field does not send its value on Tab.
    with st.form(form.key("form"), width=440):
        _new_password(form)
        form.submit(
            "Choisir ce mot de passe",
            lambda session, reader: _choose(session, form, token),
            icon=":material/check:",
        )
        form.error("form")


def _new_password(form: Form) -> None:
    for field, label, hint in (
        ("password", "Nouveau mot de passe", _HINT),
        ("again", "Le même, encore une fois", None),
    ):
        st.text_input(
            label,
            key=form.key(field),
            type="password",
            autocomplete="new-password",
            max_chars=_LONGEST,
            help=hint,
        )
        form.error(field)


def _choose(session: Session, form: Form, token: str) -> str:
    password = form.text("password")
    again = form.text("again")
    login = links.choose_password(session, token, password, again)
    account = account_by_login(session, login)
    # A second factor is asked for at sign-in; a reader signed in as somebody else stays signed in.
    if account.second_factor or signin.open_login(session):
        return f"{_CHOSEN} Connectez-vous avec l'identifiant « {login} »."
    open_here(session, account)
    return f"{_CHOSEN} Vous êtes dans votre compte."


def signed_in_box() -> None:
    """The next step once a password is chosen."""
    link_buttons([("Mon espace", "/mon-espace", "account_circle"), ("Accueil", "/", "home")])


def nothing_opens(was_asked: bool, on_code: Callable[[str], None]) -> None:
    """A used, expired, unknown or missing link: one sentence, and what to do; the code of a
    sheet may be typed, and is passed to `on_code`.
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
            on_click=lambda: on_code((st.session_state.get(_CODE) or "").strip()),
        )
    paragraph(
        "Demandez un autre lien par « Mot de passe oublié » à la connexion, ou auprès de la"
        " personne qui gère les comptes."
    )
    link_buttons(_WAYS)


# ── One's own ───────────────────────────────────────────────────────────────────────────────────


def own_password_box(scope: Scope) -> None:
    """« Changer mon mot de passe »: asks for the current one, and ends the other sign-ins."""
    if not scope.reader.is_known:
        return
    heading(
        "Mot de passe",
        "Vos connexions sur d'autres appareils prennent fin ; celle-ci continue.",
    )
    unfolding(
        "Changer mon mot de passe",
        _own_password_form,
        key="w_own_password",
        icon=":material/password:",
    )


def _own_password_form() -> None:
    form = Form("own_password")
    with st.form(form.key("form"), width=440, border=False):
        form.field(
            "present",
            st.text_input,
            "Mot de passe actuel",
            type="password",
            autocomplete="current-password",
            max_chars=_LONGEST,
        )
        _new_password(form)
        form.submit(
            "Changer le mot de passe",
            lambda session, reader: _change(reader, form),
            icon=":material/check:",
        )
        form.error("form")


def _change(reader: Reader, form: Form) -> str:
    links.change_password(
        engine(),
        reader.login,
        form.text("present"),
        form.text("password"),
        form.text("again"),
        signin.tab_login() or "",
        signin.current_address(),
        signin.device_cookie(),
    )
    return "Votre mot de passe est changé. Vos autres connexions sont fermées."
