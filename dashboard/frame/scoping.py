"""The scope of a run (périmètre de l'exécution): read from the address, and written back in
full; the direction that a reader chose last is remembered for the next visit.
"""

from contextlib import suppress

import streamlit as st
from sqlalchemy.exc import OperationalError

from dashboard import cached
from dashboard.access import Reader
from dashboard.actions.people.accounts import DIRECTION, remember
from dashboard.queries.people.readers import preference
from dashboard.scope import Scope
from models.database import fetch, writing
from models.texts import Refused

# Written only if set.
_ONLY_IF_SET = {"depuis", "services", "programme"}


def scope_of_address(reader: Reader) -> Scope:
    """The scope of the address; written back in full, so that a copied link means the same
    tomorrow.
    """
    scope = cached.scope_of(reader, _params_with_last_direction(reader))
    if reader.is_known:
        _write(scope.params(), drop=tuple(_ONLY_IF_SET - set(scope.params())))
    return scope


def scope_as_asked(reader: Reader, params: dict[str, str] | None = None) -> Scope:
    """The scope of an extract: its address (`params`, or that of the page) without defaults of the
    reader, so that it shows the same to every reader.
    """
    return cached.scope_of(reader, st.query_params.to_dict() if params is None else params)


def _params_with_last_direction(reader: Reader) -> dict[str, str]:
    """The parameters of the address; without a direction, the one this reader chose last."""
    params = st.query_params.to_dict()
    if "direction" not in params and reader.is_known:
        params["direction"] = last_direction(reader)
    return params


def _write(params: dict[str, str], drop: tuple[str, ...] = ()) -> None:
    wanted = {k: v for k, v in st.query_params.to_dict().items() if k not in drop} | params
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)


def remember_direction(reader: Reader, codes: str) -> None:
    """Stores the reader's choice, if she has an account; skipped if the database is busy."""
    if not reader.is_known:
        return
    with suppress(OperationalError, Refused), writing() as session:
        remember(session, reader, DIRECTION, codes)


def last_direction(reader: Reader) -> str:
    """The codes of the directions this reader chose last, or nothing."""
    return fetch(preference, reader, DIRECTION)
