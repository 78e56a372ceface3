"""What the poster of a site opens (affiche), by its QR code or its word: the dates there, the ideas
that are published with their answers, the news, and the way to file from that place. Light, without
an account, and without a name anywhere.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from urllib.parse import urlencode

from starlette.responses import Response

from dashboard import cached
from dashboard.access import PASSER_BY
from dashboard.cached import ideas as kept
from dashboard.light.alike import ADDRESS, alike
from dashboard.light.fields import Fields
from dashboard.light.page import Visit, page, whole_number
from dashboard.light.poster_word import WORD, opened_site, word_of
from dashboard.light.public import scope_of
from dashboard.queries.ideas.records import Filters, IdeaPage, idea_card
from dashboard.queries.meetings.agenda import Rendezvous
from dashboard.rendering import render
from dashboard.scope import Scope
from dashboard.screens.front import done_list, post_list
from dashboard.screens.meetings.agenda import dates_by_month
from dashboard.ui.blocks import fold, gathering
from dashboard.ui.components import (
    calls,
    draw,
    empty_nothing_yet,
    heading,
    note_unread,
    title_block,
)
from dashboard.ui.tables import idea_in_full, ideas_html, timeline
from dashboard.visit.navigation import address
from models.database import reading
from models.errors import Refused
from models.ideas import IdeaStatus
from models.meetings import Site

TITLE = "L'affiche de votre site"
_LABELS = {WORD: "Mot de l'affiche"}
_AHEAD = timedelta(days=183)
_POSTS = 3
_LONGEST_SEARCH = 200
_LAST_PAGE = 1_000_000
# What may be asked of the list, in words: what became of an entry.
_STATES = (
    IdeaStatus.implemented,
    IdeaStatus.accepted,
    IdeaStatus.refused,
    IdeaStatus.postponed,
    IdeaStatus.studied,
    IdeaStatus.in_group,
)


def poster_page(visit: Visit) -> Response:
    """What the word opens; POST: the published ideas that are like what is being written."""
    typed = word_of(visit)
    if not typed:
        return _ask(visit, {})
    try:
        site = opened_site(visit, typed)
    except Refused as refusal:
        return _ask(visit, {WORD: str(refusal)})
    scope = scope_of({}, PASSER_BY)
    if visit.is_sent:
        return page(visit, TITLE, [alike(scope, typed, visit.given("title"), visit.given("body"))])
    number = whole_number(visit.asked("idee"))
    return _idea(visit, scope, typed, number) if number else _whole(visit, scope, site, typed)


def _ask(visit: Visit, errors: dict[str, str]) -> Response:
    fields = Fields(visit, errors)
    hint = "Les huit signes écrits sous le dessin, comme 7K3M‑Q9XA."
    html = render(
        "light/poster_word.html",
        summary=fields.summary(_LABELS),
        field=fields.line(WORD, _LABELS[WORD], hint, default=visit.asked(WORD)),
    )
    return page(visit, TITLE, [html], 422 if errors else 200)


# ── The whole ─────────────────────────────────────────────────────────────────────────────────────


def _whole(visit: Visit, scope: Scope, site: Site, typed: str) -> Response:
    with gathering() as parts:
        title_block(
            site.name, "Ce qui se passe ici, ce que les agents proposent, ce qui en advient."
        )
        calls(
            [
                ("Déposer une idée d'ici", f"/deposer?{urlencode({WORD: typed})}", "edit_square"),
                ("Suivre mon idée", "/suivre", "key"),
            ]
        )
        _dates(scope, site)
        done_list(_done(scope, typed))
        post_list(cached.posts(PASSER_BY, cached.today(), _POSTS), more="/actualites")
        heading("Les idées des agents")
        _ideas(visit, scope, typed)
    return page(visit, site.name, parts)


def _dates(scope: Scope, site: Site) -> None:
    today: date = cached.today()
    coming = cached.agenda(scope, today, today + _AHEAD)
    here = [row for row in coming if row.is_at(site)]
    elsewhere = [row for row in coming if not row.is_at(site)]
    if here:
        dates_by_month(scope, here)
    else:
        heading("Les rendez-vous")
        empty_nothing_yet("Rien n'est prévu ici pour le moment.")
    _elsewhere(scope, elsewhere)


def _elsewhere(scope: Scope, rows: list[Rendezvous]) -> None:
    if rows:
        with fold(f"Ailleurs, ouvert à tous ({len(rows)})"):
            dates_by_month(scope, rows)


# ── The ideas ─────────────────────────────────────────────────────────────────────────────────────


def _done(scope: Scope, typed: str) -> list[tuple[str, str, str]]:
    """What was asked and is done: (title, where it is read in full, the answer)."""
    return [
        (row.title, address(ADDRESS, scope, idee=row.number, **{WORD: typed}), answer)
        for row, answer in kept.implemented(scope)
    ]


def _filters(visit: Visit) -> Filters:
    asked = visit.asked("etat")
    status = asked if asked in _STATES else ""
    return Filters(visit.asked("q").strip()[:_LONGEST_SEARCH], status)


def _ideas(visit: Visit, scope: Scope, typed: str) -> None:
    filters = _filters(visit)
    number = min(max(whole_number(visit.asked("page")) or 1, 1), _LAST_PAGE)
    found = kept.found_ideas(scope, filters, number).page
    names = {str(ambition.id): ambition.name for ambition in cached.ambitions()}
    keep = {WORD: typed, "q": filters.words, "etat": filters.status}
    note_unread(found.rows)
    draw(
        "light/poster_ideas.html",
        word=typed,
        words=filters.words,
        status=filters.status,
        states=_STATES,
        rows=ideas_html(found.rows, scope, names, filters.query, ADDRESS, **keep),
        total=found.total,
        is_more=found.more,
        pages=_pages(scope, found, number, keep),
    )


def _pages(
    scope: Scope, found: IdeaPage, number: int, keep: Mapping[str, str]
) -> list[tuple[str, str]]:
    """The ways to the page before and to the one after: (words, address)."""
    here = number if found.more else min(number, found.pages)
    ways = []
    if here > 1:
        ways.append(("Page précédente", address(ADDRESS, scope, page=here - 1, **keep)))
    if found.more or here < found.pages:
        ways.append(("Page suivante", address(ADDRESS, scope, page=here + 1, **keep)))
    return ways


def _idea(visit: Visit, scope: Scope, typed: str, number: int) -> Response:
    back = address(
        ADDRESS, scope, **{WORD: typed, "q": visit.asked("q"), "etat": visit.asked("etat")}
    )
    with reading() as session:
        card = idea_card(session, scope, number)
    with gathering() as parts:
        if card is None:
            title_block("Cette idée n'est pas publiée", "Son numéro, ou son adresse, a changé.")
        else:
            names = {ambition.id: ambition.name for ambition in cached.ambitions()}
            title_block(f"n° {card.idea.number} — {card.idea.title}")
            idea_in_full(card, scope.tree, names.get(card.idea.ambition_id, ""), cached.today())
            timeline(card.steps)
        draw("light/back.html", href=back, label="Revenir aux idées")
    return page(visit, "Une idée", parts, 200 if card else 404)
