"""Préparer la séance: the meeting of a body with its points in order, its files, and what changed
since the last one; afterwards its PV.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.meetings.agendas import FILES
from dashboard.frame.around import one_block, without_filters
from dashboard.queries.meetings.agenda import is_restricted, last_with_points, next_of
from dashboard.queries.meetings.records import MeetingAt
from dashboard.report.kinds import ReportKind
from dashboard.scope import Scope
from dashboard.screens.cockpit.board import held
from dashboard.screens.decisions.form import new_point_form
from dashboard.screens.decisions.running import agenda_block, files_block, meetings_table
from dashboard.screens.decisions.sheet import minutes_block, send_form
from dashboard.screens.decisions.since import since
from dashboard.ui.address import choice, page_header
from dashboard.ui.components import empty_nothing_yet, heading, link_buttons, reading
from dashboard.ui.forms import show_act_message
from dashboard.ui.jobs import jobs_list
from dashboard.views.rapport import download_of
from dashboard.visit.navigation import address
from models.decisions import Instance
from models.meetings import BODIES, MeetingKind, MeetingState

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
        _files(scope, params)
    if may(scope.reader, "meeting.record"):
        send_form(scope, meeting, params)
        more = address("agenda", scope, reunion=meeting.id)
        link_buttons([("Déplacer, annuler, noter les présences", more, "edit_calendar")])


def _files(scope: Scope, params: Mapping[str, str]) -> None:
    heading("Les fichiers de la séance")
    files_block(params)
    jobs_list(
        scope.reader,
        FILES,
        empty="Aucun fichier préparé ces vingt-quatre dernières heures.",
        title=lambda line: ReportKind(line.kind).label,
        done=lambda line: download_of(scope, line),
    )


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
