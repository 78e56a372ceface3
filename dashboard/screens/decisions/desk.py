"""The desk of decisions: what waits, what is to be done, what the services are to be told; one
followed beside the list, several told together.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader
from dashboard.actions.decisions.records import StepInput
from dashboard.actions.decisions.steps import follow_decision
from dashboard.queries.decisions.records import DecisionAt
from dashboard.scope import Scope
from dashboard.screens.decisions.record import decision_beside_list
from dashboard.screens.decisions.register import waiting_since
from dashboard.ui import desk as ui
from dashboard.ui.components import segments
from dashboard.ui.desk import SHAPE, Column, Desk, Line, Noun, Opened, one_page, ordered
from dashboard.ui.several import Gesture, several
from dashboard.ui.tables import unit_name
from dashboard.ui.views import view_tools
from dashboard.visit.navigation import address, whole_number
from models.decisions import DecisionStep
from models.keeping import WorkList

_SCREEN = "decisions"
_NOUN = Noun("décision", "décisions")
_HINT = "Choisissez une décision de la liste : elle s’ouvre ici, avec la suite à inscrire."
_LIST = "liste"
_COLUMNS = (
    Column("titre", "Titre", says=False),
    Column("numero", "Numéro"),
    Column("instance", "Instance"),
    Column("etat", "Où en est-elle"),
    Column("porteur", "Porteur"),
    Column("issue", "Issue", shown=False),
    Column("echeance", "Échéance", shown=False),
)
_UNTOLD = "a-communiquer"
_Holds = Callable[[DecisionAt, date], bool]
_LISTS: dict[str, tuple[str, _Holds]] = {
    "a-decider": ("À décider", lambda d, on: d.is_waiting),
    "a-executer": ("À exécuter", lambda d, on: d.is_to_execute),
    "en-retard": ("En retard", lambda d, on: d.is_late(on)),
    _UNTOLD: ("À communiquer", lambda d, on: not d.is_waiting and d.told_on is None),
    "toutes": ("Toutes", lambda d, on: True),
}


def decision_desk(scope: Scope, here: Sequence[DecisionAt]) -> None:
    """`here`: the decisions of the scope; one page of them is drawn."""
    name = st.query_params.get(_LIST, "")
    name = name if name in _LISTS else next(iter(_LISTS))
    lists = {code: [d for d in here if holds(d, scope.on)] for code, (_, holds) in _LISTS.items()}
    where = partial(address, _SCREEN, scope, **{SHAPE: "lignes"})
    segments(
        "Liste",
        [
            (f"{label} ({french.number(len(lists[code]))})", where(**{_LIST: code}), code == name)
            for code, (label, _) in _LISTS.items()
        ],
    )
    view_tools(scope, WorkList.decisions, _COLUMNS)
    found = sorted(lists[name], key=lambda d: (_day(d), d.number), reverse=name == "toutes")
    found = ordered(found, _COLUMNS, _keys(scope))
    page, shown = one_page(found)
    lines = [_line(d, scope) for d in shown]
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
            keep={SHAPE: "lignes", _LIST: name},
            columns=_COLUMNS,
            opens=partial(_opened, scope),
            reply=("w_decision_", "w_decisions_told_"),
            several=_telling(scope, lines) if name == _UNTOLD else None,
        )
    )


def _keys(scope: Scope) -> dict[str, Callable[[DecisionAt], object]]:
    return {
        "titre": lambda d: d.title,
        "numero": lambda d: d.number,
        "instance": lambda d: d.instance.label,
        "etat": lambda d: d.state(scope.on),
        "porteur": lambda d: _owner(d, scope),
        "issue": lambda d: d.outcome.label if d.outcome else None,
        "echeance": lambda d: d.due_on,
    }


def _owner(d: DecisionAt, scope: Scope) -> str:
    return unit_name(scope.tree, d.owner_direction_id) if d.owner_direction_id else ""


def _day(d: DecisionAt) -> date:
    """What a list is ordered by: the due date of what is to be done, else the day of the last
    step that counts.
    """
    if d.is_waiting:
        return d.submitted_on
    return d.due_on if d.is_to_execute else d.decided.on


def _line(d: DecisionAt, scope: Scope) -> Line:
    if d.is_waiting:
        on = waiting_since(d, scope.on)
    elif d.is_to_execute:
        on = f"pour le {french.day(d.due_on)}"
    else:
        on = f"décidée le {french.day(d.decided.on)}"
    facts = {
        "numero": f"n° {d.number}",
        "instance": d.instance.label,
        "etat": d.state(scope.on),
        "porteur": _owner(d, scope),
        "issue": d.outcome.label if d.outcome else "",
        "echeance": f"échéance {french.day(d.due_on)}" if d.due_on else "",
    }
    return Line(str(d.number), d.title, facts, on, d.is_late(scope.on))


def _opened(scope: Scope, key: str) -> Opened | None:
    number = whole_number(key)
    d = next((d for d in cached.decisions(scope.on) if d.number == number), None)
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
    idents = {str(d.number): d.id for d in cached.decisions(scope.on)}

    def tell(session: Session, reader: Reader, key: str, text: str) -> None:
        step = StepInput(DecisionStep.told, cached.today(), text=text)
        follow_decision(session, reader, idents[key], step, scope.tree)

    gesture = Gesture(
        "Noter comme communiquées aux services",
        tell,
        "communiquées aux services aujourd'hui.",
        "campaign",
        asks="Précision (facultative)",
    )
    return several("decisions_told", "Communiquer", _NOUN, lines, [gesture])
