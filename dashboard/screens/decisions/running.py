"""« En séance »: one point at a time for the room, its outcome recorded at once, the time left."""

from collections.abc import Mapping, MutableSequence, Sequence
from dataclasses import replace

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.decisions.records import TEXT_MAX
from dashboard.actions.meetings.agendas import FILES, MINUTES_MAX, arrange_points, treat_point
from dashboard.actions.meetings.presences import record_counts
from dashboard.actions.operations import jobs
from dashboard.queries.decisions.sheets import SheetOf, sheet_of
from dashboard.queries.journal import mark_of
from dashboard.queries.meetings.agenda import Point, agenda_values, outcome_in_words, stored_places
from dashboard.queries.meetings.records import MeetingAt
from dashboard.report.kinds import ReportKind
from dashboard.scope import Scope
from dashboard.screens.decisions.form import (
    due_field,
    excluded_moves,
    moves_box,
    outcome_field,
    owner_field,
    planned_moves,
    review_field,
    verdict_field,
)
from dashboard.screens.decisions.sheet import figure_lines, line_of, origins_and_objections
from dashboard.ui.components import TodoItem, draw, escape_md, fold, heading, todo_list
from dashboard.ui.forms import Form
from dashboard.ui.jobs import ask_button
from dashboard.ui.tables import link, table
from dashboard.visit.navigation import address
from models.clock import now
from models.database import fetch
from models.decisions import DecisionEvent, DecisionStep, Outcome
from models.meetings import MeetingKind, MeetingState


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
        for way, label, icon in _WAYS:
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


RANK = "point"  # parameter of the address: the rank of the point, from 1; after the last: the end
_EVERY = 5.0  # seconds between two looks at the clock
_DECIDED, _INFORMED, _POSTPONED, _ENTRUSTED = "decision", "information", "report", "action"
ENDINGS = {
    _DECIDED: "Décision",
    _INFORMED: "Information",
    _POSTPONED: "Point reporté",
    _ENTRUSTED: "Action confiée",
}


def head(scope: Scope, meeting: MeetingAt, found: Sequence[Point], rank: int) -> None:
    """Where the meeting stands: its title, the ways to the other points, and what to know when the
    network goes.
    """

    def way(to: int) -> str:
        where = {"reunion": meeting.id, RANK: to}
        return address("en-seance", scope, **where) if 1 <= to <= len(found) + 1 else ""

    draw(
        "meetings/sitting_head.html",
        title=f"{meeting.label}, {french.day_long(meeting.day)}",
        where=f"Point {rank} sur {len(found)}" if rank <= len(found) else "Clôture",
        before=way(rank - 1),
        after=way(rank + 1),
        close=address("preparer", scope, reunion=meeting.id),
    )


@st.fragment(run_every=_EVERY)
def timer(key: str, minutes: int) -> None:
    """The minutes left of this point, since it was first shown in this tab."""
    began = st.session_state.setdefault(f"_cp_began_{key}", now())
    left = minutes - int((now() - began).total_seconds() // 60)
    draw(
        "meetings/timer.html",
        words=f"Reste {left} min sur {minutes}" if left >= 0 else f"Dépassé de {-left} min",
        is_over=left < 0,
    )


def point_shown(scope: Scope, point: Point) -> None:
    """What the room reads about a point: its facts, the proposed decision, its figures."""
    d = point.decision
    facts = point_facts(scope, [replace(point, treated=())])[d.id]
    sheet = fetch(sheet_of, scope, d)
    draw(
        "meetings/sitting_point.html",
        facts=facts,
        proposed=_proposed(sheet, point),
        figures=figure_lines(scope, sheet),
        done=[
            (outcome_in_words(step, scope.tree), step.text)
            for step in (point.treated or (d.steps if point.is_review else ()))
        ],
    )


def _proposed(sheet: SheetOf, point: Point) -> list[tuple[str, str]]:
    if point.is_review:
        return [("La question", "La décision a-t-elle produit l'effet attendu ?")]
    cost = f"{french.number(sheet.cost)} €" if sheet.cost is not None else ""
    named = (
        ("Le problème", sheet.problem),
        ("La décision proposée", sheet.proposition or sheet.options),
        ("Coût estimé", cost),
    )
    return [(term, text) for term, text in named if text]


# --- what comes of it -----------------------------------------------------------------------------


def outcome_form(scope: Scope, meeting: MeetingAt, point: Point) -> None:
    """The outcome of a point, one fact written at once."""
    d = point.decision
    form = Form(f"outcome_{meeting.id}_{d.number}")
    heading("Ce que la séance retient")
    step = _reviewed(form) if point.is_review else _ended(form, scope)
    outcome = step.outcome or None
    planned = planned_moves(scope, d, step.what, Outcome(outcome) if outcome else None)
    moves_box(form, planned)

    def write(session: Session, reader: Reader) -> None:
        left = excluded_moves(form, planned)
        seen = {move.end for move in planned}
        step.text = form.value("text") or ""
        treat_point(session, reader, meeting.id, d.id, step, scope.tree, left, seen)

    form.send(
        "Inscrire l'issue",
        write,
        icon=":material/check:",
        done=f"L'issue du point n° {d.number} est inscrite.",
    )


def _reviewed(form: Form) -> DecisionEvent:
    step = DecisionEvent(what=DecisionStep.reviewed, verdict=verdict_field(form))
    step.review_on = review_field(form, "À revoir encore le (facultatif)")
    # After the day: its calendar opens as soon as one tabs into it.
    _text(form, "Ce qu'elle a produit, en une phrase")
    return step


def _ended(form: Form, scope: Scope) -> DecisionEvent:
    """The fields of the kind of outcome chosen, as a step."""
    kind = form.field(
        "kind",
        st.radio,
        "Issue du point",
        list(ENDINGS),
        default=_DECIDED,
        format_func=ENDINGS.get,
        horizontal=True,
    )
    step = DecisionEvent(what=DecisionStep.decided)
    if kind == _POSTPONED:
        step.what = DecisionStep.postponed
    if kind == _DECIDED:
        step.outcome = outcome_field(form)
    if kind == _INFORMED:
        step.outcome = Outcome.noted
    if kind == _ENTRUSTED:
        step.outcome = Outcome.adopted
        step.owner_direction_id = owner_field(form, "owner", scope, "Confiée à")
    if kind in (_DECIDED, _ENTRUSTED):
        step.due_on = due_field(form)
        step.review_on = review_field(form, "À revoir le (facultatif)")
    _text(form, "Ce qui est retenu")
    return step


def _text(form: Form, label: str) -> None:
    form.field("text", st.text_area, label, default="", max_chars=TEXT_MAX, height=100)


# --- its end --------------------------------------------------------------------------------------


def closing_form(scope: Scope, meeting: MeetingAt) -> None:
    """Who was there; the meeting is then held, and its PV can be corrected."""
    form = Form(f"closing_{meeting.id}")
    left, right = st.columns(2)
    counts = (("invited", "Invités", left), ("present", "Présents", right))
    for name, label, column in counts:
        with column:
            before = getattr(meeting, name)
            form.field(name, st.number_input, label, default=before, min_value=0, step=1)
    form.send(
        "Clore la séance",
        lambda session, reader: record_counts(
            session, reader, meeting.id, meeting.day, form.value("invited"), form.value("present")
        ),
        icon=":material/event_available:",
        done="La séance est tenue : corrigez le PV, puis approuvez-le.",
    )


RECENT = 12


def meetings_table(scope: Scope, body: MeetingKind) -> None:
    """The meetings to come and the last ones, latest first, in a fold."""
    known = [m for m in cached.meetings(scope.on) if m.kind == body]
    if not known:
        return
    coming = [m for m in known if m.day > scope.on]
    past = [m for m in known if m.day <= scope.on][-RECENT:]
    title = f"Séances à venir, et les {RECENT} dernières"
    rows = []
    for m in (*coming[::-1], *past[::-1]):
        is_to_come = m.state == MeetingState.planned and m.day > scope.on
        when = " · ".join(filter(None, (french.day(m.day), m.hours)))
        row = (
            link(when, address("agenda", scope, reunion=m.id)),
            m.label,
            "À venir" if is_to_come else m.state.label,
            french.rate(m.present, m.invited, 0) if m.state == MeetingState.held else "–",
            m.place or "–",
        )
        rows.append(row)
    with fold(title, icon="event"):
        table(("Jour", "Séance", "État", "Présents", "Lieu"), rows, title)
