"""Atelier: the reader's workshops; for one of them the opening questions, the grid, the wall and
the papers.
"""

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.cached import workshops_of
from dashboard.frame.around import Asked, without_filters
from dashboard.queries.meetings.records import MeetingAt, workshop
from dashboard.rendering import macros
from dashboard.scope import Scope
from dashboard.screens.workshops.grid import (
    campaign_question,
    cancel_form,
    grid,
    opening_form,
    place_of,
    plan_form,
    units_of,
)
from dashboard.screens.workshops.papers import minutes_button, sheet_buttons
from dashboard.ui.address import page_header
from dashboard.ui.components import (
    draw,
    empty_nothing_yet,
    heading,
    link_buttons,
    paragraph,
    reading,
)
from dashboard.ui.tables import link, table, unit_name
from dashboard.visit.navigation import address, whole_number
from models.database import reading as reading_database
from models.directions import Unit
from models.meetings import MeetingState


def render(scope: Scope) -> None:
    meeting_id = st.query_params.get("reunion")
    if meeting_id:
        with reading_database() as session:
            return one(scope, workshop(session, whole_number(meeting_id) or 0))
    page_header("Atelier")
    if not workshops_of(scope.reader):
        empty_nothing_yet(
            "Aucun atelier n'est encore préparé. Donnez son jour et son lieu, la grille s'ouvre"
            " aussitôt."
        )
        return plan_form(scope, expanded=True)
    without_filters(every_workshop, scope)
    plan_form(scope, expanded=False)
    return _blank_sheets(scope)


def every_workshop(scope: Scope, _asked: Asked) -> None:
    """Upcoming workshops, then past ones."""
    workshops = workshops_of(scope.reader)
    planned = [item for item in workshops if item.state == MeetingState.planned]
    coming = [item for item in planned if item.day >= cached.today()]
    coming.sort(key=lambda item: item.day)
    past = [item for item in workshops if item not in coming]
    for title, rows in (("À venir", coming), ("Passés", past)):
        if rows:
            heading(title)
            table(
                ("Jour", "Atelier", "Lieu", "Direction ou service", "État"),
                [_row(row, scope) for row in rows],
                f"Ateliers et rencontres de terrain : {title.lower()}",
            )


def _row(item: MeetingAt, scope: Scope) -> tuple:
    named = item.label if not item.place or item.title else f"{item.label}, {item.place}"
    return (
        french.day(item.day),
        link(named, address("atelier", scope, reunion=item.id)),
        item.place or "–",
        unit_name(scope.tree, item.direction_id),
        item.state.label,
    )


def _blank_sheets(scope: Scope) -> None:
    """A blank sheet for a service, without a workshop."""
    heading("Des fiches en papier")
    reading(
        "Une fiche à remplir à la main, avec son talon. Le code QR ouvre le formulaire sur un"
        " téléphone."
    )
    units = units_of(scope)
    chosen = st.selectbox(
        "Pour quel service ou quelle direction ?",
        list(units),
        format_func=units.get,
        index=None,
        placeholder="Choisissez",
        key="w_fiche_unit",
    )
    if chosen:
        sheet_buttons(scope, _services(scope, chosen))


def _services(scope: Scope, unit_id: int) -> list[Unit]:
    """The unit itself, or each service below it."""
    return scope.tree.services(scope.tree.under(unit_id)) or [scope.tree.by_id[unit_id]]


# --- one workshop ---------------------------------------------------------------------------------


def one(scope: Scope, meeting: MeetingAt | None) -> None:
    back = ("Atelier", address("atelier", scope))
    if meeting is None:
        return page_header(
            "Atelier introuvable", "Ce numéro n'est celui d'aucun atelier.", trail=(back,)
        )
    if not may(scope.reader, "workshop.run", meeting):
        page_header(
            "Atelier",
            "Cet atelier est tenu par une autre personne : vous pouvez en préparer un vous-même.",
            trail=(back,),
        )
        return paragraph(
            macros().button_link("Préparer un atelier", address("atelier", scope), "add")
        )
    page_header(meeting.label, place_of(meeting, scope), trail=(back,))
    if meeting.state == MeetingState.cancelled:
        return reading("Cet atelier est annulé : on n'y écrit plus.")
    link_buttons([("Ouvrir le mur", address("mur", scope, reunion=meeting.id), "cast")])
    with st.expander(
        "L'ouverture : mains levées et métiers", icon=":material/front_hand:", key="w_opening"
    ):
        opening_form(meeting)
    if question := campaign_question(meeting):
        reading(f"La question : {question}")
    draw("ui/heading_and_reading.html", title="La feuille", message=_HOW)
    grid(meeting)
    heading("Avant de partir")
    reading(
        "Le PV reprend ce qui est enregistré : imprimez-le, ou envoyez-le, avant de quitter le"
        " dépôt."
    )
    with st.container(horizontal=True):
        minutes_button(scope, meeting)
    # The unit may have been closed between planning and the day.
    is_known = meeting.direction_id in scope.tree.by_id
    units = _services(scope, meeting.direction_id) if is_known else [scope.tree.root]
    sheet_buttons(scope, units, meeting)
    if meeting.state == MeetingState.planned:
        cancel_form(meeting)


_HOW = (
    "Une ligne par idée : Entrée passe à la suivante, un collage de plusieurs lignes en fait"
    " autant, Ctrl + Entrée enregistre tout. Ce que vous tapez est gardé à mesure, même si la"
    " connexion tombe."
)
