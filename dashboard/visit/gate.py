"""The gate (contrôle de chaque exécution): who reads is asked again before any callback or fragment
runs.

A full run of the script passes the frame, which reads the sign-in. A callback runs before the
script and a fragment without it: both would act for the reader for whom the page was drawn, whose
closures they hold, even when the sign-in has ended, a role was lost, or another connection has
taken the session's id. So the one place in Streamlit that every rerun asked for by a browser passes
asks first; where the reader is not the one of the page, nothing that was asked for is done, and the
whole page is drawn anew, through the frame. Files have a route of their own (`web/files.py`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps

import streamlit as st
from sqlalchemy.exc import DBAPIError
from streamlit.runtime.scriptrunner import RerunData, RerunException, get_script_run_ctx
from streamlit.runtime.state import SessionState

from dashboard.access import NOBODY, Reader
from dashboard.visit import signin
from models.faults import fault_sentence

READER = "_cp_reader"  # for whom the page of this tab was drawn, or is being drawn
# Whether that page was drawn to its end: nothing of an earlier reader is left then.
DRAWN = "_cp_drawn"
REFUSAL = "_cp_refusal"  # the sentence that the next page begins with

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

    While a page of another reader is being replaced, a further message of the browser may still
    meet what was drawn for that one: it is refused until this page stands whole.
    """
    state = st.session_state
    if state.get(READER) != reader:
        state[READER] = reader
        state[DRAWN] = False
    try:
        yield
    except Exception:
        # The error stands on the page, which goes on serving. A run that is cut short raises a
        # BaseException and leaves the page half drawn.
        state[DRAWN] = True
        raise
    state[DRAWN] = True


def show_refusal() -> None:
    """What was refused before this page, once."""
    if sentence := st.session_state.pop(REFUSAL, None):
        st.warning(sentence, icon=":material/lock:")


def install() -> None:
    """Puts the gate before the callbacks and fragments of every session of this process, once."""
    # The class is the process's: a second installation (the tests, a reload) would ask twice.
    if not hasattr(SessionState._call_callbacks, "__wrapped__"):
        SessionState._call_callbacks = _asking_first(SessionState._call_callbacks)


def _asking_first(call_callbacks: Callable[..., None]) -> Callable[..., None]:
    @wraps(call_callbacks)
    def ask_then_call(state: SessionState, **replayed: object) -> None:
        run = get_script_run_ctx()
        asks = run.fragment_ids_this_run or _asks_for_something(state)
        if asks and not _may_act():
            # What was typed is kept, what was pressed is not: the page that follows would do it for
            # another.
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


def _asks_for_something(state: SessionState) -> bool:
    """Whether the browser sent more than a visit: a value that has changed, a button that was
    pressed.
    """
    return any(state._widget_changed(widget) for widget in state._new_widget_state)


def _may_act() -> bool:
    """Without its database nobody knows who reads: nothing is done, and the page says why."""
    try:
        return _is_drawn_for_its_reader()
    except DBAPIError as error:
        if not fault_sentence(error):
            raise
        return False


def _is_drawn_for_its_reader() -> bool:
    state = st.session_state
    # Both are taken before the reader is asked for: that empties the state of somebody else's tab.
    before = state.get(READER)
    whole = state.get(DRAWN, False)
    now = signin.current_reader()
    if now == before and whole:
        return True
    # No sentence for a stranger who has just signed in, nor on a tab that was emptied: whoever
    # attached to it is told nothing about its reader.
    if before is not None and before != NOBODY and now != before and READER in state:
        state[REFUSAL] = CHANGED if now.is_known else ENDED
    return False
