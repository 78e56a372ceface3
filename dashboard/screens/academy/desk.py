"""The desk of the academy (gestion): approvals asked, several given together, and the sessions to
hold.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.academy.registrations import decide_approval
from dashboard.queries.academy.attendance import ToHold
from dashboard.queries.academy.registrations import AwaitedApproval
from dashboard.scope import Scope
from dashboard.screens.academy.registering import approval_form, others_away, when
from dashboard.screens.academy.sessions import (
    attendance_in_words,
    seats_of,
    session_blocks,
    sheet_to_hold,
)
from dashboard.ui.components import empty_nothing_yet, paragraph, segments
from dashboard.ui.desk import (
    SHAPE,
    Column,
    Desk,
    Line,
    Noun,
    Opened,
    desk,
    one_page,
    ordered,
)
from dashboard.ui.several import Gesture, several
from dashboard.ui.views import view_tools
from dashboard.visit.navigation import address, whole_number
from models.keeping import WorkList

_SCREEN = "academie"
_REQUEST = Noun("demande", "demandes")
_SESSION = Noun("session", "sessions")
_LIST = "liste"
_APPROVALS, _SESSIONS = "accords", "sessions"
_OF_REQUEST = (
    Column("nom", "Nom", says=False),
    Column("formation", "Formation"),
    Column("jour", "Jour de la session", says=False),
)
_REQUEST_KEYS: dict[str, Callable[[AwaitedApproval], object]] = {
    "nom": lambda item: item.name,
    "formation": lambda item: item.title,
    "jour": lambda item: item.session.on,
}
_OF_SESSION = (
    Column("formation", "Formation", says=False),
    Column("jour", "Jour", says=False),
    Column("lieu", "Lieu"),
    Column("inscrits", "Inscrits"),
    Column("presences", "Présences", sorts=False),
)
_SESSION_KEYS: dict[str, Callable[[ToHold], object]] = {
    "formation": lambda item: item.training.title,
    "jour": lambda item: item.session.on,
    "lieu": lambda item: item.session.place,
    "inscrits": lambda item: item.booked,
}
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


def academy_desk(scope: Scope, asked: Sequence[AwaitedApproval], **keep: str) -> None:
    keep |= {SHAPE: "lignes"}
    held = _to_hold(scope)
    lists = {}
    if may(scope.reader, "training.approve"):
        lists[_APPROVALS] = f"Accords demandés ({french.number(len(asked))})"
    if held is not None:
        lists[_SESSIONS] = f"Sessions à tenir ({french.number(len(held))})"
    name = st.query_params.get(_LIST, "")
    name = name if name in lists else _first(lists, asked)
    segments(
        "Liste",
        [
            (label, address(_SCREEN, scope, **keep, **{_LIST: code}), code == name)
            for code, label in lists.items()
        ],
    )
    keep |= {_LIST: name}
    view_tools(scope, WorkList.academy, _OF_REQUEST if name == _APPROVALS else _OF_SESSION)
    if name == _APPROVALS:
        return _approvals(scope, asked, keep)
    return _sessions(scope, held, keep)


def _first(lists: Mapping[str, str], asked: Sequence[AwaitedApproval]) -> str:
    """What opens unasked: what waits for an answer, where there is any."""
    return _SESSIONS if _SESSIONS in lists and not asked else next(iter(lists))


# --- approvals ------------------------------------------------------------------------------------


def _approvals(scope: Scope, asked: Sequence[AwaitedApproval], keep: dict[str, str]) -> None:
    if not asked:
        return empty_nothing_yet("Aucune demande n'attend votre accord.")
    page, shown = one_page(ordered(asked, _OF_REQUEST, _REQUEST_KEYS))
    lines = [
        Line(
            str(item.approval.id),
            item.name,
            {"formation": item.title},
            f"le {french.day(item.session.on)}",
        )
        for item in shown
    ]
    desk(
        Desk(
            scope=scope,
            screen=_SCREEN,
            entry="accord",
            noun=_REQUEST,
            hint="Choisissez une demande de la liste : elle s’ouvre ici, avec votre réponse.",
            lines=lines,
            total=len(asked),
            page=page,
            keep=keep,
            columns=_OF_REQUEST,
            opens=partial(_approval, asked),
            reply=("w_approval_", "w_approvals_many_"),
            act="répondre",
            several=several("approvals_many", "Répondre à", _REQUEST, lines, _GESTURES),
        )
    )


def _approval(asked: Sequence[AwaitedApproval], key: str) -> Opened | None:
    item = next((item for item in asked if str(item.approval.id) == key), None)
    if item is None:
        return None

    def draw() -> None:
        paragraph(others_away(item))
        approval_form(item)

    return Opened(item.name, draw, under=f"« {item.title} », {when(item.session)}")


# --- sessions -------------------------------------------------------------------------------------


def _to_hold(scope: Scope) -> list[ToHold] | None:
    """The sessions to hold; None for who holds none by her role."""
    if not (scope.reader.is_known and may(scope.reader, "training.hold")):
        return None
    office = may(scope.reader, "training.manage")
    return cached.sessions_held_by(None if office else scope.reader.person_id)


def _sessions(scope: Scope, held: Sequence[ToHold], keep: dict[str, str]) -> None:
    if not held:
        return empty_nothing_yet("Aucune session n'est à tenir.")
    page, shown = one_page(ordered(held, _OF_SESSION, _SESSION_KEYS))
    day = cached.today()
    desk(
        Desk(
            scope=scope,
            screen=_SCREEN,
            entry="session",
            noun=_SESSION,
            hint="Choisissez une session de la liste : elle s’ouvre ici, avec ses présences.",
            lines=[
                Line(
                    str(item.session.id),
                    item.training.title,
                    {
                        "lieu": item.session.place or "lieu à préciser",
                        "inscrits": seats_of(item),
                        "presences": attendance_in_words(item, day),
                    },
                    f"le {french.day(item.session.on)}",
                    is_late=bool(item.session.on <= day and item.untyped),
                )
                for item in shown
            ],
            total=len(held),
            page=page,
            keep=keep,
            columns=_OF_SESSION,
            opens=partial(_session, scope),
            reply=("w_marks_", "w_session_"),
            act="encoder",
        )
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
