"""Académie: the catalogue, what was given, who waits. « Par nos agents, pour nos agents »."""

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.scope import Scope
from dashboard.screens.academy.evaluations import answers_block, followed_block
from dashboard.screens.academy.registering import approvals_block, my_registrations, sessions_block
from dashboard.screens.academy.sessions import new_session_form, session_screen, to_hold_block
from dashboard.screens.academy.trainings import training_form
from dashboard.screens.discussions import talk_fold
from dashboard.screens.ideas.form import About, idea_form
from dashboard.ui.components import (
    cards,
    draw,
    empty_for_filters,
    empty_nothing_yet,
    heading,
    page_header,
)
from dashboard.ui.figures import cards_of
from dashboard.ui.forms import say_what_was_done
from dashboard.ui.tables import terms, training_list
from dashboard.visit.navigation import address, current_scope, whole_number
from models.academy import Training, TrainingAudience
from models.discussions import Subject


def render(scope: Scope) -> None:
    code = st.query_params.get("formation", "")
    if code:
        return _one(scope, code)
    held = whole_number(st.query_params.get("session"))
    if held:
        return session_screen(scope, held)
    page_header("Académie interne", "Par nos agents, pour nos agents. " + scope.sentence())
    say_what_was_done()
    approvals_block(scope)
    mine = my_registrations(scope)
    followed_block(scope, mine)
    to_hold_block(scope)
    steers = may(scope.reader, "page.cockpit")
    if steers:
        _figures(scope)
    _catalogue(scope)
    if not steers:  # she came for a training
        _figures(scope)


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


def _catalogue(scope: Scope) -> None:
    rows = cached.catalogue(scope)
    draw("academy/catalogue_head.html", skills=address("savoir-faire", scope))
    if not rows:
        training_form(scope)
        if scope.ambition:
            return empty_for_filters(
                "Aucune formation pour cette ambition.", f"/academie?au={scope.on.isoformat()}"
            )
        return empty_nothing_yet("Le catalogue n'est pas encore publié.")
    st.caption(
        "Formations de l'académie : aucune ne compte pour les échelles de la RGB. Chiffres de toute"
        " l'administration."
    )
    training_list(rows, scope)
    training_form(scope)


def _one(scope: Scope, code: str) -> None:
    """One training: what it is, its figures, and the form of an idea about it."""
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
        f"{training.code} · {french.number(training.hours)} h ·"
        f" {TrainingAudience(training.audience).label}",
        trail=trail,
    )
    say_what_was_done()
    terms(
        [
            ("Objectifs", training.objectives),
            ("À savoir", _kind(training)),
            ("Formateur", training.trainer),
            ("Sessions tenues", row.held),
            ("Remplissage", french.rate(row.booked, row.capacity)),
            ("En attente", row.waiting),
            ("Prochaine session", french.day_long(row.next_on) if row.next_on else ""),
        ]
    )
    sessions_block(scope, training)
    if may(scope.reader, "training.manage"):
        heading("Tenir la formation")
    new_session_form(scope, training)
    training_form(scope, training)
    answers_block(training, scope.on)
    talk_fold(scope, Subject.training, training.code)
    heading("Une idée, un besoin à ce sujet ?")
    idea_form(
        scope,
        key=f"formation-{training.id}",
        about=About(training.ambition_id, record=("formation", training.code, training.title)),
    )


def _kind(training: Training) -> str:
    """Whether one must follow it, and whether it counts for a career: both are said on the sheet
    of each training.
    """
    message = "Formation de l'académie : elle ne compte pas pour les échelles de la RGB"
    if training.career:
        message = "Formation de carrière, hors académie"
    return f"Obligatoire · {message}" if training.mandatory else message


render(current_scope())
