"""Blocks of campaigns (campagnes): what is asked, how many answered, what follows from it."""

import json
from collections.abc import Iterator

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.campaigns import (
    ANSWER_MAX,
    INTRODUCTION_MAX,
    QUESTION_MAX,
    campaign_values,
    outcome_values,
    restitute,
    save_campaign,
    write_outcome,
)
from dashboard.queries.campaigns import (
    Progress,
    asked_directions,
    asks,
    drafted,
    entries_of,
    outcome_in_words,
    progress,
    restitution_in_words,
    sponsors,
)
from dashboard.queries.edit_conflicts import mark_of
from dashboard.queries.figures.small_cells import SMALLEST
from dashboard.report.kinds import PPTX
from dashboard.scope import Scope
from dashboard.screens.workshops.papers import PDF, made
from dashboard.ui.components import TodoItem, caption, draw, escape_md, heading, reading
from dashboard.ui.downloads import download
from dashboard.ui.forms import Form
from dashboard.ui.tables import idea_list, link, table
from dashboard.ui.unfolding import Fold, unfolding, unfoldings
from dashboard.visit.navigation import address, current_scope, public_address
from models.clusters import Campaign, Cluster, Outcome
from models.database import fetch

_ASKED = "Une question vous est posée : "


def open_campaigns(scope: Scope) -> list[Campaign]:
    """The open campaigns that ask the reader's direction."""
    day = cached.today()
    return [c for c in cached.campaigns() if c.is_open(day) and asks(c, scope)]


def asked_questions(scope: Scope) -> Iterator[TodoItem]:
    """What campaigns ask the reader, as her tasks."""
    for campaign in open_campaigns(scope):
        href = address("campagnes", scope, campagne=campaign.key)
        yield TodoItem(_ASKED + campaign.question, href, "Répondre", campaign.closes_on)


def campaign_table(scope: Scope, campaigns: list[Campaign]) -> None:
    rows = [
        (
            link(campaign.question, address("campagnes", scope, campagne=campaign.key)),
            ", ".join(unit.name for unit in asked_directions(campaign, scope.tree))
            if campaign.direction_ids
            else "Toute l'administration",
            _answers(fetch(progress, scope, campaign)),
            days_in_words(campaign),
        )
        for campaign in campaigns
    ]
    headings = ("Question", "Posée à", "Réponses", "Où elle en est")
    table(headings, rows, "Campagnes, la plus récente d'abord")


def days_in_words(campaign: Campaign) -> str:
    """« Ouverte jusqu'au 14 juillet 2023, encore 15 jours. »"""
    day, last = cached.today(), french.day_long(campaign.closes_on)
    if campaign.restituted_on:
        return f"Restitution publiée le {french.day_long(campaign.restituted_on)}."
    if day > campaign.closes_on:
        return f"Close depuis le {last} ; ce qui suit sera publié ici."
    if day < campaign.opens_on:
        return f"Ouverte à partir du {french.day_long(campaign.opens_on)}."
    left = french.counted((campaign.closes_on - day).days + 1, "jour")
    return f"Ouverte jusqu'au {last}, encore {left}."


# ── Its progress, and what follows ──────────────────────────────────────────────────────────────


def progress_block(scope: Scope, campaign: Campaign) -> None:
    """The answers against the headcount, by direction, and the meetings as one."""
    found = fetch(progress, scope, campaign)
    agents = french.counted(found.agents, "agent")
    reading(f"{_answers(found)} pour {agents}. {days_in_words(campaign)}")
    if found.meetings:
        caption(
            f"{french.counted(found.meetings, 'rencontre')}, dont {found.held}"
            f" {french.plural(found.held, 'tenue')} :"
            f" {french.counted(found.present, 'présence')},"
            f" {french.counted(found.said_there, 'réponse écrite là', 'réponses écrites là')}."
        )
    rows = [
        (unit.name, "caché" if n is None else french.number(n), french.number(agents))
        for unit, n, agents in found.places
    ]
    headings = ("Direction concernée", "Réponses (cachées sous 5)", "Agents")
    if rows:
        table(headings, rows, "Par direction", frozenset({1, 2}))


def _answers(found: Progress) -> str:
    """« 77 réponses »."""
    if 0 < found.answers < SMALLEST:
        return f"Moins de {SMALLEST} réponses"
    return french.counted(found.answers, "réponse")


def restitution_block(campaign: Campaign) -> None:
    """What follows, once it is published."""
    if campaign.restituted_on:
        found = cached.restitution(campaign.id)
        draw("campaigns/restitution.html", rows=restitution_in_words(found))


def outcome_forms(scope: Scope, campaign: Campaign) -> None:
    """The form of each cluster's outcome, and for who may the act that publishes them."""
    heading("Ce qui suit, lot par lot")
    unfoldings(
        [
            Fold(
                f"{escape_md(cluster.title)} ({n}) · {outcome_in_words(cluster) or 'à décider'}",
                _outcome_fields,
                (campaign.id, cluster),
                f"w_outcome_{cluster.id}",
            )
            for cluster, n in cached.restitution(campaign.id)
            if cluster
        ]
    )
    if not may(scope.reader, "campaign.make"):
        return
    Form(f"restitute_{campaign.id}").send(
        "Publier la restitution",
        lambda session, reader: restitute(session, reader, campaign.id),
        icon=":material/public:",
        done="La restitution est publiée ; les auteurs connus sont prévenus.",
    )


def _outcome_fields(campaign_id: int, cluster: Cluster) -> None:
    idea_list(fetch(entries_of, campaign_id, cluster.id), current_scope())
    form, stored = Form(f"outcome_{cluster.id}"), outcome_values(cluster)
    proposed = {} if cluster.outcome else fetch(drafted, campaign_id, cluster.id)
    form.opens_with(stored | proposed, mark_of(stored))
    words = {"": "À choisir"} | {word.value: word.label for word in Outcome}
    form.field("outcome", st.selectbox, "Suite", list(words), format_func=words.get)
    form.field("answer", st.text_area, "Réponse", max_chars=ANSWER_MAX)
    form.field("until", st.date_input, "À l'étude jusqu'au", format="DD/MM/YYYY")
    form.send(
        "Enregistrer la suite",
        lambda session, reader: write_outcome(
            *(session, reader, campaign_id),
            Cluster(id=cluster.id, **form.values(stored)),
            form.mark,
        ),
        icon=":material/check:",
        done="La suite est enregistrée.",
    )


# ── Making it ───────────────────────────────────────────────────────────────────────────────────


def campaign_box(scope: Scope, campaign: Campaign | None = None) -> None:
    """« Poser une question », or correct one."""
    form = Form(f"campaign_{campaign.id if campaign else 0}")
    title, icon = ("Corriger la campagne", "edit") if campaign else ("Poser une question", "add")
    key = f"w_{form.name}_box"
    unfolding(title, _fields, form, scope, campaign, key=key, icon=f":material/{icon}:")


def _fields(form: Form, scope: Scope, campaign: Campaign | None) -> None:
    people = fetch(sponsors)
    units = {unit.id: unit.name for unit in scope.tree.directions()}
    if campaign:
        form.opens_with(campaign_values(campaign))
    form.field("question", st.text_input, "Question", max_chars=QUESTION_MAX)
    form.field(
        *("introduction", st.text_area, "Introduction (facultatif)"),
        max_chars=INTRODUCTION_MAX,
        placeholder="Pourquoi cette question, ce qui sera fait des réponses.",
    )
    form.field(
        *("sponsor_id", st.selectbox, "Commanditaire", [None, *people]),
        format_func=lambda person: people.get(person, "À choisir"),
    )
    whom = "Directions (vide : toute l'administration)"
    form.field("directions", st.multiselect, whom, list(units), format_func=units.get)
    form.field("opens_on", st.date_input, "Premier jour", None, format="DD/MM/YYYY")
    form.field("closes_on", st.date_input, "Dernier jour", None, format="DD/MM/YYYY")
    if campaign is None:
        form.field("key", st.text_input, "Adresse courte (facultatif)", placeholder="commencer")
    form.send(
        "Enregistrer la question",
        lambda session, reader: _saved(session, reader, form, campaign),
        icon=":material/check:",
    )


def _saved(session: Session, reader: Reader, form: Form, campaign: Campaign | None) -> str:
    days = form.values(("sponsor_id", "opens_on", "closes_on"))
    words = {name: form.text(name) for name in ("key", "question", "introduction")}
    typed = Campaign(directions=json.dumps(form.value("directions") or []), **days, **words)
    saved = save_campaign(session, reader, typed, campaign and campaign.id, form.mark)
    st.query_params["campagne"] = saved.key
    return "La question est enregistrée."


# ── Its papers ──────────────────────────────────────────────────────────────────────────────────


def paper_buttons(scope: Scope, campaign: Campaign) -> None:
    """The poster and the sheet to fill in; once it is published, what follows, also as slides."""
    page, key = f"{public_address()}/campagne?q={campaign.key}", campaign.key

    def paper(session: Session, scope: Scope) -> bytes:
        # Imported on request: Typst is slow to load.
        from dashboard.report.posters import campaign_paper

        return campaign_paper(session, scope, key, page)

    def slides(session: Session, scope: Scope) -> bytes:
        from dashboard.report.slides import campaign_slides

        return campaign_slides(session, scope, key, page)

    name = "Restitution pour les valves" if campaign.restituted_on else "Affiche et feuille"
    file = made(scope, paper), f"campagne-{key}.pdf", PDF
    download(f"{name} (PDF)", *file, key=f"campaign_{campaign.id}", icon="print")
    if campaign.restituted_on:
        download(
            "Restitution en diapositives (PPTX)",
            made(scope, slides),
            f"campagne-{key}.pptx",
            PPTX,
            key=f"campaign_slides_{campaign.id}",
            icon="slideshow",
        )
