"""The reader (qui lit), read again from the login row at each run.

A tab that has just signed in stores its login in the session state, because cookies are those of
the websocket handshake. It is trusted only on the connection where it was opened, so that another
browser that attaches to the session, with other cookies or none, gets no rights and an empty state.

Keys of the session state (a test may seed an identity: a Login row, and its token's hash under
TAB_LOGIN):
"""

from contextlib import suppress

import streamlit as st
from sqlalchemy import Connection, Row
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from dashboard import cached
from dashboard.access import NOBODY, Reader
from dashboard.actions.people import logins
from dashboard.cached import memory
from dashboard.rendering import render
from models.database import engine, fetch, writing
from models.settings import settings

TAB_LOGIN = "_cp_login"  # SHA-256 of the token of this tab's login
AFRESH = "_cp_afresh"  # reload the page once the cookie is set
OWNER = "_cp_owner"  # account id of the owner of this tab's state
CONNECTION = "_cp_connection"  # the websocket on which TAB_LOGIN was opened
TICKET = "_cp_ticket"  # the cookie is still to be fetched
ASKED_FOR = "connexion"  # in the address of a visitor sent from a light page to sign in
CLOSING = "_cp_closing"  # the cookie is still to be removed; the address to go to then, or empty

_routes = {"served": False}


def announce_routes() -> None:
    """Called once by asgi.py: `/session` and `/session.js` exist, so that a login can become a
    cookie.
    """
    _routes["served"] = True


def served_by_us() -> bool:
    """False under a bare `streamlit run`: the login then exists in the tab only."""
    return _routes["served"]


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
        _note_use(login.token)
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


def _note_use(token_hash: str) -> None:
    # A full disk or a busy database must not stop the page.
    with suppress(OperationalError), writing() as session:
        logins.note_use(session, token_hash)


def sync_cookie() -> None:
    """Lets the browser fetch or remove its cookie after signing in or out; called by the frame in
    every run.

    It takes one place on the page in every run, so that the following elements keep theirs.
    """
    place = st.empty()
    state = st.session_state
    if state.get(TICKET):
        if _is_waiting(state[TICKET]):
            afresh = state.get(AFRESH, False)
            fetch = render("frame/fetch_cookie.html", ticket=state[TICKET], afresh=afresh)
            # The script posts the ticket to `/session`: only an answer to a request of the browser
            # can set an HttpOnly cookie, and a rerun uses the websocket.
            place.html(fetch, unsafe_allow_javascript=True)
        else:
            del state[TICKET]
    elif CLOSING in state:
        drop = render("frame/drop_cookie.html", then=state[CLOSING])
        place.html(drop, unsafe_allow_javascript=True)


def _is_waiting(ticket: str) -> bool:
    return fetch(logins.is_waiting, ticket)
