"""Blocks of those who hold sessions: what a trainer has to hold, the sheet of one session, what
the programme office writes.
"""

from collections.abc import Sequence

import streamlit as st
from sqlmodel import Session

from dashboard.access import Reader, may
from dashboard.actions.academy.trainings import save_training
from dashboard.queries.academy import attendance
from dashboard.queries.academy.obligations import compulsory_units
from dashboard.queries.people.choices import colleagues
from dashboard.queries.reference_tables import TRAININGS
from dashboard.scope import Scope
from dashboard.screens.reference.form import record_fields
from dashboard.ui.forms import Form
from models.academy import Training
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
        meant = compulsory_units(session, [training.id]).get(training.id, []) if training else []
    with st.expander(
        "Modifier la formation" if training else "Créer une formation",
        icon=":material/edit:" if training else ":material/add:",
    ):
        _training_fields(form, training, people, gives)
        _for_whom(scope, form, meant)
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
_USUAL = {"hours": 3.0, "capacity": 12}  # of a new one


def _training_fields(
    form: Form, training: Training | None, people: dict[int, str], gives: list[int]
) -> None:
    # A code is given once: addresses and papers hold it.
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
        # One who has left is no option any more, and Streamlit refuses a default that is none.
        default=[person for person in gives if person in people],
        format_func=lambda i: people.get(i, ""),
        placeholder="Choisissez",
    )
    record_fields(form, TRAININGS, _CONDITIONS)


def _for_whom(scope: Scope, form: Form, meant: Sequence[int]) -> None:
    """Of the audience those who must: of some directions and services."""
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


def _save_training(session: Session, reader: Reader, form: Form, training: Training | None) -> str:
    given = form.values(column.field for column in TRAININGS.columns)
    who = {name: frozenset(form.value(name) or ()) for name in ("trainers", "units")}
    found = save_training(session, reader, given, training.id if training else None, **who)
    return f"La formation {found.code} est enregistrée."
