"""Signing in (se connecter): streamlit-authenticator over the accounts table, and who reads at each
run.

The library's contracts are kept (credentials, model, cookie controller), its stores are ours: one
account at a time from the database, a login row behind an HttpOnly cookie, tries counted in the
database. What the library keeps in the session state is never believed: the identity is read again
from the login row at each run.

A tab that has just signed in holds its login in the session state, because cookies are those of the
websocket's handshake. That is believed on the very connection where it was opened only, so that
whoever attaches to somebody else's session, with other cookies or with none, gets nobody's rights
and an empty state.

Keys of the session state (a test may seed an identity: a Login row, and its token's hash under
TAB_LOGIN):
"""

from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import NoReturn
from urllib.parse import urlencode, urlsplit

import streamlit as st
import streamlit_authenticator as stauth
from sqlalchemy.exc import OperationalError
from sqlmodel import Session
from streamlit_authenticator.controllers import AuthenticationController
from streamlit_authenticator.models import AuthenticationModel
from streamlit_authenticator.utilities import Encryptor

from dashboard import cached
from dashboard.access import NOBODY, Reader
from dashboard.actions.notices.keys import ask_for_key
from dashboard.actions.people import logins, second_factor
from dashboard.queries.people.accounts import is_demonstration
from dashboard.queries.people.readers import account_by_login
from dashboard.rendering import render
from models.clock import now
from models.database import engine, reading, writing
from models.errors import Refused
from models.people import Account
from models.settings import settings
from models.short_lived import Login
from models.sign_on import configured
from models.signing import signing_key

TAB_LOGIN = "_cp_login"  # SHA-256 of the token of this tab's login
OWNER = "_cp_owner"  # account id of whom the state of this tab belongs to
CONNECTION = "_cp_connection"  # the websocket on which TAB_LOGIN was opened
TICKET = "_cp_ticket"  # the cookie has still to be fetched
CLOSING = "_cp_closing"  # the cookie has still to be removed; where one goes then, or nowhere
PROBLEM = "_cp_sign_in_problem"  # the sentence about the last try

WAITING = "_cp_waiting_for_code"  # whose password was good, until the code of the second factor

W_CODE = "w_sign_in_code"
ASKED = "_cp_key_asked"  # what was said to whoever has forgotten her password
W_FORGOTTEN = "w_forgotten_login"
ASKING_SECONDS = 0.5  # longer than the work takes: the time does not tell whether there was any
FORGOTTEN = (
    "Si ce compte existe et qu'une adresse de courriel y est connue, un lien part dans les minutes"
    " qui suivent ; il est bon 30 minutes. Sans adresse, demandez un feuillet à la personne qui"
    " gère les comptes."
)
W_LOGIN, W_PASSWORD, W_REMEMBER = "w_sign_in_login", "w_sign_in_password", "w_sign_in_remember"


@dataclass(frozen=True)
class Waiting:
    """One whose password was good, and whose second factor is asked for, on this connection."""

    account: Account = field(repr=False)
    remember: bool
    connection: str | None
    until: datetime


CODE_PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True)
class DemonstrationAccount:
    """A cast member whom a visitor of the demonstration may become; the texts are ours, not a
    user's.
    """

    login: str
    role: str
    sentence: str


_routes = {"served": False}


def announce_routes() -> None:
    """Said once by asgi.py: `/session` and `/session.js` are there, so that a login can become a
    cookie.
    """
    _routes["served"] = True


def served_by_us() -> bool:
    """False under a bare `streamlit run`: the login then lives in the tab alone."""
    return _routes["served"]


# ── Who reads ─────────────────────────────────────────────────────────────────────────────────────


def current_reader() -> Reader:
    """Who reads, read again at each run: a closed login, a closed account or a lost role counts
    from here on.
    """
    with reading() as session:
        login, account = _held_login(session)
    _keep_tab_for(account, login.token if login else None)
    if login and logins.has_use_to_note(login):
        _note_use(login.token)
    return cached.reader(account, cached.today()) if account else NOBODY


def _held_login(session: Session) -> tuple[Login, Account] | tuple[None, None]:
    """The first login that is open: the cookie's, else the one opened in this tab."""
    for token_hash in (_cookie_login(), tab_login()):
        found = logins.login_and_account(session, token_hash) if token_hash else None
        if found:
            return tuple(found)
    return None, None


def _cookie_login() -> str | None:
    token = _text(st.context.cookies.get(settings().cookie_name))
    return logins.hash_of(token) if token else None


def tab_login() -> str | None:
    """SHA-256 of the token of the login that this tab holds, on the connection where it was
    opened.
    """
    here = st.session_state.get(CONNECTION) == _connection()
    return st.session_state.get(TAB_LOGIN) if here else None


def held_login() -> str | None:
    """SHA-256 of the token of the login by which this page is read."""
    with reading() as session:
        login, _ = _held_login(session)
    return login.token if login else None


def address() -> str | None:
    """Where the reader's browser is, as the server sees it."""
    return _text(st.context.ip_address)


def _connection() -> str | None:
    """What names this websocket: a random header of its handshake, which nobody else can repeat
    or guess.
    """
    return _text(st.context.headers.get("Sec-WebSocket-Key"))


def current_address() -> str | None:
    """From where this connection comes; None: from this machine."""
    return _text(st.context.ip_address)


def _text(value: object) -> str | None:
    """Under AppTest what comes from the browser is a mock."""
    return value if isinstance(value, str) else None


def _keep_tab_for(account: Account | None, token_hash: str | None) -> None:
    """Binds the tab to its reader: what one typed or chose there is not for another.

    A login that has just ended leaves it, since the same reader will sign in again over a
    half-written idea.
    """
    state = st.session_state
    stranger = account is None and state.get(CONNECTION) != _connection()
    another = account is not None and account.id != state.get(OWNER)
    if OWNER in state and (stranger or another):
        state.clear()
    if account:
        state[OWNER], state[TAB_LOGIN], state[CONNECTION] = account.id, token_hash, _connection()


def _note_use(token_hash: str) -> None:
    # A full disk or a busy database may cost the note, never the page.
    with suppress(OperationalError), writing() as session:
        logins.note_use(session, token_hash)


def settle_cookie() -> None:
    """Lets the browser fetch or drop its cookie after signing in or out; called by the frame once a
    run, always.

    It always holds one place on the page, so that what follows keeps its own.
    """
    place, state = st.empty(), st.session_state
    if state.get(TICKET):
        if _is_waiting(state[TICKET]):
            fetch = render("frame/fetch_cookie.html", ticket=state[TICKET])
            place.html(fetch, unsafe_allow_javascript=True)
        else:
            del state[TICKET]
    elif CLOSING in state:
        drop = render("frame/drop_cookie.html", then=state[CLOSING])
        place.html(drop, unsafe_allow_javascript=True)


def _is_waiting(ticket: str) -> bool:
    with reading() as session:
        return logins.is_waiting(session, ticket)


# ── The screen ────────────────────────────────────────────────────────────────────────────────────


def sign_in_form(
    heading: str, accounts: Sequence[DemonstrationAccount] = (), password: str = "", level: int = 1
) -> None:
    """The sign-in, in place, so that the address is kept; `accounts` are shown on a
    demonstration database only.
    """
    (st.title if level == 1 else st.header)(heading, anchor=False)
    if WAITING in st.session_state:
        return _code_form()
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
    _sign_on_of_the_house()
    if accounts and _demonstrates():
        _demonstration(accounts, password)


def _code_form() -> None:
    """The second step, for whoever has set up a second factor."""
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
    waiting, code, state[W_CODE] = state.get(WAITING), state[W_CODE], ""
    if waiting is None or _is_signed_in():  # the second click of a double click
        return
    if waiting.until <= now() or waiting.connection != _connection():
        _give_up_code()
        state[PROBLEM] = "Trop de temps a passé : recommencez par votre mot de passe."
        return
    try:
        good = second_factor.check_code(
            engine(), waiting.account, code, _text(st.context.ip_address)
        )
        if good:
            AccountsAuthenticator(waiting.remember).let_in(waiting.account)
            state.pop(WAITING, None)
        state[PROBLEM] = None if good else "Ce code n'est pas le bon, ou il a déjà servi."
    except Refused as refused:
        state[PROBLEM] = str(refused)


def _give_up_code() -> None:
    st.session_state.pop(WAITING, None)
    st.session_state[PROBLEM] = None


def _sign_on_of_the_house() -> None:
    """The way to the issuer, where the settings name one; it leads back to where one stands."""
    rules = configured()
    if not (rules and served_by_us()):
        return
    path = urlsplit(_text(st.context.url) or "").path or "/"
    here = f"{path}?{urlencode(st.query_params.to_dict())}" if st.query_params else path
    there = f"/connexion/commune?{urlencode({'suite': here})}"
    st.html(render("frame/sign_on.html", name=rules.name, there=there), width=440)


def _forgotten() -> None:
    """« Mot de passe oublié »: whatever the name, the same is said, after the same time."""
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
    began, login = monotonic(), st.session_state.get(W_FORGOTTEN) or ""
    try:
        message = FORGOTTEN if login.strip() else "Saisissez votre identifiant."
        if login.strip():
            ask_for_key(engine(), login, address())
    except Refused as refused:
        message = str(refused)
    sleep(max(0.0, began + ASKING_SECONDS - monotonic()))
    st.session_state[ASKED] = message


def _demonstrates() -> bool:
    with reading() as session:
        return is_demonstration(session)


def _demonstration(accounts: Sequence[DemonstrationAccount], password: str) -> None:
    with st.container(key="cp_demo_accounts", width=440):
        st.header("Comptes de démonstration", anchor=False)
        st.caption("Cette base est fictive. Choisissez par quels yeux la regarder.")
        for account in accounts:
            st.button(
                f"{account.login} · {account.role}",
                key=f"w_demo_{account.login}",
                width="stretch",
                on_click=_try_sign_in,
                args=(account.login, password, False),
            )
            st.caption(account.sentence)


def _submit() -> None:
    state = st.session_state
    _try_sign_in(state[W_LOGIN], state[W_PASSWORD], state[W_REMEMBER])
    state[W_PASSWORD] = ""


def _try_sign_in(login: str, password: str, remember: bool) -> None:
    """One try, in a callback: the run that follows already knows the reader, and nothing
    flickers.
    """
    if not (login.strip() and password.strip()):
        st.session_state[PROBLEM] = "Saisissez votre identifiant et votre mot de passe."
        return
    if _is_signed_in():  # the second click of a double click
        return
    try:
        known = AccountsAuthenticator(remember).sign_in(login, password)
        st.session_state[PROBLEM] = None if known else "Identifiant ou mot de passe incorrect."
    except Refused as refused:
        st.session_state[PROBLEM] = str(refused)


def _is_signed_in() -> bool:
    with reading() as session:
        return _held_login(session)[1] is not None


def _way_out(login: Login | None) -> str:
    """Where one goes after signing out: to the issuer that opened this login, whose session ends
    too; else nowhere.
    """
    if login is None or not login.sign_on_token:
        return ""
    return f"/connexion/fin?{urlencode({'jeton': login.sign_on_token})}"


def sign_out() -> None:
    """Se déconnecter: the login ends on the server, here and in every other tab. Starts a new
    run.
    """
    AccountsAuthenticator().sign_out()
    st.rerun()  # the library counts on its cookie component for that


# ── streamlit-authenticator over our tables ───────────────────────────────────────────────────────


class AccountsAuthenticator(stauth.Authenticate):
    """The library's entry point with our credentials and our cookie. One per try: it keeps
    nothing between runs.
    """

    def __init__(self, remember: bool = False):
        # Not the library's own: it would read every account, hash it, and mount its JavaScript
        # cookie.
        key = signing_key()
        self.api_key = self.path = None
        self.attrs = {"login_sleep_time": 0}
        self.secret_key, self.encryptor = key, Encryptor(key)
        self.authentication_controller = AuthenticationController(
            {"usernames": {}}, auto_hash=False, secret_key=key
        )
        self.authentication_controller.authentication_model = model = AccountsModel(key)
        self.cookie_controller = ServerCookie(model, remember)

    def sign_in(self, login: str, password: str) -> bool:
        """Whether the password is good; who has a second factor is asked for its code first. Raises
        Refused where the try is not allowed.
        """
        if not self.authentication_controller.login(login, password):
            return False
        account, cookie = self.cookie_controller.model.checked, self.cookie_controller
        if account.second_factor:
            st.session_state[WAITING] = Waiting(
                account, cookie.remember, _connection(), now() + CODE_PATIENCE
            )
        else:
            cookie.set_cookie()
        return True

    def let_in(self, account: Account) -> None:
        """Opens the login of one whose password and code were good. Raises Refused where the
        account has changed since.
        """
        self.cookie_controller.model.checked = account
        self.cookie_controller.set_cookie()

    def sign_out(self) -> None:
        self.authentication_controller.logout()
        self.cookie_controller.delete_cookie()


class AccountsModel(AuthenticationModel):
    """The library's model over the accounts table; it remembers the account whose password it
    has just found good.
    """

    def __init__(self, key: str):
        super().__init__({"usernames": {}}, auto_hash=False, secret_key=key)
        self.credentials = {
            "usernames": Directory()
        }  # afterwards: the library would copy it into a dict
        self.checked: Account | None = None

    def check_credentials(self, username: str, password: str) -> bool:
        self.checked = logins.check_password(engine(), username, password, current_address())
        return self.checked is not None

    def _record_failed_login_attempts(self, username: str, reset: bool = False) -> None:
        """Counted in the database by `check_password`, for all processes and before the password
        is looked at.
        """


class Directory(MutableMapping):
    """Annuaire: the credentials the library asks for, one account at a time, never all of them
    and never the hash.
    """

    def __getitem__(self, login: str) -> dict[str, object]:
        with reading() as session:
            account = account_by_login(session, login)
        if account is None or not account.is_open(cached.today()):
            raise KeyError(login)
        return {
            "name": account.login,
            "email": None,
            "roles": [role.value for role in account.role_list],
        }

    def __iter__(self) -> Iterator[str]:
        self._refuse()

    def __len__(self) -> int:
        self._refuse()

    def __setitem__(self, login: str, value: object) -> None:
        self._refuse()

    def __delitem__(self, login: str) -> None:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise TypeError("accounts are read one at a time here, and written by actions/people")


class ServerCookie:
    """The library's cookie contract over login rows: the browser's cookie only names one."""

    def __init__(self, model: AccountsModel, remember: bool):
        self.model, self.remember = model, remember

    def get_cookie(self) -> dict[str, object] | None:
        with reading() as session:
            account = _held_login(session)[1]
        return {"username": account.login} if account else None

    def set_cookie(self) -> None:
        """Opens the login for this tab, and leaves a ticket with which the browser fetches the
        cookie.
        """
        account, state, ticket = self.model.checked, st.session_state, None
        with writing() as session:
            token = logins.open_login(session, account, self.remember)
            if served_by_us():
                ticket = logins.make_ticket(session, token, self.remember)
        _keep_tab_for(account, logins.hash_of(token))
        state.pop(CLOSING, None)
        if ticket:
            state[TICKET] = ticket

    def delete_cookie(self) -> None:
        """Closes the logins of this tab and of its cookie; the browser is then told to drop the
        cookie.
        """
        with writing() as session:
            login, _ = _held_login(session)
            for token_hash in filter(None, (_cookie_login(), tab_login())):
                logins.close_login(session, token_hash)
        st.session_state.clear()
        if served_by_us():
            st.session_state[CLOSING] = _way_out(login)
