"""Depuis la dernière séance: changed states, slips, decisions, new entries and stale items
between two meetings.
"""

from datetime import date

import streamlit as st

from dashboard import cached, french
from dashboard.cached import ideas
from dashboard.figures.since import Changes, changes, days_later
from dashboard.frame.bodies import one_block, without_filters
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.meetings.records import MeetingAt
from dashboard.queries.roadmap import PlanAt
from dashboard.scope import Scope
from dashboard.ui.address import choice
from dashboard.ui.components import TodoItem, empty_nothing_yet, heading, reading, todo_list
from dashboard.ui.page import page_header
from dashboard.ui.tables import link, table
from dashboard.visit.navigation import address
from models.idea_states import IdeaStatus
from models.meetings import BODIES, MeetingKind, MeetingState
from models.roadmap import MilestoneState

SHOWN_STATES = tuple(status for status in IdeaStatus if status.rules.only_decided)


def head(_scope: Scope, _asked: dict[str, str]) -> None:
    """The head of the page, above the choice of a meeting."""
    page_header(
        "Depuis la dernière séance",
        "Ce qui a bougé entre deux séances, et ce qui attend une décision.",
    )


def after(scope: Scope, asked: dict[str, str]) -> None:
    """The choice of a meeting, and the changes since."""
    body = _body(asked)
    meetings = _held(scope, body)
    chosen = _choose(body, meetings, scope)
    without_filters(since, scope, instance=str(body), **({"seance": chosen} if chosen else {}))


def since(scope: Scope, asked: dict[str, str]) -> None:
    """The changes between the chosen meeting and the next one, or the day looked at."""
    body = _body(asked)
    meetings = _held(scope, body)
    if not meetings:
        return empty_nothing_yet(
            f"Aucune séance « {body.label} » n'a été tenue avant le {french.day(scope.on)}."
        )
    start, end = _span(meetings, asked["seance"], scope.on)
    upcoming = next((m for m in _of_body(scope, body) if m.day > scope.on), None)
    reading(_span_in_words(body, start, end, scope.on, upcoming))
    decisions = [d for d in cached.decisions(end) if scope.has(d.owner_direction_id)]
    since_changes = changes(
        _mine(cached.milestones(start, scope.asked), scope),
        _mine(cached.milestones(end, scope.asked), scope),
        decisions,
        start,
        end,
    )
    _roadmap(since_changes, scope)
    _decisions(since_changes, scope)
    _arrived(since_changes, scope)
    _stale(since_changes, scope)


def _body(asked: dict[str, str]) -> MeetingKind:
    asked_body = asked.get("instance")
    return next((body for body in BODIES if body == asked_body), MeetingKind.codir)


def _of_body(scope: Scope, body: MeetingKind) -> list[MeetingAt]:
    return [m for m in cached.meetings(scope.on) if m.kind == body]


def _held(scope: Scope, body: MeetingKind) -> list[MeetingAt]:
    of_body = _of_body(scope, body)
    return [m for m in of_body if m.state == MeetingState.held and m.day <= scope.on]


def _choose(body: MeetingKind, meetings: list[MeetingAt], scope: Scope) -> str | None:
    """The choice of a body and one of its meetings, both stored in the address. Returns the
    meeting's day.
    """
    left, right = st.columns([1, 1])
    with left:
        bodies = {str(kind): kind.label for kind in BODIES}
        # Meetings belong to one body: changing it resets the meeting.
        choice("Instance", "instance", bodies, str(body), key="w_body", leaves=("seance",))
    if not meetings:
        return None
    days = {m.day.isoformat(): french.day(m.day) for m in reversed(meetings)}
    latest = list(days)[_default(list(days), scope.on)]
    with right:
        return choice("Depuis la séance du", "seance", days, latest, key="w_meeting")


def _default(days: list[str], on: date) -> int:
    """The index of the last meeting; on its own day of the one before, since nothing has changed
    yet.
    """
    return 1 if len(days) > 1 and days[0] == on.isoformat() else 0


def _span(meetings: list[MeetingAt], chosen: str, on: date) -> tuple[date, date]:
    """The days from the chosen meeting to the next one, or to the day looked at."""
    start = date.fromisoformat(chosen)
    following = next((m.day for m in meetings if m.day > start), on)
    return start, following


def _span_in_words(
    body: MeetingKind, start: date, end: date, on: date, upcoming: MeetingAt | None
) -> str:
    until = f"à la séance du {french.day_long(end)}" if end != on else f"au {french.day_long(on)}"
    coming = f" Prochaine séance : {french.day_long(upcoming.day)}." if upcoming else ""
    return f"{body.label} : de la séance du {french.day_long(start)} {until}.{coming}"


def _mine(milestones: list[PlanAt], scope: Scope) -> list[PlanAt]:
    return [m for m in milestones if scope.has(m.schedule.owner_direction_id)]


def _milestone(m: PlanAt, scope: Scope):
    return link(
        f"{m.plan.number} {m.plan.title}",
        address("feuille-de-route", scope, jalon=m.plan.number),
    )


def _roadmap(since_changes: Changes, scope: Scope) -> None:
    heading("La feuille de route")
    if not (since_changes.moved or since_changes.slipped or since_changes.revised):
        reading("Aucun jalon n'a changé d'état, d'avancement, de prévision ni de calendrier.")
    if since_changes.moved:
        heading("Ont changé d'état ou d'avancement", level=3)
        rows = [
            (
                _milestone(after, scope),
                _state(before),
                _state(after),
                after.report.comment if after.report else "",
            )
            for before, after in since_changes.moved
        ]
        table(("Jalon", "Avant", "Maintenant", "Commentaire"), rows, "Jalons qui ont changé d'état")
    if since_changes.slipped:
        heading("Prévisions revues", level=3)
        rows = [
            (
                _milestone(after, scope),
                french.day(before.report.forecast_end),
                french.day(after.report.forecast_end),
                french.signed(days_later(before, after), "jour", 0),
                after.report.comment,
            )
            for before, after in since_changes.slipped
        ]
        table(
            ("Jalon", "Prévision d'avant", "Prévision", "Écart", "Commentaire"),
            rows,
            "Prévisions revues",
            frozenset({3}),
        )
    if since_changes.revised:
        heading("Révisions du calendrier", level=3)
        rows = [
            (_milestone(m, scope), french.day(m.schedule.end), french.number(m.schedule.weight))
            for m in since_changes.revised
        ]
        table(
            ("Jalon", "Nouvelle échéance", "Poids"), rows, "Révisions du calendrier", frozenset({2})
        )


def _state(m: PlanAt) -> str:
    if not m.plan.ladder or m.state != MilestoneState.under_way:
        return m.state.label
    return f"{m.state.label} ({french.percent(100 * m.progress, 0)})"


def _decisions(since_changes: Changes, scope: Scope) -> None:
    heading("Les décisions")
    if rows := _decision_rows(since_changes, scope):
        table(
            ("Décision", "Instance", "Ce qui s'est passé", ""),
            rows,
            "Décisions prises, exécutées, inscrites",
        )
    else:
        reading("Rien n'a été décidé, exécuté ni inscrit.")
    waiting = [_waiting(d, since_changes.end, scope) for d in since_changes.waiting]
    waiting += [
        TodoItem(
            f"N° {d.number} — {d.title}",
            address("decisions", scope, decision=d.number),
            "décidée, pas encore exécutée",
            d.due_on,
            late=True,
        )
        for d in since_changes.overdue
    ]
    todo_list(waiting, "Attend une décision ou une exécution", "Rien n'attend.")


def _decision_rows(since_changes: Changes, scope: Scope) -> list[tuple]:
    """The decisions taken, executed, or submitted and still pending."""
    rows = []
    for d in since_changes.decided:
        outcome = d.outcome.label if d.outcome else "Décidée"
        due = f"échéance {french.day(d.due_on)}" if d.due_on else ""
        rows.append((*_decision(d, scope), f"{outcome} le {french.day(d.decided.on)}", due))
    for d in since_changes.executed:
        rows.append((*_decision(d, scope), f"Exécutée le {french.day(d.done_on)}", _in_time(d)))
    for d in since_changes.submitted:
        if d.is_waiting:
            rows.append((*_decision(d, scope), f"Inscrite le {french.day(d.submitted_on)}", ""))
    return rows


def _waiting(d: DecisionAt, on: date, scope: Scope) -> TodoItem:
    days = french.counted((on - d.submitted_on).days, "jour")
    return TodoItem(
        f"N° {d.number} — {d.title}",
        address("decisions", scope, decision=d.number),
        f"{d.instance.label} · attend depuis {days}",
    )


def _decision(d: DecisionAt, scope: Scope) -> tuple:
    return (
        link(f"N° {d.number} {d.title}", address("decisions", scope, decision=d.number)),
        d.instance.label,
    )


def _in_time(d: DecisionAt) -> str:
    return "à temps" if d.due_on and d.done_on <= d.due_on else "après l'échéance"


def _arrived(since_changes: Changes, scope: Scope) -> None:
    heading("Les idées")
    moves = ideas.idea_moves(scope, since_changes.start, since_changes.end)
    parts = [
        french.counted(moves.filed, "dépôt reçu", "dépôts reçus"),
        french.counted(moves.answered, "première réponse donnée", "premières réponses données"),
    ]
    for status in SHOWN_STATES:
        if n := moves.reached[status]:
            parts.append(f"{french.number(n)} « {status.label} »")
    reading(" · ".join(parts) + ".")


def _stale(since_changes: Changes, scope: Scope) -> None:
    if since_changes.stale:
        todo_list([_stale_item(m, scope) for m in since_changes.stale], "Sont restés sans nouvelle")


def _stale_item(m: PlanAt, scope: Scope) -> TodoItem:
    last = f"dernière nouvelle le {french.day(m.report.on)}" if m.report else "aucun rapport"
    return TodoItem(
        f"Jalon {m.plan.number} — {m.plan.title}",
        address("feuille-de-route", scope, jalon=m.plan.number),
        last,
    )


def render(_scope: Scope) -> None:
    one_block(head, after=after)
