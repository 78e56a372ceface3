"""Blocks of those who hold sessions: what a trainer has to hold, the sheet of one session, what
the programme office writes.
"""

from collections.abc import Sequence
from datetime import date

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.academy.attendance import MARKS, evaluate, record_attendance
from dashboard.actions.academy.trainings import (
    SessionInput,
    TrainingInput,
    cancel_session,
    change_session,
    open_session,
    save_training,
)
from dashboard.actions.keeping.auditing import note_reading
from dashboard.queries.academy import attendance, registrations
from dashboard.queries.academy.attendance import Sheet, ToHold
from dashboard.queries.academy.registrations import Mine
from dashboard.scope import Scope
from dashboard.screens.academy.registering import when
from dashboard.screens.workshops.papers import PDF, made
from dashboard.ui.components import (
    TodoItem,
    draw,
    escape_md,
    heading,
    page_header,
    paragraph,
    todo_list,
)
from dashboard.ui.downloads import download
from dashboard.ui.forms import Form, say_what_was_done
from dashboard.ui.tables import link, table
from dashboard.visit import signin
from dashboard.visit.navigation import address
from models.academy import ATTENDED, Audience, RegistrationStatus, Training, TrainingSession
from models.database import reading, writing

S = RegistrationStatus
# Short enough for one line on a phone.
_MARK = {
    S.attended: "Présent(e)",
    S.partial: "En partie",
    S.no_show: "Absent(e)",
    S.excused: "Excusé(e)",
}


# ── What there is to hold ─────────────────────────────────────────────────────────────────────────


def to_hold_block(scope: Scope) -> None:
    """« Mes sessions » of a trainer; for the programme office those at risk, and all of them."""
    office, day = may(scope.reader, "training.manage"), cached.today()
    if not (scope.reader.is_known and may(scope.reader, "training.hold")):
        return
    mine = cached.sessions_held_by(None if office else scope.reader.person_id)
    if office:
        risky = attendance.at_risk(mine, day)
        todo_list(
            [
                TodoItem(
                    f"{item.training.title} — {when(item.session)}",
                    address("academie", scope, session=item.session.id),
                    _seats(item),
                )
                for item in risky
            ],
            "Sessions à risque",
            "Aucune session des 15 prochains jours n'est remplie à moins de la moitié.",
        )
    if mine:
        heading("Les sessions à tenir" if office else "Mes sessions comme formateur")
        rows = [
            (
                link(item.training.title, address("academie", scope, session=item.session.id)),
                when(item.session),
                item.session.place or "–",
                _seats(item),
                _attendance(item, day),
            )
            for item in mine
        ]
        table(
            ("Session", "Quand", "Où", "Inscrits", "Présences"),
            rows,
            "Sessions à tenir ou tenues depuis un mois",
        )


def _seats(to_hold: ToHold) -> str:
    return (
        f"{to_hold.booked} sur {to_hold.session.capacity}"
        if to_hold.session.capacity
        else f"{to_hold.booked}, places non connues"
    )


def _attendance(to_hold: ToHold, day: date) -> str:
    if to_hold.session.on > day:
        return "à venir"
    return "à encoder" if to_hold.untyped else "encodées" if to_hold.booked else "–"


# ── One session ───────────────────────────────────────────────────────────────────────────────────


def session_screen(scope: Scope, session_id: int) -> None:
    """One session for those who hold it: who has a seat, who was there, the papers."""
    trail = (("Académie", address("academie", scope)),)
    with reading() as session:
        sheet = attendance.sheet_of(session, session_id)
    if sheet is None or not may(scope.reader, "training.hold", sheet):
        return page_header(
            "Session introuvable",
            "Cette session n'existe pas, ou vous ne la tenez pas.",
            trail=trail,
        )
    page_header(
        sheet.training.title,
        f"{when(sheet.session)} · {sheet.session.place or 'lieu à préciser'}",
        trail=(
            *trail,
            (sheet.training.code, address("academie", scope, formation=sheet.training.code)),
        ),
    )
    say_what_was_done()
    if sheet.session.cancelled_on:
        draw(
            "academy/cancelled.html",
            on=sheet.session.cancelled_on,
            reason=sheet.session.cancel_reason,
        )
        return None
    if sheet.lines:
        _keep_reading(session_id)
    _papers(scope, sheet)
    _marks(sheet)
    if may(scope.reader, "training.manage") and sheet.session.on >= cached.today():
        _change(sheet.session)
        _cancel(sheet.session)
    return None


def _keep_reading(session_id: int) -> None:
    """Reading names is kept in the journal, once for each sheet in a tab."""
    mark = ("feuille-de-presence", session_id)
    if mark in st.session_state.setdefault("_cp_read_lists", set()):
        return
    with writing() as session:
        note_reading(session, signin.current_reader(), f"feuille de présence, session {session_id}")
    st.session_state["_cp_read_lists"].add(mark)


def _papers(scope: Scope, sheet: Sheet) -> None:
    ident = sheet.session.id

    def presence(session: Session, now: Scope) -> bytes:
        from dashboard.report import academy

        return academy.presence_sheet(session, now, ident)

    with st.container(horizontal=True):
        download(
            "Feuille de présence (PDF)",
            made(scope, presence),
            f"presence-{ident}.pdf",
            PDF,
            key=f"presence_{ident}",
            icon="print",
        )
        if any(line.status in ATTENDED for line in sheet.lines):
            attestation_button(scope, ident, "Attestations (PDF)")


def attestation_button(
    scope: Scope, session_id: int, label: str = "Mon attestation (PDF)", own: bool = False
) -> None:
    """The attestations of a session, or the reader's own."""

    def attestation(session: Session, now: Scope) -> bytes:
        from dashboard.report import academy

        return academy.attestations(session, now, session_id, own)

    download(
        label,
        made(scope, attestation),
        f"attestation-{session_id}.pdf",
        PDF,
        key=f"attestation_{session_id}_{own}",
        icon="workspace_premium",
    )


def _marks(sheet: Sheet) -> None:
    heading("Présences")
    if not sheet.lines:
        paragraph("Personne n'est encore inscrit à cette session.")
        return
    if sheet.session.on > cached.today():
        table(
            ("N°", "Nom", "État"),
            [(line.rank, line.name, line.status.label) for line in sheet.lines],
            "Personnes inscrites",
        )
        return
    form = Form(f"marks_{sheet.session.id}")
    for line in sheet.lines:
        st.segmented_control(
            escape_md(line.name),
            MARKS,
            format_func=_MARK.get,
            key=form.default(
                str(line.registration_id), line.status if line.status in MARKS else None
            ),
        )
    form.button(
        "Enregistrer les présences",
        lambda session, reader: _save_marks(session, reader, form, sheet),
        icon=":material/check:",
    )
    form.error("form")


def _save_marks(session: Session, reader, form: Form, sheet: Sheet) -> str:
    chosen = {line.registration_id: form.value(str(line.registration_id)) for line in sheet.lines}
    changed = record_attendance(
        session, reader, sheet.session.id, {ident: mark for ident, mark in chosen.items() if mark}
    )
    left = sum(1 for mark in chosen.values() if not mark)
    more = f" Il en reste {left} à encoder." if left else ""
    return f"{french.counted(changed, 'présence enregistrée', 'présences enregistrées')}.{more}"


# ── Evaluations ───────────────────────────────────────────────────────────────────────────────────


def followed_block(scope: Scope, mine: Sequence[Mine]) -> None:
    """What the reader has followed: her attestation, and her opinion where she has not given it."""
    there = [item for item in mine if item.status in ATTENDED and item.session]
    if not there:
        return
    heading("Ce que j'ai suivi")
    for item in there:
        with st.container(border=True, key=f"cp_followed_{item.registration.id}"):
            draw("academy/followed.html", title=item.training.title, when=when(item.session))
            attestation_button(scope, item.session.id, own=True)
            if not item.registration.evaluated:
                _evaluation(item)


def _evaluation(mine: Mine) -> None:
    form = Form(f"evaluate_{mine.registration.id}")
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
        form.button(
            "Envoyer mon avis",
            lambda session, reader: (
                evaluate(
                    session,
                    reader,
                    mine.registration.id,
                    form.value("score"),
                    form.value("recommendation"),
                    str(form.value("comment") or ""),
                )
                or "Merci pour votre avis."
            ),
        )
        form.error("form")


def answers_block(training: Training, on: date) -> None:
    """What the evaluations of a training say, from ten on."""
    with reading() as session:
        found = attendance.answers_to(session, training.id, on)
    if found is None:
        return
    opinions, comments = found
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


# ── What the programme office writes ──────────────────────────────────────────────────────────────


def training_form(scope: Scope, training: Training | None = None) -> None:
    """Create a training, or change one."""
    if not may(scope.reader, "training.manage"):
        return
    form = Form(f"training_{training.code if training else 'new'}")
    with reading() as session:
        people = {item.id: item.name for item in registrations.colleagues(session, scope)}
        gives = sorted(attendance.trainers_of(session, training.id)) if training else []
    with st.expander(
        "Modifier la formation" if training else "Créer une formation",
        icon=":material/edit:" if training else ":material/add:",
    ):
        _training_fields(form, training, people, gives)
        form.button(
            "Enregistrer",
            lambda session, reader: _save_training(session, reader, form, training),
            icon=":material/check:",
        )
        form.error("form")


def _training_fields(
    form: Form, training: Training | None, people: dict[int, str], gives: list[int]
) -> None:
    if training is None:
        form.field("code", st.text_input, "Code", default="", max_chars=20, placeholder="F31")
    form.field(
        "title",
        st.text_input,
        "Intitulé",
        default=training.title if training else "",
        max_chars=200,
    )
    form.field(
        "objectives",
        st.text_area,
        "Objectifs",
        default=training.objectives if training else "",
        max_chars=4000,
    )
    left, right = st.columns(2)
    with left:
        form.field(
            "hours",
            st.number_input,
            "Durée (heures)",
            default=training.hours if training else 3.0,
            min_value=0.0,
            step=0.5,
            format="%g",
        )
    with right:
        form.field(
            "capacity",
            st.number_input,
            "Places par session",
            default=training.capacity if training else 12,
            min_value=0,
            step=1,
        )
    st.selectbox(
        "Public",
        list(Audience),
        format_func=lambda a: a.label,
        key=form.default("audience", Audience(training.audience) if training else Audience.both),
    )
    names = {ambition.id: ambition.name for ambition in cached.ambitions()}
    st.selectbox(
        "Ambition",
        list(names),
        index=None,
        format_func=names.get,
        placeholder="Aucune en particulier",
        key=form.default("ambition", training.ambition_id if training else None),
    )
    st.text_input(
        "Formateur, tel qu'affiché",
        key=form.default("trainer", training.trainer if training else ""),
        max_chars=200,
    )
    form.field(
        "trainers",
        st.multiselect,
        "Formateurs internes, qui encodent les présences",
        list(people),
        default=[person for person in gives if person in people],
        format_func=lambda i: escape_md(people.get(i, "")),
        placeholder="Choisissez",
    )
    for field, label in (
        ("mandatory", "Formation obligatoire"),
        ("career", "Formation de carrière, hors académie"),
        ("needs_approval", "L'accord du responsable est demandé"),
    ):
        st.checkbox(label, key=form.default(field, getattr(training, field) if training else False))


def _save_training(session: Session, reader, form: Form, training: Training | None) -> str:
    given = TrainingInput(
        str(form.value("code") or ""),
        form.value("title"),
        form.value("hours"),
        form.value("capacity"),
        form.value("audience"),
        form.value("ambition"),
        form.value("trainer"),
        form.value("objectives"),
        form.value("mandatory"),
        form.value("career"),
        form.value("needs_approval"),
        frozenset(form.value("trainers") or ()),
    )
    found = save_training(session, reader, given, training.id if training else None)
    return f"La formation {found.code} est enregistrée."


def new_session_form(scope: Scope, training: Training) -> None:
    """Open a session of a training."""
    if not may(scope.reader, "training.manage"):
        return
    form = Form(f"new_session_{training.code}")
    with st.expander("Ouvrir une session", icon=":material/event:"):
        _session_fields(form, None, training.capacity or 12)
        form.button(
            "Ouvrir la session", lambda session, reader: _open(session, reader, form, training)
        )
        form.error("form")


def _open(session: Session, reader, form: Form, training: Training) -> str:
    held, offered = open_session(session, reader, training.id, _session_input(form))
    details = (
        f" {french.counted(offered, 'place proposée', 'places proposées')} à la liste d'attente."
        if offered
        else ""
    )
    return f"La session du {french.day_long(held.on)} est ouverte.{details}"


def _session_fields(form: Form, held: TrainingSession | None, capacity: int) -> None:
    form.field("on", st.date_input, "Jour", default=held.on if held else None, format="DD/MM/YYYY")
    left, right = st.columns(2)
    with left:
        st.text_input(
            "Début", key=form.default("starts", held.starts if held else "09:00"), max_chars=5
        )
    with right:
        st.text_input("Fin", key=form.default("ends", held.ends if held else "12:00"), max_chars=5)
    form.error("starts")
    form.field("place", st.text_input, "Lieu", default=held.place if held else "", max_chars=200)
    form.field(
        "capacity",
        st.number_input,
        "Places",
        default=held.capacity if held else capacity,
        min_value=0,
        step=1,
    )


def _session_input(form: Form) -> SessionInput:
    return SessionInput(
        form.value("on"),
        form.value("capacity"),
        form.value("starts") or "",
        form.value("ends") or "",
        form.value("place") or "",
    )


def _change(held: TrainingSession) -> None:
    form = Form(f"session_{held.id}")
    with st.expander("Modifier la session", icon=":material/edit:"):
        _session_fields(form, held, held.capacity)
        form.button(
            "Enregistrer",
            lambda session, reader: (
                change_session(session, reader, held.id, _session_input(form))
                or "La session est modifiée ; les personnes inscrites sont prévenues."
            ),
        )
        form.error("form")


def _cancel(held: TrainingSession) -> None:
    form = Form(f"call_off_{held.id}")
    with st.expander("Annuler la session", icon=":material/event_busy:"):
        form.field(
            "reason",
            st.text_input,
            "Motif, que liront les personnes inscrites",
            default="",
            max_chars=500,
        )
        form.button(
            "Annuler la session",
            primary=False,
            act=lambda session, reader: _said_cancelled(
                cancel_session(session, reader, held.id, str(form.value("reason") or ""))
            ),
        )
        form.error("form")


def _said_cancelled(notified: int) -> str:
    return (
        "La session est annulée. Personnes prévenues, qui gardent leur place sur la liste"
        f" d'attente : {notified}."
    )
