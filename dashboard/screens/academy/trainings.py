"""Blocks of those who hold sessions: what a trainer has to hold, the sheet of one session, what
the programme office writes.
"""

from collections.abc import Sequence

import streamlit as st
from sqlmodel import Session

from dashboard import cached
from dashboard.access import may
from dashboard.actions.academy.trainings import (
    TrainingInput,
    save_training,
)
from dashboard.queries.academy import attendance
from dashboard.queries.academy.obligations import units_meant
from dashboard.queries.people.choices import colleagues
from dashboard.scope import Scope
from dashboard.ui.forms import Form
from models.academy import Training, TrainingAudience
from models.database import reading

# ── What the programme office writes ──────────────────────────────────────────────────────────────


def training_form(scope: Scope, training: Training | None = None) -> None:
    """Create a training, or change one."""
    if not may(scope.reader, "training.manage"):
        return
    form = Form(f"training_{training.code if training else 'new'}")
    with reading() as session:
        people = colleagues(session, scope)
        gives = sorted(attendance.trainers_of(session, training.id)) if training else []
        meant = units_meant(session, [training.id]).get(training.id, []) if training else []
    with st.expander(
        "Modifier la formation" if training else "Créer une formation",
        icon=":material/edit:" if training else ":material/add:",
    ):
        _training_fields(form, training, people, gives)
        _for_whom(scope, form, training, meant)
        form.button(
            "Enregistrer",
            lambda session, reader: _save_training(session, reader, form, training),
            icon=":material/check:",
        )
        form.error("form")


def _training_fields(
    form: Form, training: Training | None, people: dict[int, str], gives: list[int]
) -> None:
    # A code is given once: addresses and papers hold it.
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
    _length_and_places(form, training)
    _audience_and_ambition(form, training)
    _trainers(form, training, people, gives)
    _conditions(form, training)


def _trainers(
    form: Form, training: Training | None, people: dict[int, str], gives: list[int]
) -> None:
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
        # One who has left is no option any more, and Streamlit refuses a default that is none.
        default=[person for person in gives if person in people],
        format_func=lambda i: people.get(i, ""),
        placeholder="Choisissez",
    )


def _conditions(form: Form, training: Training | None) -> None:
    """How long it holds, and who may come."""
    form.field(
        "validity",
        st.number_input,
        "Validité en mois (0 : elle ne s'éteint pas)",
        default=training.validity if training else 0,
        min_value=0,
        step=1,
    )
    for field, label in (
        ("career", "Formation de carrière, hors académie"),
        ("needs_approval", "L'accord du responsable est demandé"),
        ("open_to_all", "Ouverte à tous : on s'y inscrit aussi sans compte"),
    ):
        st.checkbox(label, key=form.default(field, getattr(training, field) if training else False))
    form.error("open_to_all")


def _for_whom(scope: Scope, form: Form, training: Training | None, meant: Sequence[int]) -> None:
    """Whether one must, and who: the audience, or of it those of some directions and services."""
    st.checkbox(
        "Formation obligatoire",
        key=form.default("mandatory", bool(training and training.mandatory)),
    )
    names = {unit.id: unit.name for unit, _ in scope.tree.walk()}
    form.field(
        "units",
        st.multiselect,
        "Obligatoire pour",
        list(names),
        # A unit that has been closed is no option any more.
        default=[unit for unit in meant if unit in names],
        format_func=lambda unit: names.get(unit, ""),
        placeholder="Tout son public, ou des directions et services",
    )


def _audience_and_ambition(form: Form, training: Training | None) -> None:
    st.selectbox(
        "Public",
        list(TrainingAudience),
        format_func=lambda a: a.label,
        key=form.default(
            "audience", TrainingAudience(training.audience) if training else TrainingAudience.both
        ),
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


def _length_and_places(form: Form, training: Training | None) -> None:
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
        open_to_all=bool(form.value("open_to_all")),
        validity=form.value("validity"),
        units=frozenset(form.value("units") or ()),
    )
    found = save_training(session, reader, given, training.id if training else None)
    return f"La formation {found.code} est enregistrée."
