"""Accueil: the reader's own work, then the programme at a glance; public content and sign-in for
visitors. News (actualités), and the persons to tell in person (à prévenir).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.acts import note_reading
from dashboard.actions.notices.records import mark_notified
from dashboard.actions.notices.sending import can_send_mails
from dashboard.cached import ideas, notification_page
from dashboard.frame import around
from dashboard.frame.around import without_filters
from dashboard.queries.notices.records import (
    NewsToNotify,
    PersonToNotify,
    news_to_notify,
    persons_to_notify,
)
from dashboard.scope import Scope
from dashboard.screens.front import ambition_tiles, bar, done_list, hero, post_list
from dashboard.screens.home import own_work, post_block, post_fields
from dashboard.screens.meetings.agenda import dates_list
from dashboard.ui.address import page_asked, page_header, pager
from dashboard.ui.cards import cards
from dashboard.ui.charts import cards_of
from dashboard.ui.components import (
    draw,
    empty_for_filters,
    empty_nothing_yet,
    escape_md,
    note_unread,
    side_by_side,
    stacked,
    together,
)
from dashboard.ui.forms import Form
from dashboard.ui.tables import csv_button
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address, note_list_read
from models.database import fetch, writing

# ── Accueil ───────────────────────────────────────────────────────────────────────────────────────


_COMING, _AHEAD = 4, timedelta(days=60)
_POSTS = 2
_DONE = 2


def accueil_view(narrowed: Scope) -> None:
    if not narrowed.reader.is_known:
        return around.front()
    # This page has no filters: those of other pages must not apply here.
    scope = cached.scope_of(narrowed.reader)
    with stacked():
        page_header(
            f"Bonjour {scope.reader.name.split(' ')[0]}",
            f"Le {french.day_long(scope.on)} : ce qui vous attend, puis où en est le programme.",
        )
        own_work(scope)
    without_filters(body, scope)


def body(scope: Scope, _asked: dict[str, str]) -> None:
    """What is the same for everybody who may read it."""
    _progress(scope)
    with side_by_side("medium"):
        with together():
            coming = cached.agenda(scope, scope.on + timedelta(days=1), scope.on + _AHEAD)
            dates_list(scope, coming[:_COMING], "À venir", address("agenda", scope))
        with together():
            post_list(
                cached.posts(scope.reader, scope.on, _POSTS), more=address("actualites", scope)
            )
    done = ideas.implemented(scope)
    note_unread(cached.milestones(scope.on, scope.asked), cached.meetings(scope.on), done)
    done_list(
        [
            (row.title, address("idees", scope, idee=row.number), answer)
            for row, answer in list(done)[:_DONE]
        ]
    )
    cards(
        cards_of(scope, ("avancement", "reponse.ouvertes", "reponse.tenue", "formation")),
        "Où en sommes-nous ?",
    )
    ambition_tiles(cached.ambition_summaries(scope.on), scope, ideas.ambition_counts(scope))


def _progress(scope: Scope) -> None:
    board = cached.board(scope, ("avancement", "ecart"))
    gap = board["ecart.points"].value
    caption = f"de la feuille de route est faite au {french.day_long(scope.on)}"
    if gap is not None:
        late = french.months_late(board["ecart.mois"].value)
        caption += f", {french.against_plan(gap)} ({late})"
    bars = [
        bar(
            s.workstream.name,
            s.earned,
            s.planned,
            address("feuille-de-route", scope, chantier=s.workstream.id),
        )
        for s in cached.workstreams(scope.on, scope.asked)
    ]
    if bars:
        hero(bars, french.percent(board["avancement"].value), caption)


# ── Actualités ────────────────────────────────────────────────────────────────────────────────────


_SHOWN = 50


def actualites_view(scope: Scope) -> None:
    page_header("Actualités")
    if may(scope.reader, "post.write"):
        form = Form("post")
        unfolding(
            "Écrire une actualité",
            post_fields,
            form,
            key="w_post_open",
            icon=":material/edit_note:",
        )
    posts = cached.posts(scope.reader, cached.today(), _SHOWN)
    if not posts:
        return empty_nothing_yet(
            "Aucune actualité n'a encore été écrite.", ("Revenir à l'accueil", "/")
        )
    with st.container(key="cp_posts", width=760):
        for post in posts:
            post_block(scope.reader, post)
    draw("news/feed_link.html")


# ── À prévenir ────────────────────────────────────────────────────────────────────────────────────


PAGE = 8
SHOWN = 2  # news of one person; the rest is folded
WAITS_THERE = "Un message l'attend : il se lit dans son espace, ou auprès de l'équipe du programme."
HEADINGS = ("Direction", "Service", "Personne", "Depuis le", "Nouvelle", "Précisions")


def a_prevenir_view(scope: Scope) -> None:
    page_header("À prévenir")
    by_mail = fetch(can_send_mails)
    page, total, shown = notification_page(scope, by_mail, page_asked(), PAGE)
    if not total:
        if scope.is_whole:
            empty_nothing_yet(
                "Personne n'est à prévenir : chacun l'est par courriel, ou le sait déjà."
            )
        else:
            empty_for_filters(
                "Personne n'est à prévenir dans cette direction.",
                address("a-prevenir", scope.whole()),
            )
        return
    reason = "puisqu'aucun courriel ne part d'ici"
    if by_mail:
        reason = "sans adresse de courriel, ou dont le courriel est refusé"
    count = french.counted(total, "personne à prévenir", "personnes à prévenir")
    draw("ui/reading.html", text=f"{count}, {reason}.")
    csv_button("a-prevenir", HEADINGS, lambda: _every_row(scope), "Télécharger la liste (CSV)")
    note_list_read(f"à prévenir, {scope.codes}, page {page}")
    for person, news in shown:
        _person(scope, person, news, by_mail)
    pager(page, total, PAGE)


def _every_row(scope: Scope) -> list[tuple]:
    """The news of all persons, for the file; noted in the journal. Runs outside the page's run,
    hence with the scope's reader.
    """
    with writing() as session:
        by_mail = can_send_mails(session)
        persons = {person.id: person for person in persons_to_notify(session, scope, by_mail)}
        news = news_to_notify(session, scope, list(persons), by_mail)
        note_reading(session, scope.reader, f"à prévenir, {scope.codes}, fichier")
    order = {person_id: place for place, person_id in enumerate(persons)}
    return [
        _row(persons[item.person_id], item)
        for item in sorted(news, key=lambda item: order[item.person_id])
    ]


def _row(person: PersonToNotify, item: NewsToNotify) -> tuple:
    title = item.title if item.is_open else WAITS_THERE
    return (
        person.direction,
        person.service,
        person.name,
        item.on,
        title,
        " ".join(item.text.split()),
    )


def _person(
    scope: Scope, person: PersonToNotify, news: Sequence[NewsToNotify], by_mail: bool
) -> None:
    form = Form(f"tell_{person.id}")
    ids = [news_item.id for news_item in news]
    with st.container(border=True, key=f"cp_tell_{person.id}"):
        parts = dict.fromkeys((person.direction, person.service, person.why))
        rest = news[SHOWN:]
        draw(
            "notices/person_card.html",
            name=person.name,
            place=" · ".join(part for part in parts if part),
            shown=news[:SHOWN],
            rest=rest,
            waits_there=WAITS_THERE,
            rest_in_words=french.counted(len(rest), "autre nouvelle", "autres nouvelles"),
        )
        form.send(
            f"C'est dit à {escape_md(person.name)}",
            primary=False,
            icon=":material/check:",
            act=lambda session, reader: _mark(
                session, replace(scope, reader=reader), person, ids, by_mail
            ),
        )


def _mark(session, scope: Scope, person: PersonToNotify, ids: list[int], by_mail: bool) -> str:
    count = mark_notified(session, scope, person.id, ids, by_mail)
    counted = french.counted(count, "nouvelle dite", "nouvelles dites")
    return f"C'est noté : {counted} à {person.name}."
