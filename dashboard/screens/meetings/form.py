"""Forms of the organiser of a meeting: planning it, moving it, its day, its minutes."""

from collections.abc import Sequence
from datetime import date

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.meetings.presences import (
    CROWD,
    add_present,
    presence_token,
    record_counts,
    record_presences,
    take_off,
)
from dashboard.actions.meetings.records import (
    FURTHEST,
    MINUTES_MAX,
    SEATS_MAX,
    cancel_meeting,
    change_meeting,
    plan_meeting,
    write_minutes,
)
from dashboard.queries.meetings.agenda import MeetingCard, open_groups, places
from dashboard.queries.meetings.records import Seated, addable
from dashboard.queries.people.readers import person_labels
from dashboard.scope import Scope
from dashboard.screens.meetings.agenda import audience, hours_fields, units_of
from dashboard.screens.seats import (
    call_off_box,
    free_form,
    guest_code,
    mark_field,
)
from dashboard.screens.workshops import qr_uri
from dashboard.ui.components import draw, explanation, paragraph
from dashboard.ui.forms import Form
from dashboard.ui.unfolding import Fold, unfolding, unfoldings
from dashboard.visit.navigation import note_list_read, public_address
from models.database import reading
from models.meetings import BODIES, Meeting, MeetingKind, MeetingState
from models.seats import SeatState

_NONE = 0


def plan_form(scope: Scope) -> None:
    """« Prévoir une réunion »."""
    if may(scope.reader, "meeting.record"):
        unfolding(
            "Prévoir une réunion",
            *(plan_fields, scope, Form("meeting"), list(MeetingKind), "Prévoir"),
            key="w_new_meeting",
            icon=":material/add:",
        )


def plan_fields(scope: Scope, form: Form, kinds: Sequence[MeetingKind], label: str) -> None:
    """The form of a meeting of one of these kinds, the first one chosen."""
    _fields(form, scope, Meeting(kind=kinds[0]), cached.today(), kinds)
    form.send(
        label,
        lambda session, reader: _plan(session, reader, form),
        icon=":material/event_available:",
    )


def _change_fields(scope: Scope, card: MeetingCard) -> None:
    form = Form(f"change_{card.meeting.id}")
    st.caption(
        "Les personnes inscrites sont prévenues d'un autre jour, d'une autre heure ou d'un autre"
        " lieu."
    )
    _fields(form, scope, card.meeting, card.day, [card.kind])
    form.send(
        "Enregistrer",
        lambda session, reader: change_meeting(
            session, reader, card.meeting.id, _given(form), form.value("day")
        ),
        icon=":material/check:",
        done="La réunion est modifiée.",
    )


def _fields(form: Form, scope: Scope, now: Meeting, on: date, kinds: Sequence[MeetingKind]) -> None:
    with reading() as session:
        sites = {site.id: site.name for site in places(session)}
        groups = {group.id: f"{group.code} — {group.title}" for group in open_groups(session)}
    kind = form.default("kind", MeetingKind(now.kind))
    # An existing meeting keeps its kind.
    if len(kinds) > 1:
        st.selectbox("Genre", kinds, format_func=lambda kind: kind.label, key=kind)
    form.error("kind")
    paragraph(audience(form.value("kind").rules.open_to_all))
    _text(form, "title", "Titre (facultatif)", now.title)
    _when(form, now, on)
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
    _campaign_field(form, now.campaign_id)
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


def _when(form: Form, now: Meeting, on: date) -> None:
    day, hours = st.columns([1, 2], vertical_alignment="bottom")
    with day:
        form.field(
            "day",
            st.date_input,
            "Jour",
            default=on,
            format="DD/MM/YYYY",
            min_value=cached.programmes().first_day,
            max_value=cached.today() + FURTHEST,
        )
    with hours:
        hours_fields(form, now.starts, now.ends)


def _text(form: Form, field: str, label: str, value: str, hint: str | None = None) -> None:
    form.field(field, st.text_input, label, default=value, max_chars=255, placeholder=hint)


def _choice(
    form: Form, field: str, label: str, nothing: str, choices: dict[int, str], value: int | None
) -> None:
    options = {_NONE: nothing} | choices
    form.pick(field, label, options, default=value if value in options else _NONE)


_CHOSEN = ("direction_id", "site_id", "group_id", "campaign_id")


def _given(form: Form) -> Meeting:
    words = {name: str(form.value(name) or "") for name in ("title", "place", "starts", "ends")}
    chosen = {name: form.value(name) or None for name in _CHOSEN}
    if form.value("kind") is not MeetingKind.group:
        # The state still holds a group chosen before the kind was changed.
        chosen["group_id"] = None
    return Meeting(
        kind=form.value("kind"),
        **words,
        **chosen,
        capacity=form.value("capacity"),
        enrols=bool(form.value("enrols")),
    )


def _plan(session: Session, reader: Reader, form: Form) -> str:
    meeting = plan_meeting(session, reader, _given(form), form.value("day"))
    # Continue on the page of the meeting: it has its code, its list and its minutes.
    st.query_params["reunion"] = str(meeting.id)
    return f"La réunion du {french.day_long(form.value('day'))} est prévue."


# For a person without an account only presence is counted.

_MARKS = (SeatState.attended, SeatState.excused, SeatState.no_show)


def organiser_forms(scope: Scope, card: MeetingCard, people: Sequence[Seated]) -> None:
    """The organiser's forms for this meeting, in the order of use, each drawn once opened."""
    if card.can_enrol:
        if card.kind.rules.open_to_all:
            guest_code(scope, card.event.where)
        guests = {person.seat_id: person.name for person in people if person.seat_id}
        if guests:
            free_form(guests)
    folds = [] if card.state == MeetingState.cancelled else _day_folds(scope, card, people)
    if card.state == MeetingState.planned:
        title, icon = "Modifier ou déplacer la réunion", ":material/edit_calendar:"
        folds.append(Fold(title, _change_fields, (scope, card), "w_change_meeting", icon))
    # The PV of a body is written where its points are.
    if card.state == MeetingState.held and not card.is_nameless and card.kind not in BODIES:
        title = "Modifier le compte rendu" if card.minutes else "Écrire le compte rendu"
        folds.append(Fold(title, _minutes_form, (card,), "w_minutes", ":material/description:"))
    if folds:
        unfoldings(folds)
    if card.state == MeetingState.planned:
        call_off_box(
            "la réunion",
            f"cancel_meeting_{card.meeting.id}",
            lambda session, reader, why: (
                cancel_meeting(session, reader, card.meeting.id, why)
                or "La réunion est annulée ; les personnes inscrites sont prévenues."
            ),
        )


def _day_folds(scope: Scope, card: MeetingCard, people: Sequence[Seated]) -> list[Fold]:
    """What is at hand from the day of the meeting on."""
    folds = []
    if card.day == cached.today() and not card.is_nameless:
        icon = ":material/qr_code_2:"
        folds.append(Fold("Le code de la salle", _code_of_the_room, (card,), "w_room_code", icon))
    if card.day <= cached.today():
        given, icon = (scope, card, people), ":material/fact_check:"
        is_open = card.state == MeetingState.planned
        folds.append(Fold("Les présences", _held_form, given, "w_presences", icon, is_open))
    return folds


def _code_of_the_room(card: MeetingCard) -> None:
    explanation(
        "Projetez ce code : chaque personne connectée le lit avec son téléphone et confirme sa"
        " présence. Il ne sert qu'aujourd'hui."
    )
    token = presence_token(card.meeting.id, cached.today())
    where = f"{public_address()}/agenda?reunion={card.meeting.id}&presence={token}"
    draw("meetings/presence_code.html", picture=qr_uri(where))


def _held_form(scope: Scope, card: MeetingCard, people: Sequence[Seated]) -> None:
    """« Cette réunion a été tenue »: the list, or a count if nobody is on a list."""
    # Two forms: once the list has a name, the fields of the count are no longer required.
    form = Form(f"held_{card.meeting.id}_{'list' if people else 'count'}")
    form.field(
        "day",
        st.date_input,
        "Tenue le",
        default=min(card.day, cached.today()),
        format="DD/MM/YYYY",
        max_value=cached.today(),
    )
    if people:
        note_list_read(f"liste de la réunion {card.meeting.id}")
        _list(form, card, people)
    else:
        _count(form, card)
    form.error("form")
    if not card.is_nameless:
        _walk_ins_part(scope, card, people, None if people else form)


def _list(form: Form, card: MeetingCard, people: Sequence[Seated]) -> None:
    for person in people:
        waits = " (liste d'attente)" if person.state is SeatState.waiting else ""
        allowed = (SeatState.attended, SeatState.no_show) if person.seat_id else _MARKS
        mark_field(form, person.key, person.name + waits, person.mark, allowed)
    # The count is part of the key: adding a counted person to the list removes her from it.
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
        lambda session, reader: _save_list(session, reader, form, card, people),
        icon=":material/check:",
    )


def _walk_ins_part(
    scope: Scope, card: MeetingCard, people: Sequence[Seated], presences: Form | None
) -> None:
    """Adding persons who came without registering, found by name; removing one added by mistake.

    If nobody is on a list yet, the unsaved count in `presences` is saved with the first name,
    and the list replaces it.
    """
    with reading() as session:
        others = addable(session, scope, people)
        noted = [person.person_id for person in people if person.state is None]
        walk_ins = person_labels(session, scope, noted)
    if others:
        _add_fields(card, others, presences)
    if walk_ins:
        form = Form(f"take_off_{card.meeting.id}")
        form.field(
            "person",
            st.selectbox,
            "Retirer une personne notée par erreur",
            list(walk_ins),
            index=None,
            format_func=lambda i: walk_ins.get(i, ""),
            placeholder="Choisissez",
        )
        form.send(
            "Retirer de la liste",
            lambda session, reader: (
                f"{take_off(session, reader, card.meeting.id, form.value('person'))} n'est plus sur"
                " la liste."
            ),
            primary=False,
            icon=":material/person_remove:",
        )


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
        format_func=lambda i: others.get(i, ""),
        placeholder="Tapez son nom",
    )
    form.send(
        "Ajouter à la liste",
        lambda session, reader: _add(session, reader, form, card, presences),
        primary=False,
        icon=":material/person_add:",
    )


def _add(
    session: Session, reader: Reader, form: Form, card: MeetingCard, counted: Form | None
) -> str:
    present = counted.value("present") if counted else None
    if present:
        record_counts(
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
) -> str:
    chosen = [(person, form.value(person.key)) for person in people]
    record_presences(
        session,
        reader,
        card.meeting.id,
        form.value("day"),
        {person.person_id: mark for person, mark in chosen if mark and not person.seat_id},
        form.value(f"others_{card.others}") or 0,
        {person.seat_id: mark for person, mark in chosen if mark and person.seat_id},
    )
    left = sum(1 for _, mark in chosen if not mark)
    more = f" Il en reste {left} à noter." if left else ""
    return f"La réunion est tenue, les présences sont enregistrées.{more}"


def _count(form: Form, card: MeetingCard) -> None:
    counts = (("invited", "Invités", card.invited), ("present", "Présents", card.present))
    for column, (field, label, value) in zip(st.columns(2), counts, strict=True):
        with column:
            form.field(
                field,
                st.number_input,
                label,
                default=value,
                min_value=0,
                max_value=CROWD,
                step=1,
                placeholder="–",
            )
    form.button(
        "Réunion tenue" if card.state == MeetingState.planned else "Enregistrer les présences",
        lambda session, reader: (
            record_counts(
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
    form.send(
        "Enregistrer le compte rendu",
        lambda session, reader: (
            write_minutes(session, reader, card.meeting.id, str(form.value("minutes") or ""))
            or "Le compte rendu est enregistré."
        ),
        icon=":material/check:",
    )


def _campaign_field(form: Form, current: int | None = None) -> None:
    """The campaign whose question the meeting puts; nothing where none is under way."""
    under_way = {c.id: c.question for c in cached.campaigns() if not c.restituted_on}
    questions = {0: "Aucune"} | under_way
    if len(questions) > 1:
        form.pick(
            "campaign_id",
            "Campagne (facultatif)",
            questions,
            default=current if current in questions else 0,
        )
