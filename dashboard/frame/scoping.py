"""The scope of a run (périmètre de l'exécution): made from the address, written back in full."""

import streamlit as st

from dashboard import cached
from dashboard.access import Reader
from dashboard.frame.last_direction import last_direction
from dashboard.scope import Scope

# Written only where they say something.
_NOT_ALWAYS = {"depuis", "services", "programme"}


def scope_of_address(reader: Reader) -> Scope:
    """The scope of the address; written back in full, so that a link copied now says the same
    tomorrow.
    """
    scope = _made(reader, _wanted(reader))
    if reader.is_known:
        _write(scope.params(), drop=tuple(_NOT_ALWAYS - set(scope.params())))
    return scope


def scope_as_asked(reader: Reader) -> Scope:
    """The scope of an extract: what its address says and no more, so that it shows every reader
    the same thing, day after day.
    """
    return _made(reader, st.query_params.to_dict())


def _made(reader: Reader, asked: dict[str, str]) -> Scope:
    return Scope.for_reader(
        reader,
        asked,
        cached.today(),
        cached.tree_at,
        cached.ambitions(),
        cached.programmes(),
    )


def _wanted(reader: Reader) -> dict[str, str]:
    """What the address asks for; where it names no direction, the one this reader chose the last
    time.
    """
    asked = st.query_params.to_dict()
    if "direction" not in asked and reader.is_known:
        asked["direction"] = last_direction(reader)
    return asked


def _write(params: dict[str, str], drop: tuple[str, ...] = ()) -> None:
    wanted = {k: v for k, v in st.query_params.to_dict().items() if k not in drop} | params
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)
