"""The sign-in form: password, second factor, forgotten password, single sign-on."""

from collections.abc import Sequence
from time import monotonic, sleep
from urllib.parse import urlencode, urlsplit

import streamlit as st

from dashboard.actions.notices.addresses import ask_for_key
from dashboard.actions.people import second_factor
from dashboard.rendering import render
from dashboard.visit.authenticator import WAITING, complete_sign_in, sign_in
from dashboard.visit.signin import (
    AFRESH,
    connection,
    current_address,
    device_cookie,
    open_login,
    served_by_us,
    text_of,
)
from models.clock import is_demonstration, now
from models.database import engine, fetch, reading
from models.sign_on import configured
from models.texts import Refused

PROBLEM = "_cp_sign_in_problem"  # the sentence about the last try
ASKED = "_cp_key_asked"  # the sentence after « Mot de passe oublié »

W_LOGIN = "w_sign_in_login"
W_PASSWORD = "w_sign_in_password"
W_REMEMBER = "w_sign_in_remember"
W_CODE = "w_sign_in_code"
W_FORGOTTEN = "w_forgotten_login"

ASKING_SECONDS = (
    0.5  # longer than the work takes: response time must not reveal whether the account exists
)
FORGOTTEN = (
    "Si ce compte existe et qu'une adresse de courriel y est connue, un lien part dans les minutes"
    " qui suivent ; il est bon 30 minutes. Sans adresse, demandez un feuillet à la personne qui"
    " gère les comptes."
)


def sign_in_form(
    heading: str, accounts: Sequence[tuple[str, str, str]] = (), password: str = "", level: int = 1
) -> None:
    """The sign-in on the current page, which keeps its address; `accounts` (login, role, a
    sentence) are shown on a demonstration database only.
    """
    write_heading = st.title if level == 1 else st.header
    write_heading(heading, anchor=False)
    if WAITING in st.session_state:
        return _code_form()
    # A form: on Tab Streamlit's password field moves the focus to its own eye button and keeps the
    # value, so that a button outside a form would get an empty field.
    with st.form("w_sign_in", width=440):
        st.text_input("Identifiant", key=W_LOGIN, autocomplete="username", max_chars=100)
        st.text_input(
            "Mot de passe",
            key=W_PASSWORD,
            type="password",
            autocomplete="current-password",
            max_chars=200,
        )
        st.checkbox("Rester connecté 30 jours sur cet appareil", key=W_REMEMBER)
        if problem := st.session_state.get(PROBLEM):
            st.error(problem)
        st.form_submit_button("Se connecter", type="primary", on_click=_submit)
    _forgotten()
    _single_sign_on()
    if accounts and _demonstrates():
        _demonstration(accounts, password)


def _code_form() -> None:
    """The second step, for an account with a second factor."""
    with st.form("w_code", width=440):
        st.text_input(
            "Code à six chiffres, ou code de secours",
            key=W_CODE,
            autocomplete="one-time-code",
            max_chars=20,
            help="Votre application de codes (sur votre téléphone) l'affiche pendant 30 secondes.",
        )
        if problem := st.session_state.get(PROBLEM):
            st.error(problem)
        st.form_submit_button("Continuer", type="primary", on_click=_submit_code)
    st.button("Revenir au mot de passe", key="w_code_back", on_click=_give_up_code)


def _submit_code() -> None:
    state = st.session_state
    pending = state.get(WAITING)
    code = state[W_CODE]
    state[W_CODE] = ""
    if pending is None or _is_signed_in():  # the second click of a double click
        return
    # A correct password counts on its own connection only: another browser on this session would
    # need only the code.
    if pending.until <= now() or pending.connection != connection():
        _give_up_code()
        state[PROBLEM] = "Trop de temps a passé : recommencez par votre mot de passe."
        return
    try:
        good = second_factor.check_code(
            engine(), pending.account, code, current_address(), device=device_cookie()
        )
        if good:
            complete_sign_in(pending.account, pending.remember)
            state.pop(WAITING, None)
        state[PROBLEM] = None if good else "Ce code n'est pas le bon, ou il a déjà servi."
    except Refused as refused:
        state[PROBLEM] = str(refused)
    _draw_the_whole_page()


def _draw_the_whole_page() -> None:
    """Reruns the whole page after a sign-in: a sign-in form in a fragment would rerun alone."""
    if st.session_state.get(AFRESH):
        st.rerun()


def _give_up_code() -> None:
    st.session_state.pop(WAITING, None)
    st.session_state[PROBLEM] = None


def _single_sign_on() -> None:
    """The link to the issuer, if the settings have one; it leads back to this page."""
    rules = configured()
    if not (rules and served_by_us()):
        return
    # A path of ours, not a whole address: it will be used in a redirect.
    path = urlsplit(text_of(st.context.url) or "").path or "/"
    current = f"{path}?{urlencode(st.query_params.to_dict())}" if st.query_params else path
    sign_on_address = f"/connexion/commune?{urlencode({'suite': current})}"
    st.html(render("frame/sign_on.html", there=sign_on_address), width=440)


def _forgotten() -> None:
    """« Mot de passe oublié »: the same sentence for every login, after the same time."""
    with st.expander("Mot de passe oublié", key="w_forgotten", width=440):
        st.text_input(
            "Compte concerné",
            key=W_FORGOTTEN,
            placeholder="votre identifiant",
            autocomplete="username",
            max_chars=100,
        )
        st.button("Recevoir un lien", key="w_forgotten_ask", on_click=_ask_for_key)
        if message := st.session_state.pop(ASKED, None):
            st.info(message, icon=":material/mail:")


def _ask_for_key() -> None:
    began = monotonic()
    login = st.session_state.get(W_FORGOTTEN) or ""
    try:
        message = FORGOTTEN if login.strip() else "Saisissez votre identifiant."
        if login.strip():
            ask_for_key(engine(), login, current_address())
    except Refused as refused:
        message = str(refused)
    # Response time must not reveal whether an account was found.
    sleep(max(0.0, began + ASKING_SECONDS - monotonic()))
    st.session_state[ASKED] = message


def _demonstrates() -> bool:
    return fetch(is_demonstration)


def _demonstration(accounts: Sequence[tuple[str, str, str]], password: str) -> None:
    with st.container(key="cp_demo_accounts", width=440):
        st.header("Comptes de démonstration", anchor=False)
        st.caption("Cette base est fictive. Choisissez par quels yeux la regarder.")
        for login, role, sentence in accounts:
            st.button(
                f"{login} · {role}",
                key=f"w_demo_{login}",
                width="stretch",
                on_click=_try_sign_in,
                args=(login, password, False),
            )
            st.caption(sentence)


def _submit() -> None:
    state = st.session_state
    _try_sign_in(state[W_LOGIN], state[W_PASSWORD], state[W_REMEMBER])
    # The password is removed from the session state, whatever the result.
    state[W_PASSWORD] = ""
    _draw_the_whole_page()


def _try_sign_in(login: str, password: str, remember: bool) -> None:
    """One try, in a callback: the next run already knows the reader, and the page does not
    flicker.
    """
    if not (login.strip() and password.strip()):
        st.session_state[PROBLEM] = "Saisissez votre identifiant et votre mot de passe."
        return
    if _is_signed_in():  # the second click of a double click
        return
    try:
        is_correct = sign_in(login, password, remember)
        st.session_state[PROBLEM] = None if is_correct else "Identifiant ou mot de passe incorrect."
    except Refused as refused:
        st.session_state[PROBLEM] = str(refused)


def _is_signed_in() -> bool:
    with reading() as session:
        return open_login(session) is not None
