"""Mes services: an ambassador's answers to pass on, entries filed for others, and the notice for
the boards.
"""

from dataclasses import replace

import streamlit as st

from dashboard import cached, french
from dashboard.actions.ideas.entries import hand_over_answer, take_back_handover
from dashboard.cached import answers_to_hand_over, filed_for_others
from dashboard.queries.ideas.waiting import COUNTED_UP_TO, SHOWN
from dashboard.scope import Scope
from dashboard.screens.workshops.papers import valves_button
from dashboard.ui.address import beginning, page_header
from dashboard.ui.components import draw, empty_nothing_yet, heading, paragraph, reading, stacked
from dashboard.ui.forms import Done, Form
from dashboard.ui.tables import link, table
from dashboard.visit.navigation import address, current_scope
from models.idea_events import IdeaEvent
from models.idea_states import IdeaKind, IdeaStatus
from models.ideas import Idea

FILED = 30
ANSWER_MAX = 900  # characters shown of an answer


def render(scope: Scope) -> None:
    names = ", ".join(unit.name for unit in scope.tree.services(scope.reader.covered))
    nobody = "Vous êtes ambassadeur ou ambassadrice, sans service attitré."
    page_header("Mes services", f"Vous êtes le relais de : {names}." if names else nobody)
    answers, waiting = answers_to_hand_over(scope, SHOWN)
    filed, total = filed_for_others(scope, FILED)
    with stacked():
        heading("À transmettre de vive voix")
        reading(_how_many(len(answers), waiting))
    for idea, answer in answers:
        _answer(scope, idea, answer)
    with stacked():
        _filed(scope, filed, total)
        heading("À afficher et à montrer")
        paragraph(
            link("Le kit de l'ambassadeur : mots, diapositives, affiche", address("projet", scope))
        )
        reading(
            "La fiche pour les valves : les réponses d'un mois pour une direction, les formations"
            " qui viennent et un code QR, sur une page."
        )
    valves_button(scope)


def _how_many(shown: int, waiting: int) -> str:
    if not shown:
        return "Aucune réponse n'attend d'être transmise."
    counted = french.sentence_case(french.counted_up_to(COUNTED_UP_TO, waiting, "réponse"))
    oldest = f" ; les {french.number(shown)} plus anciennes sont ici" if waiting > shown else ""
    return f"{counted} pour des collègues qui ne lisent pas l'écran{oldest}."


def _answer(scope: Scope, idea: Idea, answer: IdeaEvent) -> None:
    with st.container(border=True, key=f"cp_tell_{idea.number}"):
        draw(
            "notices/answer_to_hand_over.html",
            title=idea.title,
            href=address("idees", scope, idee=idea.number),
            text=beginning(answer.text, ANSWER_MAX),
            message=_facts(scope, idea, answer),
        )
        Form(f"tell_{idea.number}_{answer.seq}").send(
            "C'est transmis",
            lambda session, reader: hand_over_answer(
                session, replace(current_scope(), reader=reader), idea.number
            ),
            primary=False,
            icon=":material/record_voice_over:",
            help=f"Réponse n° {idea.number} : dite de vive voix, aujourd'hui",
            done=lambda _: Done(
                f"La réponse n° {idea.number} est notée comme transmise.",
                "Annuler : elle n'est pas encore transmise",
                lambda session, reader: (
                    take_back_handover(session, reader, idea.number)
                    or f"C'est annulé : la réponse n° {idea.number} attend d'être transmise."
                ),
            ),
        )


def _facts(scope: Scope, idea: Idea, answer: IdeaEvent) -> str:
    """« n° 362417 · Retenue · réponse du 12/05/2023 · déposée par vous »."""
    facts = [
        f"n° {idea.number}",
        IdeaStatus(idea.status).label,
        f"réponse du {french.day(answer.on)}",
    ]
    unit = scope.tree.by_id.get(idea.origin_id) if idea.origin_id else None
    if idea.relay_id == scope.reader.person_id:
        facts.append("déposée par vous")
    elif unit:
        facts.append(f"vient de : {unit.name}")
    return " · ".join(facts)


def _filed(scope: Scope, filed: list[Idea], total: int) -> None:
    heading("Ce que j'ai déposé pour d'autres")
    if not filed:
        return empty_nothing_yet(
            "Vous n'avez encore rien déposé pour un collègue.",
            ("Ouvrir un atelier", address("atelier", scope)),
        )
    more = f", dont voici les {french.number(len(filed))} dernières" if total > len(filed) else ""
    reading(f"{french.counted(total, 'entrée')}{more}.")
    rows = [
        (
            str(item.number),
            link(item.title, address("idees", scope, idee=item.number)),
            IdeaKind(item.kind).label,
            IdeaStatus(item.status).label,
            french.day(item.filed_on),
            _due(item),
        )
        for item in filed
    ]
    table(
        ("N°", "Entrée", "Genre", "État", "Déposée le", "Réponse"),
        rows,
        "Ce que j'ai déposé pour d'autres, le plus récent d'abord",
        download="mes-depots",
    )


def _due(filed: Idea) -> str:
    if filed.answered_on:
        return f"donnée le {french.day(filed.answered_on)}"
    if not filed.due_on:
        return "–"
    promised = "en retard, promise" if filed.is_late(cached.today()) else "promise"
    return f"{promised} pour le {french.day(filed.due_on)}"
