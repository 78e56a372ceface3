"""Agenda: upcoming dates, the reader's own first; past months; one meeting with its seats,
papers and forms.
"""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.queries.figures.small_cells import SMALLEST
from dashboard.queries.meetings import agenda
from dashboard.queries.meetings.agenda import MeetingCard, Rendezvous
from dashboard.queries.meetings.records import seated
from dashboard.queries.seats.records import training_of
from dashboard.rendering import macros
from dashboard.scope import Scope
from dashboard.screens.ideas.form import About, idea_form
from dashboard.screens.meetings.agenda import (
    audience,
    calendar_box,
    calendar_button,
    dates_by_month,
    dates_list,
    invites,
    month_grid,
    names_block,
    presence_block,
    seat_block,
    state_in_words,
)
from dashboard.screens.meetings.form import organiser_forms, plan_form
from dashboard.ui.address import filter_line, page_header
from dashboard.ui.components import (
    draw,
    empty_for_filters,
    empty_nothing_yet,
    fold,
    note_unread,
    stacked,
)
from dashboard.ui.tables import link, terms
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address, whole_number
from models.clock import add_months, month_end, month_start, months
from models.database import fetch, reading
from models.directions import UnitKind
from models.meetings import BODIES, WORKSHOPS, Family, MeetingState
from models.search import bears

FAR = date(2035, 12, 31)


def agenda_view(scope: Scope) -> None:
    if st.query_params.get("session"):
        return one_session(scope, whole_number(st.query_params["session"]) or 0)
    if st.query_params.get("reunion"):
        return one(scope, whole_number(st.query_params["reunion"]) or 0)
    today = cached.today()
    n = len(cached.agenda(scope, today, FAR))
    coming = french.counted(n, "rencontre ou formation", "rencontres et formations")
    page_header(
        "Agenda", f"{coming} du programme à venir : ouvrez-en une pour la lire ou vous y inscrire."
    )
    note_unread(cached.meetings(today))
    month, as_month, family, words = _filters(scope, today)
    shown = month or (month_start(today) if as_month else None)
    first, last = (shown, month_end(shown)) if shown else (today, FAR)
    rows = cached.agenda(scope, min(first, today), FAR)
    listed = [
        row
        for row in rows
        if first <= row.day <= last and family in ("", row.family)
        if bears(words, row.title, row.place)
    ]
    with stacked():
        if shown is None and not (family or words):
            mine = [row for row in rows if row.mine and row.day >= today]
            dates_list(scope, mine, "Mes rendez-vous")
        if as_month:
            month_grid(scope, listed, shown)
        elif listed:
            _dates(scope, listed)
        else:
            if bool(month or family or words) or not scope.is_whole:
                empty_for_filters(
                    "Aucun rendez-vous sous ces filtres.", address("agenda", scope.whole())
                )
            else:
                empty_nothing_yet("Aucun rendez-vous n'est prévu pour le moment.")
    calendar_box(scope)
    plan_form(scope)


def _dates(scope: Scope, rows: Sequence[Rendezvous]) -> None:
    """The dates for the reader, then those for others; all together for who plans them."""
    plans = may(scope.reader, "meeting.record")
    own = [row for row in rows if plans or invites(scope.reader, row)]
    dates_by_month(scope, own)
    if others := [row for row in rows if row not in own]:
        with fold(f"Réservées à d'autres : {french.counted(len(others), 'date')}"):
            dates_by_month(scope, others)


def _filters(scope: Scope, today: date) -> tuple[date | None, bool, str, str]:
    """The month, whether it is drawn as a grid, the kind of dates, and the words, as in the
    address.
    """
    known = months(cached.programmes().first_day, add_months(today, 24))
    by_code = {f"{month:%Y-%m}": month for month in reversed(known)}
    with filter_line("agenda", scope, "réunion, lieu") as line:
        family = line.choice("Genre", "genre", {str(f): f.label for f in Family})
        names = {code: french.month(month) for code, month in by_code.items()}
        month = by_code.get(line.choice("Mois", "mois", names, "À venir"))
        as_month = line.choice("Présentation", "vue", {"mois": "Un mois en grille"}, "En liste")
    return month, bool(as_month), family, line.words


# --- one meeting ----------------------------------------------------------------------------------


def one(scope: Scope, meeting_id: int) -> None:
    trail = (("Agenda", address("agenda", scope)),)
    with reading() as session:
        card = agenda.card(session, scope.reader, meeting_id)
        has_names = card and not card.is_nameless
        people = seated(session, scope, meeting_id, card.day) if has_names else []
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
    if card.minutes:
        written = f"Écrit le {french.day_long(card.written_on)}" if card.written_on else ""
        draw("meetings/minutes.html", text=card.minutes, written=written)
    if not (card.restricted or card.is_nameless or card.state == MeetingState.cancelled):
        unit = scope.tree.ancestor(card.meeting.direction_id, UnitKind.direction)
        about = About(concerns_id=unit.id if unit else None, meeting_id=card.meeting.id)
        unfolding(
            "Une idée, un constat à ce sujet ?",
            *(idea_form, scope, f"reunion-{card.meeting.id}", about),
            key="w_meeting_idea",
            icon=":material/lightbulb:",
        )
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
        if card.kind in BODIES and not card.restricted:
            sitting = address("preparer", scope, instance=card.kind, reunion=card.meeting.id)
            st.html(macros().button_link("Ouvrir la séance", sitting, "gavel"))
        if card.organises and card.kind in WORKSHOPS:
            st.html(
                macros().button_link(
                    "Ouvrir l'atelier",
                    address("atelier", scope, reunion=card.meeting.id),
                    "co_present",
                )
            )
