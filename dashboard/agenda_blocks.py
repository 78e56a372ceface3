"""Blocks of the agenda: the dates as a list and as a month, one's own calendar, and what a reader does at one meeting."""

from calendar import Calendar
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby

import streamlit as st
from sqlmodel import Session

from dashboard import cached, calendar_route, french, signin
from dashboard.access import Reader, may
from dashboard.actions.auditing import note_reading
from dashboard.actions.calendar_keys import make_key, withdraw_key
from dashboard.actions.meeting_seats import confirm_presence, give_up, is_presence_token, register_for, said_of
from dashboard.components import escape_html, icon_html, reading, text_html
from dashboard.downloads import download
from dashboard.forms import Form
from dashboard.listing import table
from dashboard.navigation import address, origin
from dashboard.queries import calendars
from dashboard.queries.agenda import Family, MeetingCard, Rendezvous
from dashboard.queries.seats import Seated
from dashboard.scope import Scope
from models.clock import add_months, month_start
from models.database import reading as reading_database
from models.database import writing
from models.meetings import MeetingState

ALL = "tout"
_NEW_KEY = "_cp_calendar_secret"
_CALENDAR = Calendar()  # Monday first
_WEEK = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


# ── Choosing what is shown ───────────────────────────────────────────────────────────────────────────────────────


def date_filters(scope: Scope, chosen: Family | None, month: date | None, first: date, **keep: str) -> None:
    """What kinds of dates are shown, of which months, as a list or as a month: each choice is an address of its own.

    On a phone one line says what is chosen, and unfolds the choices: the dates come first there.
    """
    families = [("Tout", "", chosen is None), *((family.label, str(family), family is chosen) for family in Family)]
    views = [("Liste", "", keep.get("vue") != "mois"), ("Mois", "mois", keep.get("vue") == "mois")]
    coming = _chips(scope, "mois", [("À venir", "", month is None)], {**keep, "vue": ""})  # what comes is a list, whatever its months
    steps = _chips(scope, "mois", _months(month, first), keep)
    choices = (_nav("Genres de rendez-vous", _chips(scope, "genre", families, keep)),
               f'<div class="cp-agenda-nav">{_nav("Mois", coming + steps)}{_nav("Présentation", _chips(scope, "vue", views, keep))}</div>')
    said = " · ".join([chosen.label if chosen else "Tous les rendez-vous", french.month(month) if month else "à venir",
                       "en mois" if keep.get("vue") == "mois" else "en liste"])
    st.html(f'<div class="cp-agenda-wide">{"".join(choices)}</div><details class="cp-agenda-fold"><summary>{icon_html("tune")}'
            f'<span><span class="cp-sr">Choisir : </span>{text_html(said)}</span></summary>{"".join(choices)}</details>')


def _nav(label: str, items: str) -> str:
    return f'<nav aria-label="{label}"><ul class="cp-filter-chips">{items}</ul></nav>'


def _months(month: date | None, first: date) -> list[tuple[str, str, bool]]:
    """The month before, the one looked at, the one after: (name, « 2023-06 », whether it is looked at)."""
    here = month or month_start(cached.today())
    before, after = add_months(here, -1), add_months(here, 1)
    around = [before] if before >= month_start(first) else []
    around += [month, after] if month else [after]
    return [(french.month(one), f"{one:%Y-%m}", one == month) for one in around]


def _chips(scope: Scope, name: str, choices: Sequence[tuple[str, str, bool]], keep: Mapping[str, str]) -> str:
    return "".join(f'<li><a class="cp-go" href="{escape_html(address("agenda", scope, **{**keep, name: value}))}"'
                   f'{" aria-current=true" if here else ""}>{text_html(label)}</a></li>' for label, value, here in choices)


# ── The dates ────────────────────────────────────────────────────────────────────────────────────────────────────


def dates_by_month(scope: Scope, rows: Sequence[Rendezvous]) -> None:
    """One list per month, under its name."""
    for month, here in groupby(rows, key=lambda one: month_start(one.day)):
        st.html(f"<h2>{text_html(french.month(month).capitalize())}</h2>{_dates(scope, list(here))}")


def my_dates(scope: Scope, rows: Sequence[Rendezvous]) -> None:
    """« Mes rendez-vous »: where the reader is registered, and the meetings of her groups."""
    st.html("<h2>Mes rendez-vous</h2>")
    if rows:
        st.html(_dates(scope, rows))
    else:
        st.html(f'<p class="cp-calm">{text_html("Vous n’êtes inscrite ou inscrit nulle part pour le moment : chaque date ci-dessous dit s’il reste des places.")}</p>')


def month_grid(scope: Scope, rows: Sequence[Rendezvous], month: date) -> None:
    """The month, a row a week, Monday first; on a phone the same dates one under the other."""
    by_day = {day: list(here) for day, here in groupby(rows, key=lambda one: one.day)}
    head = "".join(f'<th scope="col">{name}</th>' for name in _WEEK)
    weeks = "".join(f"<tr>{''.join(_cell(scope, day, month, by_day.get(day, ())) for day in week)}</tr>"
                    for week in _CALENDAR.monthdatescalendar(month.year, month.month))
    title = french.month(month).capitalize()
    st.html(f'<h2>{text_html(title)}</h2><div class="cp-table cp-month" tabindex="0" role="region" aria-label="{text_html(title)}"><table>'
            f'<caption class="cp-sr">{text_html(f"Rendez-vous de {french.month(month)}")}</caption><thead><tr>{head}</tr></thead><tbody>{weeks}</tbody></table></div>'
            f'<div class="cp-month-list">{_dates(scope, rows) if rows else ""}</div>')


def _cell(scope: Scope, day: date, month: date, rows: Sequence[Rendezvous]) -> str:
    if (day.year, day.month) != (month.year, month.month):
        return '<td class="cp-beside"></td>'
    items = "".join(f'<li class="{_tone(one)}">{text_html(f"{one.starts} ") if one.starts else ""}{_link(scope, one)}{_off(one)}</li>' for one in rows)
    here = ' aria-current="date"' if day == cached.today() else ""
    return f"<td{here}><b>{day.day}</b>{f'<ul>{items}</ul>' if items else ''}</td>"


def _dates(scope: Scope, rows: Sequence[Rendezvous]) -> str:
    return f'<ul class="cp-dates">{"".join(_date(scope, one) for one in rows)}</ul>'


def _date(scope: Scope, one: Rendezvous) -> str:
    chips = "".join(f'<span class="cp-chip cp-tone-{tone}">{text_html(said)}</span>' for said, tone in _marks(one))
    facts = [one.kind if one.kind != one.label else "", one.hours, one.place, _room(one)]
    return (f'<li class="{_tone(one)}"><time datetime="{one.day.isoformat()}"><span>{text_html(french.weekday(one.day)[:3])}.</span><b>{one.day.day}</b>'
            f'<span>{text_html(french.month_short(one.day))}</span></time>'
            f'<div><h3>{_link(scope, one)}</h3><p>{text_html(" · ".join(fact for fact in facts if fact))}</p>'
            f'{f"""<div class="cp-chips">{chips}</div>""" if chips else ""}</div></li>')


def _marks(one: Rendezvous) -> list[tuple[str, str]]:
    found = [("Annulée", "late")] if one.state == MeetingState.cancelled else []
    return found + ([(one.mine, "accepted")] if one.mine else [])


def _room(one: Rendezvous) -> str:
    if not one.enrols or one.state != MeetingState.planned or one.day < cached.today():
        return ""
    if one.free is None:
        return "inscriptions ouvertes"
    return french.counted(one.free, "place libre", "places libres") if one.free else "complet, liste d'attente"


def _tone(one: Rendezvous) -> str:
    return "cp-is-off" if one.state == MeetingState.cancelled else "cp-is-mine" if one.is_mine else ""


def _off(one: Rendezvous) -> str:
    return '<span class="cp-sr"> (annulée)</span>' if one.state == MeetingState.cancelled else ""


def _link(scope: Scope, one: Rendezvous) -> str:
    href = address("agenda", scope, reunion=one.meeting_id) if one.meeting_id else address("academie", scope, formation=one.code)
    return f'<a class="cp-go" href="{escape_html(href)}">{text_html(one.label)}</a>'


# ── One's own calendar ───────────────────────────────────────────────────────────────────────────────────────────


def calendar_box(scope: Scope) -> None:
    """« Mon calendrier »: the address a phone subscribes to; the secret one is shown once, replaced or withdrawn here."""
    if not may(scope.reader, "meeting.register"):
        return
    new, form = st.session_state.pop(_NEW_KEY, None), Form("calendar")
    with reading_database() as session:
        there = calendars.has_key(session, scope.reader)
    with st.expander("Mon calendrier", icon=":material/calendar_add_on:", expanded=bool(new), key="w_calendar"):
        reading("Vos rendez-vous dans l'agenda de votre téléphone ou de votre messagerie : abonnez-le à une adresse, il suit les changements tout seul.")
        if new:
            st.html("<p><strong>Voici votre adresse. Copiez-la maintenant : elle n'est montrée qu'une fois.</strong> Qui la connaît voit vos "
                    "rendez-vous, sans aucun nom : ne la partagez pas.</p>")
            st.code(f"{origin()}/agenda/{new}.ics", language=None, wrap_lines=True)
        elif there:
            st.html("<p>Votre calendrier a une adresse. Perdue, ou connue de quelqu'un d'autre ? Remplacez-la : l'ancienne n'ouvre plus rien.</p>")
        with st.container(horizontal=True):
            form.button("Remplacer mon adresse" if there else "Créer mon adresse", _make_key, primary=not there, icon=":material/link:")
            if there:
                form.button("Retirer mon adresse", _withdraw, field="withdraw", primary=False, icon=":material/link_off:")
        form.first_error()
        st.html("<p>L'agenda de tous (séances ouvertes et formations), sans rien de personnel :</p>")
        st.code(f"{origin()}/agenda.ics", language=None, wrap_lines=True)


def _make_key(session: Session, reader: Reader) -> str:
    st.session_state[_NEW_KEY] = make_key(session, reader)
    return "Votre calendrier a une adresse : copiez-la ci-dessous."


def _withdraw(session: Session, reader: Reader) -> str:
    withdraw_key(session, reader)
    return "L'adresse de votre calendrier est retirée."


# ── At one meeting ───────────────────────────────────────────────────────────────────────────────────────────────


def seat_block(scope: Scope, card: MeetingCard) -> None:
    """« S'inscrire » or « Annuler mon inscription », and how many seats are left."""
    if not may(scope.reader, "meeting.register") or not (card.can_enrol(cached.today()) or (card.mine and card.day >= cached.today())):
        return
    st.html("<h2>Les inscriptions</h2>")
    form, ident = Form(f"seat_{card.meeting.id}"), card.meeting.id
    mine = f'<div class="cp-chips"><span class="cp-chip cp-tone-accepted">{text_html(card.mine.label)}</span></div>' if card.mine else ""
    st.html(f"{mine}<p>{text_html(_seats(card))}</p>")
    if card.mine:
        form.button("Annuler mon inscription", lambda session, reader: give_up(session, reader, ident) or "Votre inscription est annulée.",
                    primary=False, icon=":material/event_busy:")
    else:
        form.button("Rejoindre la liste d'attente" if card.free == 0 else "S'inscrire",
                    lambda session, reader: said_of(register_for(session, reader, ident)), icon=":material/how_to_reg:")
    form.first_error()


def _seats(card: MeetingCard) -> str:
    seats = "Le nombre de places n'est pas limité." if card.free is None else f"Complet : {french.counted(card.meeting.capacity, 'place')}." if not card.free else \
        f"{french.counted(card.free, 'place libre', 'places libres')} sur {card.meeting.capacity}."
    line = f" {french.counted(card.waiting, 'personne')} en attente." if card.waiting else ""
    rank = f" Vous êtes en position {card.rank}." if card.rank else ""
    return seats + line + rank


def presence_block(card: MeetingCard, token: str) -> None:
    """Who has read the code in the room says with one press that she is there."""
    form, ident = Form(f"present_{card.meeting.id}"), card.meeting.id
    if not is_presence_token(token, ident, cached.today()) or card.day != cached.today():
        return reading("Ce code n'est plus valable : il sert le jour de la réunion seulement. Adressez-vous à l'organisateur.")
    with st.container(border=True, key="cp_presence"):
        reading("Vous êtes dans la salle ? Confirmez, votre présence est notée une fois.")
        form.button("Je suis présente, je suis présent", lambda session, reader: confirm_presence(session, reader, ident, token) or
                    "Votre présence est notée. Bonne réunion !", icon=":material/check_circle:")
        form.first_error()
    return None


def calendar_button(card: MeetingCard, reader: Reader) -> None:
    """« Ajouter à mon calendrier »: the file of this one meeting, made when it is asked for."""
    here = origin()

    def made() -> bytes:
        with reading_database() as session:
            found = calendars.of_meeting(session, reader, card.meeting.id)
        return calendar_route.written(card.label, found, here)

    download("Ajouter à mon calendrier (.ics)", made, f"reunion-{card.day.isoformat()}-{card.meeting.id}.ics", "text/calendar",
             key=f"ics_{card.meeting.id}", icon="event_upcoming")


def names_block(card: MeetingCard, people: Sequence[Seated]) -> None:
    """Who registered, for those who may read it; the reading is kept in the journal."""
    if not people:
        return
    keep_reading(card.meeting.id)
    with st.expander("Personnes inscrites", icon=":material/groups:", key="w_seated"):
        table(("Nom", "Inscription", "Présence"), [(one.name, one.state.label if one.state else "–", one.mark.label if one.mark else "–") for one in people],
              "Personnes inscrites ou notées présentes")


def keep_reading(meeting_id: int) -> None:
    """Reading names is kept in the journal, once for each list in a tab."""
    mark = ("reunion", meeting_id)
    if mark in st.session_state.setdefault("_cp_read_lists", set()):
        return
    with writing() as session:
        note_reading(session, signin.current_reader(), f"liste de la réunion {meeting_id}")
    st.session_state["_cp_read_lists"].add(mark)


def state_said(card: MeetingCard, day: date) -> str:
    """What became of it, in words."""
    if card.state == MeetingState.planned:
        return "Aujourd'hui" if card.day == day else "À venir" if card.day > day else "Le résultat n'est pas encore encodé"
    return card.state.label if card.state == MeetingState.held else f"Annulée{f' : {card.why}' if card.why else ''}"


