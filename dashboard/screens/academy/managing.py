"""Academy management outside the catalogue: approvals, sessions to run, a training and its
sessions, its evaluations.
"""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.academy.attendance import evaluate
from dashboard.actions.seats.offers import offer_free_seats
from dashboard.charts.academy import seats
from dashboard.charts.chart import Chart
from dashboard.queries.academy import attendance
from dashboard.queries.academy.attendance import ToHold, held_by
from dashboard.queries.seats import records as query
from dashboard.queries.seats.records import Mine, SessionRow
from dashboard.scope import Scope
from dashboard.screens.academy.desk import academy_desk
from dashboard.screens.academy.registering import seats_of, when
from dashboard.screens.academy.sessions import attestation_button, new_session_form
from dashboard.screens.academy.trainings import materials_form, training_form
from dashboard.ui.charts import show
from dashboard.ui.components import draw, heading, link_buttons, paragraph
from dashboard.ui.forms import Form
from dashboard.visit.navigation import address
from models.academy import Training
from models.database import fetch
from models.seats import ATTENDED

VIEW = "gestion"
_CHARTED = 12  # sessions on the picture


def manages(reader: Reader) -> bool:
    """Whether the reader manages anything at the academy."""
    if may(reader, "training.manage") or may(reader, "training.approve"):
        return True
    return reader.is_known and bool(cached.sessions_held_by(reader.person_id))


def management(scope: Scope, pending: int) -> None:
    """« Gestion »: pending approvals first (`pending`: how many), then what the reader
    manages.
    """
    academy_desk(scope, pending, vue=VIEW)
    if st.query_params.get("rang"):
        return
    if may(scope.reader, "training.manage"):
        day = cached.today()
        held = [item for item in fetch(held_by, None, day) if item.session.on >= day]
        if held:
            show(seats_chart(held[:_CHARTED]), scope, level=2)
        training_form(scope)
    if may(scope.reader, "training.import"):
        link_buttons(
            [("Importer un catalogue ou des inscriptions", address("imports", scope), "upload")]
        )


def seats_chart(coming: Sequence[ToHold]) -> Chart:
    """The seats taken of the coming sessions."""
    found = [
        (
            f"{french.day(item.session.on)} · {item.training.title}",
            item.booked,
            item.session.capacity,
        )
        for item in coming
    ]
    free = sum(max(capacity - taken, 0) for _, taken, capacity in found)
    return Chart(
        "places-des-sessions",
        f"{french.counted(free, 'place libre', 'places libres')} dans les sessions à venir",
        "Pour ouvrir une session ou modifier une formation, ouvrez sa fiche.",
        " ; ".join(f"{text} : {taken} sur {capacity}" for text, taken, capacity in found) + ".",
        seats(found),
        ("Session", "Inscrits", "Places"),
        found,
    )


def training_management(scope: Scope, training: Training) -> None:
    """« Tenir la formation »: its materials, for its trainers; for the programme office also its
    upcoming sessions and the forms of a new session and of the training.
    """
    if not may(scope.reader, "training.manage"):
        return materials_form(scope, training)
    rows = fetch(query.sessions_of, scope, training.id, cached.today())
    heading("Les sessions à venir")
    for row in rows:
        _session(scope, row)
    if not rows:
        paragraph("Aucune session n'est prévue pour le moment.")
    new_session_form(scope, training)
    materials_form(scope, training)
    heading("La fiche")
    return training_form(scope, training)


def _session(scope: Scope, row: SessionRow) -> None:
    training_session = row.session
    with st.container(border=True, key=f"cp_session_{training_session.id}"):
        draw(
            "academy/session_to_hold.html",
            when=when(training_session),
            href=address("academie", scope, session=training_session.id),
            seats=" · ".join(filter(None, (training_session.place, seats_of(row)))),
        )
        if row.free:
            Form(f"fill_{training_session.id}").send(
                "Proposer les places libres à la liste d'attente",
                lambda session, reader: _offered_in_words(
                    offer_free_seats(session, reader, training_session.id)
                ),
                primary=False,
            )


def _offered_in_words(n: int) -> str:
    return f"{french.counted(n, 'place proposée', 'places proposées')} à la liste d'attente."


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
                    form.text("comment"),
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
