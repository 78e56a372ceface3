"""The reader (qui lit), read again from the login row at each run.

A tab that has just signed in stores its login in the session state, because cookies are those of
the websocket handshake. It is trusted only on the connection where it was opened, so that another
browser that attaches to the session, with other cookies or none, gets no rights and an empty state.

Keys of the session state (a test may seed an identity: a Login row, and its token's hash under
TAB_LOGIN):
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event
from time import monotonic, sleep
from urllib.parse import urlencode, urlsplit

import streamlit as st
from sqlalchemy import Connection, Row
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from dashboard import cached
from dashboard.access import NOBODY, Reader
from dashboard.actions.notices.addresses import ask_for_key
from dashboard.actions.people import logins, second_factor
from dashboard.cached import memory
from dashboard.rendering import render
from models.clock import is_demonstration, now
from models.database import engine, fetch, reading, writing
from models.people import Account
from models.settings import settings
from models.sign_on import configured
from models.texts import Refused

TAB_LOGIN = "_cp_login"  # SHA-256 of the token of this tab's login
AFRESH = "_cp_afresh"  # reload the page once the cookie is set
OWNER = "_cp_owner"  # account id of the owner of this tab's state
CONNECTION = "_cp_connection"  # the websocket on which TAB_LOGIN was opened
TICKET = "_cp_ticket"  # the cookie is still to be fetched
ASKED_FOR = "connexion"  # in the address of a visitor sent from a light page to sign in
CLOSING = "_cp_closing"  # the cookie is still to be removed; the address to go to then, or empty

# Set once by asgi.py: `/session` and `/session.js` exist, so that a login can become a cookie.
# Under a bare `streamlit run` it exists in the tab only.
SERVED = Event()


def is_asked_for(reader: Reader) -> bool:
    """Whether a visitor came from a light page to sign in (`?connexion=…`); once signed in, the
    parameter is removed from the address.
    """
    if ASKED_FOR not in st.query_params:
        return False
    if reader.is_known:
        del st.query_params[ASKED_FOR]
    return not reader.is_known


def current_reader() -> Reader:
    """The current reader, determined at each run: a closed login, a closed account or a lost role
    takes effect at once.
    """
    with engine().connect() as connection:
        login = open_login(connection)
    # Her data and the day are looked up once if no page is being drawn.
    with memory.one_run():
        return reader_of(login)


def reader_of(login: Row | None) -> Reader:
    """The reader of this login; binds the tab to her."""
    if login is None:
        bind_tab(None, None)
        return NOBODY
    bind_tab(login.account_id, login.token)
    if logins.has_use_to_note(login):
        # A full disk or a busy database must not stop the page.
        with suppress(OperationalError), writing() as session:
            logins.note_use(session, login.token)
    return cached.reader_by(login.account_id, cached.today())


def open_login(session: Session | Connection) -> Row | None:
    """The first open login: the cookie's, else the one of this tab."""
    for token_hash in filter(None, (cookie_login(), tab_login())):
        if login := logins.open_row(session, token_hash):
            return login
    return None


def cookie_login() -> str | None:
    token = text_of(st.context.cookies.get(settings().cookie_name))
    return logins.hash_of(token) if token else None


def tab_login() -> str | None:
    """SHA-256 of the login token of this tab, on the connection where it was opened."""
    is_same_connection = st.session_state.get(CONNECTION) == connection()
    return st.session_state.get(TAB_LOGIN) if is_same_connection else None


def whose(reader: Reader) -> str:
    """The mark under which the browser stores drafts of this sign-in; empty without one."""
    token_hash = st.session_state.get(TAB_LOGIN) if reader.is_known else None
    return logins.sign_in_mark(token_hash) if token_hash else ""


def connection() -> str | None:
    """Identifies this websocket: a random header of its handshake, which no other client can repeat
    or guess.
    """
    return text_of(st.context.headers.get("Sec-WebSocket-Key"))


def current_address() -> str | None:
    """The client address of this connection; None: this machine."""
    return text_of(st.context.ip_address)


def device_cookie() -> str:
    """The cookie with the accounts that have signed in on this browser."""
    return text_of(st.context.cookies.get(settings().device_cookie)) or ""


def text_of(value: object) -> str | None:
    """The text, or None: under AppTest browser values are mocks."""
    return value if isinstance(value, str) else None


def bind_tab(account_id: int | None, token_hash: str | None) -> None:
    """Binds the tab to its reader and clears the state of another reader.

    After a sign-out the state stays, since the same reader may sign in again over a half-written
    idea.
    """
    state = st.session_state
    # The connection distinguishes a reader whose login has ended from a client that attached to her
    # session by its id: Streamlit gives both the whole state.
    stranger = account_id is None and state.get(CONNECTION) != connection()
    another = account_id is not None and account_id != state.get(OWNER)
    if OWNER in state and (stranger or another):
        state.clear()
        # The browser still shows what the previous reader typed.
        state[AFRESH] = another
    if account_id is not None:
        for key, value in (
            (OWNER, account_id),
            (TAB_LOGIN, token_hash),
            (CONNECTION, connection()),
        ):
            if state.get(key) != value:
                state[key] = value


def sync_cookie() -> None:
    """Lets the browser fetch or remove its cookie after signing in or out; called by the frame in
    every run.

    It takes one place on the page in every run, so that the following elements keep theirs.
    """
    place = st.empty()
    state = st.session_state
    if state.get(TICKET):
        if fetch(logins.is_waiting, state[TICKET]):
            afresh = state.get(AFRESH, False)
            script = render("frame/fetch_cookie.html", ticket=state[TICKET], afresh=afresh)
            # The script posts the ticket to `/session`: only an answer to a request of the browser
            # can set an HttpOnly cookie, and a rerun uses the websocket.
            place.html(script, unsafe_allow_javascript=True)
        else:
            del state[TICKET]
    elif CLOSING in state:
        drop = render("frame/drop_cookie.html", then=state[CLOSING])
        place.html(drop, unsafe_allow_javascript=True)


CODE_PATIENCE = timedelta(minutes=5)
# An account whose password was correct, until the code of the second factor.
WAITING = "_cp_waiting_for_code"


@dataclass(frozen=True)
class AwaitedSecondFactor:
    """An account whose password was correct and whose second factor is pending, on this
    connection.
    """

    account: Account = field(repr=False)  # with the hash of its password
    remember: bool
    connection: str | None
    until: datetime


def sign_in(login: str, password: str, remember: bool = False) -> bool:
    """Whether the password is correct; an account with a second factor must enter its code next.
    Raises Refused if the try is not allowed.
    """
    # Imported here: the library reads Streamlit's settings, which st.App must find first.
    from dashboard.visit.authenticator import account_with

    account = account_with(login, password)
    if account is None:
        return False
    # No login is opened before the code: a login row alone would already give access.
    if account.second_factor:
        st.session_state[WAITING] = AwaitedSecondFactor(
            account, remember, connection(), now() + CODE_PATIENCE
        )
    else:
        complete_sign_in(account, remember)
    return True


def complete_sign_in(account: Account, remember: bool) -> None:
    """Opens the login of an account whose password and code were correct. Raises Refused if the
    account has changed since.
    """
    with writing() as session:
        open_here(session, account, remember)


def sign_out() -> None:
    """Se déconnecter: ends the logins of this tab and of its cookie on the server, for all tabs;
    the browser then removes the cookie. A callback: a fragment that runs at the same moment may
    interrupt a run, but not the callbacks before it.
    """
    with writing() as session:
        login = open_login(session)
        # Both: after a sign-in over an older cookie they may be two logins.
        for token_hash in filter(None, (cookie_login(), tab_login())):
            logins.close_login(session, token_hash)
    st.session_state.clear()
    if SERVED.is_set():
        # To the issuer of this login, to end its session too.
        token = login.sign_on_token if login else None
        out = f"/connexion/fin?{urlencode({'jeton': token})}" if token else ""
        st.session_state[CLOSING] = out
    # Pressed straight from a field of a fragment, only that fragment would rerun.
    st.rerun()


def open_here(session: Session, account: Account, remember: bool = False) -> None:
    """Opens a login of the account for this tab, and issues a ticket with which the browser gets
    the cookie. Raises Refused if the account has changed since it was checked.
    """
    ticket = logins.make_ticket(session, remember) if SERVED.is_set() else ""
    token = logins.open_login(session, account, remember, ticket=ticket)
    # The cookie is seen from the next connection on: until then the tab holds the login.
    bind_tab(account.id, logins.hash_of(token))
    st.session_state.pop(CLOSING, None)
    if ticket:
        st.session_state[TICKET] = ticket


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
    _single_sign_on()
    if accounts and fetch(is_demonstration):
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
    if not (rules and SERVED.is_set()):
        return
    # A path of ours, not a whole address: it will be used in a redirect.
    path = urlsplit(text_of(st.context.url) or "").path or "/"
    current = f"{path}?{urlencode(st.query_params.to_dict())}" if st.query_params else path
    sign_on_address = f"/connexion/commune?{urlencode({'suite': current})}"
    st.html(render("frame/sign_on.html", there=sign_on_address), width=440)


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
