"""Blocks of campaigns (campagnes): what is asked, how many answered, what follows from it."""

from collections.abc import Iterator

from dashboard import cached, french
from dashboard.queries.campaigns import (
    asks,
    restitution_in_words,
)
from dashboard.scope import Scope
from dashboard.ui.components import TodoItem, draw
from dashboard.visit.navigation import address
from models.clusters import Campaign


def open_campaigns(scope: Scope) -> list[Campaign]:
    """The open campaigns that ask the reader's direction."""
    return [c for c in cached.campaigns() if c.is_open(cached.today()) and asks(c, scope)]


def asked_questions(scope: Scope) -> Iterator[TodoItem]:
    """What campaigns ask the reader, as her tasks."""
    for campaign in open_campaigns(scope):
        href = address("campagnes", scope, campagne=campaign.key)
        text = f"Répondre à la question : {campaign.question}"
        yield TodoItem(
            text,
            href,
            "Question de l'équipe du programme, avec ou sans votre nom",
            campaign.closes_on,
        )


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


def restitution_block(campaign: Campaign) -> None:
    """What follows, once it is published."""
    if campaign.restituted_on:
        draw(
            "campaigns/restitution.html", rows=restitution_in_words(cached.restitution(campaign.id))
        )
