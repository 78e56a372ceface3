"""The word of a poster (mot d'affiche) in an address or a form, and the site that it opens."""

from dashboard import cached
from dashboard.actions.meetings.posters import count_wrong_word
from dashboard.light.page import Visit
from dashboard.queries.meetings.posters import WORD, site_opened
from models.database import engine
from models.errors import Refused
from models.meetings import Site

NO_SUCH = (
    "Ce mot n'ouvre aucune affiche : vérifiez-le sur le mur. L'affiche a peut-être été remplacée."
)


def word_of(visit: Visit) -> str:
    """The word typed in the address or in the posted form."""
    return (visit.form_value(WORD) if visit.is_sent else visit.query_value(WORD)).strip()


def opened_site(visit: Visit, typed: str) -> Site:
    """The site that the word opens. Raises Refused if it opens none; failed tries are counted."""
    site_id = site_opened(cached.words_in_use(), typed)
    site = cached.site(site_id) if site_id else None
    if site is None:
        count_wrong_word(engine(), visit.address)
        raise Refused(NO_SUCH)
    return site


def site_of(visit: Visit) -> Site | None:
    """The site whose poster the visitor came from, if any."""
    typed = word_of(visit)
    try:
        return opened_site(visit, typed) if typed else None
    except Refused:
        return None
