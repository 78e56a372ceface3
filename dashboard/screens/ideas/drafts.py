"""The draft of an idea: what is kept while it is written, of one who has chosen to sign."""

from contextlib import suppress

import streamlit as st
from sqlalchemy.exc import DBAPIError

from dashboard.access import Reader
from dashboard.actions.ideas.drafts import drop_draft, keep_draft
from dashboard.queries.ideas.drafts import draft
from dashboard.ui.forms import form_state
from dashboard.visit import signin
from models.database import fetch, reading, writing
from models.idea_states import DETAILS
from models.texts import first_line

NAMED = "nom"
ANONYMOUS = "sans-nom"
COLLEAGUE = "collegue"
SIGNED = (NAMED, COLLEAGUE)  # an account stands behind the entry
_DRAFT_FIELDS = (
    *("body", "title", "ambition", "concerns", "kind", "good", "who"),
    *(detail.column for detail in DETAILS),
)


def keep_written(key: str) -> None:
    """What is written so far, of a person who has chosen to sign; before that choice, and of an
    anonymous entry, nothing is kept.
    """
    state = st.session_state
    # What is being sent is kept as an entry; where that is refused, its form asks once more.
    if "sent" in form_state(key) or state.get(f"w_{key}_send"):
        return
    keep_as_it_stands(key)


def keep_as_it_stands(key: str) -> None:
    """As `keep_written`, of an entry whose sending was refused too."""
    reader, state = signin.current_reader(), st.session_state
    if not reader.is_known:
        return
    fields = {name: state.get(f"w_{key}_{name}") for name in _DRAFT_FIELDS}
    # A draft that cannot be stored now is stored with the next word.
    with suppress(DBAPIError):
        if fields["who"] not in SIGNED or not (fields["body"] or fields["title"]):
            return let_go(reader, key)
        with writing() as session:
            keep_draft(session, reader, key, fields)


def let_go(reader: Reader, key: str) -> None:
    """No draft stands any more; where there is none, nothing at all is written."""
    with reading() as session:
        stands = draft(session, reader, key) is not None
    if stands:
        with writing() as session:
            drop_draft(session, reader, key)


def nothing_to_bring_back(key: str) -> None:
    """The draft of an earlier visit is there, or there is none."""
    st.session_state[f"_cp_{key}_brought"] = True


def bring_back(reader: Reader, key: str) -> None:
    """The draft of an earlier visit, once, into an empty form."""
    if f"_cp_{key}_brought" in st.session_state or not reader.is_known:
        return
    nothing_to_bring_back(key)
    if st.session_state.get(f"w_{key}_body") or st.session_state.get(f"w_{key}_title"):
        return
    found = fetch(draft, reader, key)
    for name, value in (found or {}).items():
        if name in _DRAFT_FIELDS and value is not None:
            st.session_state[f"w_{key}_{name}"] = value
    if found:
        st.session_state[f"_cp_{key}_is_draft"] = True
        # A title that was the first line goes on following the text.
        if (found.get("title") or "") == first_line(str(found.get("body") or "")):
            st.session_state[f"_cp_{key}_proposed"] = found["title"]
