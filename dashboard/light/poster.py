"""The page behind the poster of a site (affiche), opened by its QR code or its word: the dates
there, published ideas with their answers, the news, and the form to file an idea. Without an
account, and without any person's name.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from dashboard import cached, french
from dashboard.access import PASSER_BY
from dashboard.actions.meetings.agendas import count_wrong_word
from dashboard.cached import ideas as cached_ideas, memory
from dashboard.light.page import Fields, Visit, page, refused
from dashboard.queries.ideas.card import idea_card
from dashboard.queries.ideas.records import Filters
from dashboard.queries.ideas.similar import similar_ideas
from dashboard.queries.meetings.agenda import WORD, Rendezvous, page_of, site_opened
from dashboard.rendering import render
from dashboard.scope import Scope
from dashboard.screens.front import post_list
from dashboard.screens.meetings.agenda import dates_by_month
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
from dashboard.ui.tables import idea_facts, idea_in_full, ideas_html, timeline
from dashboard.visit.navigation import whole_number
from models.database import engine, fetch
from models.idea_states import FunnelStage, IdeaStatus
from models.ideas import Idea
from models.meetings import Site
from models.texts import Refused

TITLE = "L'affiche de votre site"
_LABELS = {WORD: "Mot de l'affiche"}
_AHEAD = timedelta(days=183)
_POSTS = 3
# What is shown before unfolding: on a phone the page is about four screens high.
_DATES_HERE, _IDEAS_SEEN = 3, 5
# Filters of the list, in words: the state of an entry.
_STATES = tuple(
    state
    for state in IdeaStatus
    if state.rules.stage >= FunnelStage.studied and not state.is_off_path
)


def poster_page(visit: Visit) -> Response:
    """The page of the site; POST: published ideas similar to the one being written."""
    typed = word_of(visit)
    if not typed:
        return _ask(visit, {})
    try:
        site = opened_site(visit, typed)
    except Refused as refusal:
        return _ask(visit, refused(refusal, WORD))
    scope = cached.scope_of(PASSER_BY)
    if visit.is_sent:
        return page(
            visit, TITLE, [alike(scope, typed, visit.form_value("title"), visit.form_value("body"))]
        )
    number = whole_number(visit.query_value("idee"))
    return _idea(visit, scope, typed, number) if number else _whole(visit, scope, site, typed)


def _ask(visit: Visit, errors: dict[str, str]) -> Response:
    fields = Fields(visit, errors)
    hint = "Les huit caractères écrits sous le dessin, comme 7K3M‑Q9XA."
    html = render(
        "light/poster_word.html",
        summary=fields.summary(_LABELS),
        field=fields.field("line", WORD, _LABELS[WORD], hint, default=visit.query_value(WORD)),
    )
    return page(visit, TITLE, [html], fields.status)


# ── The whole ───────────────────────────────────────────────────────────────────────────────────


def _whole(visit: Visit, scope: Scope, site: Site, typed: str) -> Response:
    state = visit.query_value("etat")
    filters = Filters(visit.query_value("q").strip()[:200], state if state in _STATES else "")
    number = min(max(whole_number(visit.query_value("page")) or 1, 1), 1_000_000)

    def drawn() -> tuple[Markup, ...]:
        with gathering() as parts:
            title_block(
                site.name, "Ce qui se passe ici, ce que les agents proposent, ce qui en advient."
            )
            link_buttons(
                [
                    (
                        "Déposer une idée d'ici",
                        f"/deposer?{urlencode({WORD: typed})}",
                        "edit_square",
                    ),
                    ("Suivre mon idée", "/suivre", "key"),
                ]
            )
            _dates(scope, site)
            done = [
                (row.title, page_of(typed, idee=row.number), answer)
                for row, answer in cached_ideas.implemented(scope)
            ]
            if done:
                with fold(f"Vous l'avez dit, c'est fait ({len(done)})"):
                    draw("front/done_rows.html", done=done)
            posts = cached.posts(PASSER_BY, cached.today(), _POSTS)
            if posts:
                with fold(f"Actualités ({len(posts)})"):
                    post_list(posts, more="/actualites")
            heading("Les idées des agents")
            _ideas(scope, typed, filters, number)
        return tuple(parts)

    # Every visitor who scans the poster sees the same page; a search is not cached.
    is_as_scanned = not (filters.words or filters.status) and number == 1
    parts = (
        _AS_SCANNED.find((site.id, site.name, typed), memory.now_of_everything(), drawn)
        if is_as_scanned
        else drawn()
    )
    return page(visit, site.name, parts)


# Only words that open a site are stored, so that guesses cannot fill the cache.
_AS_SCANNED = memory.Cache[tuple[Markup, ...]]()


def _dates(scope: Scope, site: Site) -> None:
    today: date = cached.today()
    coming = cached.agenda(scope, today, today + _AHEAD)
    local = [row for row in coming if row.is_at(site)]
    elsewhere = [row for row in coming if not row.is_at(site)]
    if local:
        dates_by_month(scope, local[:_DATES_HERE])
        _folded_dates(scope, "Plus tard, ici", local[_DATES_HERE:])
    else:
        heading("Les rendez-vous")
        empty_nothing_yet("Rien n'est prévu ici pour le moment.")
    _folded_dates(scope, "Ailleurs, ouvert à tous", elsewhere)


def _folded_dates(scope: Scope, title: str, rows: Sequence[Rendezvous]) -> None:
    if rows:
        with fold(f"{title} ({len(rows)})"):
            dates_by_month(scope, rows)


# ── The ideas ───────────────────────────────────────────────────────────────────────────────────


def _ideas(scope: Scope, typed: str, filters: Filters, number: int) -> None:
    result, *_ = cached_ideas.found_ideas(scope, filters, number)
    params = {"q": filters.words, "etat": filters.status}
    # A search, or a further page, shows all rows at once.
    visible = len(result.rows) if filters.words or filters.status or number > 1 else _IDEAS_SEEN

    def listed(rows: Sequence[Idea]) -> Markup:
        return ideas_html(
            rows, scope.tree, filters.query, lambda n: page_of(typed, idee=n, **params)
        )

    current = number if result.more else min(number, result.pages)
    links = []
    if current > 1:
        links.append(("Page précédente", page_of(typed, page=current - 1, **params)))
    if result.more or current < result.pages:
        links.append(("Page suivante", page_of(typed, page=current + 1, **params)))
    note_unread(result.rows)
    draw(
        "light/poster_ideas.html",
        word=typed,
        words=filters.words,
        status=filters.status,
        states=_STATES,
        rows=listed(result.rows[:visible]),
        others=listed(result.rows[visible:]),
        left=len(result.rows[visible:]),
        total=result.total,
        is_more=result.more,
        pages=links,
    )


def _idea(visit: Visit, scope: Scope, typed: str, number: int) -> Response:
    back = page_of(typed, q=visit.query_value("q"), etat=visit.query_value("etat"))
    card = fetch(idea_card, scope, number)
    with gathering() as parts:
        if card is None:
            title_block("Cette idée n'est pas publiée", "Son numéro, ou son adresse, a changé.")
        else:
            title_block(f"n° {card.idea.number} — {card.idea.title}")
            idea_in_full(card, scope.tree)
            timeline(card.steps)
            idea_facts(card, scope.tree)
        draw("light/back.html", href=back, label="Revenir aux idées")
    return page(visit, "Une idée", parts, 200 if card else 404)


def alike(scope: Scope, word: str, title: str, body: str, apart_from: int | None = None) -> Markup:
    """At most three similar ideas with the words in common; empty if there is none."""
    ideas = fetch(similar_ideas, scope, title, body, apart_from)
    return render(
        "light/alike.html",
        heading=french.plural(
            len(ideas), "Cette idée ressemble à la vôtre", "Ces idées ressemblent à la vôtre"
        ),
        rows=[
            (
                idea.title,
                page_of(word, idee=idea.number),
                IdeaStatus(idea.status).label,
                french.plural(len(idea.words), "mot commun", "mots communs"),
                ", ".join(idea.words),
            )
            for idea in ideas
        ],
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
        raise Refused(
            "Ce mot n'ouvre aucune affiche : vérifiez-le sur le mur. L'affiche a peut-être été"
            " remplacée."
        )
    return site


def site_of(visit: Visit) -> Site | None:
    """The site whose poster the visitor came from, if any."""
    typed = word_of(visit)
    try:
        return opened_site(visit, typed) if typed else None
    except Refused:
        return None
