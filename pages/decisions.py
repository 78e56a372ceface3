"""Décisions: what waits for a decision, what was decided, what is due and done; the meetings
where it happens.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.decisions.points import ABOUT
from dashboard.actions.decisions.records import (
    PointInput,
    StepInput,
    follow_decision,
    submit_point,
    undo_step,
)
from dashboard.actions.meetings.records import (
    MeetingInput,
    cancel_meeting,
    hold_meeting,
    plan_meeting,
)
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.ideas.threads import KINDS, Node, origins, thread_of_decision
from dashboard.queries.meetings.records import MeetingAt, next_planned
from dashboard.rendering import macros
from dashboard.scope import Scope
from dashboard.screens.decisions import sheet_block
from dashboard.screens.ideas.thread import thread_picture
from dashboard.ui.components import (
    cards,
    draw,
    empty_for_filters,
    empty_nothing_yet,
    heading,
    page_header,
    todo_list,
)
from dashboard.ui.figures import cards_of
from dashboard.ui.forms import Form, say_what_was_done
from dashboard.ui.tables import link, table, terms, timeline_of
from dashboard.visit.navigation import address, current_scope, whole_number
from models.database import reading
from models.decisions import DecisionStep, Instance, Outcome
from models.directions import UnitKind
from models.meetings import BODIES, MeetingKind, MeetingState

RECENT = 12


def render(scope: Scope) -> None:
    wanted = whole_number(st.query_params.get("decision"))
    if st.query_params.get("decision"):
        return one(scope, next((d for d in cached.decisions(scope.on) if d.number == wanted), None))
    page_header("Décisions", scope.sentence())
    say_what_was_done()
    here = [
        d
        for d in cached.decisions(scope.on)
        if scope.is_whole or d.owner_direction_id in scope.counted
    ]
    cards(cards_of(scope, ("decisions.taux", "decisions.attente", "communication")), level=2)
    st.caption("« n » est le nombre de décisions sur lesquelles un chiffre est calculé.")
    if not here:
        if scope.is_whole:
            empty_nothing_yet("Aucun point n'a encore été inscrit.")
        else:
            empty_for_filters(
                "Aucune décision de cette direction.", address("decisions", scope.whole())
            )
    _waiting(here, scope)
    _decided(here, scope)
    _meetings(scope)
    if scope.on == cached.today():
        _new_point(scope)
        _new_meeting(scope)


def _waiting(here: Sequence[DecisionAt], scope: Scope) -> None:
    """One list per body that has points, with its next meeting; the point that waits longest
    first.
    """
    waiting = sorted((d for d in here if d.is_waiting), key=lambda d: (d.submitted_on, d.number))
    if not waiting:
        return todo_list([], "En attente de décision", "Aucun point n'attend de décision.")
    with reading() as session:
        about = origins(session, scope, [d.id for d in waiting])
    bodies = [
        _body(
            instance,
            [_point(d, scope, about.get(d.id, ())) for d in waiting if d.instance is instance],
            scope,
        )
        for instance in Instance
    ]
    return draw("decisions/waiting.html", bodies=[body for body in bodies if body["points"]])


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
    found = next_planned(
        cached.meetings(scope.on), instance.meeting_kind, scope.on - timedelta(days=1)
    )
    if found is None:
        return "", "", "aucune séance prévue"
    return french.day_long(found.day), address("agenda", scope, reunion=found.id), ""


def _point(d: DecisionAt, scope: Scope, about: Sequence[Node]) -> Mapping:
    """The point, since when it waits, what it comes from, the last that was said of it."""
    return {
        "title": f"N° {d.number} — {d.title}",
        "href": address("decisions", scope, decision=d.number),
        "since": _since(d, scope.on).capitalize(),
        "origins": [_origin(node, scope) for node in about],
        "message": d.steps[-1].text,
    }


def _origin(node: Node, scope: Scope) -> tuple[str, str, str]:
    """« de l'idée », « n° 362417 », the address of the entry."""
    before, named = (
        ("de l'idée", f"n° {node.params['idee']}")
        if node.kind == "idee"
        else ("du groupe", node.key)
    )
    return before, named, address(node.page, scope, **node.params)


def _since(d: DecisionAt, on: date) -> str:
    days = (on - d.submitted_on).days
    return f"attend depuis le {french.day(d.submitted_on)} ({french.counted(days, 'jour')})"


def _decided(here: Sequence[DecisionAt], scope: Scope) -> None:
    decided = sorted(
        (d for d in here if d.decided), key=lambda d: (d.decided.on, d.number), reverse=True
    )
    if not decided:
        return
    heading("Ce qui a été décidé")
    rows = [
        (
            d.number,
            link(d.title, address("decisions", scope, decision=d.number)),
            d.instance.label,
            french.day(d.decided.on),
            d.outcome.label if d.outcome else "–",
            _owner(d, scope),
            french.day(d.due_on) if d.due_on else "–",
            d.state(scope.on),
            french.day(d.told_on) if d.told_on else "pas encore",
        )
        for d in decided
    ]
    table(
        (
            "N°",
            "Décision",
            "Instance",
            "Décidée le",
            "Issue",
            "Porteur",
            "Échéance",
            "Où en est-elle",
            "Communiquée",
        ),
        rows,
        "Décisions prises, la plus récente d'abord",
        frozenset({0}),
        download="decisions",
    )


def _owner(d: DecisionAt, scope: Scope) -> str:
    unit = scope.tree.by_id.get(d.owner_direction_id) if d.owner_direction_id else None
    return unit.name if unit else "–"


def _meetings(scope: Scope) -> None:
    known = [m for m in cached.meetings(scope.on) if m.kind in BODIES]
    if not known:
        return
    heading("Les séances")
    cards(cards_of(scope, ("copilotage", "presence-conseil")), level=3)
    coming = [m for m in known if m.day > scope.on]
    past = [m for m in known if m.day <= scope.on][-RECENT:]
    rows = [
        (
            french.day(m.day),
            m.label,
            m.state.label if m.day <= scope.on or m.state != MeetingState.planned else "À venir",
            french.rate(m.present, m.invited, 0) if m.state == MeetingState.held else "–",
            m.place or "–",
        )
        for m in [*coming[::-1], *past[::-1]]
    ]
    table(
        ("Jour", "Séance", "État", "Présents", "Lieu"),
        rows,
        f"Séances à venir, et les {RECENT} dernières",
    )
    if may(scope.reader, "meeting.record") and scope.on == cached.today():
        _after_meeting([*past, *coming])


# --- one decision ---------------------------------------------------------------------------------


def one(scope: Scope, d: DecisionAt | None) -> None:
    back = ("Décisions", address("decisions", scope))
    if d is None:
        return page_header(
            "Décision introuvable", "Ce numéro n'existe pas à cette date.", trail=(back,)
        )
    page_header(
        d.title, f"Décision n° {d.number} · {d.instance.label} · {d.state(scope.on)}", trail=(back,)
    )
    say_what_was_done()
    with reading() as session:
        about = origins(session, scope, [d.id]).get(d.id, [])
    came = macros().links(
        [(node.title, address(node.page, scope, **node.params)) for node in about]
    )
    facts = [
        ("Porteur", _owner(d, scope)),
        ("Vient de", came),
        ("Inscrite le", french.day_long(d.submitted_on)),
    ]
    if d.is_waiting:
        facts.append(("En attente de décision", _since(d, scope.on)))
    else:
        facts += [
            ("Décidée le", french.day_long(d.decided.on)),
            ("Issue", d.outcome.label if d.outcome else "–"),
            ("Échéance", french.day_long(d.due_on) if d.due_on else "sans suite à exécuter"),
            ("Exécutée le", french.day_long(d.done_on) if d.done_on else "–"),
            ("Communiquée aux services", _told(d)),
        ]
    terms(facts)
    _thread(d, scope)
    timeline_of(
        "Le fil de la décision",
        [(DecisionStep(s.what).label, s.on, _step_text(s)) for s in d.steps],
    )
    sheet_block(scope, d)
    if scope.on == cached.today():
        _next_step(d, scope)


def _thread(d: DecisionAt, scope: Scope) -> None:
    with reading() as session:
        found = thread_of_decision(session, scope, d.id)
    if len(found.nodes) > 1:
        heading("Du terrain à l’effet")
        thread_picture(scope, found)


def _told(d: DecisionAt) -> str:
    if d.told_on is None:
        return "pas encore"
    return (
        f"{french.day_long(d.told_on)} ({french.counted((d.told_on - d.decided.on).days, 'jour')}"
        " après)"
    )


def _step_text(step) -> str:
    parts = [
        Outcome(step.outcome).label if step.outcome else "",
        f"échéance {french.day(step.due_on)}" if step.due_on else "",
        step.text,
    ]
    return " · ".join(part for part in parts if part)


# --- what may be written --------------------------------------------------------------------------


def _possible(d: DecisionAt, scope: Scope) -> list[DecisionStep]:
    """The steps that may follow, and that this reader may write."""
    steps = []
    if may(scope.reader, "decision.record", d, scope.tree):
        steps += [DecisionStep.decided, DecisionStep.postponed] if d.is_waiting else []
        steps += [DecisionStep.due_moved] if d.due_on and not d.done_on else []
    if may(scope.reader, "decision.follow", d, scope.tree) and d.decided:
        steps += [DecisionStep.done] if d.due_on and not d.done_on else []
        steps += [DecisionStep.told] if not d.told_on else []
    return steps


def _next_step(d: DecisionAt, scope: Scope) -> None:
    steps = _possible(d, scope)
    form = Form(f"decision_{d.number}")
    if steps:
        heading("Inscrire la suite")
        with st.container(key="cp_decision", width=640):
            _step_fields(form, steps)
            form.button(
                "Enregistrer",
                lambda session, reader: _follow(session, reader, form, d, scope),
                icon=":material/check:",
            )
            form.error("form")
    if may(scope.reader, "decision.record") and len(d.steps) > 1:
        undo = Form(f"undo_{d.number}")
        undo.button(
            "Annuler le dernier encodage",
            lambda session, reader: _undo(session, reader, d),
            primary=False,
            icon=":material/undo:",
        )
        undo.error("form")


def _step_fields(form: Form, steps: list[DecisionStep]) -> None:
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
    what = form.value("what")
    if what == DecisionStep.decided:
        form.field(
            "outcome",
            st.selectbox,
            "Issue",
            list(Outcome),
            index=None,
            format_func=lambda o: o.label,
            placeholder="Choisissez",
        )
    if what in (DecisionStep.decided, DecisionStep.due_moved):
        form.field(
            "due_on",
            st.date_input,
            "Échéance",
            None,
            format="DD/MM/YYYY",
            max_value=date(2035, 12, 31),
        )
    if what == DecisionStep.decided:
        left, right = st.columns(2, vertical_alignment="bottom")
        with left:
            form.field(
                "cost",
                st.number_input,
                "Coût (€, facultatif)",
                value=None,
                min_value=0.0,
                step=100.0,
                format="%.0f",
            )
        with right:
            form.field(
                "fte",
                st.number_input,
                "Temps de travail (équivalents temps plein, facultatif)",
                value=None,
                min_value=0.0,
                step=0.1,
            )
    form.field("text", st.text_area, "Motif ou précision", default="", max_chars=2000)


def _follow(session, reader, form: Form, d: DecisionAt, scope: Scope) -> str:
    what = form.value("what")
    follow_decision(
        session,
        reader,
        d.id,
        StepInput(
            what,
            form.value("on"),
            form.value("outcome"),
            form.value("due_on"),
            form.value("cost"),
            form.value("fte"),
            form.value("text") or "",
            _meeting_of(d, form.value("on")),
        ),
        scope.tree,
    )
    return f"{what.label} : c'est enregistré."


def _meeting_of(d: DecisionAt, on: date | None) -> int | None:
    """The meeting of the body on that day, where one was held."""
    return next(
        (
            m.id
            for m in cached.meetings(cached.today())
            if m.kind == d.instance.meeting_kind and m.day == on and m.state == MeetingState.held
        ),
        None,
    )


def _undo(session, reader, d: DecisionAt) -> str:
    return f"« {undo_step(session, reader, d.id).label} » est annulé."


def _new_point(scope: Scope) -> None:
    if not may(scope.reader, "decision.record"):
        return
    form = Form("point")
    with st.expander("Inscrire un point", icon=":material/add:", key="w_new_point"):
        form.field("title", st.text_input, "Intitulé", default="", max_chars=255)
        _about(form)
        st.selectbox(
            "Instance",
            list(Instance),
            format_func=lambda i: i.label,
            key=form.default("instance", Instance.codir),
        )
        units = [u for u, _ in scope.tree.walk() if u.kind != UnitKind.service]
        names = {u.id: u.label for u in units}
        st.selectbox(
            "Porteur",
            list(names),
            index=None,
            format_func=names.get,
            key=form.key("owner"),
            placeholder="Direction qui en répond",
        )
        form.field(
            "on",
            st.date_input,
            "Inscrit le",
            default=cached.today(),
            format="DD/MM/YYYY",
            max_value=cached.today(),
        )
        form.field("text", st.text_area, "Précision (facultatif)", default="", max_chars=2000)
        form.button("Inscrire", lambda session, reader: _submit(session, reader, form))
        form.error("form")


def _about(form: Form) -> None:
    """What the point speaks of: nothing in particular, an idea, the proposition of a group, a
    milestone.
    """
    kinds = {"": "Sujet libre"} | {kind: KINDS[kind] for kind in ABOUT}
    left, right = st.columns(2)
    with left:
        st.selectbox(
            "À propos de", list(kinds), format_func=kinds.get, key=form.default("about_kind", "")
        )
    if form.value("about_kind"):
        with right:
            st.text_input("Son numéro ou son code", key=form.default("about_key", ""), max_chars=20)
            form.error("about")


def _submit(session, reader, form: Form) -> str:
    found = submit_point(
        session,
        reader,
        PointInput(
            form.value("title"),
            form.value("instance"),
            form.value("owner"),
            form.value("text") or "",
            form.value("on"),
            about=(
                (form.value("about_kind"), form.value("about_key") or "")
                if form.value("about_kind")
                else None
            ),
        ),
    )
    return f"Le point n° {found.number} est inscrit ; il attend une décision."


def _new_meeting(scope: Scope) -> None:
    if not may(scope.reader, "meeting.record"):
        return
    form = Form("meeting")
    with st.expander("Prévoir une séance", icon=":material/event:", key="w_new_meeting"):
        st.selectbox(
            "Instance",
            BODIES,
            format_func=lambda k: k.label,
            key=form.default("kind", MeetingKind.codir),
        )
        form.field("day", st.date_input, "Jour", None, format="DD/MM/YYYY")
        st.text_input("Titre (facultatif)", key=form.default("title", ""), max_chars=255)
        st.text_input("Lieu (facultatif)", key=form.default("place", ""), max_chars=255)
        form.button("Prévoir", lambda session, reader: _plan(session, reader, form))
        form.error("form")


def _plan(session, reader, form: Form) -> str:
    plan_meeting(
        session,
        reader,
        MeetingInput(
            form.value("kind"), form.value("day"), form.value("title"), form.value("place")
        ),
    )
    return f"La séance du {french.day(form.value('day'))} est prévue."


def _after_meeting(meetings: Sequence[MeetingAt]) -> None:
    """« Cette séance a été tenue » or was cancelled: for those whose fate is not known, and to
    correct a count.
    """
    form = Form("held")
    by_id = {m.id: m for m in meetings if m.state != MeetingState.cancelled}
    if not by_id:
        return
    waiting = [m.id for m in by_id.values() if m.state == MeetingState.planned]
    with st.expander(
        "Dire qu'une séance a été tenue ou annulée", icon=":material/event_available:", key="w_held"
    ):
        st.selectbox(
            "Séance",
            list(by_id),
            format_func=lambda i: f"{french.day(by_id[i].day)} — {by_id[i].label}",
            key=form.default("meeting", waiting[0] if waiting else next(reversed(by_id))),
        )
        chosen = by_id[form.value("meeting")]
        st.date_input(
            "Tenue le",
            key=form.default(f"day_{chosen.id}", min(chosen.day, cached.today())),
            format="DD/MM/YYYY",
            max_value=cached.today(),
        )
        form.error("day")
        left, right = st.columns(2, vertical_alignment="bottom")
        with left:
            st.number_input(
                "Invités",
                key=form.default(f"invited_{chosen.id}", chosen.invited),
                min_value=0,
                step=1,
            )
            form.error("invited")
        with right:
            st.number_input(
                "Présents",
                key=form.default(f"present_{chosen.id}", chosen.present),
                min_value=0,
                step=1,
            )
            form.error("present")
        form.button("Tenue", lambda session, reader: _hold(session, reader, form, chosen))
        form.field("reason", st.text_input, "Motif d'une annulation", default="", max_chars=255)
        form.button(
            "Annulée",
            lambda session, reader: _cancel(session, reader, form, chosen),
            field="cancel",
            primary=False,
        )
        form.error("form")


def _hold(session, reader, form: Form, chosen: MeetingAt) -> str:
    hold_meeting(
        session,
        reader,
        chosen.id,
        form.value(f"day_{chosen.id}"),
        form.value(f"invited_{chosen.id}"),
        form.value(f"present_{chosen.id}"),
    )
    return f"La séance du {french.day(chosen.day)} est inscrite comme tenue."


def _cancel(session, reader, form: Form, chosen: MeetingAt) -> str:
    cancel_meeting(session, reader, chosen.id, form.value("reason"))
    return f"La séance du {french.day(chosen.day)} est annulée."


render(current_scope())
