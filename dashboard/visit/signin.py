"""Who reads (qui lit), read again from the login row at each run.

A tab that has just signed in holds its login in the session state, because cookies are those of the
websocket's handshake. That is believed on the very connection where it was opened only, so that
whoever attaches to somebody else's session, with other cookies or with none, gets nobody's rights
and an empty state.

Keys of the session state (a test may seed an identity: a Login row, and its token's hash under
TAB_LOGIN):
"""

from contextlib import suppress

import streamlit as st
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from dashboard import cached
from dashboard.access import NOBODY, Reader
from dashboard.actions.people import logins
from dashboard.cached import memory
from dashboard.rendering import render
from models.database import reading, writing
from models.people import Account
from models.settings import settings
from models.short_lived import Login

TAB_LOGIN = "_cp_login"  # SHA-256 of the token of this tab's login
AFRESH = "_cp_afresh"  # the page is to start afresh once the cookie is there
OWNER = "_cp_owner"  # account id of whom the state of this tab belongs to
CONNECTION = "_cp_connection"  # the websocket on which TAB_LOGIN was opened
TICKET = "_cp_ticket"  # the cookie has still to be fetched
ASKED_FOR = "connexion"  # in the address of who comes from a page without an account to sign in
CLOSING = "_cp_closing"  # the cookie has still to be removed; where one goes then, or nowhere

_routes = {"served": False}


def announce_routes() -> None:
    """Said once by asgi.py: `/session` and `/session.js` are there, so that a login can become a
    cookie.
    """
    _routes["served"] = True


def served_by_us() -> bool:
    """False under a bare `streamlit run`: the login then lives in the tab alone."""
    return _routes["served"]


def is_asked_for(reader: Reader) -> bool:
    """Whether one has come from a page without an account to sign in (`?connexion=…`); who is
    signed in is where she wanted to be, and the word leaves the address.
    """
    if ASKED_FOR not in st.query_params:
        return False
    if reader.is_known:
        del st.query_params[ASKED_FOR]
    return not reader.is_known


def current_reader() -> Reader:
    """Who reads, read again at each run: a closed login, a closed account or a lost role counts
    from here on.
    """
    with reading() as session:
        login, account = login_and_account(session)
    # What is kept of her and of the day is looked at once, where no page is being drawn.
    with memory.one_run():
        return reader_of(login, account)


def reader_of(login: Login | None, account: Account | None) -> Reader:
    """Who reads by this login; the tab is hers from here on."""
    if login is None:
        bind_tab(None, None)
        return NOBODY
    bind_tab(account.id, login.token)
    if logins.has_use_to_note(login):
        _note_use(login.token)
    return cached.reader_by(account.id, account.roles, cached.today())


def login_and_account(session: Session) -> tuple[Login, Account] | tuple[None, None]:
    """The first login that is open: the cookie's, else the one opened in this tab."""
    for token_hash in (cookie_login(), tab_login()):
        found = logins.login_and_account(session, token_hash) if token_hash else None
        if found:
            return tuple(found)
    return None, None


def cookie_login() -> str | None:
    token = text_of(st.context.cookies.get(settings().cookie_name))
    return logins.hash_of(token) if token else None


def tab_login() -> str | None:
    """SHA-256 of the token of the login that this tab holds, on the connection where it was
    opened.
    """
    here = st.session_state.get(CONNECTION) == connection()
    return st.session_state.get(TAB_LOGIN) if here else None


def held_login() -> str | None:
    """SHA-256 of the token of the login by which this page is read."""
    with reading() as session:
        login, _ = login_and_account(session)
    return login.token if login else None


def whose(reader: Reader) -> str:
    """What the browser's stores call the sign-in by which this page is read; empty without one."""
    held = st.session_state.get(TAB_LOGIN) if reader.is_known else None
    return logins.sign_in_mark(held) if held else ""


def connection() -> str | None:
    """What names this websocket: a random header of its handshake, which nobody else can repeat
    or guess.
    """
    return text_of(st.context.headers.get("Sec-WebSocket-Key"))


def current_address() -> str | None:
    """From where this connection comes; None: from this machine."""
    return text_of(st.context.ip_address)


def device_cookie() -> str:
    """What this browser shows of the names that have signed in on it."""
    return text_of(st.context.cookies.get(settings().device_cookie)) or ""


def text_of(value: object) -> str | None:
    """Under AppTest what comes from the browser is a mock."""
    return value if isinstance(value, str) else None


def bind_tab(account_id: int | None, token_hash: str | None) -> None:
    """Binds the tab to its reader: what one typed or chose there is not for another.

    A login that has just ended leaves it, since the same reader will sign in again over a
    half-written idea.
    """
    state = st.session_state
    # The connection tells a reader whose login has ended from somebody who attached to her session
    # by its id: Streamlit lets both in with the whole state.
    stranger = account_id is None and state.get(CONNECTION) != connection()
    another = account_id is not None and account_id != state.get(OWNER)
    if OWNER in state and (stranger or another):
        state.clear()
        # The browser still shows what the one before has typed.
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
    # A full disk or a busy database may cost the note, never the page.
    with suppress(OperationalError), writing() as session:
        logins.note_use(session, token_hash)


def sync_cookie() -> None:
    """Lets the browser fetch or drop its cookie after signing in or out; called by the frame once a
    run, always.

    It always holds one place on the page, so that what follows keeps its own.
    """
    place = st.empty()
    state = st.session_state
    if state.get(TICKET):
        if _is_waiting(state[TICKET]):
            afresh = state.get(AFRESH, False)
            fetch = render("frame/fetch_cookie.html", ticket=state[TICKET], afresh=afresh)
            # The script posts the ticket to `/session`: only an answer to a request of the browser
            # may set an HttpOnly cookie, and a rerun travels over the websocket.
            place.html(fetch, unsafe_allow_javascript=True)
        else:
            del state[TICKET]
    elif CLOSING in state:
        drop = render("frame/drop_cookie.html", then=state[CLOSING])
        place.html(drop, unsafe_allow_javascript=True)


def _is_waiting(ticket: str) -> bool:
    with reading() as session:
        return logins.is_waiting(session, ticket)
