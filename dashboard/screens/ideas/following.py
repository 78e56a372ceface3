"""What the holder of a tracking code reads of her entry (suivi): the entry, its steps, messages and
proposed merges. Shared by the application and the public pages.
"""

from datetime import date

import streamlit as st

from dashboard import french
from dashboard.actions.ideas.filing import (
    agree_with_receipt,
    count_try,
    idea_of_receipt,
    withdraw_with_receipt,
    write_with_receipt,
)
from dashboard.actions.seats.taking import is_seat_code
from dashboard.queries.ideas.receipts import AskedMerge, Followed
from dashboard.queries.ideas.receipts import followed as followed_by
from dashboard.ui.components import draw, escape_md, field_error
from dashboard.ui.forms import Form
from dashboard.ui.tables import timeline, timeline_of
from dashboard.visit import signin
from models.database import engine, fetch, reading
from models.discussions import COMMENT_MAX
from models.idea_states import IdeaStatus
from models.texts import Refused

CODE = "_cp_receipt"  # in the state of the tab: the code that is open


def followed_entry(followed: Followed) -> None:
    """The entry, the promised day, the state of its photos, and its steps."""
    idea = followed.idea
    draw(
        "following/entry.html",
        number=idea.number,
        title=idea.title,
        status=IdeaStatus(idea.status),
        is_published=idea.published,
        body=idea.body,
        promise=_promise(idea.due_on, idea.answered_on),
        photos=_photos(followed),
        outcome=followed.outcome,
    )
    timeline(followed.steps)


def followed_messages(followed: Followed) -> None:
    if followed.talk:
        timeline_of("Vos échanges", followed.talk)


def merge_in_words(proposal: AskedMerge) -> str:
    merge, other, _ = proposal
    return (
        f"Il est proposé de réunir votre idée et l'idée n° {other.number}, « {other.title} »."
        f" {merge.reason} Sans refus, cela se fera après le {french.day_long(merge.due_on)}."
    )


def _promise(due_on: date | None, answered_on: date | None) -> str:
    if answered_on:
        return f"Réponse donnée le {french.day_long(answered_on)}."
    return f"Réponse attendue pour le {french.day_long(due_on)}." if due_on else ""


def _photos(followed: Followed) -> str:
    """The state of the photos, in words."""
    if not followed.photos:
        return ""
    sent = french.counted(followed.photos, "photo")
    if not followed.photos_shown:
        return f"{sent} en cours de vérification."
    return f"{sent}, dont {followed.photos_shown} que tout le monde voit."


# ── With the code, in the application ─────────────────────────────────────────────────────────────


def code_form() -> None:
    with st.container(width=640, key="cp_receipt"):
        st.text_input(
            "Code de suivi",
            key="w_receipt",
            placeholder="XXXX-XXXX-XXXX-XXXX",
            on_change=_open,
            autocomplete="off",
        )
        st.button(
            "Ouvrir", type="primary", key="w_receipt_open", on_click=_open, icon=":material/key:"
        )
        refused = st.session_state.pop("_cp_receipt_refused", None)
        field_error(refused)
    draw(
        "ui/reading.html",
        text=(
            "Le code est celui du dépôt, ou de l’inscription à un rendez-vous. Sans lui, personne"
            " ne peut retrouver qui a déposé quoi ; une fois publiées, l’idée et sa réponse se"
            " lisent sous « Idées ». Rien n’est gardé de votre passage."
        ),
    )


def _open() -> None:
    code = st.session_state.get("w_receipt") or ""
    try:
        if code and signin.current_reader().is_stranger:
            count_try(engine(), signin.current_address())
        if not is_seat(code):
            with reading() as session:
                idea_of_receipt(session, code)
        st.session_state[CODE] = code
    except Refused as refusal:
        st.session_state["_cp_receipt_refused"] = str(refusal)


def is_seat(code: str) -> bool:
    """The code of a guest's seat works here too."""
    return fetch(is_seat_code, code)


def entry_found(code: str) -> Followed | None:
    try:
        with reading() as session:
            return followed_by(session, idea_of_receipt(session, code))
    except Refused:
        return None


def merge_block(code: str, proposal: AskedMerge) -> None:
    merge, _, answer = proposal
    form = Form(f"receipt_merge_{merge.id}")
    st.info(
        escape_md(merge_in_words(proposal)),
        icon=":material/merge:",
    )
    if answer is None:
        with form.row(key=f"cp_receipt_merge_{merge.id}"):
            for label, agrees in (("D'accord", True), ("Pas d'accord", False)):
                form.button(
                    label,
                    lambda session, reader, agrees=agrees: (
                        agree_with_receipt(session, code, merge.id, agrees)
                        and "Votre réponse est enregistrée."
                    ),
                    field=str(agrees),
                    primary=agrees,
                )


def talk_block(code: str, followed: Followed) -> None:
    followed_messages(followed)
    if followed.idea.status == IdeaStatus.withdrawn:
        return
    form = Form("receipt_talk")
    with st.container(width=640, key="cp_receipt_talk"):
        form.field(
            "text",
            st.text_area,
            "Écrire à ceux qui répondent",
            height=100,
            max_chars=COMMENT_MAX,
            help="Seul le jour est gardé. N'écrivez pas votre nom si vous voulez rester inconnu.",
        )
        form.send(
            "Envoyer",
            lambda session, reader: (
                write_with_receipt(session, code, form.text("text"), signin.current_address())
                and "Votre message est envoyé."
            ),
            icon=":material/send:",
        )


def leave_block(code: str, followed: Followed) -> None:
    with st.container(horizontal=True, key="cp_receipt_end"):
        if followed.idea.can_become(IdeaStatus.withdrawn):
            with st.popover("Retirer mon idée", icon=":material/delete:"):
                form = Form("receipt_withdraw")
                if followed.idea.published:
                    st.markdown("Elle reste lisible, avec la mention « Retirée ».")
                else:
                    st.markdown("Elle ne sera pas montrée.")
                form.send(
                    "Retirer",
                    lambda session, reader: (
                        withdraw_with_receipt(session, code) and "Votre idée est retirée."
                    ),
                )
        close_button()


def close_button() -> None:
    st.button("Fermer", key="w_receipt_close", on_click=_close, icon=":material/logout:")


def _close() -> None:
    for name in (CODE, "w_receipt"):
        st.session_state.pop(name, None)
