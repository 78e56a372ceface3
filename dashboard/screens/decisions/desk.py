"""The desk of decisions: points to decide, decisions to execute or to communicate; one opened
beside the list, several communicated together.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader
from dashboard.actions.decisions.steps import follow_decision
from dashboard.cached import open_objections, origins
from dashboard.queries.decisions.records import (
    DecisionAt,
    DecisionList,
    columns,
    decision_numbered,
    listed,
)
from dashboard.queries.ideas.threads import Node
from dashboard.scope import Scope
from dashboard.screens.decisions.sheet import decision_in_full, waiting_since
from dashboard.ui import desk as ui
from dashboard.ui.address import asked, filter_line, one_page
from dashboard.ui.components import empty_for_filters, empty_nothing_yet, note_unread, segments
from dashboard.ui.desk import PAGE, Desk, Gesture, Line, Noun, Opened, ordered, several, sort_fields
from dashboard.ui.tables import csv_button, link, unit_name
from dashboard.visit.navigation import address, whole_number
from models.database import reading
from models.decisions import DecisionEvent, DecisionStep
from models.search import bears
from models.texts import Refused

_SCREEN = "decisions"
_NOUN = Noun("décision", "décisions")
_LIST = "liste"


def decision_desk(scope: Scope, decisions: Sequence[DecisionAt]) -> None:
    """One page of a list of the scope's decisions."""
    known = {list_code.value: _counted(list_code, decisions, scope) for list_code in DecisionList}
    # Counts on other screens link to a list by the parameter « vue ».
    chosen_list = asked(_LIST, known, asked("vue", known, DecisionList.to_decide.value))
    where = partial(address, _SCREEN, scope)
    segments(
        "Liste",
        [(label, where(**{_LIST: code}), code == chosen_list) for code, label in known.items()],
    )
    chosen_list = DecisionList(chosen_list)
    with filter_line(_SCREEN, scope, "titre, ou n°", liste=chosen_list.value) as line:
        sort_fields(_SCREEN, columns(scope))
    found = [
        d
        for d in listed(decisions, chosen_list, scope.on)
        if bears(line.words, d.title, str(d.number))
    ]
    listed_decisions = ordered(found, columns(scope))
    note_unread(cached.decisions(scope.on))
    if not listed_decisions and not st.query_params.get("decision"):
        return _nothing(scope, line.words)
    page, rows = one_page(listed_decisions, PAGE)
    about, objected = origins_and_objections(scope, rows)
    lines = [line_of(d, scope, about.get(d.id, ()), len(objected.get(d.id, ()))) for d in rows]
    return ui.desk(
        Desk(
            scope=scope,
            screen=_SCREEN,
            entry="decision",
            noun=_NOUN,
            lines=lines,
            total=len(listed_decisions),
            page=page,
            keep={_LIST: chosen_list.value, "q": line.words},
            opens=partial(_opened, scope),
            reply=("w_decision_", "w_decisions_told_"),
            several=_communicate_form(scope, lines)
            if chosen_list is DecisionList.to_communicate
            else None,
        )
    )


def _nothing(scope: Scope, words: str) -> None:
    if words or not scope.is_whole:
        text = "Aucune décision ne répond à ces filtres."
        return empty_for_filters(text, address(_SCREEN, scope.whole()))
    return empty_nothing_yet("Aucune décision dans cette liste.")


def origins_and_objections(scope: Scope, rows: Sequence[DecisionAt]) -> tuple[Mapping, Mapping]:
    """The origin of the pending points, and the open objections to them."""
    ids = tuple(d.id for d in rows if d.is_waiting)
    return (origins(scope, ids), open_objections(scope, ids)) if ids else ({}, {})


def _counted(kind: DecisionList, decisions: Sequence[DecisionAt], scope: Scope) -> str:
    return f"{kind.label} ({french.number(sum(kind.holds(d, scope.on) for d in decisions))})"


def line_of(d: DecisionAt, scope: Scope, about: Sequence[Node], objections: int) -> Line:
    """The row of one decision: its state, owner, origin and open objections."""
    if d.is_waiting:
        on = waiting_since(d, scope.on)
    elif d.is_to_execute:
        on = f"à exécuter pour le {french.day(d.due_on)}"
    else:
        on = f"décidée le {french.day(d.decided.on)}"
    parts = (
        f"n° {d.number}",
        d.instance.label,
        d.state(scope.on),
        unit_name(scope.tree, d.owner_direction_id, ""),
        *(f"vient de {_origin(node)}" for node in about),
        french.counted(objections, "objection ouverte", "objections ouvertes")
        if objections
        else "",
        d.steps[-1].text if d.is_waiting else "",
    )
    return Line(str(d.number), d.title, list(filter(None, parts)), on, d.is_late(scope.on))


def _origin(node: Node) -> str:
    """« l'idée n° 362417 », « groupe G04 »."""
    if node.kind == "idee":
        return f"l'idée n° {node.params['idee']}"
    return f"groupe {node.key}"


def _opened(scope: Scope, key: str) -> Opened | None:
    number = whole_number(key)
    with reading() as session:
        d = decision_numbered(session, number, scope.on) if number else None
    if d is None:
        return None
    return Opened(
        d.title,
        partial(decision_in_full, scope, d),
        under=f"Décision n° {d.number} · {d.instance.label} · {d.state(scope.on)}",
        full=address(_SCREEN, scope, decision=d.number),
    )


def _communicate_form(scope: Scope, lines: Sequence[Line]) -> ui.Several | None:
    """« Communiquée aux services », dated today, for several decisions."""
    if scope.on != cached.today():
        return None

    def tell(session: Session, reader: Reader, key: str, text: str) -> None:
        d = decision_numbered(session, int(key), scope.on)
        if d is None:
            raise Refused("Cette décision n'existe pas.")
        step = DecisionEvent(what=DecisionStep.communicated, on=cached.today(), text=text)
        follow_decision(session, reader, d.id, step, scope.tree)

    gesture = Gesture(
        "Noter comme communiquées aux services",
        tell,
        "communiquées aux services aujourd'hui.",
        "campaign",
        asks="Précision (facultative)",
    )
    return several("decisions_told", "Communiquer", _NOUN, lines, [gesture])


_DECIDED = (
    "N°",
    "Décision",
    "Instance",
    "Décidée le",
    "Issue",
    "Porteur",
    "Échéance",
    "Où en est-elle",
    "Communiquée",
)


def decided_file(decisions: Sequence[DecisionAt], scope: Scope) -> None:
    if any(d.decided for d in decisions):
        csv_button("decisions", _DECIDED, lambda: _decided_rows(decisions, scope))


def _decided_rows(decisions: Sequence[DecisionAt], scope: Scope) -> list[tuple[object, ...]]:
    decided = sorted(
        (d for d in decisions if d.decided), key=lambda d: (d.decided.on, d.number), reverse=True
    )
    return [
        (
            d.number,
            link(d.title, address("decisions", scope, decision=d.number)),
            d.instance.label,
            french.day(d.decided.on),
            d.outcome.label if d.outcome else "–",
            unit_name(scope.tree, d.owner_direction_id),
            french.day(d.due_on) if d.due_on else "–",
            d.state(scope.on),
            french.day(d.communicated_on) if d.communicated_on else "pas encore",
        )
        for d in decided
    ]
