"""Evaluations of trainings (avis): those the reader may give, and the published results."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from dashboard import french
from dashboard.actions.academy.attendance import evaluate
from dashboard.queries.academy import attendance
from dashboard.queries.seats.records import Mine
from dashboard.scope import Scope
from dashboard.screens.academy.registering import when
from dashboard.screens.academy.sessions import attestation_button
from dashboard.ui.components import (
    draw,
    heading,
)
from dashboard.ui.forms import Form
from models.academy import Training
from models.database import fetch
from models.seats import ATTENDED


def followed_block(scope: Scope, registrations: Sequence[Mine]) -> None:
    """The trainings the reader followed: her attestation, and the evaluation form if not yet filled
    in.
    """
    attended = [item for item in registrations if item.status in ATTENDED and item.session]
    if not attended:
        return
    heading("Ce que j'ai suivi")
    for item in attended:
        with st.container(border=True, key=f"cp_followed_{item.seat.id}"):
            draw("academy/followed.html", title=item.training.title, when=when(item.session))
            attestation_button(scope, item.session.id, own=True)
            if not item.seat.evaluated:
                _evaluation(item)


def _evaluation(registration: Mine) -> None:
    form = Form(f"evaluate_{registration.seat.id}")
    with st.expander("Donner mon avis, sans nom", icon=":material/rate_review:"):
        st.caption("Ni nom, ni heure : le jour seulement. Rien n'est montré avant dix avis.")
        form.field(
            "score",
            st.segmented_control,
            "Cette formation était… (1 : décevante, 5 : excellente)",
            range(1, 6),
        )
        form.field(
            "recommendation",
            st.segmented_control,
            "La conseilleriez-vous à un collègue ? (0 : non, 10 : sans hésiter)",
            range(11),
        )
        form.field(
            "comment", st.text_area, "Un mot de plus (facultatif)", default="", max_chars=2000
        )
        form.send(
            "Envoyer mon avis",
            lambda session, reader: (
                evaluate(
                    session,
                    reader,
                    registration.seat.id,
                    form.value("score"),
                    form.value("recommendation"),
                    str(form.value("comment") or ""),
                )
                or "Merci pour votre avis."
            ),
        )


def answers_block(training: Training, on: date) -> None:
    """The results of a training's evaluations, from ten evaluations on."""
    answers = fetch(attendance.answers_to, training.id, on)
    if answers is None:
        return
    opinions, comments = answers
    draw(
        "academy/opinions.html",
        opinions=(
            f"Notes de 4 ou 5 : {french.rate(opinions.good, opinions.n)} · recommandation :"
            f" {french.signed(opinions.nps, 'point', 0)}"
        ),
    )
    if comments:
        with st.expander(french.counted(len(comments), "commentaire")):
            draw("ui/list.html", items=comments)
