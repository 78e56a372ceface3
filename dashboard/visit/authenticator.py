"""streamlit-authenticator on top of the accounts table.

The library's controller and model are used, the storage is ours: one account at a time from the
database, a login row behind an HttpOnly cookie, failed tries counted in the database. Session state
written by the library is not trusted (`visit/signin.py`).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

import streamlit as st
from sqlalchemy import Row
from sqlmodel import Session
from streamlit_authenticator.controllers import AuthenticationController
from streamlit_authenticator.models import AuthenticationModel

from dashboard.actions.people import logins
from dashboard.visit.signin import (
    CLOSING,
    TICKET,
    bind_tab,
    connection,
    cookie_login,
    current_address,
    device_cookie,
    open_login,
    served_by_us,
    tab_login,
)
from models.clock import now
from models.database import engine, writing
from models.people import Account
from models.signing import signing_key

CODE_PATIENCE = timedelta(minutes=5)
# An account whose password was correct, until the code of the second factor.
WAITING = "_cp_waiting_for_code"


@dataclass(frozen=True)
class AwaitedSecondFactor:
    """An account whose password was correct and whose second factor is pending, on this
    connection.
    """

    account: Account = field(repr=False)
    remember: bool
    connection: str | None
    until: datetime


def sign_out_address(login: Row | None) -> str:
    """Where to go after signing out: to the issuer of this login, to end its session too; else
    nowhere.
    """
    if login is None or not login.sign_on_token:
        return ""
    return f"/connexion/fin?{urlencode({'jeton': login.sign_on_token})}"


def sign_in(login: str, password: str, remember: bool = False) -> bool:
    """Whether the password is correct; an account with a second factor must enter its code next.
    Raises Refused if the try is not allowed.
    """
    key = signing_key()
    controller = AuthenticationController({"usernames": {}}, auto_hash=False, secret_key=key)
    controller.authentication_model = model = AccountsModel(key)
    if not controller.login(login, password):
        return False
    account = model.checked
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
    if served_by_us():
        st.session_state[CLOSING] = sign_out_address(login)
    # Pressed straight from a field of a fragment, only that fragment would rerun.
    st.rerun()


def open_here(session: Session, account: Account, remember: bool = False) -> None:
    """Opens a login of the account for this tab, and issues a ticket with which the browser gets
    the cookie. Raises Refused if the account has changed since it was checked.
    """
    ticket = logins.make_ticket(session, remember) if served_by_us() else ""
    token = logins.open_login(session, account, remember, ticket=ticket)
    # The cookie is seen from the next connection on: until then the tab holds the login.
    bind_tab(account.id, logins.hash_of(token))
    st.session_state.pop(CLOSING, None)
    if ticket:
        st.session_state[TICKET] = ticket


class AccountsModel(AuthenticationModel):
    """The library's model over the accounts table; it remembers the account whose password was just
    checked.
    """

    def __init__(self, key: str):
        super().__init__({"usernames": {}}, auto_hash=False, secret_key=key)
        self.checked: Account | None = None

    def check_credentials(self, username: str, password: str) -> bool:
        self.checked = logins.check_password(
            engine(), username, password, current_address(), device=device_cookie()
        )
        if self.checked is None:
            return False
        # The only account the library sees: this one, without its hash.
        roles = [role.value for role in self.checked.role_list]
        account = {"name": self.checked.login, "email": None, "roles": roles}
        self.credentials["usernames"] = {username: account}
        return True

    def _record_failed_login_attempts(self, username: str, reset: bool = False) -> None:
        """Does nothing: `check_password` counts in the database, for all processes and before it
        checks the password.
        """
