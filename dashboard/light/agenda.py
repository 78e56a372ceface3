"""Dates open to everybody (agenda), each with a link to registration; the page of one date."""

from markupsafe import Markup
from starlette.responses import Response

from dashboard.cached import memory
from dashboard.light.page import Visit, page
from dashboard.light.public import anybody, coming_dates
from dashboard.light.seats import date_asked, date_page
from dashboard.screens.meetings.agenda import dates_by_month
from dashboard.ui.blocks import gathering
from dashboard.ui.components import empty_nothing_yet, title_block

_OPEN_TO_ALL = (
    "Les rencontres ouvertes à tous les agents. On s'y inscrit ici, sans compte et sans donner son"
    " nom."
)


def agenda_page(visit: Visit) -> Response:
    """All dates, or the page of the one that the address names."""
    # A frame shows the list; registering opens a new tab.
    if not visit.is_framed and (where := date_asked(visit)) is not None:
        return date_page(visit, where)
    return page(visit, "Agenda", _dates())


@memory.cached("meetings", "academy", "groups", "people", "directions", "roadmap")
def _dates() -> tuple[Markup, ...]:
    """The list of dates, cached for all visitors until the data changes."""
    coming = coming_dates()
    with gathering() as parts:
        title_block("Agenda", _OPEN_TO_ALL)
        if coming:
            dates_by_month(anybody(), coming)
        else:
            empty_nothing_yet("Aucun rendez-vous ouvert à tous n'est prévu pour le moment.")
    return tuple(parts)
