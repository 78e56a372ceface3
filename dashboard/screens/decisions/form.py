"""Forms of the register of decisions: a new point, the next step of a decision."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.decisions.records import ABOUT, IDEA, PointInput, submit_point
from dashboard.actions.decisions.steps import follow_decision, tie_figure, undo_step
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.decisions.sheets import FIGURE, DecisionMove, moves
from dashboard.queries.ideas.threads import KINDS, End
from dashboard.scope import Scope
from dashboard.screens.ideas.comments import end_field, figure_names
from dashboard.screens.ideas.fields import idea_field
from dashboard.ui.components import escape_md, heading
from dashboard.ui.forms import Form
from dashboard.ui.unfolding import unfolding
from models.database import fetch
from models.decisions import DecisionEvent, DecisionStep, Instance, Outcome, Verdict
from models.directions import UnitKind
from models.meetings import MeetingState

_OPEN = (DecisionStep.decided, DecisionStep.postponed)
_REVIEW = (DecisionStep.review_planned, DecisionStep.reviewed)


def _possible(d: DecisionAt, scope: Scope) -> list[DecisionStep]:
    """The next steps possible for this reader."""
    steps = []
    is_to_be_done = d.due_on and not d.done_on
    if may(scope.reader, "decision.record", d, scope.tree):
        steps += _OPEN if d.is_waiting else ()
        if is_to_be_done:
            steps.append(DecisionStep.due_moved)
        if d.is_waiting or is_to_be_done:
            steps.append(DecisionStep.entrusted)
        steps += () if d.is_waiting else _REVIEW
        steps.append(DecisionStep.noted)
    if may(scope.reader, "decision.follow", d, scope.tree) and d.decided:
        if not d.communicated_on:
            steps.insert(0, DecisionStep.communicated)
        if is_to_be_done:
            steps.insert(0, DecisionStep.done)
    return steps


def next_step_form(d: DecisionAt, scope: Scope) -> None:
    """The form of the next step, and undoing the last one."""
    steps = _possible(d, scope)
    form = Form(f"decision_{d.number}")
    if steps:
        heading("Inscrire la suite")
        with st.container(key="cp_decision", width=640):
            _step_fields(form, steps, d, scope)
            planned = planned_moves(scope, d, form.value("what"), form.value("outcome"))
            moves_box(form, planned)
            form.send(
                "Enregistrer",
                lambda session, reader: _follow(session, reader, form, d, scope, planned),
                icon=":material/check:",
            )
    if may(scope.reader, "decision.record") and len(d.steps) > 1:
        Form(f"undo_{d.number}").send(
            "Annuler le dernier encodage",
            lambda session, reader: _undo(session, reader, d),
            primary=False,
            icon=":material/undo:",
        )


def planned_moves(
    scope: Scope, d: DecisionAt, what: DecisionStep, outcome: Outcome | None
) -> list[DecisionMove]:
    """The records that this step would move."""
    return fetch(moves, scope.reader, scope.tree, d.id, what, outcome)


def excluded_moves(form: Form, planned: Sequence[DecisionMove]) -> set[End]:
    """Those that were unticked, and stay as they are."""
    return {move.end for move in planned if not form.value(_move_field(move), True)}


def moves_box(form: Form, planned: Sequence[DecisionMove]) -> None:
    """The milestones that this step reschedules, each to be confirmed or left unchanged."""
    if not planned:
        return
    heading("Ce que cela déplace", level=3)
    st.caption(
        "Chaque auteur et chaque membre est prévenu. Décochez ce qui doit rester comme il est."
    )
    for move in planned:
        st.checkbox(escape_md(move.in_words), key=form.default(_move_field(move), True))
    form.error("moves")


def _move_field(move: DecisionMove) -> str:
    return "move_" + "_".join(move.end)


def _step_fields(form: Form, steps: list[DecisionStep], d: DecisionAt, scope: Scope) -> None:
    st.selectbox(
        "Ce qui s'est passé",
        steps,
        format_func=lambda step: step.label,
        key=form.default("what", steps[0]),
    )
    form.field(
        "on",
        st.date_input,
        "Le",
        default=cached.today(),
        format="DD/MM/YYYY",
        max_value=cached.today(),
    )
    # Outside a `st.form`, so that the fields below depend on the choice.
    what = form.value("what")
    if what in (DecisionStep.decided, DecisionStep.postponed):
        _note_missing_meeting(d, form.value("on"))
    if what == DecisionStep.decided:
        outcome_field(form)
    if what in (DecisionStep.decided, DecisionStep.due_moved):
        due_field(form)
    if what == DecisionStep.entrusted:
        owner_field(form, "owner_direction_id", scope, "Confiée à")
    if what == DecisionStep.reviewed:
        verdict_field(form)
    if what == DecisionStep.review_planned:
        review_field(form, "Jour de la revue")
        end_field(form, scope, FIGURE, "Le chiffre qui doit bouger (facultatif)")
    if what == DecisionStep.decided:
        cost_fields(form, "Coût (€, facultatif)", "équivalents temps plein, facultatif")
    form.field("text", st.text_area, "Motif ou précision", default="", max_chars=2000)


def verdict_field(form: Form) -> Verdict | None:
    """Whether the decision goes on."""
    return form.field(
        "verdict",
        st.radio,
        "A-t-elle produit l'effet attendu ?",
        list(Verdict),
        index=None,
        format_func=lambda verdict: verdict.label,
        horizontal=True,
    )


def review_field(form: Form, label: str) -> date | None:
    """The day on which the effect of the decision is looked at."""
    return form.field(
        "review_on",
        st.date_input,
        label,
        None,
        format="DD/MM/YYYY",
        max_value=date(2035, 12, 31),
    )


def outcome_field(form: Form) -> Outcome | None:
    return form.field(
        "outcome",
        st.selectbox,
        "Issue",
        list(Outcome),
        index=None,
        format_func=lambda o: o.label,
        placeholder="Choisissez",
    )


def due_field(form: Form) -> date | None:
    return form.field(
        "due_on",
        st.date_input,
        "Échéance",
        None,
        format="DD/MM/YYYY",
        max_value=date(2035, 12, 31),
    )


def owner_field(form: Form, name: str, scope: Scope, label: str = "Porteur") -> int | None:
    """The direction that owns the decision: a direction or above, not a service."""
    names = {unit.id: unit.label for unit, _ in scope.tree.walk() if unit.kind != UnitKind.service}
    return form.field(
        name,
        st.selectbox,
        label,
        list(names),
        index=None,
        format_func=names.get,
        placeholder="Direction qui en répond",
    )


def _note_missing_meeting(d: DecisionAt, on: date | None) -> None:
    """Warns when the body did not meet on that day: it may be a typing error."""
    days = _held_meetings(d.instance)
    if on is None or not days or on in days:
        return
    nearest = sorted(days, key=lambda day: abs((day - on).days))[:2]
    days_in_words = " et ".join(french.day_long(day) for day in sorted(nearest))
    st.caption(
        f":material/event_busy: Aucune séance « {d.instance.label} » n'est connue le"
        f" {french.day_long(on)}. Les plus proches : {days_in_words}."
    )


def cost_fields(form: Form, cost: str, work: str) -> None:
    """The cost in euros, and the work in full-time equivalents; `work` explains the latter."""
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        form.field(
            "cost",
            st.number_input,
            cost,
            value=None,
            min_value=0.0,
            step=100.0,
            format="%.0f",
        )
    with right:
        form.field(
            "fte",
            st.number_input,
            f"Temps de travail ({work})",
            value=None,
            min_value=0.0,
            step=0.1,
        )


def _follow(
    session, reader, form: Form, d: DecisionAt, scope: Scope, planned: Sequence[DecisionMove]
) -> str:
    what = form.value("what")
    left = excluded_moves(form, planned)
    follow_decision(
        session,
        reader,
        d.id,
        DecisionEvent(
            what=what,
            on=form.value("on"),
            outcome=form.value("outcome"),
            due_on=form.value("due_on"),
            cost=form.value("cost"),
            fte=form.value("fte"),
            text=form.value("text") or "",
            meeting_id=_held_meetings(d.instance).get(form.value("on")),
            owner_direction_id=form.value("owner_direction_id"),
            review_on=form.value("review_on"),
            verdict=form.value("verdict"),
        ),
        scope.tree,
        left,
        {move.end for move in planned},
    )
    if figure := form.value(f"key_{FIGURE}"):
        tie_figure(session, reader, d.id, figure, figure_names())
    moved = len(planned) - len(left)
    if not moved:
        return f"{what.label} : c'est enregistré."
    return f"{what.label} : c'est enregistré, avec {french.counted(moved, 'effet')}."


def _held_meetings(instance: Instance) -> dict[date, int]:
    """Day → meeting that the body held."""
    return {
        m.day: m.id
        for m in cached.meetings(cached.today())
        if m.kind == instance.meeting_kind and m.state == MeetingState.held
    }


def _undo(session, reader, d: DecisionAt) -> str:
    step, unchanged = undo_step(session, reader, d.id)
    done = f"« {step.label} » est annulé"
    if not unchanged:
        return f"{done}, avec ce qu'il avait déplacé."
    return f"{done}. Ont avancé depuis et restent comme ils sont : {', '.join(unchanged)}."


def new_point_form(scope: Scope) -> None:
    if not may(scope.reader, "decision.record"):
        return
    form = Form("point")
    unfolding(
        "Inscrire un point", _point_fields, form, scope, key="w_new_point", icon=":material/add:"
    )


def _point_fields(form: Form, scope: Scope) -> None:
    form.field("title", st.text_input, "Intitulé", default="", max_chars=255)
    _about(form, scope)
    st.selectbox(
        "Instance",
        list(Instance),
        format_func=lambda i: i.label,
        key=form.default("instance", Instance.codir),
    )
    owner_field(form, "owner", scope)
    form.field(
        "on",
        st.date_input,
        "Inscrit le",
        default=cached.today(),
        format="DD/MM/YYYY",
        max_value=cached.today(),
    )
    form.field("text", st.text_area, "Précision (facultatif)", default="", max_chars=2000)
    form.send("Inscrire", lambda session, reader: _submit(session, reader, form))


def _about(form: Form, scope: Scope) -> None:
    """The subject of the point: none, an idea, a group's proposition or a milestone."""
    kinds = {"": "Sujet libre"} | {kind: KINDS[kind] for kind in ABOUT}
    left, right = st.columns(2)
    with left:
        st.selectbox(
            "À propos de", list(kinds), format_func=kinds.get, key=form.default("about_kind", "")
        )
    kind = form.value("about_kind")
    if not kind:
        return
    with right:
        if kind == IDEA:
            idea_field(form, scope, f"key_{IDEA}", "Quelle idée ?")
        else:
            end_field(form, scope, kind)
        form.error("about")


def _submit(session, reader, form: Form) -> str:
    kind = form.value("about_kind")
    chosen_subject = (kind, str(form.value(f"key_{kind}") or "")) if kind else None
    decision = submit_point(
        session,
        reader,
        PointInput(
            form.value("title"),
            form.value("instance"),
            form.value("owner"),
            form.value("text") or "",
            form.value("on"),
            about=chosen_subject,
        ),
    )
    return f"Le point n° {decision.number} est inscrit ; il attend une décision."
