"""The draft of an idea (brouillon), stored while a reader who chose to sign is writing."""

from contextlib import suppress

import streamlit as st
from sqlalchemy.exc import DBAPIError

from dashboard.access import Reader
from dashboard.actions.ideas.entries import drop_draft, keep_draft
from dashboard.queries.ideas.card import draft
from dashboard.ui.forms import form_state
from dashboard.visit import signin
from models.database import fetch, reading, writing
from models.idea_states import DETAILS
from models.texts import first_line

NAMED = "nom"
ANONYMOUS = "sans-nom"
COLLEAGUE = "collegue"
SIGNED = (NAMED, COLLEAGUE)  # the entry has an account
_DRAFT_FIELDS = (
    *("body", "title", "ambition", "concerns", "kind", "good", "who"),
    *(detail.column for detail in DETAILS),
)


def autosave_draft(key: str) -> None:
    """Stores the fields of a reader who chose to sign; before that choice, and for an anonymous
    entry, nothing is stored.
    """
    state = st.session_state
    # A form being sent is stored as an entry; if sending is refused, the form stores the draft
    # itself.
    if "sent" in form_state(key) or state.get(f"w_{key}_send"):
        return
    store_draft(key)


def store_draft(key: str) -> None:
    """As `autosave_draft`, also after a refused sending."""
    reader, state = signin.current_reader(), st.session_state
    if not reader.is_known:
        return
    fields = {name: state.get(f"w_{key}_{name}") for name in _DRAFT_FIELDS}
    # A draft that cannot be stored now is stored with the next change.
    with suppress(DBAPIError):
        if fields["who"] not in SIGNED or not (fields["body"] or fields["title"]):
            return discard_draft(reader, key)
        with writing() as session:
            keep_draft(session, reader, key, fields)


def discard_draft(reader: Reader, key: str) -> None:
    """Deletes the draft; writes nothing if there is none."""
    with reading() as session:
        has_draft = draft(session, reader, key) is not None
    if has_draft:
        with writing() as session:
            drop_draft(session, reader, key)


def mark_draft_restored(key: str) -> None:
    """Notes that the draft of an earlier visit was restored, or that there is none to restore."""
    st.session_state[f"_cp_{key}_brought"] = True


def restore_draft(reader: Reader, key: str) -> None:
    """Fills an empty form with the draft of an earlier visit, once."""
    if f"_cp_{key}_brought" in st.session_state or not reader.is_known:
        return
    mark_draft_restored(key)
    if st.session_state.get(f"w_{key}_body") or st.session_state.get(f"w_{key}_title"):
        return
    fields = fetch(draft, reader, key)
    for name, value in (fields or {}).items():
        if name in _DRAFT_FIELDS and value is not None:
            st.session_state[f"w_{key}_{name}"] = value
    if fields:
        st.session_state[f"_cp_{key}_is_draft"] = True
        # A title equal to the first line keeps following the text.
        if (fields.get("title") or "") == first_line(str(fields.get("body") or "")):
            st.session_state[f"_cp_{key}_proposed"] = fields["title"]
