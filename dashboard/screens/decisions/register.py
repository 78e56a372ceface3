"""The register of decisions: what waits, what was decided, one decision."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from dashboard import cached, french
from dashboard.cached.threads import open_objections, origins
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.ideas.threads import Node
from dashboard.queries.meetings.records import next_planned
from dashboard.scope import Scope
from dashboard.ui.components import (
    draw,
    heading,
    todo_list,
)
from dashboard.ui.tables import csv_button, link, table, unit_name
from dashboard.visit.navigation import address
from models.decisions import Instance


def waiting_block(here: Sequence[DecisionAt], scope: Scope) -> None:
    """One list per body that has points, with its next meeting; the point that waits longest
    first.
    """
    waiting = sorted((d for d in here if d.is_waiting), key=lambda d: (d.submitted_on, d.number))
    if not waiting:
        return todo_list([], "En attente de décision", "Aucun point n'attend de décision.")
    ids = tuple(d.id for d in waiting)
    about, objected = origins(scope, ids), open_objections(scope, ids)
    by_body: dict[Instance, list[Mapping]] = defaultdict(list)
    for d in waiting:
        by_body[d.instance].append(
            _point(d, scope, about.get(d.id, ()), len(objected.get(d.id, ())))
        )
    bodies = [_body(body, by_body[body], scope) for body in Instance if body in by_body]
    return draw("decisions/waiting.html", bodies=bodies)


def _body(instance: Instance, points: Sequence[Mapping], scope: Scope) -> Mapping:
    meeting, href, none = _next_meeting(instance, scope)
    return {
        "name": instance.label,
        "points": points,
        "meeting": meeting,
        "meeting_href": href,
        "no_meeting": none,
    }


def _next_meeting(instance: Instance, scope: Scope) -> tuple[str, str, str]:
    """The day of the next meeting and its address, then what is said where there is none."""
    if instance.meeting_kind is None:
        return "", "", "ses séances ne figurent pas dans l'agenda"
    # From the day before: a meeting of today is still to come.
    found = next_planned(
        cached.meetings(scope.on), instance.meeting_kind, scope.on - timedelta(days=1)
    )
    if found is None:
        return "", "", "aucune séance prévue"
    return french.day_long(found.day), address("agenda", scope, reunion=found.id), ""


def _point(d: DecisionAt, scope: Scope, about: Sequence[Node], objections: int) -> Mapping:
    """The point, since when it waits, what it comes from, what is still objected to it, the last
    that was said of it.
    """
    return {
        "title": f"N° {d.number} — {d.title}",
        "href": address("decisions", scope, decision=d.number),
        "since": waiting_since(d, scope.on).capitalize(),
        "origins": [_origin(node, scope) for node in about],
        "objections": objections_in_words(objections),
        "message": d.steps[-1].text,
    }


def objections_in_words(n: int) -> str:
    """« 2 objections ouvertes », or nothing."""
    return french.counted(n, "objection ouverte", "objections ouvertes") if n else ""


def _origin(node: Node, scope: Scope) -> tuple[str, str, str]:
    """« de l'idée », « n° 362417 », the address of the entry."""
    href = address(node.page, scope, **node.params)
    if node.kind == "idee":
        return "de l'idée", f"n° {node.params['idee']}", href
    return "du groupe", node.key, href


def waiting_since(d: DecisionAt, on: date) -> str:
    days = (on - d.submitted_on).days
    return f"attend depuis le {french.day(d.submitted_on)} ({french.counted(days, 'jour')})"


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


def decided_block(here: Sequence[DecisionAt], scope: Scope) -> None:
    """What was decided, the latest first."""
    rows = _decided_rows(here, scope)
    if not rows:
        return
    heading("Ce qui a été décidé")
    table(_DECIDED, rows, "Décisions prises, la plus récente d'abord", frozenset({0}))


def decided_file(here: Sequence[DecisionAt], scope: Scope) -> None:
    """The same rows to take away."""
    if any(d.decided for d in here):
        csv_button("decisions", _DECIDED, lambda: _decided_rows(here, scope))


def _decided_rows(here: Sequence[DecisionAt], scope: Scope) -> list[tuple[object, ...]]:
    decided = sorted(
        (d for d in here if d.decided), key=lambda d: (d.decided.on, d.number), reverse=True
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
