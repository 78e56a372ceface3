"""Blocks of the academy: the sessions of a training with their seats, one's own registrations,
the approvals asked of a manager.
"""

from collections.abc import Sequence
from datetime import date

import streamlit as st
from markupsafe import Markup

from dashboard import cached, french
from dashboard.access import Reach, Reader, may, reach
from dashboard.actions.academy.offers import accept_offer, decline_offer
from dashboard.actions.academy.registrations import (
    cancel_registration,
    decide_approval,
    is_late,
    leave_list,
    register,
    status_in_words,
    wait_for_any,
)
from dashboard.cached import academy as kept
from dashboard.queries.academy import registrations as query
from dashboard.queries.academy.approvals import (
    AwaitedApproval,
    approvals_asked,
    away,
)
from dashboard.queries.academy.catalogue import OfferedSession
from dashboard.queries.academy.registrations import Colleague, Mine, SessionRow
from dashboard.rendering import macros
from dashboard.scope import Scope
from dashboard.ui.components import draw, heading, paragraph
from dashboard.ui.forms import Form
from dashboard.ui.tables import link
from dashboard.ui.tables import table as plain_table
from dashboard.visit.navigation import address
from models.academy import RegistrationStatus, Training, TrainingSession
from models.database import reading
from models.errors import Invalid

S = RegistrationStatus
_TONES = {S.booked: "good", S.offered: "late", S.waiting: "open", S.requested: "open"}


def when(held: TrainingSession) -> str:
    """« 12 septembre 2023, de 09:00 à 12:00 »."""
    hours = f", de {held.starts} à {held.ends}" if held.starts and held.ends else ""
    return f"{french.day_long(held.on)}{hours}"


def chip(status: S) -> Markup:
    return macros().chip(status.label, tone_of(status))


def tone_of(status: S) -> str:
    return _TONES.get(status, "open")


# ── The sessions of one training ──────────────────────────────────────────────────────────────────


def sessions_block(scope: Scope, training: Training) -> None:
    """The sessions to come, each with its seats and what the reader can do there."""
    if not may(scope.reader, "training.register"):
        return
    with reading() as session:
        rows = query.sessions_of(session, scope, training.id, cached.today())
        listed = query.on_list(session, scope.reader.person_id, training.id)
        people = query.colleagues(session, scope) if rows else []
    heading("S'inscrire")
    if training.needs_approval:
        st.caption(
            "L'accord de votre responsable est demandé : il ou elle est prévenu(e) dès votre"
            " demande."
        )
    for row in rows:
        _session(scope, row)
    if not rows:
        paragraph(
            "Aucune session n'est prévue pour le moment. Sur la liste d'attente, une place vous"
            " sera proposée dès qu'une session s'ouvre."
        )
    _list_box(training, listed.id if listed else None)
    if people:
        _colleague_box(training, rows, people)


def _session(scope: Scope, row: SessionRow) -> None:
    held = row.session
    with st.container(border=True, key=f"cp_session_{held.id}"):
        mine = S(row.mine.status) if row.mine else None
        draw(
            "academy/session.html",
            when=when(held),
            state=mine.label if mine else "",
            tone=tone_of(mine),
            seats=" · ".join(filter(None, (held.place, seats_in_words(row)))),
        )
        if row.mine:
            _mine(scope, row)
        else:
            _register_button(row)


def _register_button(row: SessionRow) -> None:
    held = row.session
    form = Form(f"register_{held.id}")
    # A free seat while others wait is theirs first.
    has_seat = row.free and not row.waiting
    form.button(
        "S'inscrire" if has_seat else "Rejoindre la liste d'attente de cette session",
        lambda session, reader: status_in_words(register(session, reader, held.id), held),
        icon=":material/how_to_reg:",
    )
    form.first_error()


def seats_in_words(row: SessionRow | OfferedSession) -> str:
    """« 3 places libres sur 12 · 2 personnes en attente »."""
    held = row.session
    parts = []
    if held.capacity <= 0:
        parts.append("nombre de places non connu")
    else:
        free = french.counted(row.free, "place libre", "places libres")
        parts.append(f"{free} sur {held.capacity}")
    if row.waiting:
        parts.append(f"{french.counted(row.waiting, 'personne')} en attente")
    return " · ".join(parts)


def _mine(scope: Scope, row: SessionRow) -> None:
    if row.mine.status == S.offered and row.offered_until:
        _offer(row.mine.id, row.offered_until)
    elif row.rank:
        paragraph(f"Vous êtes en position {row.rank} sur la liste d'attente.")
    _giving_up(row.mine.id, row.session, S(row.mine.status))


def _offer(registration_id: int, until: date) -> None:
    draw("academy/offered_until.html", until=until)
    form = Form(f"offer_{registration_id}")
    with st.container(horizontal=True):
        form.button(
            "Accepter la place",
            lambda session, reader: (
                accept_offer(session, reader, registration_id) or "La place est à vous."
            ),
            icon=":material/check:",
        )
        form.button(
            "La laisser à un collègue",
            field="decline",
            primary=False,
            act=lambda session, reader: (
                decline_offer(session, reader, registration_id)
                or "La place est proposée à la personne suivante."
            ),
        )
    form.first_error()


def _giving_up(registration_id: int, held: TrainingSession, status: S) -> None:
    if status not in (S.booked, S.waiting, S.requested):
        return
    form = Form(f"cancel_{registration_id}")
    with st.expander("Annuler cette inscription", icon=":material/event_busy:"):
        late = status == S.booked and is_late(held, cached.today())
        if late:
            st.caption(
                "La session est proche : un mot d'explication aide à la proposer à un collègue."
            )
        form.field(
            "reason",
            st.text_input,
            "Motif" if late else "Motif (facultatif)",
            default="",
            max_chars=500,
        )
        form.button(
            "Annuler l'inscription",
            primary=False,
            act=lambda session, reader: (
                cancel_registration(
                    session, reader, registration_id, str(form.value("reason") or "")
                )
                or "L'inscription est annulée."
            ),
        )
        form.error("form")


def _list_box(training: Training, registration_id: int | None) -> None:
    form = Form(f"list_{training.id}")
    if registration_id:
        draw("academy/on_list.html", state=S.waiting.label, tone=tone_of(S.waiting))
        form.button(
            "Quitter la liste d'attente",
            lambda session, reader: (
                leave_list(session, reader, registration_id)
                or "Vous n'êtes plus sur la liste d'attente."
            ),
            field="leave",
            primary=False,
        )
    else:
        form.button(
            "Aucune date ne me convient : rejoindre la liste d'attente",
            primary=False,
            icon=":material/hourglass_empty:",
            act=lambda session, reader: (
                wait_for_any(session, reader, training.id)
                and "Votre place sur la liste d'attente est gardée."
            ),
        )
    form.first_error()


def _colleague_box(
    training: Training, rows: Sequence[SessionRow], people: Sequence[Colleague]
) -> None:
    form = Form(f"colleague_{training.id}")
    names = {person.id: person.label for person in people}
    sessions = {row.session.id: row.session for row in rows}
    with st.expander("Inscrire un collègue", icon=":material/group_add:"):
        form.field(
            "person",
            st.selectbox,
            "Collègue",
            list(names),
            index=None,
            format_func=lambda i: names[i],
            placeholder="Choisissez",
        )
        st.selectbox(
            "Session",
            list(sessions),
            format_func=lambda i: when(sessions[i]),
            key=form.default("session", next(iter(sessions))),
        )
        form.button(
            "Inscrire ce collègue",
            lambda session, reader: _register_colleague(session, reader, form, sessions),
        )
        form.error("form")


def _register_colleague(
    session, reader: Reader, form: Form, sessions: dict[int, TrainingSession]
) -> str:
    if not form.value("person"):
        raise Invalid({"person": "Choisissez un collègue."})
    held = sessions[form.value("session")]
    return status_in_words(register(session, reader, held.id, form.value("person")), held)


# ── One's own registrations ───────────────────────────────────────────────────────────────────────


def registrations_of(scope: Scope) -> list[Mine]:
    """Those of the reader, the latest session first."""
    if not scope.reader.is_known:
        return []
    return kept.registrations_of(scope.reader.person_id)


def to_answer(mine: Sequence[Mine]) -> list[Mine]:
    """The seats that are kept for the reader until she says whether she comes."""
    return [item for item in mine if item.status == S.offered and item.offered_until]


def my_registrations(scope: Scope, mine: Sequence[Mine]) -> None:
    """« Mes inscriptions »: what is to come first, with what waits for an answer."""
    shown = [item for item in mine if _is_to_come(item, cached.today())]
    if shown:
        heading("Mes inscriptions")
    for item in to_answer(shown):
        with st.container(border=True, key=f"cp_offer_{item.registration.id}"):
            draw("academy/followed.html", title=item.training.title, when=when(item.session))
            _offer(item.registration.id, item.offered_until)
    if shown:
        plain_table(
            ("Formation", "Quand", "Où", "État"),
            [_registration_row(item, scope) for item in shown],
            "Mes inscriptions",
        )


def _is_to_come(item: Mine, day: date) -> bool:
    if item.status not in (S.booked, S.offered, S.waiting, S.requested):
        return False
    # Without a session it waits for any that will be opened.
    return item.session is None or item.session.on >= day


def _registration_row(item: Mine, scope: Scope) -> tuple:
    training = link(item.training.title, address("academie", scope, formation=item.training.code))
    if item.session is None:
        return training, "pour la prochaine session", "–", item.status.label
    return training, when(item.session), item.session.place, item.status.label


# ── Approvals ─────────────────────────────────────────────────────────────────────────────────────


def approving(scope: Scope) -> frozenset[int] | None:
    """The units for whose agents the reader gives approvals; None: all."""
    if not may(scope.reader, "training.approve"):
        return frozenset()
    everywhere = reach(scope.reader, "training.approve") == Reach.all
    return None if everywhere else scope.reader.own_units(scope.tree)


def approvals_count(scope: Scope) -> int:
    """How many approvals wait for the reader."""
    units = approving(scope)
    if units is not None and not units:
        return 0
    return kept.approvals_count(scope, units)


def approvals_block(scope: Scope) -> None:
    """What waits for the reader's approval, with who of the same service is away that day."""
    if not may(scope.reader, "training.approve"):
        return None
    with reading() as session:
        asked = approvals_asked(session, scope, approving(scope))
    if not asked:
        return paragraph("Aucune demande n'attend votre accord.")
    heading("Accords demandés")
    for item in asked:
        _approval(item)
    return None


def _approval(asked: AwaitedApproval) -> None:
    with st.container(border=True, key=f"cp_approval_{asked.approval.id}"):
        draw(
            "academy/approval.html",
            name=asked.name,
            asked=f"« {asked.title} », {when(asked.session)}",
            others=others_away(asked),
        )
        approval_form(asked)


def others_away(asked: AwaitedApproval) -> str:
    """Who of the same service is away that day."""
    with reading() as session:
        names = away(session, asked)
    if names:
        return f"Du même service, aussi en formation ce jour-là : {', '.join(names)}."
    return "Personne d'autre du service n'est en formation ce jour-là."


def approval_form(asked: AwaitedApproval) -> None:
    """« D'accord », or « Pas cette fois » with its reason."""
    form = Form(f"approval_{asked.approval.id}")
    form.field("reason", st.text_input, "Motif d'un refus", default="", max_chars=500)
    with st.container(horizontal=True):
        form.button(
            "D'accord",
            lambda session, reader: (
                decide_approval(session, reader, asked.approval.id, True) or "L'accord est donné."
            ),
            icon=":material/check:",
        )
        form.button(
            "Pas cette fois",
            field="refuse",
            primary=False,
            act=lambda session, reader: (
                decide_approval(
                    session, reader, asked.approval.id, False, str(form.value("reason") or "")
                )
                or "Le refus est transmis, avec son motif."
            ),
        )
    form.error("form")
