"""The desk of decisions: what waits, what is to be done, what the services are to be told; one
followed beside the list, several told together.
"""

from collections.abc import Sequence
from functools import partial

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader
from dashboard.actions.decisions.steps import follow_decision
from dashboard.queries.decisions.lists import DecisionList, columns, listed
from dashboard.queries.decisions.records import DecisionAt, decision_numbered
from dashboard.scope import Scope
from dashboard.screens.decisions.record import decision_beside_list
from dashboard.screens.decisions.register import waiting_since
from dashboard.ui import desk as ui
from dashboard.ui.components import note_unread, segments
from dashboard.ui.desk import SHAPE, Desk, Line, Noun, Opened, one_page, ordered
from dashboard.ui.ordering import order_box
from dashboard.ui.several import Gesture, several
from dashboard.ui.tables import unit_name
from dashboard.visit.navigation import address, whole_number
from models.database import reading
from models.decisions import DecisionEvent, DecisionStep
from models.errors import Refused

_SCREEN = "decisions"
_NOUN = Noun("décision", "décisions")
_HINT = "Choisissez une décision de la liste : elle s’ouvre ici, avec la suite à inscrire."
_LIST = "liste"


def decision_desk(scope: Scope, here: Sequence[DecisionAt]) -> None:
    """One page of a list of the decisions of the scope."""
    asked = st.query_params.get(_LIST, "")
    of = next((one for one in DecisionList if one == asked), DecisionList.to_decide)
    found = ordered(listed(here, of, scope.on), columns(scope))
    page, rows = one_page(found)
    where = partial(address, _SCREEN, scope, **{SHAPE: "lignes"})
    segments(
        "Liste",
        [
            (_counted(one, here, scope), where(**{_LIST: one.value}), one is of)
            for one in DecisionList
        ],
    )
    order_box("decisions", columns(scope))
    note_unread(cached.decisions(scope.on))
    lines = [_line(d, scope) for d in rows]
    ui.desk(
        Desk(
            scope=scope,
            screen=_SCREEN,
            entry="decision",
            noun=_NOUN,
            hint=_HINT,
            lines=lines,
            total=len(found),
            page=page,
            keep={SHAPE: "lignes", _LIST: of.value},
            opens=partial(_opened, scope),
            reply=("w_decision_", "w_decisions_told_"),
            several=_telling(scope, lines) if of is DecisionList.untold else None,
        )
    )


def _counted(of: DecisionList, here: Sequence[DecisionAt], scope: Scope) -> str:
    return f"{of.label} ({french.number(sum(of.holds(d, scope.on) for d in here))})"


def _owner(d: DecisionAt, scope: Scope) -> str:
    return unit_name(scope.tree, d.owner_direction_id) if d.owner_direction_id else ""


def _line(d: DecisionAt, scope: Scope) -> Line:
    if d.is_waiting:
        on = waiting_since(d, scope.on)
    elif d.is_to_execute:
        on = f"pour le {french.day(d.due_on)}"
    else:
        on = f"décidée le {french.day(d.decided.on)}"
    parts = (f"n° {d.number}", d.instance.label, d.state(scope.on), _owner(d, scope))
    facts = list(filter(None, parts))
    return Line(str(d.number), d.title, facts, on, d.is_late(scope.on))


def _opened(scope: Scope, key: str) -> Opened | None:
    number = whole_number(key)
    with reading() as session:
        d = decision_numbered(session, number, scope.on) if number else None
    if d is None:
        return None
    return Opened(
        d.title,
        partial(decision_beside_list, scope, d),
        under=f"Décision n° {d.number} · {d.instance.label} · {d.state(scope.on)}",
        full=address(_SCREEN, scope, decision=d.number),
    )


def _telling(scope: Scope, lines: Sequence[Line]) -> ui.Several | None:
    """« Communiquée aux services », of today, for several decisions."""
    if scope.on != cached.today():
        return None

    def tell(session: Session, reader: Reader, key: str, text: str) -> None:
        d = decision_numbered(session, int(key), scope.on)
        if d is None:
            raise Refused("Cette décision n'existe pas.")
        step = DecisionEvent(what=DecisionStep.told, on=cached.today(), text=text)
        follow_decision(session, reader, d.id, step, scope.tree)

    gesture = Gesture(
        "Noter comme communiquées aux services",
        tell,
        "communiquées aux services aujourd'hui.",
        "campaign",
        asks="Précision (facultative)",
    )
    return several("decisions_told", "Communiquer", _NOUN, lines, [gesture])
