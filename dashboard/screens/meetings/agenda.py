"""Blocks of the agenda: the dates as a list or a month, the reader's calendar subscription, and
the actions at one meeting.
"""

from calendar import Calendar
from collections.abc import Sequence
from datetime import date
from itertools import groupby

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.meetings.agendas import make_key, withdraw_key
from dashboard.actions.meetings.presences import confirm_presence, is_presence_token
from dashboard.queries.meetings import agenda
from dashboard.queries.meetings.agenda import MeetingCard, Rendezvous
from dashboard.queries.meetings.records import MeetingAt, Seated
from dashboard.scope import Scope
from dashboard.screens.seats import cancel_box, register_button, seats_in_words
from dashboard.ui.components import copyable, draw, explanation, heading, paragraph
from dashboard.ui.downloads import download
from dashboard.ui.forms import Form
from dashboard.ui.tables import table
from dashboard.visit.navigation import address, note_list_read, public_address
from dashboard.web import calendars as web_calendars
from models.clock import month_start
from models.database import fetch
from models.directions import UnitKind
from models.meetings import MeetingState
from models.seats import SeatState

_NEW_KEY = "_cp_calendar_secret"


# ── Who reads it ──────────────────────────────────────────────────────────────────────────────────


def audience(is_open: bool) -> str:
    """In words, who can see a date; shown in its form and on its page."""
    if is_open:
        return "Public : tout le monde le lit sans compte dès l'enregistrement (jour, heure, lieu)."
    return "Interne : seules les personnes qui ont un compte le lisent."


def hours_fields(form: Form, starts: str = "", ends: str = "") -> None:
    """The start and end time side by side; both are optional."""
    for column, (field, label, hour, hint) in zip(
        st.columns(2, vertical_alignment="bottom"),
        (("starts", "De", starts, "09:00"), ("ends", "À", ends, "10:30")),
        strict=True,
    ):
        with column:
            form.field(field, st.text_input, label, default=hour, max_chars=5, placeholder=hint)


# ── The dates ─────────────────────────────────────────────────────────────────────────────────────


def dates_by_month(scope: Scope, rows: Sequence[Rendezvous]) -> None:
    """One list per month, under its name; later months are folded if there are many."""
    before = 0
    for month, grouped in groupby(rows, key=lambda item: month_start(item.day)):
        dates = [_date(scope, item) for item in grouped]
        draw(
            "meetings/month_of_dates.html",
            title=french.month(month).capitalize(),
            rows=dates,
            is_open=not before or before + len(dates) <= 12,
        )
        before += len(dates)


def dates_list(scope: Scope, rows: Sequence[Rendezvous], title: str, more: str = "") -> None:
    """Dates under their heading; `more` is the address of all of them."""
    if rows:
        draw(
            "meetings/few_dates.html",
            title=title,
            rows=[_date(scope, row) for row in rows],
            more=more,
        )


def month_grid(scope: Scope, rows: Sequence[Rendezvous], month: date) -> None:
    """The month, one row per week from Monday; on a phone, a list of the dates."""
    # A group of `groupby` is consumed by the next one: the weeks below look days up in their own
    # order.
    by_day = {day: list(grouped) for day, grouped in groupby(rows, key=lambda item: item.day)}
    weeks = [
        [_cell(scope, day, month, by_day.get(day, ())) for day in week]
        for week in Calendar().monthdatescalendar(month.year, month.month)
    ]
    draw(
        "meetings/month.html",
        title=french.month(month).capitalize(),
        caption=f"Rendez-vous de {french.month(month)}",
        weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        weeks=weeks,
        rows=[_date(scope, row) for row in rows],
    )


def _cell(scope: Scope, day: date, month: date, rows: Sequence[Rendezvous]) -> dict:
    is_beside = (day.year, day.month) != (month.year, month.month)
    return {
        "day": day.day,
        "is_beside": is_beside,
        "is_today": day == cached.today(),
        "rows": [] if is_beside else [_date(scope, row) for row in rows],
    }


def _date(scope: Scope, rendezvous: Rendezvous) -> dict:
    """One date; `enrols`: a seat is left that the reader may take."""
    is_hers = rendezvous.is_open or scope.reader.is_known
    by_manager = rendezvous.enrols and _is_to_come(rendezvous) and not is_hers
    is_off = rendezvous.state == MeetingState.cancelled
    says_more = rendezvous.is_open or rendezvous.training  # else for whom it is says its kind
    marks = [("late", "Annulée")] * is_off
    if rendezvous.mine:
        marks.append(("accepted", rendezvous.mine))
    facts = [
        rendezvous.kind if says_more and rendezvous.kind != rendezvous.title else "",
        rendezvous.for_whom if scope.reader.is_known else "",  # others see what is open to all
        rendezvous.hours,
        rendezvous.place,
        _room(rendezvous),
        "inscription par votre responsable" if by_manager else "",
    ]
    return {
        "on": rendezvous.day,
        "starts": rendezvous.starts or "",
        "label": rendezvous.title,
        "href": _href(scope, rendezvous),
        "facts": " · ".join(fact for fact in facts if fact),
        "chips": marks,
        "tone": "cp-is-off" if is_off else "cp-is-mine" if rendezvous.mine else "",
        "is_off": is_off,
        "enrols": _may_sign_up(scope, rendezvous),
    }


def invites(reader: Reader, rendezvous: Rendezvous) -> bool:
    """Whether the date is for this reader, as far as is known without its list."""
    return (
        rendezvous.is_open
        or bool(rendezvous.training or rendezvous.mine)
        or rendezvous.role in reader.roles
    )


def _may_sign_up(scope: Scope, rendezvous: Rendezvous) -> bool:
    """Whether a seat is left that the reader may take; the page of a full date has its list."""
    # Others may still register on the page of a date that is not for them.
    invites_her = invites(scope.reader, rendezvous)
    takes_her = may(scope.reader, "seat.register") and not rendezvous.mine and invites_her
    takes_strangers = rendezvous.is_open and may(scope.reader, "seat.take")
    enrols = rendezvous.enrols and rendezvous.free != 0 and _is_to_come(rendezvous)
    return enrols and (takes_her or takes_strangers)


def _is_to_come(rendezvous: Rendezvous) -> bool:
    return rendezvous.state == MeetingState.planned and rendezvous.day >= cached.today()


def _room(rendezvous: Rendezvous) -> str:
    if not _is_to_come(rendezvous):
        return ""
    if not rendezvous.enrols:
        return "sans inscription : venez" if rendezvous.is_open else ""
    if rendezvous.free is None:
        return "inscriptions ouvertes"
    if rendezvous.free == 0:
        return "complet, avec liste d'attente"
    return french.counted(rendezvous.free, "place libre", "places libres")


def _href(scope: Scope, rendezvous: Rendezvous) -> str:
    """The page of the date; that of the light door without an account."""
    if not scope.reader.is_known:
        return rendezvous.where.address
    if rendezvous.training:
        return address("academie", scope, formation=rendezvous.training.code)
    return address("agenda", scope, reunion=rendezvous.where.meeting_id)


# ── One's own calendar ────────────────────────────────────────────────────────────────────────────


def calendar_box(scope: Scope) -> None:
    """« Mon calendrier »: the secret address for a phone's calendar, shown once, replaced or
    revoked here.
    """
    if not may(scope.reader, "seat.register"):
        return
    # Shown once: the database stores only the hash, and a rerun no longer has it.
    new = st.session_state.pop(_NEW_KEY, None)
    form = Form("calendar")
    has_key = fetch(agenda.has_key, scope.reader)
    with st.expander(
        "Mon calendrier", icon=":material/calendar_add_on:", expanded=bool(new), key="w_calendar"
    ):
        explanation(
            "Vos rendez-vous dans l'agenda de votre téléphone ou de votre messagerie : abonnez-le à"
            " une adresse, il suit les changements tout seul."
        )
        if new:
            draw("meetings/new_address.html")
            copyable(f"{public_address()}/agenda/{new}.ics")
        elif has_key:
            paragraph(
                "Votre calendrier a une adresse. Perdue, ou connue de quelqu'un d'autre ?"
                " Remplacez-la : l'ancienne n'ouvre plus rien."
            )
        with form.row():
            form.button(
                "Remplacer mon adresse" if has_key else "Créer mon adresse",
                _make_key,
                primary=not has_key,
                icon=":material/link:",
            )
            if has_key:
                form.button(
                    "Retirer mon adresse",
                    withdraw_key,
                    field="withdraw",
                    primary=False,
                    icon=":material/link_off:",
                    done="L'adresse de votre calendrier est retirée.",
                )
        paragraph("L'agenda de tous (séances ouvertes et formations), sans rien de personnel :")
        copyable(f"{public_address()}/agenda.ics")
        paragraph("Le même en JSON, pour le site de la commune (iA.Smartweb) :")
        copyable(f"{public_address()}/agenda.json")


def _make_key(session: Session, reader: Reader) -> str:
    st.session_state[_NEW_KEY] = make_key(session, reader)
    return "Votre calendrier a une adresse : copiez-la ci-dessous."


# ── At one meeting ────────────────────────────────────────────────────────────────────────────────


def seat_block(scope: Scope, card: MeetingCard) -> None:
    """« S'inscrire » or « Annuler mon inscription », and the number of seats left."""
    event = card.event
    may_leave = card.mine and not event.is_over
    if not may(scope.reader, "seat.register") or not (card.can_enrol or may_leave):
        return
    heading("Les inscriptions")
    seats = seats_in_words(event.capacity, event.free, event.waiting)
    rank = f" Vous êtes en position {card.rank}." if card.rank else ""
    draw(
        "meetings/seats.html",
        mine=[("accepted", SeatState(card.mine.status).label)] if card.mine else [],
        seats=f"{seats[0].upper()}{seats[1:]}.{rank}",
    )
    if card.mine:
        cancel_box(card.mine.id, late=False)
    else:
        register_button(event.where, not event.must_wait)


def presence_block(card: MeetingCard, token: str) -> None:
    """Confirms with one press the presence of a reader who scanned the code in the room."""
    ident = card.meeting.id
    if not is_presence_token(token, ident, cached.today()) or card.day != cached.today():
        return explanation(
            "Ce code n'est plus valable : il sert le jour de la réunion seulement. Adressez-vous à"
            " l'organisateur."
        )
    with st.container(border=True, key="cp_presence"):
        explanation("Vous êtes dans la salle ? Confirmez, votre présence est notée une fois.")
        Form(f"present_{ident}").send(
            "Je suis présente, je suis présent",
            confirm_presence,
            ident,
            token,
            done="Votre présence est notée. Bonne réunion !",
            icon=":material/check_circle:",
        )
    return None


def calendar_button(card: MeetingCard, reader: Reader) -> None:
    """« Ajouter à mon calendrier »: the file of this meeting, made on request."""
    # Read now: when the file is made, no page is being drawn that knows its address.
    base_address = public_address()
    download(
        "Ajouter à mon calendrier (.ics)",
        lambda: web_calendars.written(
            card.label, fetch(agenda.of_meeting, reader, card.meeting.id), base_address
        ),
        f"reunion-{card.day.isoformat()}-{card.meeting.id}.ics",
        "text/calendar",
        key=f"ics_{card.meeting.id}",
        icon="event_upcoming",
    )


def names_block(card: MeetingCard, people: Sequence[Seated]) -> None:
    """The registered persons, for those who may read them; the reading is journalled."""
    if not people:
        return
    note_list_read(f"liste de la réunion {card.meeting.id}")
    with st.expander("Personnes inscrites", icon=":material/groups:", key="w_seated"):
        table(
            ("Nom", "Inscription", "Présence"),
            [
                (
                    person.name,
                    person.state.label if person.state else "–",
                    person.mark.label if person.mark else "–",
                )
                for person in people
            ],
            "Personnes inscrites ou notées présentes",
        )


def state_in_words(card: MeetingCard, day: date) -> str:
    if card.state == MeetingState.held:
        return card.state.label
    if card.state != MeetingState.planned:
        return f"Annulée : {card.why}" if card.why else "Annulée"
    if card.day == day:
        return "Aujourd'hui"
    return "À venir" if card.day > day else "Le résultat n'est pas encore encodé"


def campaign_question(meeting: MeetingAt) -> str:
    """The question that is put at the meeting; empty without a campaign."""
    return next((c.question for c in cached.campaigns() if c.id == meeting.campaign_id), "")


def units_of(scope: Scope, services: bool = True) -> dict[int, str]:
    """Id → name of the directions, optionally with their services, in the order of the chart."""
    kinds = (UnitKind.direction, UnitKind.service) if services else (UnitKind.direction,)
    return {
        unit.id: ("\u2003" if unit.kind == UnitKind.service else "") + unit.name
        for unit, _ in scope.tree.walk()
        if unit.kind in kinds
    }
