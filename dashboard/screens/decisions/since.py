"""« Depuis la dernière séance »: what slipped and why, what is to be carried out, and the other
changes between a meeting and the day looked at.
"""

from dataclasses import replace
from datetime import date

from dashboard import cached, french
from dashboard.cached import ideas
from dashboard.figures.board import Changes, days_later
from dashboard.queries.decisions.records import DecisionAt, DecisionList, listed
from dashboard.queries.roadmap import PlanAt
from dashboard.scope import Scope
from dashboard.screens.cockpit import workstreams
from dashboard.screens.cockpit.board import changes_since
from dashboard.ui.components import TodoItem, fold, heading, reading, todo_list
from dashboard.ui.tables import link, table, unit_name
from dashboard.visit.navigation import address
from models.idea_states import IdeaStatus
from models.roadmap import MilestoneState

SHOWN_STATES = tuple(status for status in IdeaStatus if status.rules.only_decided)
_MOST = 5


def since(scope: Scope, asked: dict[str, str]) -> None:
    """The changes between the meeting of `seance` and the day looked at."""
    start, end = date.fromisoformat(asked["seance"]), scope.on
    decisions = [d for d in cached.decisions(end) if scope.has(d.owner_direction_id)]
    found = changes_since(scope, start)
    reading(f"De la séance du {french.day_long(start)} au {french.day_long(end)}.")
    _slipped(found, scope)
    _to_execute(decisions, end, scope)
    with fold("Les autres changements : jalons, décisions, idées", icon="update"):
        _moved(found, scope)
        _decided(found, scope)
        _arrived(found, scope)


def _slipped(found: Changes, scope: Scope) -> None:
    """The forecasts that were moved and the milestones that became silent, with the cause that was
    reported and the name of the owner.
    """
    heading("Ce qui a glissé, et pourquoi", level=3)
    rows = [
        (
            _milestone(after, scope),
            _owner(after, scope),
            french.day(before.report.forecast_end),
            french.day(after.report.forecast_end),
            french.signed(days_later(before, after), "jour", 0),
            _cause(after),
        )
        for before, after in found.slipped
    ]
    rows += [
        (_milestone(m, scope), _owner(m, scope), "", "", "sans nouvelle", _last_news(m))
        for m in found.stale
    ]
    if rows:
        headings = ("Jalon", "Porteur", "Prévision d'avant", "Prévision", "Écart", "Cause")
        table(headings, rows, "Ce qui a glissé", frozenset({4}))
    else:
        reading("Aucune prévision n'a été reculée, et chaque jalon a son rapport.")
    late = [
        replace(
            workstreams.late_milestone(m, scope), detail=" · ".join((_owner(m, scope), _cause(m)))
        )
        for m in workstreams.what_waits(scope).late
    ]
    todo_list(late, "Jalons en retard", "Aucun jalon n'est en retard.", _MOST)


def _milestone(m: PlanAt, scope: Scope):
    href = address("feuille-de-route", scope, jalon=m.plan.number)
    return link(f"{m.plan.number} {m.plan.title}", href)


def _owner(m: PlanAt, scope: Scope) -> str:
    unit = unit_name(scope.tree, m.schedule.owner_direction_id, "")
    return ", ".join(dict.fromkeys(filter(None, (m.schedule.owner, unit))))


def _cause(m: PlanAt) -> str:
    return " ".join(filter(None, (m.report.comment, m.report.need))) if m.report else "sans rapport"


def _last_news(m: PlanAt) -> str:
    return f"dernière nouvelle le {french.day(m.report.on)}" if m.report else "aucun rapport"


def _to_execute(decisions: list[DecisionAt], on: date, scope: Scope) -> None:
    items = [
        TodoItem(
            f"N° {d.number} — {d.title}",
            address("decisions", scope, decision=d.number),
            unit_name(scope.tree, d.owner_direction_id, ""),
            d.due_on,
            d.is_late(on),
        )
        for d in sorted(listed(decisions, DecisionList.to_execute, on), key=lambda d: d.due_on)
    ]
    todo_list(items, "Décisions à exécuter", "Aucune décision n'est à exécuter.", _MOST)


def _moved(found: Changes, scope: Scope) -> None:
    if not (found.moved or found.revised):
        reading("Aucun jalon n'a changé d'état, d'avancement ni de calendrier.")
    if found.moved:
        rows = [
            (
                _milestone(after, scope),
                _state(before),
                _state(after),
                after.report.comment if after.report else "",
            )
            for before, after in found.moved
        ]
        table(("Jalon", "Avant", "Maintenant", "Commentaire"), rows, "Jalons qui ont changé d'état")
    if found.revised:
        rows = [
            (_milestone(m, scope), french.day(m.schedule.end), french.number(m.schedule.weight))
            for m in found.revised
        ]
        headings = ("Jalon", "Nouvelle échéance", "Poids")
        table(headings, rows, "Révisions du calendrier", frozenset({2}))


def _state(m: PlanAt) -> str:
    if not m.plan.ladder or m.state != MilestoneState.under_way:
        return m.state.label
    return f"{m.state.label} ({french.percent(100 * m.progress, 0)})"


def _decided(found: Changes, scope: Scope) -> None:
    rows = [
        (*_decision(d, scope), f"{d.outcome.label} le {french.day(d.decided.on)}")
        for d in found.decided
        if d.outcome
    ]
    rows += [(*_decision(d, scope), f"Exécutée le {french.day(d.done_on)}") for d in found.executed]
    if rows:
        headings = ("Décision", "Instance", "Ce qui s'est passé")
        table(headings, rows, "Décisions prises, exécutées")
    else:
        reading("Rien n'a été décidé ni exécuté.")


def _decision(d: DecisionAt, scope: Scope) -> tuple:
    href = address("decisions", scope, decision=d.number)
    return link(f"N° {d.number} {d.title}", href), d.instance.label


def _arrived(found: Changes, scope: Scope) -> None:
    moves = ideas.idea_moves(scope, found.start, found.end)
    parts = [
        french.counted(moves.filed, "dépôt reçu", "dépôts reçus"),
        french.counted(moves.answered, "première réponse donnée", "premières réponses données"),
    ]
    for status in SHOWN_STATES:
        if n := moves.reached[status]:
            parts.append(f"{french.number(n)} « {status.label} »")
    reading("Idées : " + " · ".join(parts) + ".")
