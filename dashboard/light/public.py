"""Public pages: the published front page, news, data protection, accessibility, and the page for
unknown addresses; and every light page with its address.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial

from markupsafe import Markup
from starlette.responses import Response

from dashboard import cached, french
from dashboard.access import NOBODY
from dashboard.cached import memory
from dashboard.frame.embedding import (
    CAMPAIGN,
    EXTRACT,
    NOT_FOUND,
    NOT_PUBLIC,
    asked_extract,
    extract_block,
    may_see,
    outside,
)
from dashboard.guide.declared import (
    CHAPTERS,
    HERE,
    MOST_TYPED,
    chapters,
    edition,
    guide,
    page_named,
    pages_of,
    pieces,
    search_pages,
)
from dashboard.light.door import ANSWERING, Handler
from dashboard.light.filing import UNKNOWN, filed, filing_page, new_token, thanks
from dashboard.light.following import following_page, interest_page
from dashboard.light.page import Fields, Visit, page, refused, sign_in_address
from dashboard.light.poster import poster_page
from dashboard.light.questionnaire import questionnaire_page
from dashboard.light.seats import date_asked, date_page
from dashboard.queries.campaigns import asked_directions
from dashboard.queries.meetings.agenda import PAGE as POSTER, Rendezvous
from dashboard.rendering import render
from dashboard.scope import Scope
from dashboard.screens.campaigns import days_in_words, restitution_block
from dashboard.screens.front import (
    activities,
    done_list,
    post_list,
    public_head,
    situation,
)
from dashboard.screens.ideas import fields as common_fields
from dashboard.screens.meetings.agenda import dates_by_month, dates_list
from dashboard.screens.people.account import (
    REGISTER,
    YOUR_DATA,
    processing_register,
    register_lead,
    your_data,
)
from dashboard.screens.statement import LEAD, last_audit, statement
from dashboard.ui.components import (
    draw,
    empty_nothing_yet,
    fold,
    gathering,
    heading,
    link_buttons,
    note_unread,
    title_block,
)
from dashboard.visit.screens import SCREENS, screen_at
from models.texts import Invalid, Refused

_POSTS_IN_FRONT, _POSTS = 3, 50
_DATES_IN_FRONT, _DONE_IN_FRONT = 3, 3


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
            done = [(title, "", answer) for _, title, answer in publication.done]
            done_list(done[:_DONE_IN_FRONT])
            if others := done[_DONE_IN_FRONT:]:
                count = french.counted(len(others), "autre idée réalisée", "autres idées réalisées")
                with fold(f"Et aussi : {count}"):
                    draw("front/done_rows.html", done=others)
        scope = cached.scope_of(NOBODY)
        coming = coming_dates(scope)[:_DATES_IN_FRONT]
        dates_list(scope, coming, "Prochains rendez-vous", "/agenda")
        if publication:
            situation(publication)
        post_list(cached.posts(NOBODY, cached.today(), _POSTS_IN_FRONT), more="/actualites")
        activities(cached.activities())
    return tuple(parts)


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


def titled_page(visit: Visit) -> Response:
    """A page of one block, under its title and lead."""
    title, lead, draw_body = {
        "vos-donnees": ("Vos données", YOUR_DATA, your_data),
        "registre": (REGISTER, register_lead(), processing_register),
        "accessibilite": (
            "Déclaration d'accessibilité",
            LEAD,
            partial(statement, last_audit()),
        ),
    }[visit.here]
    with gathering() as parts:
        title_block(title, lead)
        draw_body()
    return page(visit, title, parts)


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


def coming_dates(scope: Scope) -> list[Rendezvous]:
    """Dates open to everybody, from today on."""
    today: date = cached.today()
    return cached.agenda(scope, today, today + timedelta(days=366))


def agenda_page(visit: Visit) -> Response:
    """All dates, or the page of the one that the address names."""
    # A frame shows the list; registering opens a new tab.
    if not visit.is_framed and (where := date_asked(visit)) is not None:
        return date_page(visit, where)
    return page(visit, "Agenda", _dates())


@memory.cached("meetings", "academy", "groups", "people", "directions", "roadmap")
def _dates() -> tuple[Markup, ...]:
    """The list of dates, cached for all visitors until the data changes."""
    scope = cached.scope_of(NOBODY)
    coming = coming_dates(scope)
    with gathering() as parts:
        if coming:
            counted = french.counted(
                len(coming), "rencontre ou formation", "rencontres et formations"
            )
            title_block(
                "Agenda",
                f"{counted} de l'équipe du programme, pour les agents et les citoyens. Ouvrez-en"
                " une : sans compte ni nom, un code garde votre place.",
            )
            dates_by_month(scope, coming)
        else:
            title_block("Agenda")
            empty_nothing_yet("Aucun rendez-vous ouvert à tous n'est prévu pour le moment.")
    return tuple(parts)


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
        body=fields.field("text", "body", common_fields.ANSWER, rows=6),
        direction=fields.field(
            "select", "concerns_id", f"{common_fields.CONCERNS} (facultatif)", choices=units
        ),
        day=cached.promised_day(cached.today()),
        contacts=common_fields.contacts(),
    )
    return page(visit, campaign.question, [html], fields.status)


def extract_page(visit: Visit) -> Response:
    params = dict(visit.request.query_params)
    scope = cached.scope_of(NOBODY, params)
    extract = asked_extract(scope, params)
    title = "Un chiffre ou un graphique"
    with gathering() as parts:
        if may_see(extract, scope, params):
            title = extract.title
            if visit.is_framed:
                heading(title, level=1, hidden=True)
            else:
                title_block(title)
            extract_block(extract, scope, visit.is_framed)
        else:
            refusal = NOT_FOUND if extract is None else NOT_PUBLIC
            outside(refusal, f"/{EXTRACT}", params, visit.is_framed)
    return page(visit, title, parts)


TITLE = "Mode d'emploi"
PDF = f"{HERE}.pdf"
_MADE: memory.Cache[bytes] = memory.Cache(1)
_SCREEN_NAMES = {screen.url: screen.title for screen in SCREENS if screen.is_tab}


def guide_index(visit: Visit) -> Response:
    """Every page by role; with `q`, the search results."""
    words = visit.query_value("q").strip()[:MOST_TYPED]
    hits = search_pages(words) if words else []
    body = render(
        "light/guide.html",
        title=TITLE,
        words=words,
        hits=[(task, CHAPTERS[task.chapter]) for task in hits],
        chapters=chapters(),
        number=len(guide()),
    )
    title = f"{words} · {TITLE}" if words else TITLE
    return page(visit, title, [body], around="simple")


def guide_page(visit: Visit) -> Response:
    """The page of one task."""
    task = page_named(visit.here.removeprefix(f"{HERE}/"))
    if task is None:
        return missing_page(visit)
    every = guide()
    place = every.index(task)
    first = task.screens[0]
    others = [page for screen in task.screens for page in pages_of(screen) if page is not task]
    body = render(
        "light/guide_page.html",
        page=task,
        chapter=CHAPTERS[task.chapter],
        steps=[pieces(step) for step in task.steps],
        after=pieces(task.after),
        troubles=[(question, pieces(answer)) for question, answer in task.troubles],
        # Some screens cannot be opened from a link.
        screen=(_SCREEN_NAMES[first], screen_at(first).href) if first in _SCREEN_NAMES else None,
        others=list(dict.fromkeys(others))[:5],
        before=every[place - 1] if place else None,
        following=every[place + 1] if place + 1 < len(every) else None,
    )
    return page(visit, f"{task.title} · {TITLE}", [body], around="simple")


def guide_file(_visit: Visit) -> Response:
    """The whole guide as PDF, made at the first request."""
    # Typst is loaded only when somebody asks for the PDF.
    from dashboard.report.guide import guide_pdf

    content = _MADE.find(PDF, edition(), guide_pdf)
    headers = {
        "Content-Disposition": 'inline; filename="c-possible-mode-d-emploi.pdf"',
        "Cache-Control": "no-cache",
        "ETag": f'W/"{edition()[:16]}"',
    }
    return Response(content, media_type="application/pdf", headers=headers)


# ── Every light page and its address ────────────────────────────────────────────────────────────

PAGES: Mapping[str, Handler] = {
    "": front_page,
    "accueil": front_page,
    "deposer": filing_page,
    "suivre": following_page,
    "marques-interet": interest_page,
    "agenda": agenda_page,
    "actualites": news_page,
    "vos-donnees": titled_page,
    "registre": titled_page,
    "accessibilite": titled_page,
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
