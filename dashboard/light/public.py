"""Public pages: the published front page, news, data protection, accessibility, and the page for
unknown addresses.
"""

from datetime import date, timedelta

from markupsafe import Markup
from starlette.responses import Response

from dashboard import cached, french
from dashboard.access import NOBODY
from dashboard.cached import memory
from dashboard.light.page import Visit, page, sign_in_address
from dashboard.queries.meetings.agenda import Rendezvous
from dashboard.scope import Scope
from dashboard.screens.front import activities, done_list, done_rows, post_list
from dashboard.screens.meetings.agenda import dates_list
from dashboard.screens.people.privacy import LEAD as YOUR_DATA
from dashboard.screens.people.privacy import (
    REGISTER,
    processing_register,
    register_lead,
    your_data,
)
from dashboard.screens.public import public_head, situation
from dashboard.screens.statement import LEAD, last_audit, statement
from dashboard.ui.blocks import fold, gathering
from dashboard.ui.components import (
    draw,
    empty_nothing_yet,
    link_buttons,
    note_unread,
    title_block,
)

_POSTS_IN_FRONT, _POSTS = 3, 50
_DATES_IN_FRONT = 3
_DONE_IN_FRONT = 3
_AHEAD = timedelta(days=366)


def front_page(visit: Visit) -> Response:
    return page(visit, "Accueil", _front())


@memory.cached(
    *("news", "ideas", "roadmap", "meetings", "academy", "groups", "people", "directions")
)
def _front() -> tuple[Markup, ...]:
    """The page, cached for all visitors until the data changes."""
    publication = cached.published()
    with gathering() as parts:
        public_head(publication)
        note_unread(cached.last_published())
        if publication:
            _done([(title, "", answer) for _, title, answer in publication.done])
        dates_list(anybody(), coming_dates()[:_DATES_IN_FRONT], "Prochains rendez-vous", "/agenda")
        if publication:
            situation(publication)
        post_list(cached.posts(NOBODY, cached.today(), _POSTS_IN_FRONT), more="/actualites")
        activities(cached.activities())
    return tuple(parts)


def _done(done: list[tuple[str, str, str]]) -> None:
    """« Vous l'avez dit, c'est fait »: a few, the others folded."""
    done_list(done[:_DONE_IN_FRONT])
    if others := done[_DONE_IN_FRONT:]:
        count = french.counted(len(others), "autre idée réalisée", "autres idées réalisées")
        with fold(f"Et aussi : {count}"):
            done_rows(others)


def news_page(visit: Visit) -> Response:
    posts = cached.posts(NOBODY, cached.today(), _POSTS)
    with gathering() as parts:
        title_block("Actualités")
        if not posts:
            empty_nothing_yet(
                "Aucune actualité n'est encore publique.", ("Revenir à l'accueil", "/")
            )
        for post in posts:
            draw("news/post.html", post=post, is_public=False)
        draw("news/feed_link.html")
    return page(visit, "Actualités", parts)


def data_page(visit: Visit) -> Response:
    with gathering() as parts:
        title_block("Vos données", YOUR_DATA)
        your_data()
    return page(visit, "Vos données", parts)


def register_page(visit: Visit) -> Response:
    with gathering() as parts:
        title_block(REGISTER, register_lead())
        processing_register()
    return page(visit, REGISTER, parts)


def statement_page(visit: Visit) -> Response:
    with gathering() as parts:
        title_block("Déclaration d'accessibilité", LEAD)
        statement(last_audit())
    return page(visit, "Déclaration d'accessibilité", parts)


def missing_page(visit: Visit) -> Response:
    with gathering() as parts:
        title_block(
            "Cette page n'existe pas",
            "L'adresse est peut-être incomplète, ou la page a changé de nom.",
        )
        link_buttons(
            [
                ("Accueil", "/", "home"),
                ("Déposer une idée", "/deposer", "edit_square"),
                ("Se connecter", sign_in_address(visit), "login"),
            ]
        )
    return page(visit, "Cette page n'existe pas", parts, status=404)


def anybody() -> Scope:
    """The scope of a visitor without an account: today, the whole administration."""
    return cached.scope_of(NOBODY)


def coming_dates() -> list[Rendezvous]:
    """Dates open to everybody, from today on."""
    today: date = cached.today()
    return cached.agenda(anybody(), today, today + _AHEAD)
