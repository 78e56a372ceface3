"""Campagnes: the questions put to the field, how many answered, and what follows."""

import streamlit as st

from dashboard import cached
from dashboard.access import may
from dashboard.frame.embedding import CAMPAIGN, frame_code
from dashboard.queries.campaigns import asked_directions
from dashboard.scope import Scope
from dashboard.screens import campaigns as blocks
from dashboard.screens.ideas.form import About, idea_form
from dashboard.ui.address import page_header
from dashboard.ui.components import empty_nothing_yet, heading, link_buttons, paragraph
from dashboard.ui.tables import link
from dashboard.visit.navigation import address
from models.clusters import Campaign

_HEIGHT = 780  # pixels of the frame


def render(scope: Scope) -> None:
    campaigns, key = cached.campaigns(), st.query_params.get("campagne")
    if one := next((campaign for campaign in campaigns if campaign.key == key), None):
        return _one(scope, one)
    page_header("Campagnes")
    if campaigns:
        blocks.campaign_table(scope, campaigns)
    else:
        empty_nothing_yet("Aucune question n'est encore posée au terrain.")
    if may(scope.reader, "campaign.make"):
        blocks.campaign_box(scope)


def _one(scope: Scope, campaign: Campaign) -> None:
    page_header(campaign.question, trail=(("Campagnes", address("campagnes", scope)),))
    blocks.restitution_block(campaign)
    blocks.progress_block(scope, campaign)
    is_maker, page = may(scope.reader, "campaign.make"), f"/{CAMPAIGN}?q={campaign.key}"
    if campaign.is_open(cached.today()):
        heading("Répondre")
        paragraph(campaign.introduction)
        asked = asked_directions(campaign, scope.tree)
        about = About(campaign_id=campaign.id, directions=asked)
        idea_form(scope, f"campagne_{campaign.id}", about)
    elif may(scope.reader, "campaign.outcome", campaign) and not campaign.restituted_on:
        blocks.outcome_forms(scope, campaign)
        if may(scope.reader, "idea.sort"):
            paragraph(link("Réunir ce qui dit la même chose", address("lots", scope)))
    with st.container(horizontal=True):
        link_buttons([("La page publique", page, "public")])
        blocks.paper_buttons(scope, campaign)
    if is_maker:
        if not campaign.restituted_on:
            blocks.campaign_box(scope, campaign)
        with st.expander("Intégrer dans l'intranet", icon=":material/code:"):
            st.code(frame_code(f"{page}&embed=true", campaign.question, _HEIGHT), language=None)
