"""The desk of the academy (gestion): approvals, several given together, and sessions to run."""

from collections.abc import Sequence
from datetime import date
from functools import partial

import streamlit as st

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.academy.trainings import evaluate
from dashboard.actions.seats.offers import offer_free_seats
from dashboard.actions.seats.taking import decide_approval
from dashboard.charts.figures import seats
from dashboard.charts.plots import Chart
from dashboard.queries.academy import attendance
from dashboard.queries.academy.attendance import (
    COLUMNS as OF_SESSION,
    ToHold,
    at_risk,
    away,
    count_held_by,
    held_by,
)
from dashboard.queries.seats import records as query
from dashboard.queries.seats.records import Mine
from dashboard.scope import Scope
from dashboard.screens.academy.registering import (
    approval_form,
    approving,
    seats_of,
    when,
)
from dashboard.screens.academy.trainings import (
    attendance_in_words,
    attestation_button,
    materials_form,
    new_session_form,
    session_blocks,
    sheet_to_hold,
    training_form,
)
from dashboard.ui.address import page_asked
from dashboard.ui.charts import show
from dashboard.ui.components import (
    draw,
    empty_nothing_yet,
    heading,
    link_buttons,
    paragraph,
    segments,
)
from dashboard.ui.desk import PAGE, Desk, Gesture, Line, Noun, Opened, desk, several, sort_asked
from dashboard.ui.forms import Form
from dashboard.visit.navigation import address, whole_number
from models.academy import Training
from models.database import fetch
from models.seats import ATTENDED

_SCREEN = "academie"
_REQUEST = Noun("demande", "demandes")
_LIST = "liste"
_APPROVALS, _SESSIONS = "accords", "sessions"
_GESTURES = (
    Gesture(
        "D'accord pour toutes",
        lambda session, reader, key, _text: decide_approval(session, reader, int(key), True),
        "l'accord est donné.",
        "check",
    ),
    Gesture(
        "Pas cette fois",
        lambda session, reader, key, text: decide_approval(session, reader, int(key), False, text),
        "le refus est transmis, avec son motif.",
        "close",
        asks="Motif d'un refus, que liront les personnes",
    ),
)


def academy_desk(scope: Scope, pending: int, **keep: str) -> None:
    """`pending`: how many approvals the reader has to give."""
    sessions_to_run = None
    if scope.reader.is_known and may(scope.reader, "training.hold"):
        sessions_to_run = fetch(count_held_by, _holder(scope), cached.today())
    lists = {}
    if may(scope.reader, "training.approve"):
        lists[_APPROVALS] = f"Accords demandés ({french.number(pending)})"
    if sessions_to_run is not None:
        lists[_SESSIONS] = f"Sessions à tenir ({french.number(sessions_to_run)})"
    name = st.query_params.get(_LIST, "")
    if not lists:
        return None
    if name not in lists:
        # Approvals first if any are pending.
        name = _SESSIONS if _SESSIONS in lists and not pending else next(iter(lists))
    segments(
        "Liste",
        [
            (label, address(_SCREEN, scope, **keep, **{_LIST: code}), code == name)
            for code, label in lists.items()
        ],
    )
    keep |= {_LIST: name}
    if name == _APPROVALS:
        return _approvals(scope, pending, keep)
    return _sessions(scope, sessions_to_run, keep)


# --- approvals ------------------------------------------------------------------------------------


def _approvals(scope: Scope, pending: int, keep: dict[str, str]) -> None:
    if not pending:
        return empty_nothing_yet("Aucune demande n'attend votre accord.")
    page = page_asked(pending, PAGE)
    shown = fetch(
        attendance.approvals_asked,
        scope,
        approving(scope),
        PAGE,
        (page - 1) * PAGE,
        sort_asked(attendance.APPROVAL_COLUMNS),
    )
    lines = [
        Line(
            str(item.seat_id),
            item.name,
            [item.title],
            f"session du {french.day(item.session.on)}",
        )
        for item in shown
    ]
    desk(
        Desk(
            scope=scope,
            screen=_SCREEN,
            entry="accord",
            has_sheet=False,
            columns=attendance.APPROVAL_COLUMNS,
            noun=_REQUEST,
            lines=lines,
            total=pending,
            page=page,
            keep=keep,
            opens=partial(_approval, scope),
            reply=("w_approval_", "w_approvals_many_"),
            act="répondre",
            several=several("approvals_many", "Répondre à", _REQUEST, lines, _GESTURES),
        )
    )


def _approval(scope: Scope, key: str) -> Opened | None:
    item = fetch(attendance.approval_asked, scope, approving(scope), whole_number(key) or 0)
    if item is None:
        return None

    def draw() -> None:
        names = fetch(away, item)
        if names:
            paragraph(f"Du même service, aussi en formation ce jour-là : {', '.join(names)}.")
        else:
            paragraph("Personne d'autre du service n'est en formation ce jour-là.")
        approval_form(item)

    return Opened(item.name, draw, under=f"« {item.title} », {when(item.session)}")


# --- sessions -------------------------------------------------------------------------------------


def _holder(scope: Scope) -> int | None:
    """The trainer whose sessions are listed; None (everybody's) for the programme office."""
    return None if may(scope.reader, "training.manage") else scope.reader.person_id


def _sessions(scope: Scope, total: int, keep: dict[str, str]) -> None:
    if not total:
        return empty_nothing_yet("Aucune session n'est à tenir.")
    page = page_asked(total, PAGE)
    day = cached.today()
    shown = fetch(held_by, _holder(scope), day, PAGE, (page - 1) * PAGE, sort_asked(OF_SESSION))
    desk(
        Desk(
            scope=scope,
            screen=_SCREEN,
            entry="session",
            columns=OF_SESSION,
            noun=Noun("session", "sessions"),
            lines=[_line(item, day) for item in shown],
            total=total,
            page=page,
            keep=keep,
            opens=partial(_session, scope),
            reply=("w_marks_", "w_session_"),
            act="encoder",
        )
    )


def _line(item: ToHold, day: date) -> Line:
    place = item.session.place or "lieu à préciser"
    capacity = item.session.capacity
    seats = f"{item.booked} sur {capacity}" if capacity else f"{item.booked}, places non connues"
    facts = [place, seats, attendance_in_words(item, day)]
    if at_risk([item], day):
        facts.append("remplie à moins de la moitié")
    return Line(
        str(item.session.id),
        item.training.title,
        facts,
        f"le {french.day(item.session.on)}",
        is_late=bool(item.session.on <= day and item.untyped),
    )


def _session(scope: Scope, key: str) -> Opened | None:
    sheet = sheet_to_hold(scope, whole_number(key) or 0)
    if sheet is None:
        return None
    place = sheet.session.place or "lieu à préciser"
    return Opened(
        sheet.training.title,
        partial(session_blocks, scope, sheet),
        under=f"{when(sheet.session)} · {place}",
        full=address(_SCREEN, scope, session=sheet.session.id),
    )


VIEW = "gestion"


def manages(reader: Reader) -> bool:
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
            show(seats_chart(held[:12]), scope, level=2)
        training_form(scope)
    if may(scope.reader, "training.import"):
        link_buttons(
            [("Importer un catalogue ou des inscriptions", address("imports", scope), "upload")]
        )


def seats_chart(coming: Sequence[ToHold]) -> Chart:
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
        ident = row.session.id
        with st.container(border=True, key=f"cp_session_{ident}"):
            draw(
                "academy/session_to_hold.html",
                when=when(row.session),
                href=address("academie", scope, session=ident),
                seats=" · ".join(filter(None, (row.session.place, seats_of(row)))),
            )
            if row.free:
                Form(f"fill_{ident}").send(
                    "Proposer les places libres à la liste d'attente",
                    partial(offer_free_seats, session_id=ident),
                    primary=False,
                    done=lambda n: (
                        f"{french.counted(n, 'place proposée', 'places proposées')} à la liste"
                        " d'attente."
                    ),
                )
    if not rows:
        paragraph("Aucune session n'est prévue pour le moment.")
    new_session_form(scope, training)
    materials_form(scope, training)
    heading("La fiche")
    return training_form(scope, training)


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
