"""The desk of the academy (gestion): approvals, several given together, and sessions to run."""

from collections.abc import Mapping
from datetime import date
from functools import partial

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.seats.taking import decide_approval
from dashboard.queries.academy import approvals
from dashboard.queries.academy.attendance import COLUMNS as OF_SESSION
from dashboard.queries.academy.attendance import ToHold, at_risk, count_held_by, held_by
from dashboard.scope import Scope
from dashboard.screens.academy.registering import approval_form, approving, others_away, when
from dashboard.screens.academy.sessions import (
    attendance_in_words,
    booked_of,
    session_blocks,
    sheet_to_hold,
)
from dashboard.ui.address import page_asked
from dashboard.ui.components import empty_nothing_yet, paragraph, segments
from dashboard.ui.desk import (
    PAGE,
    Desk,
    Line,
    Noun,
    Opened,
    desk,
    sort_asked,
)
from dashboard.ui.several import Gesture, several
from dashboard.visit.navigation import address, whole_number
from models.database import fetch

_SCREEN = "academie"
_REQUEST = Noun("demande", "demandes")
_SESSION = Noun("session", "sessions")
_LIST = "liste"
_APPROVALS, _SESSIONS = "accords", "sessions"
_GESTURES = (
    Gesture(
        "D'accord pour toutes",
        lambda session, reader, key, _text: decide_approval(session, reader, int(key), True),
        "l'accord est donné.",
        "check",
    ),
    Gesture(
        "Pas cette fois",
        lambda session, reader, key, text: decide_approval(session, reader, int(key), False, text),
        "le refus est transmis, avec son motif.",
        "close",
        asks="Motif d'un refus, que liront les personnes",
    ),
)


def academy_desk(scope: Scope, pending: int, **keep: str) -> None:
    """`pending`: how many approvals the reader has to give."""
    sessions_to_run = _count_held(scope)
    lists = {}
    if may(scope.reader, "training.approve"):
        lists[_APPROVALS] = f"Accords demandés ({french.number(pending)})"
    if sessions_to_run is not None:
        lists[_SESSIONS] = f"Sessions à tenir ({french.number(sessions_to_run)})"
    name = st.query_params.get(_LIST, "")
    if not lists:
        return None
    name = name if name in lists else _first(lists, pending)
    segments(
        "Liste",
        [
            (label, address(_SCREEN, scope, **keep, **{_LIST: code}), code == name)
            for code, label in lists.items()
        ],
    )
    keep |= {_LIST: name}
    if name == _APPROVALS:
        return _approvals(scope, pending, keep)
    return _sessions(scope, sessions_to_run, keep)


def _first(lists: Mapping[str, str], pending: int) -> str:
    """The list opened by default: approvals if any are pending."""
    return _SESSIONS if _SESSIONS in lists and not pending else next(iter(lists))


# --- approvals ------------------------------------------------------------------------------------


def _approvals(scope: Scope, pending: int, keep: dict[str, str]) -> None:
    if not pending:
        return empty_nothing_yet("Aucune demande n'attend votre accord.")
    page = page_asked(pending, PAGE)
    shown = fetch(
        approvals.approvals_asked,
        scope,
        approving(scope),
        PAGE,
        (page - 1) * PAGE,
        sort_asked(approvals.COLUMNS),
    )
    lines = [
        Line(
            str(item.seat_id),
            item.name,
            [item.title],
            f"session du {french.day(item.session.on)}",
        )
        for item in shown
    ]
    desk(
        Desk(
            scope=scope,
            screen=_SCREEN,
            entry="accord",
            has_sheet=False,
            columns=approvals.COLUMNS,
            noun=_REQUEST,
            lines=lines,
            total=pending,
            page=page,
            keep=keep,
            opens=partial(_approval, scope),
            reply=("w_approval_", "w_approvals_many_"),
            act="répondre",
            several=several("approvals_many", "Répondre à", _REQUEST, lines, _GESTURES),
        )
    )


def _approval(scope: Scope, key: str) -> Opened | None:
    number = whole_number(key)
    if not number:
        return None
    item = fetch(approvals.approval_asked, scope, approving(scope), number)
    if item is None:
        return None

    def draw() -> None:
        paragraph(others_away(item))
        approval_form(item)

    return Opened(item.name, draw, under=f"« {item.title} », {when(item.session)}")


# --- sessions -------------------------------------------------------------------------------------


def _holder(scope: Scope) -> int | None:
    """The trainer whose sessions are listed; None (everybody's) for the programme office."""
    return None if may(scope.reader, "training.manage") else scope.reader.person_id


def _count_held(scope: Scope) -> int | None:
    """How many sessions the reader has to run; None if her role runs none."""
    if not (scope.reader.is_known and may(scope.reader, "training.hold")):
        return None
    return fetch(count_held_by, _holder(scope), cached.today())


def _sessions(scope: Scope, total: int, keep: dict[str, str]) -> None:
    if not total:
        return empty_nothing_yet("Aucune session n'est à tenir.")
    page = page_asked(total, PAGE)
    day = cached.today()
    shown = fetch(held_by, _holder(scope), day, PAGE, (page - 1) * PAGE, sort_asked(OF_SESSION))
    desk(
        Desk(
            scope=scope,
            screen=_SCREEN,
            entry="session",
            columns=OF_SESSION,
            noun=_SESSION,
            lines=[_line(item, day) for item in shown],
            total=total,
            page=page,
            keep=keep,
            opens=partial(_session, scope),
            reply=("w_marks_", "w_session_"),
            act="encoder",
        )
    )


def _line(item: ToHold, day: date) -> Line:
    place = item.session.place or "lieu à préciser"
    facts = [place, booked_of(item), attendance_in_words(item, day)]
    if at_risk([item], day):
        facts.append("remplie à moins de la moitié")
    return Line(
        str(item.session.id),
        item.training.title,
        facts,
        f"le {french.day(item.session.on)}",
        is_late=bool(item.session.on <= day and item.untyped),
    )


def _session(scope: Scope, key: str) -> Opened | None:
    number = whole_number(key)
    sheet = sheet_to_hold(scope, number) if number else None
    if sheet is None:
        return None
    place = sheet.session.place or "lieu à préciser"
    return Opened(
        sheet.training.title,
        partial(session_blocks, scope, sheet),
        under=f"{when(sheet.session)} · {place}",
        full=address(_SCREEN, scope, session=sheet.session.id),
    )
