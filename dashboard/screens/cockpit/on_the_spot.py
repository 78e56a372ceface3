"""« En séance »: one pending item, opened over the cockpit, to be decided, commented or given an
owner on the spot (sur-le-champ), then the next one.

The address holds what is open: `traiter` (a decision, a milestone, or a new decision) and its
`rang` in the list of pending items.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader
from dashboard.actions.decisions.records import TEXT_MAX, TITLE_MAX, PointInput
from dashboard.actions.decisions.steps import decide_on_the_spot
from dashboard.actions.discussions import contribute
from dashboard.actions.roadmap.revisions import (
    REASON_MAX,
    calendar_values,
    revise_plan,
    revised,
)
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.edit_conflicts import mark_of
from dashboard.queries.ideas.threads import End
from dashboard.queries.roadmap import PlanAt
from dashboard.scope import Scope
from dashboard.screens.cockpit import waits
from dashboard.screens.decisions.form import due_field, meeting_on, next_step_form, outcome_field
from dashboard.screens.decisions.form import owner_field as decision_owner_field
from dashboard.screens.decisions.record import waiting_since
from dashboard.screens.roadmap.calendar_form import may_revise, owner_fields
from dashboard.ui.components import draw
from dashboard.ui.forms import Form, show_act_message
from dashboard.ui.tables import unit_name
from dashboard.visit.navigation import COCKPIT, address, whole_number
from models.decisions import DecisionEvent, DecisionStep, Instance
from models.discussions import COMMENT_MAX, Subject
from models.roadmap import ENDED


def on_the_spot(scope: Scope, asked: dict[str, str], **others: str) -> None:
    """The pending item named in the address, if the reader may treat it. `others` are parameters
    kept in the address.
    """
    key = asked.get(waits.TREATED, "")
    if not key or not waits.may_treat(scope):
        return
    with st.container(key="cp_spot"):
        opened = _open(key, scope)
        title, href, facts, forms = opened or ("Ce point n'est plus là", "", (), None)
        draw(
            "cockpit/on_the_spot.html",
            title=title,
            href=href,
            facts=[fact for fact in facts if fact[1]],
            ways=_ways(key, scope, asked.get(waits.RANK, ""), others),
        )
        show_act_message()
        if forms:
            forms()


# ── What is open ──────────────────────────────────────────────────────────────────────────────────


# An open item: its title, the address of its sheet, its facts, and its forms.
_Open = tuple[str, str, Sequence[tuple[str, str]], Callable[[], None]]


def _open(key: str, scope: Scope) -> _Open | None:
    if key == waits.NEW:
        return "Une décision de la séance", "", (), lambda: _decide(scope)
    kind, _, number = key.partition("-")
    if kind == waits.DECISION:
        decisions = (d for d in cached.decisions(scope.on) if str(d.number) == number)
        return next((_decision(d, scope) for d in decisions), None)
    if kind == waits.MILESTONE:
        milestones = (
            m for m in cached.every_milestone(scope.on).values() if m.plan.number == number
        )
        return next((_milestone(m, scope) for m in milestones), None)
    return None


def _decision(d: DecisionAt, scope: Scope) -> _Open:
    owner = scope.tree.by_id.get(d.owner_direction_id)
    facts = [
        ("Porteur", owner.label if owner else "à désigner"),
        ("Où elle en est", d.state(scope.on)),
        ("Attente", waiting_since(d, scope.on) if d.is_waiting else ""),
        ("Échéance", french.day(d.due_on) if d.due_on else ""),
        ("Dernier mot", d.steps[-1].text),
    ]
    href = address("decisions", scope, decision=d.number)
    return f"N° {d.number} — {d.title}", href, facts, lambda: next_step_form(d, scope)


def _milestone(m: PlanAt, scope: Scope) -> _Open:
    unit = unit_name(scope.tree, m.schedule.owner_direction_id)
    facts = [
        ("Porteur", ", ".join(filter(None, (m.schedule.owner, unit.strip("–"))))),
        ("Échéance", french.day(m.schedule.end)),
        ("Avancement", f"{french.percent(100 * m.progress, 0)}, {m.state.label.lower()}"),
        ("Ce qu'il nous faut", m.report.need if m.report else ""),
        ("Dernière nouvelle", _last_news(m)),
    ]
    title = f"Jalon {m.plan.number} — {m.plan.title}"
    href = address("feuille-de-route", scope, jalon=m.plan.number)
    return title, href, facts, lambda: _forms_of_milestone(m, scope)


def _last_news(m: PlanAt) -> str:
    if m.report is None:
        return "aucun rapport"
    return " : ".join(filter(None, (french.day(m.report.on), m.report.comment)))


# ── Its head: its rank among the pending items ────────────────────────────────────────────────────


def _ways(key: str, scope: Scope, previous_rank: str, others: dict[str, str]) -> dict:
    """Links to the next and previous item. A treated item may have left the list, in which case the
    next one has taken its rank.
    """
    keys = waits.treated_in_order(waits.what_waits(scope))

    def at(rank: int) -> str:
        if not 0 <= rank < len(keys):
            return ""
        return address(COCKPIT, scope, **others, **waits.treats(keys[rank], rank))

    close = address(COCKPIT, scope, **others)
    if key == waits.NEW:
        return {"before": "", "after": at(0), "close": close, "where": ""}
    if key in keys:
        rank = keys.index(key)
        return {
            "before": at(rank - 1),
            "after": at(rank + 1),
            "close": close,
            "where": f"{rank + 1} sur {len(keys)}",
        }
    rank = min(whole_number(previous_rank) or 0, len(keys))
    return {"before": at(rank - 1), "after": at(rank), "close": close, "where": ""}


# ── Its forms ─────────────────────────────────────────────────────────────────────────────────────

_DECIDE, _NOTE, _OWNER = "Décider", "Noter", "Désigner le porteur"


def _forms_of_milestone(m: PlanAt, scope: Scope) -> None:
    number = m.plan.number
    may_name = may_revise(scope) and m.state not in ENDED
    offered = [_DECIDE, _NOTE, *([_OWNER] if may_name else [])]
    label = st.radio("En séance", offered, horizontal=True, key=f"w_spot_{number}")
    if label == _NOTE:
        _note(m, scope)
    elif label == _OWNER:
        _name_owner(m, scope)
    else:
        _decide(scope, ("jalon", number), f"Jalon {number} — {m.plan.title}")


def _decide(scope: Scope, about: End | None = None, title: str = "") -> None:
    """A new point and its decision, dated today."""
    form = Form("spot_decide_" + "_".join(about or ("nouvelle",)))
    form.field(
        "title", st.text_input, "Ce qui est décidé", default=title[:TITLE_MAX], max_chars=TITLE_MAX
    )
    st.selectbox(
        "Instance",
        list(Instance),
        format_func=lambda body: body.label,
        key=form.default("instance", Instance.codir),
    )
    outcome_field(form)
    decision_owner_field(form, "owner", scope)
    due_field(form)
    form.field("text", st.text_area, "Motif ou précision", max_chars=TEXT_MAX, height=80)
    form.send(
        "Inscrire la décision",
        lambda session, reader: _record(session, reader, form, about, scope),
        icon=":material/gavel:",
    )


def _record(session: Session, reader: Reader, form: Form, about: End | None, scope: Scope) -> str:
    instance = form.value("instance")
    meeting = meeting_on(instance, cached.today())
    point = PointInput(
        form.value("title") or "",
        instance,
        form.value("owner"),
        meeting_id=meeting,
        about=about,
    )
    step = DecisionEvent(
        what=DecisionStep.decided,
        outcome=form.value("outcome"),
        due_on=form.value("due_on"),
        text=form.value("text") or "",
        meeting_id=meeting,
    )
    decision = decide_on_the_spot(session, reader, point, step, scope.tree)
    return f"La décision n° {decision.number} est inscrite."


def _note(m: PlanAt, scope: Scope) -> None:
    """A comment in the milestone's thread."""
    number = m.plan.number
    form = Form(f"spot_note_{number}")
    form.field("text", st.text_area, "Note de séance", height=100, max_chars=COMMENT_MAX)

    def write(session: Session, reader: Reader) -> str:
        at = replace(scope, reader=reader)
        contribute(session, at, Subject.milestone, number, form.value("text") or "")
        return "La note est publiée sous le jalon."

    form.send("Noter", write, icon=":material/edit_note:")


def _name_owner(m: PlanAt, scope: Scope) -> None:
    """Names the owner; the rest of the calendar is unchanged."""
    current = calendar_values(m.schedule)
    form = Form(f"spot_owner_{m.plan.number}")
    form.opens_with({"owner": current["owner"], "unit": current["unit"]}, mark_of(current))
    owner_fields(form, scope.tree, m.schedule)
    form.field(
        "reason",
        st.text_input,
        "Raison",
        default=f"Désigné en séance le {french.day(cached.today())}.",
        max_chars=REASON_MAX,
    )
    form.send(
        "Désigner",
        lambda session, reader: _revise(session, reader, m, form),
        icon=":material/person_check:",
    )


def _revise(session: Session, reader: Reader, m: PlanAt, form: Form) -> str:
    revision = revised(
        m.schedule,
        owner=form.value("owner") or "",
        owner_direction_id=form.value("unit") or None,
        reason=form.value("reason") or "",
    )
    revise_plan(session, reader, m.plan.id, revision, Instance.codir, read=form.mark)
    return f"Le porteur du jalon {m.plan.number} est désigné."
