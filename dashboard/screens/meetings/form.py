"""Forms of who organises a meeting: planning it, moving it, the code of the room, who was there,
the minutes, cancelling it.
"""

from collections.abc import Sequence

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.guests import free_guest_seat
from dashboard.actions.meetings.records import (
    CROWD,
    FURTHEST,
    MINUTES_MAX,
    SEATS_MAX,
    MeetingInput,
    cancel_meeting,
    change_meeting,
    hold_meeting,
    plan_meeting,
    record_presences,
    write_minutes,
)
from dashboard.actions.meetings.seats import presence_token
from dashboard.actions.meetings.walk_ins import add_present, take_off
from dashboard.queries.guests import Where
from dashboard.queries.meetings.agenda import MeetingCard, SeatedGuest, open_groups, places
from dashboard.queries.meetings.seats import Seated, addable
from dashboard.scope import Scope
from dashboard.screens.guests import free_form, guest_code
from dashboard.screens.meetings.agenda import keep_reading
from dashboard.screens.workshops.grid import units_of
from dashboard.screens.workshops.papers import qr_uri
from dashboard.ui.components import draw, escape_md, reading
from dashboard.ui.forms import Form
from dashboard.visit.navigation import origin
from models.database import reading as reading_database
from models.meetings import Mark, MeetingKind, MeetingState, SeatState

_NONE = 0
# Short enough for one line on a phone.
_MARKS = {Mark.present: "Présent(e)", Mark.excused: "Excusé(e)", Mark.absent: "Absent(e)"}
# Of somebody without an account only whether she came is counted.
_CAME = (Mark.present, Mark.absent)


# ── Planning and moving ───────────────────────────────────────────────────────────────────────────


def plan_form(scope: Scope) -> None:
    """« Prévoir une réunion »."""
    if not may(scope.reader, "meeting.record"):
        return
    form = Form("meeting")
    with st.expander("Prévoir une réunion", icon=":material/add:", key="w_new_meeting"):
        _fields(
            form, scope, MeetingInput(MeetingKind.information, cached.today()), list(MeetingKind)
        )
        form.button(
            "Prévoir",
            lambda session, reader: _plan(session, reader, form),
            icon=":material/event_available:",
        )
        form.error("form")


def change_form(scope: Scope, card: MeetingCard) -> None:
    """« Modifier ou déplacer » a meeting that is still to come."""
    m = card.meeting
    form = Form(f"change_{m.id}")
    now = MeetingInput(
        card.kind,
        card.day,
        m.title,
        m.place,
        m.direction_id,
        m.starts,
        m.ends,
        m.capacity,
        m.enrols,
        m.group_id,
        m.site_id,
    )
    with st.expander(
        "Modifier ou déplacer la réunion", icon=":material/edit_calendar:", key="w_change_meeting"
    ):
        st.caption(
            "Les personnes inscrites sont prévenues d'un autre jour, d'une autre heure ou d'un"
            " autre lieu."
        )
        _fields(form, scope, now, [card.kind])
        form.button(
            "Enregistrer",
            lambda session, reader: _change(session, reader, form, m.id),
            icon=":material/check:",
        )
        form.error("form")


def _fields(form: Form, scope: Scope, now: MeetingInput, kinds: Sequence[MeetingKind]) -> None:
    with reading_database() as session:
        sites = {site.id: site.name for site in places(session)}
        groups = {group.id: f"{group.code} — {group.title}" for group in open_groups(session)}
    kind = form.default("kind", now.kind)
    # What is planned keeps its kind.
    if len(kinds) > 1:
        st.selectbox("Genre", kinds, format_func=lambda kind: kind.label, key=kind)
    form.error("kind")
    _text(form, "title", "Titre (facultatif)", now.title)
    _when(form, now)
    left, right = st.columns(2)
    with left:
        _choice(form, "site_id", "Site", "Aucun en particulier", sites, now.site_id)
    with right:
        _text(form, "place", "Lieu", now.place, "Salle, réfectoire, dépôt…")
    _choice(
        form,
        "direction_id",
        "Direction ou service",
        "Toute l'administration",
        units_of(scope),
        now.direction_id,
    )
    if form.value("kind") is MeetingKind.group:
        _choice(form, "group_id", "Groupe de progrès", "Aucun", groups, now.group_id)
    form.field("enrols", st.checkbox, "On s'inscrit à cette réunion", default=now.enrols)
    form.field(
        "capacity",
        st.number_input,
        "Places (vide : sans limite)",
        default=now.capacity,
        min_value=0,
        max_value=SEATS_MAX,
        step=1,
        placeholder="–",
    )


def _when(form: Form, now: MeetingInput) -> None:
    day, starts, ends = st.columns(3, vertical_alignment="bottom")
    with day:
        form.field(
            "day",
            st.date_input,
            "Jour",
            default=now.day,
            format="DD/MM/YYYY",
            min_value=cached.programmes().first_day,
            max_value=cached.today() + FURTHEST,
        )
    with starts:
        _text(form, "starts", "De", now.starts, "09:00", 5)
    with ends:
        _text(form, "ends", "À", now.ends, "10:30", 5)


def _text(
    form: Form, field: str, label: str, value: str, hint: str = "", longest: int = 255
) -> None:
    form.field(
        field, st.text_input, label, default=value, max_chars=longest, placeholder=hint or None
    )


def _choice(
    form: Form, field: str, label: str, nothing: str, choices: dict[int, str], value: int | None
) -> None:
    options = {_NONE: nothing} | choices
    form.field(
        field,
        st.selectbox,
        label,
        list(options),
        default=value if value in options else _NONE,
        format_func=options.get,
    )


def _given(form: Form) -> MeetingInput:
    words = {name: str(form.value(name) or "") for name in ("title", "place", "starts", "ends")}
    chosen = {name: form.value(name) or None for name in ("direction_id", "site_id", "group_id")}
    if form.value("kind") is not MeetingKind.group:
        # A group that was chosen before another kind was is still in the state of the page.
        chosen["group_id"] = None
    return MeetingInput(
        form.value("kind"),
        form.value("day"),
        **words,
        **chosen,
        capacity=form.value("capacity"),
        enrols=bool(form.value("enrols")),
    )


def _plan(session: Session, reader: Reader, form: Form) -> str:
    found = plan_meeting(session, reader, _given(form))
    # One goes on where the meeting now stands: its code, its list and its minutes are there.
    st.query_params["reunion"] = str(found.id)
    return f"La réunion du {french.day_long(form.value('day'))} est prévue."


def _change(session: Session, reader: Reader, form: Form, meeting_id: int) -> str:
    change_meeting(session, reader, meeting_id, _given(form))
    return "La réunion est modifiée."


# ── On the day, and after ─────────────────────────────────────────────────────────────────────────


def organiser_forms(
    scope: Scope, card: MeetingCard, people: Sequence[Seated], guests: Sequence[SeatedGuest]
) -> None:
    """What who organises may write of this meeting, in the order in which it is needed."""
    if card.can_enrol(cached.today()):
        _guest_forms(scope, card, guests)
    if card.state != MeetingState.cancelled:
        if card.day == cached.today() and not card.is_nameless:
            _code_of_the_room(card)
        if card.day <= cached.today():
            _held_form(scope, card, people, guests)
    if card.state == MeetingState.planned:
        change_form(scope, card)
    if card.state == MeetingState.held and not card.is_nameless:
        _minutes_form(card)
    if card.state == MeetingState.planned:
        _cancel_form(card)


def _guest_forms(scope: Scope, card: MeetingCard, guests: Sequence[SeatedGuest]) -> None:
    if card.kind.rules.open_to_all:
        guest_code(scope, Where(meeting_id=card.meeting.id))
    if guests:
        free_form({guest.seat_id: guest.name for guest in guests}, free_guest_seat)


def _code_of_the_room(card: MeetingCard) -> None:
    with st.expander("Le code de la salle", icon=":material/qr_code_2:", key="w_room_code"):
        reading(
            "Projetez ce code : chaque personne connectée le lit avec son téléphone et confirme sa"
            " présence. Il ne sert qu'aujourd'hui."
        )
        token = presence_token(card.meeting.id, cached.today())
        where = f"{origin()}/agenda?reunion={card.meeting.id}&presence={token}"
        draw("meetings/presence_code.html", picture=qr_uri(where))


def _held_form(
    scope: Scope, card: MeetingCard, people: Sequence[Seated], guests: Sequence[SeatedGuest]
) -> None:
    """« Cette réunion a été tenue »: the list, or the count where nobody is on a list."""
    # Two forms: with the first name on the list the fields of the count are no longer those asked
    # for.
    form = Form(f"held_{card.meeting.id}_{'list' if people or guests else 'count'}")
    with st.expander(
        "Les présences",
        icon=":material/fact_check:",
        expanded=card.state == MeetingState.planned,
        key="w_presences",
    ):
        form.field(
            "day",
            st.date_input,
            "Tenue le",
            default=min(card.day, cached.today()),
            format="DD/MM/YYYY",
            max_value=cached.today(),
        )
        if people or guests:
            keep_reading(card.meeting.id)
            _list(form, card, people, guests)
        else:
            _count(form, card)
        form.error("form")
        if not card.is_nameless:
            _walk_ins(scope, card, people, None if people or guests else form)


def _list(
    form: Form, card: MeetingCard, people: Sequence[Seated], guests: Sequence[SeatedGuest]
) -> None:
    for person in people:
        waits = " (liste d'attente)" if person.state is SeatState.waiting else ""
        st.segmented_control(
            escape_md(person.name + waits),
            list(_MARKS),
            format_func=_MARKS.get,
            key=form.default(str(person.person_id), person.mark),
        )
    for guest in guests:
        waits = " (liste d'attente)" if guest.state is SeatState.waiting else ""
        st.segmented_control(
            escape_md(guest.name + waits),
            _CAME,
            format_func=_MARKS.get,
            key=form.default(f"guest_{guest.seat_id}", guest.mark),
        )
    # The count is part of the key: a person who was in it and is now on the list leaves it.
    others = f"others_{card.others}"
    st.number_input(
        "Autres personnes présentes, sans nom",
        key=form.default(others, card.others),
        min_value=0,
        max_value=CROWD,
        step=1,
    )
    form.error("others")
    form.button(
        "Enregistrer les présences",
        lambda session, reader: _save_list(session, reader, form, card, people, guests),
        icon=":material/check:",
    )


def _walk_ins(
    scope: Scope, card: MeetingCard, people: Sequence[Seated], presences: Form | None
) -> None:
    """Somebody who came without having registered is found by name; one noted by mistake is taken
    off.

    Where nobody is on a list yet, what is counted in `presences` and not saved is saved with her:
    the list takes its place.
    """
    with reading_database() as session:
        others = addable(session, scope, people)
    if others:
        _add_fields(card, others, presences)
    walk_ins = {person.person_id: person.name for person in people if person.state is None}
    if walk_ins:
        _take_off_fields(card, walk_ins)


def _add_fields(card: MeetingCard, others: dict[int, str], presences: Form | None) -> None:
    form = Form(f"walk_in_{card.meeting.id}")
    st.caption(
        "Quelqu'un est là sans s'être inscrit ? Sa présence compte ; aucune place ne lui est"
        " réservée."
    )
    form.field(
        "person",
        st.selectbox,
        "Ajouter une personne présente",
        list(others),
        index=None,
        format_func=lambda i: escape_md(others.get(i, "")),
        placeholder="Tapez son nom",
    )
    form.button(
        "Ajouter à la liste",
        lambda session, reader: _add(session, reader, form, card, presences),
        primary=False,
        icon=":material/person_add:",
    )
    form.error("form")


def _take_off_fields(card: MeetingCard, walk_ins: dict[int, str]) -> None:
    form = Form(f"take_off_{card.meeting.id}")
    form.field(
        "person",
        st.selectbox,
        "Retirer une personne notée par erreur",
        list(walk_ins),
        index=None,
        format_func=lambda i: escape_md(walk_ins.get(i, "")),
        placeholder="Choisissez",
    )
    form.button(
        "Retirer de la liste",
        lambda session, reader: (
            f"{take_off(session, reader, card.meeting.id, form.value('person'))} n'est plus sur"
            " la liste."
        ),
        primary=False,
        icon=":material/person_remove:",
    )
    form.error("form")


def _add(
    session: Session, reader: Reader, form: Form, card: MeetingCard, counted: Form | None
) -> str:
    present = counted.value("present") if counted else None
    if present:
        hold_meeting(
            session,
            reader,
            card.meeting.id,
            counted.value("day"),
            max(counted.value("invited") or 0, present),
            present,
        )
    name = add_present(session, reader, card.meeting.id, form.value("person"))
    message = f"La présence de {name} est notée."
    if not (card.others or present):
        return message
    return (
        f"{message} Elle faisait partie des présences comptées sans nom : le total ne change pas."
    )


def _save_list(
    session: Session,
    reader: Reader,
    form: Form,
    card: MeetingCard,
    people: Sequence[Seated],
    guests: Sequence[SeatedGuest],
) -> str:
    typed = {person.person_id: form.value(str(person.person_id)) for person in people}
    marks = {person_id: mark for person_id, mark in typed.items() if mark}
    said = {guest.seat_id: form.value(f"guest_{guest.seat_id}") for guest in guests}
    came = {seat_id: mark for seat_id, mark in said.items() if mark}
    record_presences(
        session,
        reader,
        card.meeting.id,
        form.value("day"),
        marks,
        form.value(f"others_{card.others}") or 0,
        came,
    )
    left = len(people) - len(marks) + len(guests) - len(came)
    more = f" Il en reste {left} à noter." if left else ""
    return f"La réunion est tenue, les présences sont enregistrées.{more}"


def _count(form: Form, card: MeetingCard) -> None:
    left, right = st.columns(2)
    with left:
        form.field(
            "invited",
            st.number_input,
            "Invités",
            default=card.invited,
            min_value=0,
            max_value=CROWD,
            step=1,
            placeholder="–",
        )
    with right:
        form.field(
            "present",
            st.number_input,
            "Présents",
            default=card.present,
            min_value=0,
            max_value=CROWD,
            step=1,
            placeholder="–",
        )
    form.button(
        "Réunion tenue" if card.state == MeetingState.planned else "Enregistrer les présences",
        lambda session, reader: (
            hold_meeting(
                session,
                reader,
                card.meeting.id,
                form.value("day"),
                form.value("invited") or 0,
                form.value("present") or 0,
            )
            or "La réunion est inscrite comme tenue."
        ),
        icon=":material/event_available:",
    )


def _minutes_form(card: MeetingCard) -> None:
    form = Form(f"minutes_{card.meeting.id}")
    with st.expander(
        "Modifier le compte rendu" if card.minutes else "Écrire le compte rendu",
        icon=":material/description:",
        key="w_minutes",
    ):
        st.caption(
            "Ce qui a été dit et décidé, sans juger personne. Il est lu par celles et ceux à qui la"
            " réunion est ouverte."
        )
        form.field(
            "minutes",
            st.text_area,
            "Compte rendu",
            default=card.minutes,
            height=240,
            max_chars=MINUTES_MAX,
        )
        form.button(
            "Enregistrer le compte rendu",
            lambda session, reader: (
                write_minutes(session, reader, card.meeting.id, str(form.value("minutes") or ""))
                or "Le compte rendu est enregistré."
            ),
            icon=":material/check:",
        )
        form.error("form")


def _cancel_form(card: MeetingCard) -> None:
    form = Form(f"cancel_meeting_{card.meeting.id}")
    with st.expander("Annuler la réunion", icon=":material/event_busy:", key="w_cancel_meeting"):
        form.field(
            "reason",
            st.text_input,
            "Pourquoi ?",
            default="",
            max_chars=255,
            help="Les personnes inscrites le liront.",
        )
        form.button(
            "Annuler la réunion",
            lambda session, reader: (
                cancel_meeting(session, reader, card.meeting.id, str(form.value("reason") or ""))
                or "La réunion est annulée ; les personnes inscrites sont prévenues."
            ),
            primary=False,
        )
        form.error("form")
