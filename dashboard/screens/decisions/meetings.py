"""The meetings of the steering bodies: planned, held or cancelled."""

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.meetings.presences import record_counts
from dashboard.actions.meetings.records import cancel_meeting, plan_meeting
from dashboard.queries.meetings.records import MeetingAt
from dashboard.scope import Scope
from dashboard.screens.meetings.agenda import audience, hours_fields
from dashboard.ui.blocks import fold, stacked
from dashboard.ui.cards import cards
from dashboard.ui.components import heading, paragraph
from dashboard.ui.figures import cards_of
from dashboard.ui.forms import Form
from dashboard.ui.tables import table
from dashboard.ui.unfolding import unfolding
from models.meetings import BODIES, Meeting, MeetingKind, MeetingState

RECENT = 12


def meetings_block(scope: Scope) -> None:
    known = [m for m in cached.meetings(scope.on) if m.kind in BODIES]
    if not known:
        return
    coming = [m for m in known if m.day > scope.on]
    past = [m for m in known if m.day <= scope.on][-RECENT:]
    newest_first = [*coming[::-1], *past[::-1]]
    title = f"Séances à venir, et les {RECENT} dernières"
    with stacked():
        heading("Les séances")
        cards(cards_of(scope, ("copilotage", "presence-conseil")), level=3)
        with fold(title):
            table(
                ("Jour", "Séance", "État", "Présents", "Lieu"),
                [_meeting_row(m, scope.on) for m in newest_first],
                title,
            )
    if may(scope.reader, "meeting.record") and scope.on == cached.today():
        _outcome_box([*past, *coming])


def _meeting_row(m: MeetingAt, on: date) -> tuple[str, ...]:
    is_to_come = m.state == MeetingState.planned and m.day > on
    return (
        " · ".join(filter(None, (french.day(m.day), m.hours))),
        m.label,
        "À venir" if is_to_come else m.state.label,
        french.rate(m.present, m.invited, 0) if m.state == MeetingState.held else "–",
        m.place or "–",
    )


def new_meeting_form(scope: Scope) -> None:
    if not may(scope.reader, "meeting.record"):
        return
    form = Form("meeting")
    unfolding(
        "Prévoir une séance", _plan_fields, form, key="w_new_meeting", icon=":material/event:"
    )


def _plan_fields(form: Form) -> None:
    st.selectbox(
        "Instance",
        BODIES,
        format_func=lambda k: k.label,
        key=form.default("kind", MeetingKind.codir),
    )
    paragraph(audience(is_open=False))
    form.field("day", st.date_input, "Jour", None, format="DD/MM/YYYY")
    hours_fields(form)
    st.text_input("Titre (facultatif)", key=form.default("title", ""), max_chars=255)
    st.text_input("Lieu (facultatif)", key=form.default("place", ""), max_chars=255)
    form.send("Prévoir", lambda session, reader: _plan(session, reader, form))


def _plan(session, reader, form: Form) -> str:
    plan_meeting(
        session,
        reader,
        Meeting(
            kind=form.value("kind"),
            title=form.value("title"),
            place=form.value("place"),
            starts=form.value("starts") or "",
            ends=form.value("ends") or "",
        ),
        form.value("day"),
    )
    return f"La séance du {french.day(form.value('day'))} est prévue."


def _outcome_box(meetings: Sequence[MeetingAt]) -> None:
    """« Cette séance a été tenue », or cancelled: for past meetings without an outcome, and to
    correct a count.
    """
    form = Form("held")
    by_id = {m.id: m for m in meetings if m.state != MeetingState.cancelled}
    if not by_id:
        return
    unfolding(
        "Dire qu'une séance a été tenue ou annulée",
        _held_fields,
        form,
        by_id,
        key="w_held",
        icon=":material/event_available:",
    )


def _held_fields(form: Form, by_id: Mapping[int, MeetingAt]) -> None:
    # The first without an outcome; else the last of the list, to correct its count.
    waiting = [m.id for m in by_id.values() if m.state == MeetingState.planned]
    st.selectbox(
        "Séance",
        list(by_id),
        format_func=lambda i: f"{french.day(by_id[i].day)} — {by_id[i].label}",
        key=form.default("meeting", waiting[0] if waiting else next(reversed(by_id))),
    )
    chosen = by_id[form.value("meeting")]
    st.date_input(
        "Tenue le",
        key=form.default(f"day_{chosen.id}", min(chosen.day, cached.today())),
        format="DD/MM/YYYY",
        max_value=cached.today(),
    )
    form.error("day")
    _count_fields(form, chosen)
    form.button(
        "Tenue",
        lambda session, reader: record_counts(
            session,
            reader,
            chosen.id,
            form.value(f"day_{chosen.id}"),
            form.value(f"invited_{chosen.id}"),
            form.value(f"present_{chosen.id}"),
        ),
        done=f"La séance du {french.day(chosen.day)} est inscrite comme tenue.",
    )
    form.field("reason", st.text_input, "Motif d'une annulation", default="", max_chars=255)
    form.send(
        "Annulée",
        lambda session, reader: cancel_meeting(session, reader, chosen.id, form.value("reason")),
        field="cancel",
        primary=False,
        done=f"La séance du {french.day(chosen.day)} est annulée.",
    )


def _count_fields(form: Form, chosen: MeetingAt) -> None:
    """How many were invited and present; the keys contain the id of the meeting."""
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        st.number_input(
            "Invités",
            key=form.default(f"invited_{chosen.id}", chosen.invited),
            min_value=0,
            step=1,
        )
        form.error("invited")
    with right:
        st.number_input(
            "Présents",
            key=form.default(f"present_{chosen.id}", chosen.present),
            min_value=0,
            step=1,
        )
        form.error("present")
