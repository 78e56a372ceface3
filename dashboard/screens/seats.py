"""Blocks of seats (places) at meetings and sessions: taking and giving one up, marking attendance,
calling off; for guests without an account the code to show, a date and a seat.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import streamlit as st
from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader
from dashboard.actions.seats.taking import (
    cancel,
    register,
    status_in_words,
)
from dashboard.queries.seats.records import Event, GuestPlace, Where
from dashboard.report.posters import date_poster
from dashboard.scope import Scope
from dashboard.screens.workshops import PDF, made, qr_uri
from dashboard.ui.components import draw, escape_md, explanation
from dashboard.ui.downloads import download
from dashboard.ui.forms import Form
from dashboard.visit.navigation import public_address
from models.seats import SeatState
from models.texts import Invalid


def guest_code(scope: Scope, where: Where) -> None:
    """« S'inscrire sans compte »: the code to show, and the poster to print."""
    # Read now: the file is made outside the page's run, which alone knows its address.
    base_address = public_address()
    address = f"{base_address}{where.address}"

    with st.expander("S'inscrire sans compte : le code à afficher", icon=":material/qr_code_2:"):
        explanation(
            "Affichez ce code ou donnez l'adresse : qui n'a pas de compte prend sa place avec un"
            " téléphone, sans rien installer. Les places sont communes."
        )
        draw("meetings/guest_code.html", picture=qr_uri(address), address=address)
        download(
            "Affiche à imprimer (PDF)",
            made(scope, partial(date_poster, where=where, origin=base_address)),
            f"affiche-{where.meeting_id or where.session_id}.pdf",
            PDF,
            key=f"guest_poster_{where.meeting_id}_{where.session_id}",
            icon="print",
        )


def free_form(names: Mapping[int, str]) -> None:
    """Freeing the seat of a guest who said she will not come: it is offered to the next person.
    `names`: seat → the name she left.
    """
    form = Form("free_guest_seat")
    with st.expander("Libérer une place sans compte", icon=":material/event_busy:"):
        form.field(
            "seat",
            st.selectbox,
            "Qui ne viendra pas ?",
            list(names),
            index=None,
            format_func=lambda i: names.get(i, ""),
            placeholder="Choisissez",
        )
        form.send(
            "Libérer la place",
            lambda session, reader: (
                cancel(session, reader, _chosen(form), "Place libérée par qui tient la liste.")
                or "La place est libérée, pour qui attend."
            ),
            primary=False,
            icon=":material/person_remove:",
        )


def _chosen(form: Form) -> int:
    if not form.value("seat"):
        raise Invalid({"seat": "Choisissez une place."})
    return form.value("seat")


def date_facts(on: Event) -> list[tuple[str, str]]:
    """When and where, each under its label."""
    hours = (
        f", de{french.NO_BREAK}{on.starts} à{french.NO_BREAK}{on.ends}"
        if on.starts and on.ends
        else ""
    )
    when = f"{french.weekday(on.day)} {french.day_long(on.day)}{hours}"
    return [("Quand", when), ("Où", on.place or "le lieu sera dit plus tard")]


def seats_left(on: Event) -> str:
    """How many seats are left, or how many people are waiting."""
    if on.refusal:
        return ""
    words = seats_in_words(on.capacity, on.free, on.waiting)
    return f"{words[0].upper()}{words[1:]}."


def place_in_words(place: GuestPlace) -> tuple[str, str]:
    """A guest's place: a short title, and a sentence."""
    title = "Inscription annulée" if place.is_cancelled else "Votre inscription"
    if place.on.is_over or place.on.is_cancelled:
        return title, f"{place.on.refusal} {place.on.why}".strip()
    if place.is_cancelled:
        return title, "Vous n'êtes plus sur la liste."
    if place.rank:
        rank = "la première personne" if place.rank == 1 else f"en position {place.rank}"
        return (
            "Vous êtes sur la liste d'attente",
            f"Vous êtes {rank} en attente. Dès qu'une place se libère, elle est pour vous : votre"
            " code le dit ici.",
        )
    return "Votre place est réservée", "Venez simplement : rien n'est à montrer."


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
            lambda session, reader: act(session, reader, form.text("reason")),
            primary=False,
        )


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
            cancel(session, reader, seat_id, form.text("reason") if late else "")
            or "Votre inscription est annulée."
        ),
        primary=False,
        icon=":material/event_busy:",
    )
