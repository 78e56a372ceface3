"""Choisir mon mot de passe: the page of the link of an invitation or a forgotten password."""

import streamlit as st

from dashboard.actions.people import links
from dashboard.scope import Scope
from dashboard.screens.people.accounts import choose_password_box, nothing_opens, signed_in_box
from dashboard.ui.address import page_header
from dashboard.ui.forms import has_act_message
from dashboard.visit import signin
from models.database import fetch
from models.people import Account
from models.texts import Refused

_LINK = "_cp_link"  # the token of the link: removed from the address once read


def render(_scope: Scope) -> None:
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
        return choose_password_box(account, token)
    if is_known and not token:
        return signed_in_box()
    nothing_opens(bool(token), _store)


def _store(code: str) -> None:
    st.session_state[_LINK] = code


def _opened(token: str) -> Account | None:
    try:
        return fetch(links.account_of_link, token)
    except Refused:
        return None
