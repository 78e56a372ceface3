"""Who answers for a figure and who verified its definition, the forms that say so, and its
discussion.
"""

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.figures.owners import name_owner, owner_values, verify_definition
from dashboard.figures.kinds import Value, all_values
from dashboard.queries.edit_conflicts import mark_of
from dashboard.queries.figures.declared import last_step
from dashboard.scope import Scope
from dashboard.screens.discussions import talk_fold
from dashboard.screens.roadmap.calendar_form import owner_fields
from dashboard.ui.components import paragraph
from dashboard.ui.forms import Form
from dashboard.ui.unfolding import unfolding
from models.database import fetch
from models.discussions import Subject
from models.roadmap import FigureEvent, FigureStep, PlanSchedule


def about_figure(scope: Scope, code: str) -> None:
    """Its owner, its definition, its discussion."""
    figure_owner(scope, all_values(stream.id for stream in cached.streams(scope))[code])
    talk_fold(scope, Subject.figure, code)


def figure_owner(scope: Scope, figure: Value) -> None:
    owner, verified = (
        fetch(last_step, figure.code, step, scope.on)
        for step in (FigureStep.owned, FigureStep.verified)
    )
    whose = "Ce chiffre n'a pas encore de porteur."
    if owner:
        unit = scope.tree.name_of(owner.owner_direction_id)
        whose = f"Porteur du chiffre : {owner.owner}{f' ({unit})' if unit else ''}."
    paragraph(f"{whose} {_verified_in_words(figure, verified)}")
    is_today = scope.on == cached.today()
    if is_today and may(scope.reader, "target.decide"):
        key = f"w_owner_{figure.code}"
        unfolding("Nommer le porteur du chiffre", _owner_form, scope, figure, owner, key=key)
    if is_today and may(scope.reader, "figure.verify", owner or FigureEvent(), scope.tree):
        Form(f"verify_{figure.code}").button(
            "Confirmer la définition",
            lambda session, reader: verify_definition(session, reader, figure, scope.tree),
            primary=False,
            icon=":material/fact_check:",
            done="La définition est vérifiée.",
        )


def _verified_in_words(figure: Value, fact: FigureEvent | None) -> str:
    """« Définition vérifiée le … par … »: it lapses when the definition changes."""
    if fact is None:
        return "Définition pas encore vérifiée."
    by = cached.job_title_of(fact.by)
    verified = f"vérifiée le {french.day(fact.on)}{f' par {by}' if by else ''}"
    if fact.mark == figure.mark:
        return f"Définition {verified}."
    return f"Définition à vérifier : elle a changé depuis qu'elle a été {verified}."


def _owner_form(scope: Scope, figure: Value, owner: FigureEvent | None) -> None:
    form, values = Form(f"owner_{figure.code}"), owner_values(owner)
    form.opens_with(values, mark_of(values))
    with st.container(width=640, key=f"cp_owner_{figure.code}"):
        owner_fields(form, scope.tree, PlanSchedule(owner_direction_id=values["unit"] or None))
        form.error("unit")

    def act(session, reader) -> str:
        owner, unit = form.value("owner") or "", form.value("unit") or None
        typed = FigureEvent(owner=owner, owner_direction_id=unit)
        name_owner(session, reader, figure, typed, read=form.mark)
        return "Le porteur est nommé."

    form.send("Enregistrer le porteur", act)
