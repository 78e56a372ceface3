"""The form of a training, for the programme office, its materials (supports), its sessions."""

from datetime import date
from functools import partial
from urllib.parse import urlsplit

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.academy.trainings import (
    HEAVIEST,
    TITLE_MAX,
    TrainingWithTrainers,
    add_material,
    cancel_session,
    change_session,
    open_session,
    record_attendance,
    remove_material,
    save_training,
    training_with_trainers,
)
from dashboard.files.materials import EXTENSIONS, label_of
from dashboard.queries.academy import attendance
from dashboard.queries.academy.attendance import AttendanceSheet, ToHold
from dashboard.queries.academy.obligations import compulsory_units
from dashboard.queries.people.readers import colleagues
from dashboard.queries.reference_tables import TRAININGS
from dashboard.queries.seats.records import Where
from dashboard.report import team
from dashboard.scope import Scope
from dashboard.screens.academy.registering import when
from dashboard.screens.meetings.agenda import audience, hours_fields
from dashboard.screens.reference import record_fields
from dashboard.screens.seats import call_off_box, free_form, guest_code, mark_field
from dashboard.screens.workshops import PDF, made
from dashboard.ui.address import page_header
from dashboard.ui.components import draw, heading, paragraph
from dashboard.ui.downloads import download
from dashboard.ui.forms import Form
from dashboard.ui.tables import table
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address, note_list_read
from dashboard.web.files import MATERIAL
from models.academy import Training, TrainingMaterial, TrainingSession
from models.database import fetch, reading
from models.seats import ATTENDED, TYPED, SeatState

# ── What the programme office writes ──────────────────────────────────────────────────────────────


def training_form(scope: Scope, training: Training | None = None) -> None:
    if not may(scope.reader, "training.manage"):
        return
    code = training.code if training else "new"
    unfolding(
        "Modifier la formation" if training else "Créer une formation",
        _form,
        *(scope, training, code),
        key=f"w_training_{code}",
        icon=":material/edit:" if training else ":material/add:",
    )


def _form(scope: Scope, training: Training | None, code: str) -> None:
    form = Form(f"training_{code}")
    with reading() as session:
        people = colleagues(session, scope)
        trainer_ids = sorted(attendance.trainers_of(session, training.id)) if training else []
        unit_ids = compulsory_units(session, [training.id]).get(training.id, []) if training else []
    _training_fields(form, training, people, trainer_ids)
    names = {unit.id: unit.name for unit, _ in scope.tree.walk()}
    form.field(
        "units",
        st.multiselect,
        "Obligatoire pour",
        list(names),
        # A closed unit is no longer an option.
        default=[unit for unit in unit_ids if unit in names],
        format_func=lambda unit: names.get(unit, ""),
        placeholder="Tout son public, ou des directions et services",
    )
    form.send(
        "Enregistrer",
        lambda session, reader: save_training(
            session,
            reader,
            form.values(column.field for column in TRAININGS.columns),
            training.id if training else None,
            trainers=frozenset(form.value("trainers") or ()),
            units=frozenset(form.value("units") or ()),
        ),
        icon=":material/check:",
        done=lambda saved: f"La formation {saved.code} est enregistrée.",
    )


_WORDS = {"title": "Intitulé", "objectives": "Objectifs"}
_LENGTH = {"hours": "Durée (heures)", "capacity": "Places par session"}
_AIM = {"audience": "Public", "ambition": "Ambition"}
_TRAINER = {"trainer": "Formateur, tel qu'affiché"}
_CONDITIONS = {
    "validity": "Validité en mois (0 : elle ne s'éteint pas)",
    "career": "Formation de carrière, hors académie",
    "needs_approval": "L'accord du responsable est demandé",
    "open_to_all": "Ouverte à tous : on s'y inscrit aussi sans compte",
    "mandatory": "Formation obligatoire",
}
_USUAL = {"hours": 3.0, "capacity": 12}  # defaults of a new training


def _training_fields(
    form: Form, training: Training | None, people: dict[int, str], trainer_ids: list[int]
) -> None:
    # A code does not change: addresses and printed papers contain it.
    first = _WORDS if training else {"code": "Code"} | _WORDS
    labels = first | _LENGTH | _AIM | _TRAINER | _CONDITIONS
    shown = TRAININGS.shown(training, labels)
    form.opens_with(shown if training else shown | _USUAL)
    record_fields(form, TRAININGS, first, examples={"code": "F31"})
    for column, label in zip(st.columns(2), _LENGTH.items(), strict=True):
        with column:
            record_fields(form, TRAININGS, dict([label]))
    record_fields(form, TRAININGS, _AIM | _TRAINER, nothing="Aucune en particulier")
    form.field(
        "trainers",
        st.multiselect,
        "Formateurs internes, qui encodent les présences",
        list(people),
        # A person who left is no longer an option, and Streamlit refuses a default that is not one.
        default=[person for person in trainer_ids if person in people],
        format_func=lambda i: people.get(i, ""),
        placeholder="Choisissez",
    )
    record_fields(form, TRAININGS, _CONDITIONS)


_MB = HEAVIEST // 1024 // 1024


def holds(scope: Scope, training: Training) -> bool:
    """Whether the reader is a trainer of this training, or manages the academy."""
    with_trainers: TrainingWithTrainers = fetch(training_with_trainers, training.id)
    return scope.reader.is_known and may(scope.reader, "training.hold", with_trainers)


def materials_block(scope: Scope, training: Training) -> None:
    """« Supports »: those the reader may open; the others see only how many there are."""
    with reading() as session:
        rows = attendance.materials_of(session, scope.reader, training.id)
        n = attendance.count_materials(session, training.id)
    if not n:
        return
    heading("Supports")
    if rows:
        draw("academy/materials.html", materials=[_view(row) for row in rows])
    else:
        paragraph(f"{french.counted(n, 'support')}, à ouvrir ici dès qu'une place est réservée.")


def _view(row: TrainingMaterial) -> dict[str, object]:
    is_file = not row.href
    where = urlsplit(row.href).hostname or ""
    about = f"{label_of(row.mime)}, {french.size(row.size)}" if is_file else f"site {where}"
    return {
        "href": f"{MATERIAL}{row.id}",
        "title": row.title,
        "name": row.name,
        "about": f"{about} · ajouté le {french.day(row.on)}",
    }


def materials_form(scope: Scope, training: Training) -> None:
    """The materials, each with its button to remove it, and the form to add one."""
    rows = fetch(attendance.materials_of, scope.reader, training.id)
    heading("Supports")
    if not rows:
        paragraph("Aucun support encore : une fiche, une présentation, une adresse utile.")
    for row in rows:
        with st.container(border=True, key=f"cp_session_material_{row.id}"):
            draw("academy/materials.html", materials=[_view(row)])
            Form(f"remove_material_{row.id}").send(
                "Enlever ce support",
                partial(remove_material, ident=row.id),
                primary=False,
                icon=":material/delete:",
                done="Le support est enlevé.",
            )
    form = Form(f"material_{training.code}")
    with st.expander("Ajouter un support", icon=":material/attach_file:"):
        st.caption(
            "Qui a une place ou l'a suivie l'ouvre, ainsi que les formateurs. Pas de données de"
            " personnes, merci."
        )
        form.field("title", st.text_input, "Titre du support", default="", max_chars=TITLE_MAX)
        form.field(
            "href",
            st.text_input,
            "Adresse (https://…), si c'est une page",
            default="",
            max_chars=500,
        )
        form.field(
            "file",
            st.file_uploader,
            f"Ou un fichier : PDF, image ou document de bureau, {_MB} Mo au plus",
            type=list(EXTENSIONS),
            max_upload_size=_MB,
        )
        form.send(
            "Ajouter ce support",
            lambda session, reader: add_material(session, reader, training.id, _material(form)),
            icon=":material/check:",
            done=lambda added: f"« {added.title} » est ajouté.",
        )


def _material(form: Form) -> TrainingMaterial:
    file = form.value("file")
    return TrainingMaterial(
        title=form.text("title"),
        href=form.text("href"),
        content=file.getvalue() if file else None,
        name=file.name if file else "",
    )


S = SeatState


def attendance_in_words(to_hold: ToHold, day: date) -> str:
    if to_hold.session.on > day:
        return "à venir"
    if to_hold.untyped:
        return "à encoder"
    return "encodées" if to_hold.booked else "–"


def sheet_to_hold(scope: Scope, session_id: int) -> AttendanceSheet | None:
    """The attendance sheet of a session, if the reader runs it."""
    sheet = fetch(attendance.sheet_of, session_id)
    return sheet if sheet and may(scope.reader, "training.hold", sheet) else None


def session_screen(scope: Scope, session_id: int) -> None:
    """The screen of one session for those who run it: seats, attendance, papers."""
    trail = (("Académie", address("academie", scope)),)
    sheet = sheet_to_hold(scope, session_id)
    if sheet is None:
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
    return session_blocks(scope, sheet)


def session_blocks(scope: Scope, sheet: AttendanceSheet) -> None:
    """The blocks of a session, on its own screen and beside a list."""
    if sheet.session.cancelled_on:
        return draw(
            "academy/cancelled.html",
            on=sheet.session.cancelled_on,
            reason=sheet.session.cancel_reason,
        )
    if sheet.lines:
        note_list_read(f"feuille de présence, session {sheet.session.id}")
    _papers(scope, sheet)
    if sheet.training.open_to_all and sheet.session.on >= cached.today():
        guest_code(scope, Where(session_id=sheet.session.id))
    _marks(sheet)
    if may(scope.reader, "training.manage") and sheet.session.on >= cached.today():
        names = {
            line.seat_id: line.name
            for line in sheet.lines
            if line.is_guest and line.status == S.booked
        }
        if names:
            free_form(names)
        form = Form(f"session_{sheet.session.id}")
        with st.expander("Modifier la session", icon=":material/edit:"):
            paragraph(audience(sheet.training.open_to_all))
            _session_fields(form, sheet.session)
            form.send(
                "Enregistrer",
                lambda session, reader: change_session(
                    session, reader, sheet.session.id, _session_input(form)
                ),
                done="La session est modifiée ; les personnes inscrites sont prévenues.",
            )
        call_off_box(
            "la session",
            f"call_off_{sheet.session.id}",
            lambda session, reader, why: (
                "La session est annulée. Personnes prévenues, qui gardent leur place sur la liste"
                f" d'attente : {cancel_session(session, reader, sheet.session.id, why)}."
            ),
        )


def _papers(scope: Scope, sheet: AttendanceSheet) -> None:
    ident = sheet.session.id
    with st.container(horizontal=True):
        download(
            "Feuille de présence (PDF)",
            made(scope, partial(team.presence_sheet, session_id=ident)),
            f"presence-{ident}.pdf",
            PDF,
            key=f"presence_{ident}",
            icon="print",
        )
        if any(line.status in ATTENDED and not line.is_guest for line in sheet.lines):
            attestation_button(scope, ident, "Attestations (PDF)")


def attestation_button(
    scope: Scope, session_id: int, label: str = "Mon attestation (PDF)", own: bool = False
) -> None:
    """The attestations of a session, or the reader's own."""
    download(
        label,
        made(scope, partial(team.attestations, session_id=session_id, own=own)),
        f"attestation-{session_id}.pdf",
        PDF,
        key=f"attestation_{session_id}_{own}",
        icon="workspace_premium",
    )


def _marks(sheet: AttendanceSheet) -> None:
    heading("Présences")
    if not sheet.lines:
        return paragraph("Personne n'est encore inscrit à cette session.")
    # Attendance is unknown before the day; until then names are a plain list.
    if sheet.session.on > cached.today():
        return table(
            ("N°", "Nom", "État"),
            [(line.rank, line.name, line.status.label) for line in sheet.lines],
            "Personnes inscrites",
        )
    form = Form(f"marks_{sheet.session.id}")
    for line in sheet.lines:
        mark = line.status if line.status in TYPED else None
        mark_field(form, str(line.seat_id), line.name, mark, TYPED)
    form.send(
        "Enregistrer les présences",
        lambda session, reader: _save_marks(session, reader, form, sheet),
        icon=":material/check:",
    )


def _save_marks(session: Session, reader, form: Form, sheet: AttendanceSheet) -> str:
    # A mark left empty is not recorded, rather than recorded as an absence.
    chosen = {line.seat_id: form.value(str(line.seat_id)) for line in sheet.lines}
    changed = record_attendance(
        session, reader, sheet.session.id, {ident: mark for ident, mark in chosen.items() if mark}
    )
    left = sum(1 for mark in chosen.values() if not mark)
    more = f" Il en reste {left} à encoder." if left else ""
    return f"{french.counted(changed, 'présence enregistrée', 'présences enregistrées')}.{more}"


def new_session_form(scope: Scope, training: Training) -> None:
    if not may(scope.reader, "training.manage"):
        return
    form = Form(f"new_session_{training.code}")
    with st.expander("Ouvrir une session", icon=":material/event:"):
        paragraph(audience(training.open_to_all))
        usual = TrainingSession(
            on=None, starts="09:00", ends="12:00", place="", capacity=training.capacity or 12
        )
        _session_fields(form, usual)
        form.send(
            "Ouvrir la session",
            lambda session, reader: open_session(
                session, reader, training.id, _session_input(form)
            ),
            done=lambda opened: _opened_in_words(*opened),
        )


def _opened_in_words(opened: TrainingSession, offered: int) -> str:
    places = french.counted(offered, "place proposée", "places proposées")
    offers = f" {places} à la liste d'attente." if offered else ""
    return f"La session du {french.day_long(opened.on)} est ouverte.{offers}"


def _session_fields(form: Form, now: TrainingSession) -> None:
    form.field("on", st.date_input, "Jour", default=now.on, format="DD/MM/YYYY")
    hours_fields(form, now.starts, now.ends)
    form.field("place", st.text_input, "Lieu", default=now.place, max_chars=200)
    form.field("capacity", st.number_input, "Places", default=now.capacity, min_value=0, step=1)


def _session_input(form: Form) -> TrainingSession:
    return TrainingSession(
        on=form.value("on"),
        capacity=form.value("capacity"),
        starts=form.text("starts"),
        ends=form.text("ends"),
        place=form.text("place"),
    )
