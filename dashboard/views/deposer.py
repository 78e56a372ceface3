"""Déposer: the idea form, open to visitors. Suivre: the holder of a tracking code reads the state
of her entry and writes to those who treat it.
"""

import streamlit as st

from dashboard.actions.ideas.filing import (
    agree_with_receipt,
    count_try,
    idea_of_receipt,
    withdraw_with_receipt,
    write_with_receipt,
)
from dashboard.actions.seats.taking import (
    give_up_with_code,
    is_seat_code,
    place_with_code,
)
from dashboard.frame.embedding import is_embedded
from dashboard.queries.ideas.card import AskedMerge, Followed, followed as followed_by
from dashboard.queries.meetings.records import meeting_titled
from dashboard.scope import Scope
from dashboard.screens.campaigns import asked_questions
from dashboard.screens.ideas.fields import (
    followed_entry,
    followed_messages,
    merge_in_words,
    what_follows,
)
from dashboard.screens.ideas.form import About, idea_form
from dashboard.screens.seats import date_facts, place_in_words
from dashboard.ui.address import page_header
from dashboard.ui.components import draw, escape_md, field_error, paragraph
from dashboard.ui.forms import Form
from dashboard.ui.tables import link, terms
from dashboard.visit import signin
from dashboard.visit.navigation import whole_number
from models.database import engine, fetch, reading
from models.directions import UnitKind
from models.discussions import COMMENT_MAX
from models.idea_states import IdeaStatus
from models.texts import Refused

# ── Déposer ───────────────────────────────────────────────────────────────────────────────────────


def deposer_view(scope: Scope) -> None:
    about = _about(scope)
    if is_embedded():
        page_header("Déposer une idée")
        return idea_form(scope, about=about)
    page_header("Déposer une idée")
    for question in asked_questions(scope):
        paragraph(link(question.text, question.href))
    left, right = st.columns([5, 3], gap="large")
    with left:
        idea_form(scope, about=about)
    with right:
        draw("filing/next.html", steps=what_follows())
        paragraph(link("Déjà un code ? Suivre mon idée", "/suivre"))


def _about(scope: Scope) -> About:
    """The subject given in the address: an ambition, a direction, or the meeting whose QR code
    was scanned. Their names are public.
    """
    ambition = scope.ambition.id if scope.ambition else None
    # On other pages « direction » is the frame's filter, not the subject of an entry.
    framed = st.query_params.get("direction", "") if is_embedded() else ""
    unit = scope.tree.by_code.get(framed)
    found = scope.tree.ancestor(unit.id, UnitKind.direction) if unit else None
    direction = found.id if found else None
    meeting = fetch(meeting_titled, whole_number(st.query_params.get("reunion")) or 0)
    if meeting is None:
        return About(ambition, direction)
    return About(ambition, direction or meeting.direction_id, meeting.id)


# ── Suivre ────────────────────────────────────────────────────────────────────────────────────────


def suivre_view(scope: Scope) -> None:
    if is_seat(st.session_state.get(CODE, "")):
        followed_seat(st.session_state[CODE])
        return close_button()
    page_header("Suivre mon idée")
    code = st.session_state.get(CODE, "")
    followed = entry_found(code) if code else None
    if followed is None:
        return code_form()
    followed_entry(followed)
    for asked in followed.merges:
        merge_block(code, asked)
    talk_block(code, followed)
    leave_block(code, followed)


CODE = "_cp_receipt"  # in the state of the tab: the code that is open


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
            "Le code est celui du dépôt, ou de l’inscription à un rendez-vous. Il ouvre l’idée et"
            " sa réponse, sans dire qui l’a déposée ; une fois publiées, elles se lisent sous"
            " « Idées ». Rien n’est gardé de votre passage."
        ),
    )


def _open() -> None:
    code = st.session_state.get("w_receipt") or ""
    try:
        if code and signin.current_reader().is_stranger:
            count_try(engine(), signin.current_address())
        if not is_seat(code):
            fetch(idea_of_receipt, code)
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
                if followed.idea.published:
                    st.markdown("Elle reste lisible, avec la mention « Retirée ».")
                else:
                    st.markdown("Elle ne sera pas montrée.")
                Form("receipt_withdraw").send(
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


def followed_seat(code: str) -> None:
    """The seat that this code opens, for a reader who is signed in."""
    place = fetch(place_with_code, code)
    title, sentence = place_in_words(place)
    page_header(title, f"« {place.on.title} »")
    terms(date_facts(place.on))
    paragraph(sentence)
    if place.can_leave:
        Form("guest_seat").send(
            "Annuler cette inscription",
            lambda session, _reader: (
                give_up_with_code(session, code) or "L'inscription est annulée."
            ),
            primary=False,
            icon=":material/event_busy:",
        )
