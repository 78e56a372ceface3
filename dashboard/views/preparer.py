"""Préparer la séance: the meeting of a body with its points in order, its files, and what changed
since the last one; afterwards its PV.
"""

from dataclasses import replace
from datetime import date

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.meetings.agendas import FILES
from dashboard.cached import ideas
from dashboard.figures.board import Changes, days_later
from dashboard.frame.around import one_block, without_filters
from dashboard.queries.decisions.records import DecisionAt, DecisionList, listed
from dashboard.queries.meetings.agenda import is_restricted, last_with_points, next_of
from dashboard.queries.meetings.records import MeetingAt
from dashboard.queries.roadmap import PlanAt
from dashboard.report.kinds import ReportKind
from dashboard.scope import Scope
from dashboard.screens import cockpit
from dashboard.screens.cockpit import changes_since, held
from dashboard.screens.decisions.form import new_point_form
from dashboard.screens.decisions.running import agenda_block, files_block, meetings_table
from dashboard.screens.decisions.sheet import minutes_block, send_form
from dashboard.ui.address import choice, page_header
from dashboard.ui.components import (
    TodoItem,
    empty_nothing_yet,
    fold,
    heading,
    link_buttons,
    reading,
    todo_list,
)
from dashboard.ui.forms import show_act_message
from dashboard.ui.jobs import jobs_list
from dashboard.ui.tables import link, table, unit_name
from dashboard.views.rapport import download_of
from dashboard.visit.navigation import address
from models.decisions import Instance
from models.idea_states import IdeaStatus
from models.meetings import BODIES, MeetingKind, MeetingState
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
    items = [
        TodoItem(
            f"N° {d.number} — {d.title}",
            address("decisions", scope, decision=d.number),
            unit_name(scope.tree, d.owner_direction_id, ""),
            d.due_on,
            d.is_late(end),
        )
        for d in sorted(listed(decisions, DecisionList.to_execute, end), key=lambda d: d.due_on)
    ]
    todo_list(items, "Décisions à exécuter", "Aucune décision n'est à exécuter.", _MOST)
    with fold("Les autres changements : jalons, décisions, idées", icon="update"):
        _moved(found, scope)
        _decided(found, scope)
        moves = ideas.idea_moves(scope, found.start, found.end)
        parts = [
            french.counted(moves.filed, "dépôt reçu", "dépôts reçus"),
            french.counted(moves.answered, "première réponse donnée", "premières réponses données"),
        ]
        for status in SHOWN_STATES:
            if n := moves.reached[status]:
                parts.append(f"{french.number(n)} « {status.label} »")
        reading("Idées : " + " · ".join(parts) + ".")


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
        (
            _milestone(m, scope),
            _owner(m, scope),
            "",
            "",
            "sans nouvelle",
            (f"dernière nouvelle le {french.day(m.report.on)}" if m.report else "aucun rapport"),
        )
        for m in found.stale
    ]
    if rows:
        headings = ("Jalon", "Porteur", "Prévision d'avant", "Prévision", "Écart", "Cause")
        table(headings, rows, "Ce qui a glissé", frozenset({4}))
    else:
        reading("Aucune prévision n'a été reculée, et chaque jalon a son rapport.")
    late = [
        replace(cockpit.late_milestone(m, scope), detail=" · ".join((_owner(m, scope), _cause(m))))
        for m in cockpit.what_waits(scope).late
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


_RECENT = 12
MEETING, SINCE = "reunion", "seance"  # parameters of the address


def head(_scope: Scope, _asked: dict[str, str]) -> None:
    page_header("Préparer la séance")


def after(scope: Scope, _asked: dict[str, str]) -> None:
    show_act_message()
    body, meeting = _chosen(scope)
    if meeting is None:
        plan = ("Prévoir une séance", address("agenda", scope))
        can_plan = may(scope.reader, "meeting.record")
        empty_nothing_yet("Aucune séance n'est prévue.", plan if can_plan else None)
    else:
        _meeting(scope, meeting)
    _since(scope, body)
    if scope.on == cached.today():
        new_point_form(scope)
    meetings_table(scope, body)


def _chosen(scope: Scope) -> tuple[MeetingKind, MeetingAt | None]:
    """The body and its meeting in the address: the next one, unless another is asked for."""
    open_to = [body for body in BODIES if not is_restricted(scope.reader, body)]
    labels = {str(body): Instance(body).label for body in open_to}
    # Side by side on a phone too, so that the first points are seen at once.
    line = st.container(horizontal=True)
    with line:
        body = choice(
            *("Instance", "instance", labels, str(open_to[0])),
            **{"key": "w_body", "leaves": (MEETING, SINCE)},
            **{"width": 190, "label_visibility": "collapsed"},
        )
    known = [m for m in cached.meetings(scope.on) if m.kind == body]
    of_body = [m for m in known if m.state != MeetingState.cancelled]
    coming = [m for m in of_body if m.day >= scope.on]
    past = [m for m in reversed(of_body) if m.day < scope.on][:_RECENT]
    shown = {str(m.id): m for m in (*coming, *past)}
    upcoming = next_of(of_body, MeetingKind(body), scope.on)
    default = str(upcoming.id) if upcoming else next(iter(shown), "")
    with line:
        days = {ident: french.day(m.day) for ident, m in shown.items()}
        how = {"key": "w_meeting", "width": 122, "label_visibility": "collapsed"}
        ident = choice("Séance du", MEETING, days, default, **how) if shown else ""
    return MeetingKind(body), shown.get(ident)


def _meeting(scope: Scope, meeting: MeetingAt) -> None:
    found = cached.agenda_points(scope, meeting.id)
    when = f"{french.weekday(meeting.day)} {french.day_long(meeting.day)}"
    facts = (when.capitalize(), meeting.hours, meeting.place, meeting.title)
    reading(" · ".join(filter(None, facts)))
    agenda_block(scope, meeting, found)
    if found and meeting.day >= scope.on:
        sitting = address("en-seance", scope, reunion=meeting.id)
        link_buttons([("Ouvrir en séance", sitting, "present_to_all")])
    if meeting.day <= scope.on:
        minutes_block(scope, meeting)
    params = replace(scope, since=_last(scope, meeting.kind)).params()
    if may(scope.reader, "report.make") and meeting.day >= scope.on:
        heading("Les fichiers de la séance")
        files_block(params)
        jobs_list(
            scope.reader,
            FILES,
            empty="Aucun fichier préparé ces vingt-quatre dernières heures.",
            title=lambda line: ReportKind(line.kind).label,
            done=lambda line: download_of(scope, line),
        )
    if may(scope.reader, "meeting.record"):
        send_form(scope, meeting, params)
        more = address("agenda", scope, reunion=meeting.id)
        link_buttons([("Déplacer, annuler, noter les présences", more, "edit_calendar")])


def _last(scope: Scope, body: MeetingKind) -> date | None:
    return last_with_points(held(scope, body), cached.decisions(scope.on), scope.on)


def _since(scope: Scope, body: MeetingKind) -> None:
    """What changed since the last meeting with points, or since another one."""
    default = _last(scope, body)
    heading("Depuis la dernière séance")
    if default is None:
        return reading(f"Aucune séance « {body.label} » n'a été tenue auparavant.")
    days = {m.day.isoformat(): french.day(m.day) for m in reversed(held(scope, body))}
    chosen = choice("Depuis la séance du", SINCE, days, default.isoformat(), key="w_since")
    return without_filters(since, scope, seance=chosen)


def render(_scope: Scope) -> None:
    one_block(head, after=after)
