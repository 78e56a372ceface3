"""Agenda: upcoming dates, the reader's own first; past months; one meeting with its seats,
papers and forms.
"""

from datetime import date

import streamlit as st

from dashboard import cached, french
from dashboard.queries.figures.small_cells import SMALLEST
from dashboard.queries.meetings import agenda
from dashboard.queries.meetings.agenda import MeetingCard
from dashboard.queries.meetings.presences import seated
from dashboard.queries.seats.records import training_of
from dashboard.rendering import macros
from dashboard.scope import Scope
from dashboard.screens.ideas.form import About, idea_form
from dashboard.screens.meetings.agenda import (
    audience,
    calendar_box,
    calendar_button,
    date_filters,
    dates_by_month,
    month_grid,
    my_dates,
    names_block,
    presence_block,
    seat_block,
    state_in_words,
)
from dashboard.screens.meetings.form import plan_form
from dashboard.screens.meetings.on_the_day import organiser_forms
from dashboard.ui.blocks import stacked
from dashboard.ui.components import draw, empty_for_filters, empty_nothing_yet, note_unread
from dashboard.ui.page import page_header
from dashboard.ui.tables import link, terms
from dashboard.visit.navigation import address, whole_number
from models.clock import month_end, month_start
from models.database import fetch, reading
from models.directions import UnitKind
from models.meetings import WORKSHOPS, Family, MeetingState

AS_MONTH = "mois"
FAR = date(2035, 12, 31)


def render(scope: Scope) -> None:
    if st.query_params.get("session"):
        return one_session(scope, whole_number(st.query_params["session"]) or 0)
    if st.query_params.get("reunion"):
        return one(scope, whole_number(st.query_params["reunion"]) or 0)
    today = cached.today()
    month = _month()
    as_month = st.query_params.get("vue") == AS_MONTH
    family = next((f for f in Family if f == st.query_params.get("genre")), None)
    page_header(
        "Agenda",
        "Ce qui vient, pour vous et pour tout le monde."
        + (f" {scope.place}." if not scope.is_whole else ""),
    )
    note_unread(cached.meetings(today))
    shown = month or (month_start(today) if as_month else None)
    first, last = (shown, month_end(shown)) if shown else (today, FAR)
    rows = cached.agenda(scope, min(first, today), FAR)
    if shown is None:
        with stacked():
            my_dates(scope, [row for row in rows if row.mine and row.day >= today])
    calendar_box(scope)
    plan_form(scope)
    keep = {
        "genre": str(family or ""),
        "mois": f"{month:%Y-%m}" if month else "",
        "vue": AS_MONTH if as_month else "",
    }
    listed = [row for row in rows if first <= row.day <= last and family in (None, row.family)]
    with stacked():
        date_filters(scope, family, shown, cached.programmes().first_day, **keep)
        if as_month:
            month_grid(scope, listed, shown)
        elif listed:
            dates_by_month(scope, listed)
        else:
            _nothing(scope, month, family)


def _month() -> date | None:
    """The month given in the address, within the programme."""
    try:
        asked_month = date.fromisoformat(f"{st.query_params.get('mois', '')}-01")
    except ValueError:
        return None
    return asked_month if month_start(cached.programmes().first_day) <= asked_month <= FAR else None


def _nothing(scope: Scope, month: date | None, family: Family | None) -> None:
    if month or family or not scope.is_whole:
        empty_for_filters("Aucun rendez-vous sous ces filtres.", address("agenda", scope.whole()))
    else:
        empty_nothing_yet("Aucun rendez-vous n'est prévu pour le moment.")


# --- one meeting ----------------------------------------------------------------------------------


def one(scope: Scope, meeting_id: int) -> None:
    trail = (("Agenda", address("agenda", scope)),)
    with reading() as session:
        card = agenda.card(session, scope.reader, meeting_id)
        people = []
        if card and not card.is_nameless:
            people = seated(session, scope, meeting_id, card.day)
    if card is None:
        return page_header(
            "Réunion introuvable", "Ce numéro n'est celui d'aucune réunion.", trail=trail
        )
    page_header(card.label, _lead(card), trail=trail)
    if st.query_params.get("presence"):
        presence_block(card, st.query_params["presence"])
    terms(_facts(scope, card))
    _links(scope, card)
    seat_block(scope, card)
    _minutes(card)
    _idea(scope, card)
    # The organiser has the list in the attendance form.
    has_begun = card.day <= cached.today() and card.state != MeetingState.cancelled
    if not (card.restricted or (card.organises and has_begun)):
        names_block(card, people)
    if card.organises:
        organiser_forms(scope, card, people)
    return None


def one_session(scope: Scope, session_id: int) -> None:
    """A session whose code was scanned: readers with an account register on the page of its
    training.
    """
    training = fetch(training_of, session_id)
    if training is None:
        return page_header("Session introuvable", "Ce numéro n'est celui d'aucune session.")
    page_header(training.title, "Avec votre compte, l'inscription se fait à votre nom.")
    where = address("academie", scope, formation=training.code)
    st.html(macros().button_link("Voir les sessions et s'inscrire", where, "school"))
    return None


def _lead(card: MeetingCard) -> str:
    day = f"{french.weekday(card.day)} {french.day_long(card.day)}"
    if card.meeting.starts and card.meeting.ends and not card.restricted:
        day += f", de {card.meeting.starts} à {card.meeting.ends}"
    # A meeting without a title has its kind as heading already.
    if card.label == card.kind.label:
        return day.capitalize()
    return f"{card.kind.label} · {day}"


def _facts(scope: Scope, card: MeetingCard) -> list[tuple[str, object]]:
    facts: list[tuple[str, object]] = [("État", state_in_words(card, cached.today()))]
    if card.restricted:
        return facts
    unit = scope.tree.by_id.get(card.meeting.direction_id or 0)
    group: object = ""
    if card.group:
        name = f"{card.group.code} — {card.group.title}"
        group = link(name, address("groupes", scope, groupe=card.group.code))
    return [
        *facts,
        ("Qui le lit", audience(card.kind.rules.open_to_all)),
        ("Lieu", card.meeting.place),
        ("Direction", unit.name if unit else "Toute l'administration"),
        ("Groupe", group),
        ("Présents", _present(card)),
    ]


def _present(card: MeetingCard) -> str:
    """The count of present persons; hidden if small."""
    if card.present is None:
        return ""
    if card.present < SMALLEST:
        return f"moins de {SMALLEST}"
    # Absences are hidden too: a rate would reveal them.
    if (card.invited or 0) - card.present < SMALLEST:
        return french.counted(card.present, "personne")
    return french.rate(card.present, card.invited, 0)


def _links(scope: Scope, card: MeetingCard) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if card.state == MeetingState.planned and card.day >= cached.today():
            calendar_button(card, scope.reader)
        if card.organises and card.kind in WORKSHOPS:
            st.html(
                macros().button_link(
                    "Ouvrir l'atelier",
                    address("atelier", scope, reunion=card.meeting.id),
                    "co_present",
                )
            )


def _minutes(card: MeetingCard) -> None:
    if not card.minutes:
        return
    written = f"Écrit le {french.day_long(card.written_on)}" if card.written_on else ""
    draw("meetings/minutes.html", text=card.minutes, written=written)


def _idea(scope: Scope, card: MeetingCard) -> None:
    """The form of an idea, prefilled with this meeting."""
    if card.restricted or card.is_nameless or card.state == MeetingState.cancelled:
        return
    unit = scope.tree.ancestor(card.meeting.direction_id, UnitKind.direction)
    with st.expander(
        "Une idée, un constat à ce sujet ?", icon=":material/lightbulb:", key="w_meeting_idea"
    ):
        idea_form(
            scope,
            key=f"reunion-{card.meeting.id}",
            about=About(concerns_id=unit.id if unit else None, meeting_id=card.meeting.id),
        )
