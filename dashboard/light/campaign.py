"""The public page of a campaign (campagne): its question and a short form while it is open, later
what follows. No script is needed; other pages may frame it.
"""

from starlette.responses import Response

from dashboard import cached
from dashboard.access import NOBODY
from dashboard.light.fields import Fields, refused
from dashboard.light.filing import UNKNOWN, filed, new_token, thanks
from dashboard.light.page import Visit, page
from dashboard.light.public import missing_page
from dashboard.queries.campaigns import asked_directions
from dashboard.rendering import render
from dashboard.screens.campaigns import days_in_words, restitution_block
from dashboard.screens.ideas import fields as common_fields
from dashboard.ui.blocks import gathering
from models.errors import Invalid, Refused

_LABELS = {"body": common_fields.ANSWER, "concerns_id": common_fields.CONCERNS}


def campaign_page(visit: Visit) -> Response:
    """GET: the form, or what follows. POST: files the answer, once."""
    key, errors = visit.query_value("q"), {}
    campaign = next((campaign for campaign in cached.campaigns() if campaign.key == key), None)
    if campaign is None:
        return missing_page(visit)
    if visit.is_sent:
        try:
            return thanks(visit, filed(visit, campaign.id))
        except (Invalid, Refused) as refusal:
            errors = refused(refusal)
    fields = Fields(visit, errors)
    with gathering() as parts:
        restitution_block(campaign)
    asked = asked_directions(campaign, cached.scope_of(NOBODY).tree)
    units = [UNKNOWN, *((str(unit.id), unit.name) for unit in asked)]
    html = render(
        "light/campaign.html",
        campaign=campaign,
        sentence=days_in_words(campaign),
        parts=parts,
        # What was typed too late is not lost.
        has_form=visit.is_sent or campaign.is_open(cached.today()),
        summary=fields.summary(_LABELS),
        token=visit.token or new_token(),
        body=fields.text("body", common_fields.ANSWER, rows=6),
        direction=fields.select("concerns_id", f"{common_fields.CONCERNS} (facultatif)", units),
        day=common_fields.promised_day(),
        contacts=common_fields.contacts(),
    )
    return page(visit, campaign.question, [html], fields.status)
