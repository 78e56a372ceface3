"""The agenda of a body's meeting (ordre du jour), to read and to arrange; its files."""

from collections.abc import Mapping, MutableSequence, Sequence
from dataclasses import replace

import streamlit as st

from dashboard import cached
from dashboard.access import may
from dashboard.actions.meetings.agendas import FILES, MINUTES_MAX, arrange_points
from dashboard.actions.operations import jobs
from dashboard.queries.edit_conflicts import mark_of
from dashboard.queries.meetings.points import (
    Point,
    agenda_values,
    outcome_in_words,
    stored_places,
)
from dashboard.queries.meetings.records import MeetingAt
from dashboard.report.kinds import ReportKind
from dashboard.scope import Scope
from dashboard.screens.decisions.desk import line_of, origins_and_objections
from dashboard.ui.components import TodoItem, draw, escape_md, heading, todo_list
from dashboard.ui.forms import Form
from dashboard.ui.jobs import ask_button
from dashboard.visit.navigation import address
from models.database import fetch
from models.meetings import MeetingState


def agenda_block(scope: Scope, meeting: MeetingAt, found: Sequence[Point]) -> None:
    """The points in their order; those who record meetings arrange them before the meeting."""
    shown = [point for point in found if point.minutes]
    is_open = meeting.state == MeetingState.planned and scope.on == cached.today()
    if found and is_open and may(scope.reader, "meeting.record"):
        _arrange_form(scope, meeting, found)
    else:
        facts = point_facts(scope, shown)
        items = [
            TodoItem(f"{rank}. {point.label}", _href(point, scope), facts[point.id])
            for rank, point in enumerate(shown, 1)
        ]
        todo_list(items, "L'ordre du jour", "Aucun point n'est inscrit.")


def _href(point: Point, scope: Scope) -> str:
    return address("decisions", scope, decision=point.decision.number)


def point_facts(scope: Scope, found: Sequence[Point]) -> dict[int, str]:
    """Decision → the facts of its point: minutes, owner, origin, objections, what came of it."""
    about, objected = origins_and_objections(scope, [point.decision for point in found])
    facts = {}
    for point in found:
        d = point.decision
        line = line_of(d, scope, about.get(d.id, ()), len(objected.get(d.id, ())))
        spent = f"{point.minutes} min" if point.minutes else ""
        what = [outcome_in_words(step, scope.tree) for step in point.treated] or [line.on]
        known = (fact for fact in line.facts if fact not in (d.instance.label, d.state(scope.on)))
        facts[d.id] = " · ".join(filter(None, (spent, *known, *what)))
    return facts


# --- arranging ------------------------------------------------------------------------------------


def _arrange_form(scope: Scope, meeting: MeetingAt, found: Sequence[Point]) -> None:
    """One row per point: its minutes, and two buttons that move it; all saved at once."""
    by_id = {point.id: point for point in found}
    form = Form("agenda_" + "_".join(map(str, (meeting.id, *sorted(by_id)))))
    minutes = {f"minutes_{point.id}": point.minutes for point in found}
    stored = agenda_values(fetch(stored_places, meeting.id))
    form.opens_with(minutes | {"order": list(by_id)}, mark_of(stored))
    order = [ident for ident in form.value("order") if ident in by_id]
    facts = point_facts(scope, [replace(point, minutes=0) for point in found])
    heading("L'ordre du jour")
    with st.container(border=True, key="cp_agenda"):
        for rank, ident in enumerate(order):
            _point_row(form, scope, by_id[ident], order, rank, facts[ident])
    total = sum(form.value(f"minutes_{ident}") or 0 for ident in order)
    st.caption(f"En tout {total} minutes. Un point sans minute attend une séance suivante.")
    form.send(
        "Enregistrer l'ordre du jour",
        lambda session, reader: arrange_points(
            session,
            reader,
            meeting.id,
            [(ident, form.value(f"minutes_{ident}") or 0) for ident in order],
            read=form.mark,
        ),
        icon=":material/check:",
        done="L'ordre du jour est enregistré.",
    )


_WAYS = ((-1, "Monter", "arrow_upward"), (1, "Descendre", "arrow_downward"))


def _point_row(
    form: Form, scope: Scope, point: Point, order: MutableSequence[int], rank: int, facts: str
) -> None:
    number = point.decision.number
    with st.container(horizontal=True, vertical_alignment="center"):
        draw(
            "meetings/point.html",
            title=f"{rank + 1}. {point.label}",
            href=_href(point, scope),
            facts=facts,
        )
        form.field(
            f"minutes_{point.id}",
            st.number_input,
            f"Minutes du point n° {number}",
            min_value=0,
            max_value=MINUTES_MAX,
            step=5,
            width=120,
            label_visibility="collapsed",
        )
        for way, label, icon in (
            (-1, "Monter", "arrow_upward"),
            (1, "Descendre", "arrow_downward"),
        ):
            st.button(
                escape_md(f"{label} le point n° {number}"),
                key=form.key(f"move_{way}_{point.id}"),
                icon=f":material/{icon}:",
                disabled=not 0 <= rank + way < len(order),
                on_click=_move,
                args=(form.key("order"), order, rank, rank + way),
            )


def _move(key: str, order: Sequence[int], rank: int, to: int) -> None:
    moved = list(order)
    moved[rank], moved[to] = moved[to], moved[rank]
    st.session_state[key] = moved


# --- the files ------------------------------------------------------------------------------------


def files_block(params: Mapping[str, str]) -> None:
    """One button per file of the meeting; the file is made in the background and waits below."""
    with st.container(horizontal=True):
        for kind in map(ReportKind, FILES):
            ask_button(
                kind.label,
                f"meeting_file_{kind}",
                lambda session, reader, kind=kind: jobs.ask(session, reader, str(kind), params),
                icon=":material/description:",
                primary=False,
            )
