"""À prévenir: persons without mail, the news to give them, and « C'est dit »."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from dashboard import french
from dashboard.actions.acts import note_reading
from dashboard.actions.notices.records import mark_notified
from dashboard.actions.notices.sending import can_send_mails
from dashboard.cached import notification_page
from dashboard.queries.notices.records import (
    NewsToNotify,
    PersonToNotify,
    news_to_notify,
    persons_to_notify,
)
from dashboard.scope import Scope
from dashboard.ui.address import page_asked, page_header, pager
from dashboard.ui.components import draw, empty_for_filters, empty_nothing_yet, escape_md
from dashboard.ui.forms import Form
from dashboard.ui.tables import csv_button
from dashboard.visit.navigation import address, note_list_read
from models.database import fetch, writing

PAGE = 8
SHOWN = 2  # news of one person; the rest is folded
WAITS_THERE = "Un message l'attend : il se lit dans son espace, ou auprès de l'équipe du programme."
HEADINGS = ("Direction", "Service", "Personne", "Depuis le", "Nouvelle", "Précisions")


def render(scope: Scope) -> None:
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
