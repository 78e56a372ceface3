"""Forms of the organiser of a meeting or a session: attendance, cancellation."""

from collections.abc import Callable, Sequence

import streamlit as st
from sqlmodel import Session

from dashboard.access import Reader
from dashboard.ui.components import escape_md
from dashboard.ui.forms import Form
from models.seats import SeatState

# Short enough for one line on a phone.
_MARKS = {
    SeatState.attended: "Présent(e)",
    SeatState.partial: "En partie",
    SeatState.excused: "Excusé(e)",
    SeatState.no_show: "Absent(e)",
}


def mark_field(
    form: Form, field: str, name: str, mark: SeatState | None, allowed: Sequence[SeatState]
) -> None:
    """The attendance of one person."""
    st.segmented_control(
        escape_md(name), allowed, format_func=_MARKS.get, key=form.default(field, mark)
    )


def call_off_box(what: str, form_name: str, act: Callable[[Session, Reader, str], str]) -> None:
    """« Annuler la réunion », with the reason sent to those registered."""
    form = Form(form_name)
    with st.expander(f"Annuler {what}", icon=":material/event_busy:", key=f"w_box_{form_name}"):
        form.field(
            "reason",
            st.text_input,
            "Pourquoi ?",
            default="",
            max_chars=500,
            help="Les personnes inscrites le liront.",
        )
        form.send(
            f"Annuler {what}",
            lambda session, reader: act(session, reader, str(form.value("reason") or "")),
            primary=False,
        )
