"""Ma direction: a manager's directions: pending work, milestones, and figures beside the whole."""

from datetime import timedelta

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.cached import ideas
from dashboard.figures.since import changes, days_later
from dashboard.figures.workstreams import health_of
from dashboard.formulas import is_past_due
from dashboard.frame.bodies import one_block
from dashboard.queries.roadmap import PlanAt
from dashboard.scope import Scope
from dashboard.screens.own_direction import figures_beside_the_whole
from dashboard.screens.roadmap.workstreams import health_html
from dashboard.screens.workshops.papers import valves_button
from dashboard.ui.components import (
    TodoItem,
    draw,
    empty_nothing_yet,
    heading,
    paragraph,
    reading,
    todo_list,
)
from dashboard.ui.page import page_header
from dashboard.ui.tables import link, table, unit_name
from dashboard.visit.navigation import address
from models.directions import Unit, UnitKind
from models.roadmap import MilestoneState

WEEK = timedelta(days=7)
PROMISES = 20


def to_own(scope: Scope) -> None:
    """The scope of a manager's own directions instead of the whole administration. They are in
    the address, so a shared link shows the same.
    """
    if scope.is_whole and (own := _own_units(scope)):
        st.query_params["direction"] = ",".join(unit.code for unit in own)
        st.rerun()


def body(scope: Scope, _asked: dict[str, str]) -> None:
    """The parts of the screen."""
    own_scope = None if scope.is_whole else scope
    page_header("Ma direction")
    if own_scope is None:
        return empty_nothing_yet("Choisissez une direction dans les filtres, en haut de l'écran.")
    _shortcuts(own_scope, _own_units(scope))
    paragraph(
        link(
            "Préparer la feuille d’équipe (PDF, une page)",
            address("rapport", own_scope, rapport="equipe"),
        )
    )
    _to_answer(own_scope)
    _milestones(own_scope)
    _figures(own_scope)
    _this_week(own_scope)
    heading("Pour les valves")


def after(scope: Scope, _asked: dict[str, str]) -> None:
    """The papers for the notice boards of the services."""
    if not scope.is_whole:
        valves_button(scope)


def _own_units(scope: Scope) -> list[Unit]:
    """The directions of her mandates, in the chart's order; without the whole administration."""
    units = [unit for unit, _ in scope.tree.walk() if unit.id in scope.reader.mandates]
    return [unit for unit in units if unit.parent is not None]


def _shortcuts(own_scope: Scope, own: list[Unit]) -> None:
    """Links to her directions, the selected ones, and the services below."""
    looked_at = [
        own_scope.tree.ancestor(unit.id, UnitKind.direction) or unit for unit in own_scope.units
    ]
    # Dictionaries, to list each unit once in order of appearance.
    units: dict[Unit, None] = {}
    for top in dict.fromkeys([*own, *looked_at]):
        units |= dict.fromkeys((top, *own_scope.tree.children.get(top.id, [])))
    draw(
        "board/shortcuts.html",
        links=[(unit.name, address("ma-direction", own_scope.within(unit))) for unit in units],
    )


def _to_answer(own_scope: Scope) -> None:
    waiting = ideas.to_answer(own_scope, PROMISES)
    late = ideas.late_ideas(own_scope)
    items = [
        TodoItem(
            row.title,
            address("idees", own_scope, idee=row.number),
            f"n° {row.number} · déposée le {french.day(row.filed_on)} ·"
            f" {unit_name(own_scope.tree, row.concerns_id)}",
            row.due_on,
            row.is_late(cached.today()),
        )
        for row in waiting
    ]
    todo_list(
        items,
        f"Idées à répondre — {late} en retard" if late else "Idées à répondre",
        "Aucune idée n'attend de première réponse.",
    )
    if may(own_scope.reader, "page.inbox"):
        paragraph(
            link(
                "Idées à traiter : lire, confier, répondre à plusieurs",
                address("reception", own_scope),
            )
        )
    if len(waiting) == PROMISES:
        paragraph(link("Toutes les idées en retard", address("idees", own_scope, vue="en-retard")))


def _owned(milestones: list[PlanAt], own_scope: Scope) -> list[PlanAt]:
    return [m for m in milestones if m.schedule.owner_direction_id in own_scope.counted]


def _milestones(own_scope: Scope) -> None:
    owned = _owned(cached.milestones(own_scope.on, own_scope.asked), own_scope)
    heading("Jalons dont ma direction est porteuse")
    if not owned:
        return reading("Aucun jalon de la feuille de route.")
    open_ones = [m for m in owned if m.state not in (MilestoneState.done, MilestoneState.cancelled)]
    late = [m for m in open_ones if is_past_due(m.facts(), own_scope.on)]
    reading(
        f"{french.counted(len(owned), 'jalon')}, dont {french.counted(len(open_ones), 'ouvert')} et"
        f" {len(late)} en retard."
    )
    rows = [
        (
            link(
                f"{m.plan.number} {m.plan.title}",
                address("feuille-de-route", own_scope, jalon=m.plan.number),
            ),
            french.day(m.schedule.end),
            french.day(m.report.forecast_end) if m.report and m.report.forecast_end else "–",
            m.state.label,
            health_html(health_of(m, own_scope.on)),
        )
        for m in open_ones
    ]
    if rows:
        table(
            ("Jalon", "Échéance", "Prévision", "État", "Santé"),
            rows,
            "Jalons ouverts de ma direction",
        )


def _figures(own_scope: Scope) -> None:
    heading("Mes chiffres, à côté de l'ensemble")
    figures_beside_the_whole(own_scope)
    reading(
        "Aucun chiffre ne classe les personnes ; un effectif de moins de 5 personnes n'est pas"
        " affiché."
    )


def _this_week(own_scope: Scope) -> None:
    start = own_scope.since or own_scope.on - WEEK
    week_changes = changes(
        _owned(cached.milestones(start, own_scope.asked), own_scope),
        _owned(cached.milestones(own_scope.on, own_scope.asked), own_scope),
        [d for d in cached.decisions(own_scope.on) if d.owner_direction_id in own_scope.counted],
        start,
        own_scope.on,
    )
    moves = ideas.idea_moves(own_scope, start, own_scope.on)
    heading(f"Depuis le {french.day_long(start)}")
    sentences = [
        french.counted(moves.filed, "idée ou constat reçu", "idées ou constats reçus"),
        french.counted(moves.answered, "première réponse donnée", "premières réponses données"),
    ]
    sentences += [
        f"jalon {after.plan.number} : {after.state.label.lower()}"
        for _, after in week_changes.moved
    ]
    sentences += [
        f"jalon {after.plan.number} : prévision"
        f" {french.signed(days_later(before, after), 'jour', 0)}"
        for before, after in week_changes.slipped
    ]
    sentences += [f"décision n° {d.number} : {d.title}" for d in week_changes.decided]
    reading(" · ".join(sentences) + ".")


def render(_scope: Scope) -> None:
    one_block(body, redirect=to_own, after=after)
