"""The first visit (première visite): three steps in a band over « Accueil », by role, until it
is finished or dismissed.
"""

from collections.abc import Sequence

import streamlit as st
from sqlmodel import Session

from dashboard.access import Reader
from dashboard.actions.people.preferences import remember
from dashboard.guide.declared import HERE, help_of
from dashboard.queries.people.readers import preference
from dashboard.scope import Scope
from dashboard.ui.components import draw
from dashboard.ui.forms import Form, has_act_message, show_act_message
from dashboard.visit.navigation import href_of
from dashboard.visit.screens import screen_at
from models.database import reading
from models.people import Role

TOUR, OVER = "visite", "vue"  # the preference, and its value
_STEP = "_cp_tour_step"
_GOOD_BYE = "La visite ne reviendra pas ; le « ? » à côté de chaque titre reste là."


# Role → (screen, its use); the reader's first role counts.
_OWN = (
    (Role.admin, "etat-du-systeme", "Vous veillez sur les comptes et sur le système."),
    (Role.animateur, "reception", "Vous lisez chaque dépôt, le publiez et veillez au délai."),
    (Role.directeur, "tableau-de-bord", "Où nous en sommes, ce qui glisse, ce qui nous attend."),
    (Role.codir, "tableau-de-bord", "Où nous en sommes, ce qui glisse, ce qui nous attend."),
    (Role.secretaire, "depuis", "Ce qui a bougé depuis la dernière séance, pour la préparer."),
    (Role.manager, "tableau-de-bord", "Les idées à répondre, vos jalons et vos chiffres."),
    (Role.ambassadeur, "mes-services", "Les réponses à rapporter à vos collègues sans écran."),
)
_OF_AN_AGENT = ("deposer", "Une idée, un constat, une objection : une réponse vous est due.")


def tour(scope: Scope) -> None:
    """The tour; draws nothing once it was finished or dismissed."""
    with reading() as session:
        is_over = bool(preference(session, scope.reader, TOUR))
    if is_over:
        # This page does not show messages: the next page that does would show it.
        if has_act_message():
            show_act_message()
        return
    steps = tour_steps(scope)
    place = min(st.session_state.get(_STEP, 0), len(steps) - 1)
    with st.container(horizontal=True, vertical_alignment="center", key="cp_tour"):
        title, text, link = steps[place]
        draw(
            "front/tour.html",
            title=title,
            text=text,
            link=link,
            place=place + 1,
            number=len(steps),
        )
        with st.container(horizontal=True, width="content"):
            _buttons(place, is_last=place + 1 == len(steps))


def tour_steps(scope: Scope) -> Sequence[tuple[str, str, tuple[str, ...]]]:
    """The steps: pending work, the reader's main screen, help. Each has a title, a text, and a
    link if any (label, address, text for screen readers).
    """
    screen, sentence = next(
        ((url, words) for role, url, words in _OWN if role in scope.reader.roles), _OF_AN_AGENT
    )
    title = screen_at(screen).title
    own_help = help_of(screen, scope.reader.roles) or f"/{HERE}"
    return (
        (
            "Bienvenue",
            "Cette page dit d'abord ce qui vous attend. « Chercher », dans le menu, mène à tout le"
            " reste.",
            (),
        ),
        (title, sentence, (f"Ouvrir « {title} »", href_of(screen_at(screen), scope))),
        (
            "Le mode d'emploi",
            "Le « ? » à côté de chaque titre ouvre la page qui parle de l'écran : les gestes dans"
            " l'ordre, et quoi faire quand cela ne va pas.",
            ("Lire la page de votre rôle", own_help, "nouvel onglet"),
        ),
    )


def _buttons(place: int, is_last: bool) -> None:
    if not is_last:
        st.button("Suivant", key="w_tour_next", on_click=_go_to, args=(place + 1,))
    Form("tour").send(
        "Terminer la visite" if is_last else "Passer la visite", _leave, primary=False
    )


def _go_to(place: int) -> None:
    st.session_state[_STEP] = place


def _leave(session: Session, reader: Reader) -> str:
    remember(session, reader, TOUR, OVER)
    return _GOOD_BYE
