"""Lists of names (listes nominatives): that one was read is kept in the journal, once in a tab."""

import streamlit as st

from dashboard.actions.journal import note_reading
from dashboard.visit import signin
from models.database import writing

_READ = "_cp_read_lists"


def note_list_read(what: str) -> None:
    """Notes that the reader of this tab was shown a list, by the name that the journal gives it.
    A rerun is no further reading: each press of a mark draws the list again.
    """
    # Held before the journal is written: whoever asks the session's state may be ended there by the
    # next run, which would then note the list a second time.
    read: set[str] = st.session_state.setdefault(_READ, set())
    if what in read:
        return
    with writing() as session:
        note_reading(session, signin.current_reader(), what)
    read.add(what)
