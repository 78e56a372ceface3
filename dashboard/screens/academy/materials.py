"""Blocks of the materials of a training (supports): opening, adding and removing them."""

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
from dashboard.files.materials import EXTENSIONS, label_of
from dashboard.queries.academy import catalogue as query
from dashboard.scope import Scope
from dashboard.ui.components import draw, heading, paragraph
from dashboard.ui.forms import Form
from dashboard.web.documents import MATERIAL
from models.academy import Training, TrainingMaterial
from models.database import fetch, reading

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
        title=str(form.value("title") or ""),
        href=str(form.value("href") or ""),
        content=file.getvalue() if file else None,
        name=file.name if file else "",
    )
    return f"« {add_material(session, reader, training.id, material).title} » est ajouté."
