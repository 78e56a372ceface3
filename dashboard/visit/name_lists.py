"""Lists of names (listes nominatives): each viewing is recorded in the journal, once per tab."""

import streamlit as st

from dashboard.actions.acts import note_reading
from dashboard.visit import signin
from models.database import writing

_READ = "_cp_read_lists"


def note_list_read(what: str) -> None:
    """Records that the reader of this tab was shown a list, by its name in the journal. A rerun is
    not another viewing.
    """
    # Set before the journal is written: reading the session state may end this run, and the next
    # one would record the viewing again.
    read: set[str] = st.session_state.setdefault(_READ, set())
    if what in read:
        return
    with writing() as session:
        note_reading(session, signin.current_reader(), what)
    read.add(what)
