"""The gate (contrôle de chaque exécution): checks the reader again before any callback or fragment
runs.

A full run of the script passes the frame, which reads the sign-in. A callback runs before the
script and a fragment without it: both would act for the reader for whom the page was drawn, even if
the sign-in has ended, a role was lost, or another connection has taken over the session id. So the
one function of Streamlit that every rerun from a browser passes is wrapped; if the reader is not
the one of the page, nothing is executed, and the whole page is drawn again. Files have a route of
their own (`web/files.py`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps

import streamlit as st
from sqlalchemy.exc import DBAPIError
from streamlit.runtime import get_instance
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import RerunData, RerunException, get_script_run_ctx
from streamlit.runtime.state import SessionState

from dashboard.access import NOBODY, Reader
from dashboard.visit import signin
from models.faults import fault_sentence

READER = "_cp_reader"  # the reader for whom the page of this tab was or is being drawn
# Whether that page was drawn completely: then nothing of an earlier reader is left.
DRAWN = "_cp_drawn"
REFUSAL = "_cp_refusal"  # the sentence shown at the top of the next page

ENDED = (
    "Votre connexion a pris fin : ce que vous venez de demander n'a pas été fait. "
    "Connectez-vous pour continuer."
)
CHANGED = (
    "Vos droits ont changé depuis l'affichage de cette page : ce que vous venez de demander "
    "n'a pas été fait. Voici la page telle qu'elle vous est ouverte."
)


@contextmanager
def drawing_for(reader: Reader) -> Iterator[None]:
    """A full run of the page for this reader.

    While the page of another reader is being replaced, a message of the browser may still refer to
    the old page: it is refused until the new page is complete.
    """
    state = st.session_state
    if state.get(READER) != reader:
        state[READER] = reader
        state[DRAWN] = False
    try:
        yield
    except Exception:
        # An exception is shown on the page, which stays usable. An interrupted run raises a
        # BaseException and leaves the page incomplete.
        state[DRAWN] = True
        raise
    state[DRAWN] = True


def show_refusal() -> None:
    """Shows once what was refused before this page."""
    if sentence := st.session_state.pop(REFUSAL, None):
        st.warning(sentence, icon=":material/lock:")


def _with_check(call_callbacks: Callable[..., None]) -> Callable[..., None]:
    @wraps(call_callbacks)
    def ask_then_call(state: SessionState, **replayed: object) -> None:
        run = get_script_run_ctx()
        # A changed value or a pressed button.
        is_event = any(state._widget_changed(widget) for widget in state._new_widget_state)
        asks = run.fragment_ids_this_run or is_event
        if asks and not _may_act():
            # Typed values are retained, pressed buttons are not: the next page would act for
            # another reader.
            state._reset_triggers()
            raise RerunException(
                RerunData(
                    query_string=run.query_string,
                    page_script_hash=run.page_script_hash,
                    cached_message_hashes=run.cached_message_hashes,
                    context_info=run.context_info,
                )
            )
        call_callbacks(state, **replayed)

    return ask_then_call


def _may_act() -> bool:
    """Without its database the reader is unknown: nothing is executed, and the page shows why."""
    try:
        return _is_drawn_for_its_reader()
    except DBAPIError as error:
        if not fault_sentence(error):
            raise
        return False


def _is_drawn_for_its_reader() -> bool:
    state = st.session_state
    # Read both before the reader is determined: that clears the state of another reader's tab.
    before = state.get(READER)
    whole = state.get(DRAWN, False)
    now = signin.current_reader()
    if now == before and whole:
        return True
    # No sentence for a visitor who has just signed in, nor on a cleared tab: another user must
    # learn nothing about its former reader.
    if before is not None and before != NOBODY and now != before and READER in state:
        state[REFUSAL] = CHANGED if now.is_known else ENDED
    return False


def watch_no_files() -> None:
    """Disables file watching: sources and settings do not change under a running server.

    Streamlit reads `fileWatcherType` when a session begins, but not when it reconnects. Such a
    session would walk through every imported module at its next run, on the event loop: 250 ms of a
    processor (measured) for a run of 25.
    """
    AppSession.register_file_watchers = lambda _session: None


def held_files() -> dict[str, list[int]]:
    """Session → the sizes of its uploaded files that are still in memory."""
    # Lists first: other threads add and remove sessions meanwhile.
    stored = list(get_instance().uploaded_file_mgr.file_storage.items())
    return {session: [len(file.data) for file in list(files.values())] for session, files in stored}


def owner_of(session: str) -> int | None:
    """The account that owns the state of a session; None for a visitor's."""
    info = get_instance()._session_mgr.get_session_info(session)
    if info is None or signin.OWNER not in info.session.session_state:
        return None
    return info.session.session_state[signin.OWNER]


# Installed with the first import, before any session of the process. The class is shared by all: a
# second installation (a reload) would check twice.
if not hasattr(SessionState._call_callbacks, "__wrapped__"):
    SessionState._call_callbacks = _with_check(SessionState._call_callbacks)
