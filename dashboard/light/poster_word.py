"""The word of a poster (mot d'affiche) in an address or a form: which site it opens."""

from dashboard.actions.meetings.posters import count_wrong_word
from dashboard.cached import posters
from dashboard.light.page import Visit
from dashboard.queries.meetings.posters import WORD, site_opened
from models.database import engine
from models.errors import Refused
from models.meetings import Site

NO_SUCH = (
    "Ce mot n'ouvre aucune affiche : vérifiez-le sur le mur. L'affiche a peut-être été remplacée."
)


def word_of(visit: Visit) -> str:
    """What was typed, in the address or in the form that was sent."""
    return (visit.given(WORD) if visit.is_sent else visit.asked(WORD)).strip()


def opened_site(visit: Visit, typed: str) -> Site:
    """The site that the word opens. Raises Refused, in words, where it opens none: that is
    counted.
    """
    site_id = site_opened(posters.words_in_use(), typed)
    site = posters.site(site_id) if site_id else None
    if site is None:
        count_wrong_word(engine(), visit.address)
        raise Refused(NO_SUCH)
    return site


def site_of(visit: Visit) -> Site | None:
    """The site whose poster led here, where one did."""
    typed = word_of(visit)
    try:
        return opened_site(visit, typed) if typed else None
    except Refused:
        return None
