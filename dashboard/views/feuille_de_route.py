"""Feuille de route: workstreams and milestones, planned and actual; forecasts, revisions,
reports.
"""

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.figures.board import of_workstream
from dashboard.formulas import is_past_due
from dashboard.frame.around import without_filters
from dashboard.queries.roadmap import PlanAt, is_over
from dashboard.scope import Scope
from dashboard.screens.discussions import talk_fold
from dashboard.screens.roadmap import (
    calendar,
    changes,
    forecasts,
    milestone,
    programmes,
    pst,
    report_form,
    workstreams,
)
from dashboard.screens.roadmap.programmes import other_programmes
from dashboard.screens.status_form import status_form
from dashboard.ui.address import asked, page_header
from dashboard.ui.cards import cards
from dashboard.ui.charts import cards_of
from dashboard.ui.components import (
    empty_for_filters,
    empty_nothing_yet,
    fold,
    link_buttons,
    segments,
)
from dashboard.visit.navigation import address
from models.discussions import Subject

_EVERY = 0
WHOLE = "ensemble"
VIEWS = {
    WHOLE: "Le plan",
    "previsions": "Dates probables",
    calendar.LATE: "En retard",
    "attendues": "À mettre à jour",
    "revisions": "Révisions",
    pst.VIEW: "Face au PST",
}


def render(scope: Scope) -> None:
    milestones = cached.milestones(scope.on, scope.asked)
    number = st.query_params.get("jalon")
    milestone = cached.roadmap().one(number, scope.on) if number else None
    if milestone:
        return one(scope.looking_at(milestone.programme), milestone)
    if number:
        return _unknown(scope, number)
    chosen = asked(
        "chantier",
        {_EVERY: "Tous"} | {w.id: f"{w.id}. {w.short_name}" for w in cached.streams(scope)},
        _EVERY,
    )
    _header(scope, chosen)
    other_programmes(scope, "feuille-de-route")
    view = _view_asked(scope, chosen)
    if view == pst.VIEW:
        return pst.beside(scope, _subjects(scope, chosen))
    if not milestones:
        return empty_nothing_yet("La feuille de route n'a pas encore de jalon.", _first_step(scope))
    if (view, chosen) == (WHOLE, _EVERY):
        return without_filters(overview, scope)
    _view(view, [m for m in calendar.of_scope(scope) if _is_shown(m, chosen)], scope, chosen)


def _view_asked(scope: Scope, chosen: int) -> str:
    """The view given in the address, and links to the others."""
    view = asked("volet", VIEWS, WHOLE)
    links = [
        (
            label,
            address("feuille-de-route", scope, chantier=chosen or None, volet=code),
            code == view,
        )
        for code, label in VIEWS.items()
    ]
    segments("Vue", links)
    return view


def overview(scope: Scope, _asked: dict[str, str]) -> None:
    """All workstreams and milestones of the scope: in time, then one by one."""
    shown = calendar.of_scope(scope)
    if not shown:
        return _nothing_shown(scope)
    streams = cached.workstreams(scope.on, scope.asked)
    if scope.since:
        changes.moved(shown, scope)
    calendar.gantt(shown, scope)
    programmes.by_workstream(streams, shown, scope, _title_of(streams))
    with fold("La courbe en S", icon="show_chart"):
        calendar.s_curve_of_all(scope)
    _door_to_programme(scope)


def _nothing_shown(scope: Scope) -> None:
    empty_for_filters(
        "Aucun jalon pour ces filtres.", f"/feuille-de-route?au={scope.on.isoformat()}"
    )


def _view(view: str, shown: list[PlanAt], scope: Scope, chosen: int) -> None:
    if not shown:
        return _nothing_shown(scope)
    streams = [
        state
        for state in cached.workstreams(scope.on, scope.asked)
        if chosen in (_EVERY, state.workstream.id)
    ]
    if view == "previsions":
        forecasts.forecasts(shown, streams, scope)
    elif view == calendar.LATE:
        calendar.late_milestones(shown, scope)
    elif view == "attendues":
        changes.expected_updates(shown, scope)
    elif view == "revisions":
        changes.revisions(shown, scope)
    else:
        _whole(shown, streams, scope, chosen)


def _subjects(scope: Scope, chosen: int) -> set[str] | None:
    """The milestones of the chosen workstream and direction; None: all."""
    if chosen == _EVERY and scope.is_whole:
        return None
    numbers = [m.plan.number for m in calendar.of_scope(scope) if _is_shown(m, chosen)]
    return {f"chantier:{chosen}", *(f"jalon:{number}" for number in numbers)}


def _first_step(scope: Scope) -> tuple[str, str] | None:
    """For programme managers, the link to the page that creates milestones."""
    keeps = may(scope.reader, "milestone.revise")
    return ("Préparer le programme", address("programme", scope)) if keeps else None


def _unknown(scope: Scope, number: str) -> None:
    page_header(
        "Jalon introuvable",
        trail=(("Feuille de route", address("feuille-de-route", scope)),),
    )
    empty_nothing_yet(
        f"Il n'y a pas de jalon « {number} » au {scope.on:%d/%m/%Y}.",
        ("Retour à la feuille de route", address("feuille-de-route", scope)),
    )


def _whole(shown: list[PlanAt], streams: list, scope: Scope, chosen: int) -> None:
    if scope.since:
        changes.moved(shown, scope)
    workstreams.workstreams(streams, scope, _title_of(streams))
    # Late milestones first: the cockpit links here for them.
    for state in streams:
        forecasts.workstream_facts(state, scope)
    late_first = sorted(shown, key=lambda m: not is_past_due(m.facts(), scope.on))
    calendar.milestone_table(late_first, scope)
    left, right = st.columns(2, gap="large")
    with left:
        calendar.s_curve(shown, scope)
    with right:
        calendar.dumbbell(shown, scope)
    for state in streams:
        with fold("Les chiffres du chantier", icon="monitoring"):
            cards(cards_of(scope, of_workstream(state.workstream.code, state.workstream.id)))
        status_form(scope, f"chantier:{state.workstream.id}")
    _door_to_programme(scope)


def _title_of(streams: list) -> str:
    return french.sentence_case(french.every(len(streams), "chantier"))


def _door_to_programme(scope: Scope) -> None:
    if may(scope.reader, "milestone.revise"):
        link_buttons(
            [("Créer, renommer, annuler des jalons", address("programme", scope), "account_tree")],
            after=True,
        )


def _header(scope: Scope, chosen: int) -> None:
    if not chosen:
        return page_header(f"Feuille de route {scope.programme.years}")
    stream = next(w for w in cached.roadmap().workstreams if w.id == chosen)
    page_header(
        f"Chantier {stream.id} — {stream.name}",
        trail=(("Feuille de route", address("feuille-de-route", scope)),),
    )


def _is_shown(m: PlanAt, workstream: int) -> bool:
    return workstream in (_EVERY, m.plan.workstream_id)


# --- one milestone --------------------------------------------------------------------------------


def one(scope: Scope, m: PlanAt) -> None:
    stream = next(w for w in cached.roadmap().workstreams if w.id == m.plan.workstream_id)
    page_header(
        f"{m.plan.number} — {m.plan.title}",
        f"Porteur : {m.schedule.owner}",
        trail=(
            ("Feuille de route", address("feuille-de-route", scope)),
            (f"Chantier {stream.id}", address("feuille-de-route", scope, chantier=stream.id)),
        ),
    )
    milestone.status(calendar.verdict_of(m, scope))
    itself, around = st.columns([3, 2], gap="medium")
    with itself:
        milestone.facts(m, scope)
    with around:
        milestone.waits(m, scope)
    without_filters(trend, scope, **{milestone.ASKED: m.plan.number})
    milestone.reports(m, scope)
    milestone.revision_table(changes.revision_lines(m, scope))
    talk_fold(scope, Subject.milestone, m.plan.number)
    _forms(m, scope)
    status_form(scope, f"jalon:{m.plan.number}")


def trend(scope: Scope, of: dict[str, str]) -> None:
    """The trend of one milestone's announced date."""
    m = cached.roadmap().one(of[milestone.ASKED], scope.on)
    milestone.trend(m, scope)


def _forms(m: PlanAt, scope: Scope) -> None:
    if report_form.may_report(m, scope):
        report_form.report_form(m, scope)
    elif is_over(scope.programmes, m.programme, scope.on):
        st.caption(
            f"Le programme « {m.programme.name} » est clos : ce jalon ne reçoit plus de rapport."
        )
    if calendar.may_revise(scope):
        calendar.calendar_forms(m, scope)
