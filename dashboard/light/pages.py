"""Every light page and its address."""

from collections.abc import Mapping

from dashboard.frame.embedding import CAMPAIGN
from dashboard.guide.declared import HERE, guide
from dashboard.light.door import ANSWERING, Handler
from dashboard.light.filing import filing_page
from dashboard.light.following import following_page, interest_page
from dashboard.light.poster import poster_page
from dashboard.light.public import (
    PDF,
    agenda_page,
    campaign_page,
    data_page,
    extract_page,
    front_page,
    guide_file,
    guide_index,
    guide_page,
    news_page,
    register_page,
    statement_page,
)
from dashboard.light.questionnaire import questionnaire_page
from dashboard.queries.meetings.agenda import PAGE as POSTER

PAGES: Mapping[str, Handler] = {
    "": front_page,
    "accueil": front_page,
    "deposer": filing_page,
    "suivre": following_page,
    "marques-interet": interest_page,
    "agenda": agenda_page,
    "actualites": news_page,
    "vos-donnees": data_page,
    "registre": register_page,
    "accessibilite": statement_page,
    "extrait": extract_page,
    ANSWERING: questionnaire_page,
    CAMPAIGN: campaign_page,
    POSTER: poster_page,
    HERE: guide_index,
}
# Each task of the guide, and all of them in one file.
GUIDE: Mapping[str, Handler] = {
    PDF: guide_file,
    **{page.href.removeprefix("/"): guide_page for page in guide()},
}
