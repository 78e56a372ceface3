"""Académie: the catalogue, the reader's own trainings, and management for others. « Par nos
agents, pour nos agents »
"""

from collections.abc import Sequence

import streamlit as st

from dashboard import cached, french
from dashboard.queries.academy.counts import TrainingRow
from dashboard.queries.academy.obligations import compulsory_units
from dashboard.queries.seats.records import Mine
from dashboard.scope import Scope
from dashboard.screens.academy import not_trained
from dashboard.screens.academy.choosing import (
    EVERY,
    catalogue_block,
    obligations_of,
    own_trainings,
    trainings_block,
)
from dashboard.screens.academy.desk import VIEW as MANAGEMENT
from dashboard.screens.academy.desk import answers_block, management, manages, training_management
from dashboard.screens.academy.registering import (
    approvals_count,
    registrations_of,
    sessions_block,
    to_answer,
)
from dashboard.screens.academy.trainings import holds, materials_block, session_screen
from dashboard.screens.discussions import talk_fold
from dashboard.screens.ideas.form import About, idea_form
from dashboard.ui.address import page_header
from dashboard.ui.cards import cards
from dashboard.ui.charts import cards_of
from dashboard.ui.components import heading, segments
from dashboard.ui.desk import is_alone
from dashboard.ui.tables import obligation_in_words, terms, unit_name
from dashboard.visit.navigation import address, whole_number
from models.academy import Training, TrainingAudience
from models.database import fetch
from models.discussions import Subject

# Parts of the screen, by code in the address (« ?vue=… »).
_CATALOGUE, _MINE = "", "mes-formations"


def render(scope: Scope) -> None:
    code = st.query_params.get("formation", "")
    if code:
        return _one(scope, code)
    session_id = whole_number(st.query_params.get("session"))
    if session_id and is_alone("session"):
        return session_screen(scope, session_id)
    registrations, asked = registrations_of(scope), approvals_count(scope)
    views = _views(scope, len(to_answer(registrations)), asked)
    view = _view(views)
    page_header("Académie")
    segments(
        "Parties de l'académie",
        [
            (label, address("academie", scope, vue=code), code == view)
            for code, label in views.items()
        ],
    )
    if view == MANAGEMENT:
        return management(scope, asked)
    if view == not_trained.VIEW:
        return not_trained.not_trained(scope)
    return _for_oneself(scope, view, registrations)


def _for_oneself(scope: Scope, view: str, registrations: Sequence[Mine]) -> None:
    if view == EVERY:
        trainings_block(scope)
        return _figures(scope)
    obligations = obligations_of(scope)
    if view == _MINE:
        return own_trainings(scope, registrations, obligations)
    return catalogue_block(scope, obligations, address("academie", scope, vue=EVERY))


def _views(scope: Scope, offers: int, approvals: int) -> dict[str, str]:
    """The parts open to this reader, with the count of pending answers."""
    views = {
        _CATALOGUE: "Dates à choisir",
        EVERY: "Toutes les formations",
        _MINE: _counted("Mes formations", offers),
    }
    if not_trained.lists_persons(scope):
        views[not_trained.VIEW] = not_trained.LABEL
    if manages(scope.reader):
        views[MANAGEMENT] = _counted("Gestion", approvals)
    return views


def _counted(label: str, n: int) -> str:
    """The label with the count of pending answers."""
    return f"{label} ({n})" if n else label


def _view(views: dict[str, str]) -> str:
    asked = st.query_params.get("vue", "")
    return asked if asked in views else _CATALOGUE


def _figures(scope: Scope) -> None:
    cards(
        cards_of(
            scope,
            (
                "remplissage",
                "presence.taux",
                "presence.non-excusees",
                "formation",
                "heures",
                "attente",
            ),
        ),
        "Les chiffres de l'académie",
    )


# --- one training ---------------------------------------------------------------------------------


def _one(scope: Scope, code: str) -> None:
    """One training: its sheet, its figures, and the form of an idea about it; its management
    apart, for trainers.
    """
    row = next(
        (row for row in cached.catalogue(scope.of_every_ambition()) if row.training.code == code),
        None,
    )
    trail = (("Académie", address("academie", scope)),)
    if row is None:
        return page_header(
            "Formation introuvable", "Aucune formation du catalogue ne porte ce code.", trail=trail
        )
    training = row.training
    page_header(
        training.title,
        f"{french.number(training.hours)} h · {TrainingAudience(training.audience).label}",
        trail=trail,
    )
    views = {_CATALOGUE: "La fiche"}
    if holds(scope, training):
        views[MANAGEMENT] = "Tenir la formation"
    view = _view(views)
    if len(views) > 1:
        where = {other: address("academie", scope, formation=code, vue=other) for other in views}
        segments(
            "Parties de la formation",
            [(label, where[other], other == view) for other, label in views.items()],
        )
    if view == MANAGEMENT:
        return training_management(scope, training)
    return _sheet(scope, row)


def _sheet(scope: Scope, row: TrainingRow) -> None:
    training = row.training
    terms(
        [
            ("Objectifs", training.objectives),
            ("À savoir", _kind(training)),
            ("Obligatoire pour", _for_whom(scope, training)),
            ("Formateur", training.trainer),
            ("Sessions tenues", row.held),
            ("Remplissage", french.rate(row.booked, row.capacity)),
            ("En attente", row.waiting),
            ("Prochaine session", french.day_long(row.next_on) if row.next_on else ""),
        ]
    )
    materials_block(scope, training)
    sessions_block(scope, training)
    answers_block(training, scope.on)
    talk_fold(scope, Subject.training, training.code)
    heading("Une idée, un besoin à ce sujet ?")
    idea_form(
        scope,
        key=f"formation-{training.id}",
        about=About(training.ambition_id, record=("formation", training.code, training.title)),
    )


def _for_whom(scope: Scope, training: Training) -> str:
    """The directions and services that must follow it; empty for the whole audience, or if it is
    optional.
    """
    if not training.mandatory:
        return ""
    units = fetch(compulsory_units, [training.id]).get(training.id, [])
    return ", ".join(unit_name(scope.tree, unit) for unit in units)


def _kind(training: Training) -> str:
    """Whether it is mandatory, how long it is valid, and whether it counts for a career."""
    message = "Formation de l'académie : elle ne compte pas pour les échelles de la RGB"
    if training.career:
        message = "Formation de carrière, hors académie"
    return " · ".join(filter(None, (obligation_in_words(training), message)))
