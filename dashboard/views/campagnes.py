"""Campagnes: the questions put to the field, how many answered, and what follows."""

import json

import streamlit as st

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
from dashboard.frame.embedding import CAMPAIGN, frame_code
from dashboard.queries.campaigns import (
    Progress,
    asked_directions,
    drafted,
    entries_of,
    outcome_in_words,
    progress,
    sponsors,
)
from dashboard.queries.figures.small_cells import SMALLEST
from dashboard.queries.journal import mark_of
from dashboard.report.kinds import PPTX
from dashboard.scope import Scope
from dashboard.screens.campaigns import days_in_words, restitution_block
from dashboard.screens.ideas.form import About, idea_form
from dashboard.screens.workshops import PDF, made
from dashboard.ui.address import page_header
from dashboard.ui.components import (
    caption,
    copyable,
    empty_nothing_yet,
    escape_md,
    explanation,
    heading,
    link_buttons,
    paragraph,
)
from dashboard.ui.downloads import download
from dashboard.ui.forms import Form
from dashboard.ui.tables import idea_list, link, table
from dashboard.ui.unfolding import Fold, unfolding, unfoldings
from dashboard.visit.navigation import address, current_scope, public_address
from models.clusters import Campaign, Cluster, Outcome
from models.database import fetch


def campagnes_view(scope: Scope) -> None:
    campaigns, key = cached.campaigns(), st.query_params.get("campagne")
    if one := next((campaign for campaign in campaigns if campaign.key == key), None):
        return _one(scope, one)
    page_header("Campagnes")
    if may(scope.reader, "campaign.make"):
        campaign_box(scope)
    if campaigns:
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
    else:
        empty_nothing_yet("Aucune question n'est encore posée au terrain.")


def _one(scope: Scope, campaign: Campaign) -> None:
    page_header(campaign.question, trail=(("Campagnes", address("campagnes", scope)),))
    restitution_block(campaign)
    progress_block(scope, campaign)
    is_maker, page = may(scope.reader, "campaign.make"), f"/{CAMPAIGN}?q={campaign.key}"
    if campaign.is_open(cached.today()):
        heading("Répondre")
        paragraph(campaign.introduction)
        about = About(campaign_id=campaign.id, directions=asked_directions(campaign, scope.tree))
        idea_form(scope, f"campagne_{campaign.id}", about)
    elif may(scope.reader, "campaign.outcome", campaign) and not campaign.restituted_on:
        heading("Ce qui suit, regroupement par regroupement")
        unfoldings(
            [
                Fold(
                    f"{escape_md(cluster.title)} ({n}) ·"
                    f" {outcome_in_words(cluster) or 'à décider'}",
                    _outcome_fields,
                    (campaign.id, cluster),
                    f"w_outcome_{cluster.id}",
                )
                for cluster, n in cached.restitution(campaign.id)
                if cluster
            ]
        )
        if is_maker:
            Form(f"restitute_{campaign.id}").send(
                "Publier la restitution",
                restitute,
                campaign.id,
                icon=":material/public:",
                done="La restitution est publiée ; les auteurs connus sont prévenus.",
            )
        if may(scope.reader, "idea.sort"):
            paragraph(link("Réunir ce qui dit la même chose", address("lots", scope)))
    with st.container(horizontal=True):
        link_buttons([("La page publique", page, "public")])
        paper_buttons(scope, campaign)
    if is_maker:
        if not campaign.restituted_on:
            campaign_box(scope, campaign)
        with st.expander("Intégrer dans l'intranet", icon=":material/code:"):
            copyable(frame_code(f"{page}&embed=true", campaign.question, height=780))


def progress_block(scope: Scope, campaign: Campaign) -> None:
    """The answers against the headcount, by direction, and the meetings as one."""
    found = fetch(progress, scope, campaign)
    agents = french.counted(found.agents, "agent")
    elsewhere = ""
    shown = sum(n for _, n in cached.restitution(campaign.id))
    if campaign.restituted_on and SMALLEST <= found.answers != shown:
        rest = french.counted(
            found.answers - shown, "fusionnée ou non publiée", "fusionnées ou non publiées"
        )
        elsewhere = f" {french.number(shown)} sont comptées ci-dessus, {rest}."
    explanation(f"{_answers(found)} pour {agents}. {days_in_words(campaign)}{elsewhere}")
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


def _outcome_fields(campaign_id: int, cluster: Cluster) -> None:
    idea_list(fetch(entries_of, campaign_id, cluster.id), current_scope())
    form, stored = Form(f"outcome_{cluster.id}"), outcome_values(cluster)
    proposed = {} if cluster.outcome else fetch(drafted, campaign_id, cluster.id)
    form.opens_with(stored | proposed, mark_of(stored))
    words = {"": "À choisir"} | {word.value: word.label for word in Outcome}
    form.pick("outcome", "Suite", words, index=0)
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


def campaign_box(scope: Scope, campaign: Campaign | None = None) -> None:
    """« Poser une question », or correct one."""
    form = Form(f"campaign_{campaign.id if campaign else 0}")
    title, icon = ("Corriger la campagne", "edit") if campaign else ("Poser une question", "add")
    unfolding(
        title, _fields, form, scope, campaign, key=f"w_{form.name}_box", icon=f":material/{icon}:"
    )


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


def _saved(session, reader: Reader, form: Form, campaign: Campaign | None) -> str:
    days = form.values(("sponsor_id", "opens_on", "closes_on"))
    words = {name: form.text(name) for name in ("key", "question", "introduction")}
    typed = Campaign(directions=json.dumps(form.value("directions") or []), **days, **words)
    saved = save_campaign(session, reader, typed, campaign and campaign.id, form.mark)
    st.query_params["campagne"] = saved.key
    return "La question est enregistrée."


def paper_buttons(scope: Scope, campaign: Campaign) -> None:
    """The poster and the sheet to fill in; once it is published, what follows, also as slides."""
    page, key = f"{public_address()}/campagne?q={campaign.key}", campaign.key

    def paper(session, scope: Scope) -> bytes:
        # Typst is loaded only if a paper is asked for.
        from dashboard.report.posters import campaign_paper

        return campaign_paper(session, scope, key, page)

    def slides(session, scope: Scope) -> bytes:
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
