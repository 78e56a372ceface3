"""Mes services: an ambassador's answers to pass on, entries filed for others, and the notice for
the board; the posters (affiches) of the sites.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard import cached, french
from dashboard.access import Reader
from dashboard.actions.ideas.entries import hand_over_answer, take_back_handover
from dashboard.actions.meetings.agendas import make_poster, renew_poster, revoke_poster
from dashboard.cached import answers_to_hand_over, filed_for_others
from dashboard.queries.ideas.waiting import COUNTED_UP_TO, SHOWN
from dashboard.queries.meetings.agenda import SitePoster, site_posters
from dashboard.report import posters as layouts
from dashboard.scope import Scope
from dashboard.screens.workshops import valves_button
from dashboard.ui.address import beginning, page_header
from dashboard.ui.components import (
    draw,
    empty_nothing_yet,
    explanation,
    heading,
    paragraph,
    stacked,
)
from dashboard.ui.downloads import download
from dashboard.ui.forms import Done, Form
from dashboard.ui.tables import link, table, unit_name
from dashboard.visit.navigation import address, current_scope, public_address, whole_number
from models.database import fetch
from models.idea_events import IdeaEvent
from models.idea_states import IdeaKind, IdeaStatus
from models.ideas import Idea

# ── Mes services ──────────────────────────────────────────────────────────────────────────────────


FILED = 30
ANSWER_MAX = 900  # characters shown of an answer


def mes_services_view(scope: Scope) -> None:
    names = ", ".join(unit.name for unit in scope.tree.services(scope.reader.covered))
    whose = f"Vous êtes le relais de : {names}, et de qui vous a confié une idée."
    nobody = "Vous êtes ambassadeur ou ambassadrice, sans service attitré."
    page_header("Mes services", whose if names else nobody)
    answers, waiting = answers_to_hand_over(scope, SHOWN)
    filed, total = filed_for_others(scope, FILED)
    with stacked():
        heading("À transmettre de vive voix")
        explanation(_how_many(len(answers), waiting))
    # The one that « Accueil » led to comes first.
    asked = whole_number(st.query_params.get("idee"))
    for idea, answer in sorted(answers, key=lambda pair: pair[0].number != asked):
        _answer(scope, idea, answer)
    with stacked():
        _filed(scope, filed, total)
        heading("À afficher et à montrer")
        paragraph(
            link("Le kit de l'ambassadeur : mots, diapositives, affiche", address("projet", scope))
        )
        explanation(
            "La fiche pour les valves : les réponses d'un mois pour une direction, les formations"
            " qui viennent et un code QR, sur une page."
        )
    valves_button(scope)


def _how_many(shown: int, waiting: int) -> str:
    if not shown:
        return "Aucune réponse n'attend d'être transmise."
    counted = french.sentence_case(french.counted_up_to(COUNTED_UP_TO, waiting, "réponse"))
    oldest = f" ; les {french.number(shown)} plus anciennes sont ici" if waiting > shown else ""
    return f"{counted} à dire vous-même{oldest}. « C'est transmis » retire la réponse d'ici."


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
    """« Retenue · réponse du 12/05/2023 · Voirie · à dire à : Cimetières »."""
    facts = [
        IdeaStatus(idea.status).label,
        f"réponse du {french.day(answer.on)}",
        scope.tree.name_of(idea.concerns_id),
    ]
    unit = scope.tree.by_id.get(idea.origin_id) if idea.origin_id else None
    if idea.relay_id == scope.reader.person_id:
        facts.append("à dire à la personne pour qui vous l'avez déposée")
    elif unit:
        facts.append(f"à dire à : {unit.name}")
    return " · ".join(filter(None, facts))


def _filed(scope: Scope, filed: list[Idea], total: int) -> None:
    heading("Ce que j'ai déposé pour d'autres")
    if not filed:
        return empty_nothing_yet(
            "Vous n'avez encore rien déposé pour un collègue.",
            ("Ouvrir un atelier", address("atelier", scope)),
        )
    more = f", dont voici les {french.number(len(filed))} dernières" if total > len(filed) else ""
    explanation(f"{french.counted(total, 'entrée')}{more}.")
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


# ── Affiches ──────────────────────────────────────────────────────────────────────────────────────


def affiches_view(scope: Scope) -> None:
    page_header("Affiches")
    posters = fetch(site_posters, scope.reader)
    if not posters:
        return empty_nothing_yet(
            "Aucun site n'est encore connu : l'administrateur les importe dans « Référentiels »."
        )
    missing = [item.site.id for item in posters if not item.word]
    with_poster = [item for item in posters if item.word]
    form = Form("posters")
    with form.row(vertical_alignment="center"):
        if missing:
            form.button(
                f"Faire les affiches qui manquent ({len(missing)})",
                _make_all,
                missing,
                icon=":material/qr_code_2:",
            )
        if with_poster:
            count = french.counted(len(with_poster), "affiche", "affiches")
            _print_button(scope, with_poster, f"Imprimer {count} (PDF)", "affiches.pdf")
    rows = [
        (
            item.site.name,
            unit_name(scope.tree, item.site.direction_id),
            item.site.agents,
            f"depuis le {french.day(item.since)}" if item.since else "–",
            _whole(item.word) or "–",
        )
        for item in posters
    ]
    table(
        ("Site", "Direction", "Agents", "Affiche", "Mot"),
        rows,
        "Les sites et leur affiche",
        frozenset({2}),
    )
    one_site(scope, posters)


def one_site(scope: Scope, posters: Sequence[SitePoster]) -> None:
    """One chosen site: its poster made, printed, renewed or revoked."""
    heading("Un site")
    by_id = {item.site.id: item for item in posters}
    chosen = st.selectbox(
        "Site",
        list(by_id),
        format_func=lambda ident: by_id[ident].site.name,
        key="w_poster_site",
        width=440,
    )
    item = by_id[chosen]
    form = Form(f"poster_{chosen}")
    if not item.word:
        paragraph("Ce site n'a pas d'affiche.")
        form.button(
            "Faire l'affiche",
            make_poster,
            chosen,
            icon=":material/qr_code_2:",
            done="L'affiche est faite : imprimez-la, puis accrochez-la.",
        )
    else:
        _standing(scope, form, item)
    form.first_error()


def _make_all(session, reader: Reader, site_ids: Sequence[int]) -> str:
    for site_id in site_ids:
        make_poster(session, reader, site_id)
    made = french.counted(len(site_ids), "affiche est faite", "affiches sont faites")
    return f"{made} : imprimez-les ci-dessous."


def _standing(scope: Scope, form: Form, item: SitePoster) -> None:
    ident = item.site.id
    since = french.day_long(item.since)
    paragraph(f"Le mot de l'affiche est {_whole(item.word)}, depuis le {since}.")
    with st.container(horizontal=True, vertical_alignment="center"):
        _print_button(scope, [item], "Imprimer (PDF)", f"affiche-{ident}.pdf")
        with form.popover("Renouveler", ":material/autorenew:"):
            paragraph("Un nouveau mot : celui qui est au mur n'ouvre plus rien.")
            form.button(
                "Renouveler l'affiche",
                renew_poster,
                ident,
                field="renew",
                done="L'affiche est renouvelée : imprimez-la, puis accrochez-la.",
            )
        with Form(f"end_poster_{ident}").popover("Retirer", ":material/link_off:"):
            paragraph("Son mot n'ouvre plus rien, et le site n'a plus d'affiche.")
            form.button(
                "Retirer l'affiche",
                revoke_poster,
                ident,
                done="L'affiche est retirée : son mot n'ouvre plus rien.",
                field="revoke",
            )


def _whole(word: str) -> str:
    """The word with non-breaking hyphens."""
    return word.replace("-", "\u2011")


def _print_button(scope: Scope, items: Sequence[SitePoster], label: str, name: str) -> None:
    # Read now: a file is made outside the page's run, which alone knows its address.
    printed = partial(layouts.posters, scope, tuple(items), public_address())
    download(label, printed, name, "application/pdf", key=name, icon="print")
