"""The form of a training, for the programme office, and its materials (supports)."""

from collections.abc import Sequence
from urllib.parse import urlsplit

import streamlit as st
from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader, may
from dashboard.actions.academy.materials import (
    HEAVIEST,
    TITLE_MAX,
    TrainingWithTrainers,
    add_material,
    remove_material,
    training_with_trainers,
)
from dashboard.actions.academy.trainings import save_training
from dashboard.files.materials import EXTENSIONS, label_of
from dashboard.queries.academy import attendance
from dashboard.queries.academy import catalogue as query
from dashboard.queries.academy.obligations import compulsory_units
from dashboard.queries.people.choices import colleagues
from dashboard.queries.reference_tables import TRAININGS
from dashboard.scope import Scope
from dashboard.screens.reference.form import record_fields
from dashboard.ui.components import draw, heading, paragraph
from dashboard.ui.forms import Form
from dashboard.ui.unfolding import unfolding
from dashboard.web.documents import MATERIAL
from models.academy import Training, TrainingMaterial
from models.database import fetch, reading

# ── What the programme office writes ──────────────────────────────────────────────────────────────


def training_form(scope: Scope, training: Training | None = None) -> None:
    """Create a training, or change one."""
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
    _mandatory_units_field(scope, form, unit_ids)
    form.send(
        "Enregistrer",
        lambda session, reader: _save_training(session, reader, form, training),
        icon=":material/check:",
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


def _mandatory_units_field(scope: Scope, form: Form, unit_ids: Sequence[int]) -> None:
    """For whom the training is mandatory: some directions and services of its audience, or all of
    it.
    """
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


def _save_training(session: Session, reader: Reader, form: Form, training: Training | None) -> str:
    values = form.values(column.field for column in TRAININGS.columns)
    people_and_units = {name: frozenset(form.value(name) or ()) for name in ("trainers", "units")}
    saved = save_training(
        session, reader, values, training.id if training else None, **people_and_units
    )
    return f"La formation {saved.code} est enregistrée."


_MB = HEAVIEST // 1024 // 1024


def holds(scope: Scope, training: Training) -> bool:
    """Whether the reader is a trainer of this training, or manages the academy."""
    with reading() as session:
        with_trainers: TrainingWithTrainers = training_with_trainers(session, training.id)
    return scope.reader.is_known and may(scope.reader, "training.hold", with_trainers)


def materials_block(scope: Scope, training: Training) -> None:
    """« Supports »: those the reader may open; the others see only how many there are."""
    with reading() as session:
        rows = query.materials_of(session, scope.reader, training.id)
        n = query.count_materials(session, training.id)
    if not n:
        return
    heading("Supports")
    if rows:
        draw("academy/materials.html", materials=[_view(row) for row in rows])
    else:
        paragraph(
            f"{french.counted(n, 'support')} : on l'ouvre ici dès qu'une place est réservée."
            if n == 1
            else f"{n} supports : on les ouvre ici dès qu'une place est réservée."
        )


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
    rows = fetch(query.materials_of, scope.reader, training.id)
    heading("Supports")
    if not rows:
        paragraph("Aucun support encore : une fiche, une présentation, une adresse utile.")
    for row in rows:
        _material_box(row)
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
            lambda session, reader: _add(session, reader, form, training),
            icon=":material/check:",
        )


def _material_box(row: TrainingMaterial) -> None:
    form = Form(f"remove_material_{row.id}")
    with st.container(border=True, key=f"cp_session_material_{row.id}"):
        draw("academy/materials.html", materials=[_view(row)])
        form.send(
            "Enlever ce support",
            lambda session, reader: (
                remove_material(session, reader, row.id) or "Le support est enlevé."
            ),
            primary=False,
            icon=":material/delete:",
        )


def _add(session: Session, reader: Reader, form: Form, training: Training) -> str:
    file = form.value("file")
    material = TrainingMaterial(
        title=form.text("title"),
        href=form.text("href"),
        content=file.getvalue() if file else None,
        name=file.name if file else "",
    )
    return f"« {add_material(session, reader, training.id, material).title} » est ajouté."
