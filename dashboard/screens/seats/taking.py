"""Taking a seat and giving it up: blocks shared by meetings and training sessions."""

import streamlit as st

from dashboard import french
from dashboard.actions.seats.taking import cancel, register, status_in_words
from dashboard.queries.seats.events import Where
from dashboard.ui.forms import Form


def seats_in_words(capacity: int | None, free: int | None, waiting: int) -> str:
    """« 3 places libres sur 12 · 2 personnes en attente »."""
    if capacity is None:
        parts = ["nombre de places non limité"]
    elif capacity <= 0:
        parts = ["nombre de places non connu"]
    elif not free:
        parts = [f"complet ({french.counted(capacity, 'place')})"]
    else:
        parts = [f"{french.counted(free, 'place libre', 'places libres')} sur {capacity}"]
    if waiting:
        parts.append(f"{french.counted(waiting, 'personne')} en attente")
    return " · ".join(parts)


def register_button(where: Where, has_seat: bool, hint: str | None = None) -> None:
    """« S'inscrire », or the waiting list: a free seat is first offered to those waiting."""
    Form(f"register_{where.meeting_id or ''}_{where.session_id or ''}").send(
        "S'inscrire" if has_seat else "Rejoindre la liste d'attente",
        lambda session, reader: status_in_words(register(session, reader, where)),
        primary=has_seat,
        icon=":material/how_to_reg:" if has_seat else ":material/hourglass_empty:",
        help=hint,
    )


def cancel_box(seat_id: int, late: bool) -> None:
    """« Annuler mon inscription »; shortly before the session (`late`) with a reason."""
    form = Form(f"cancel_{seat_id}")
    if late:
        st.caption("La session est proche : un mot d'explication aide à la proposer à un collègue.")
        form.field("reason", st.text_input, "Motif", default="", max_chars=500)
    form.send(
        "Annuler mon inscription",
        lambda session, reader: (
            cancel(session, reader, seat_id, str(form.value("reason") or "") if late else "")
            or "Votre inscription est annulée."
        ),
        primary=False,
        icon=":material/event_busy:",
    )
