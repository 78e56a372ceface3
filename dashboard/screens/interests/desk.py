"""The desk of marks of interest: who is to be contacted, one followed beside the list, several
taken in charge or closed together.
"""

from collections.abc import Callable
from functools import partial

import streamlit as st

from dashboard import cached, french
from dashboard.actions.interests import follow_interest, take_care
from dashboard.queries import interests
from dashboard.queries.interests import Marked
from dashboard.scope import Scope
from dashboard.screens.interests.form import follow_forms
from dashboard.ui.components import segments
from dashboard.ui.desk import (
    PAGE,
    SHAPE,
    Desk,
    Line,
    Noun,
    Opened,
    desk,
    page_asked,
    sort_asked,
)
from dashboard.ui.ordering import order_box
from dashboard.ui.several import Gesture, several
from dashboard.visit.navigation import address, whole_number
from models.communities import AmbassadorReach, InterestState
from models.database import reading

_SCREEN = "marques-interet"
_NOUN = Noun("marque d’intérêt", "marques d’intérêt")
_HINT = "Choisissez une marque de la liste : elle s’ouvre ici, avec ce qui peut suivre."
_STATE = "etat"
_GESTURES = (
    Gesture(
        "Je m'en occupe",
        lambda session, reader, key, _text: take_care(session, reader, int(key)),
        "vous vous en occupez.",
        "assignment_ind",
    ),
    Gesture(
        "Classer sans suite",
        lambda session, reader, key, text: follow_interest(
            session, reader, int(key), InterestState.dropped, text
        ),
        "c'est classé sans suite.",
        "archive",
        asks="Pourquoi classer sans suite ?",
    ),
)


def interest_desk(scope: Scope, facts: Callable[[Scope, Marked], None]) -> None:
    """`facts` draws what is known of one mark."""
    with reading() as session:
        counts = interests.counts(session, scope)
    state = _state(scope, counts)
    order_box("marques-interet", interests.COLUMNS)
    sort = sort_asked(interests.COLUMNS)
    page = page_asked()
    total = counts[state] if state else sum(counts.values())
    with reading() as session:
        found = interests.pipeline(session, scope, state, PAGE, (page - 1) * PAGE, sort)
    lines = [_line(item, scope) for item in found]
    is_open = state in (None, InterestState.new, InterestState.contacted)
    desk(
        Desk(
            scope=scope,
            screen=_SCREEN,
            entry="marque",
            noun=_NOUN,
            hint=_HINT,
            lines=lines,
            total=total,
            page=page,
            keep={SHAPE: "lignes"} | ({_STATE: state.value} if state else {}),
            opens=partial(_opened, scope, facts),
            reply=("w_contacted_", "w_care_", "w_interest_many_"),
            several=several("interest_many", "Suivre", _NOUN, lines, _GESTURES)
            if is_open and scope.on == cached.today()
            else None,
        )
    )


def _state(scope: Scope, counts: dict[InterestState, int]) -> InterestState | None:
    """The state to look at, as the address says, each with how many stand in it."""
    asked = st.query_params.get(_STATE)
    chosen = next((state for state in InterestState if state == asked), None)
    where = partial(address, _SCREEN, scope, **{SHAPE: "lignes"})
    ways = [("Toutes", where(), chosen is None)]
    ways += [
        (f"{state.label} ({french.number(n)})", where(**{_STATE: state.value}), state is chosen)
        for state, n in counts.items()
    ]
    segments("État", ways)
    return chosen


def _line(item: Marked, scope: Scope) -> Line:
    is_new = item.state == InterestState.new
    due = f"à contacter pour le {french.day(item.due_on)}"
    return Line(
        str(item.record.id),
        f"{item.name} — {item.activity_name}",
        [
            *filter(None, [precision(item)]),
            item.state.label,
            f"suivie par {item.owner}" if item.owner else "sans responsable",
        ],
        on=due if is_new else f"posée le {french.day(item.record.on)}",
        is_late=item.is_late(scope.on),
    )


def precision(marked: Marked) -> str:
    """How far, in which role, about what."""
    reach = AmbassadorReach(marked.record.reach).label if marked.record.reach else ""
    return " · ".join(filter(None, (reach, marked.record.role, marked.about)))


def _opened(scope: Scope, facts: Callable[[Scope, Marked], None], key: str) -> Opened | None:
    number = whole_number(key)
    with reading() as session:
        found = interests.interest(session, scope, number) if number else None
    if found is None:
        return None

    def draw() -> None:
        facts(scope, found)
        if scope.on == cached.today():
            follow_forms(scope, found)

    return Opened(
        found.name,
        draw,
        under=f"{found.activity_name} · {found.state.label}",
        full=address(_SCREEN, scope, marque=found.record.id),
    )
