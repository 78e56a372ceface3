"""« En séance »: one point at a time for the room, its outcome recorded at once, the time left."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.decisions.records import TEXT_MAX
from dashboard.actions.meetings.agendas import treat_point
from dashboard.actions.meetings.presences import record_counts
from dashboard.queries.decisions.sheets import SheetOf, sheet_of
from dashboard.queries.meetings.points import Point, outcome_in_words
from dashboard.queries.meetings.records import MeetingAt
from dashboard.scope import Scope
from dashboard.screens.decisions.agenda import point_facts
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
from dashboard.screens.decisions.sheet import figure_lines
from dashboard.ui.components import draw, heading
from dashboard.ui.forms import Form
from dashboard.visit.navigation import address
from models.clock import now
from models.database import fetch
from models.decisions import DecisionEvent, DecisionStep, Outcome

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


def may_run(scope: Scope, meeting: MeetingAt) -> bool:
    """Whether the reader records outcomes now: from the day of the meeting on."""
    is_now = scope.on == cached.today() and meeting.day <= cached.today()
    return is_now and may(scope.reader, "decision.record")
