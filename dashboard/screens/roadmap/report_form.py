"""The form of the report of a plan (rapport): reporting, « Inchangé » in one click, undoing.

The form is a fragment; errors are shown beside their fields and nothing typed is lost.
"""

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french
from dashboard.access import Reader, may
from dashboard.actions.roadmap.records import can_undo
from dashboard.actions.roadmap.reports import COMMENT_MAX, report_mark, report_plan, undo_report
from dashboard.figures.forecast import Proposal, proposal, tieable
from dashboard.queries.roadmap import PlanAt, is_over
from dashboard.scope import Scope
from dashboard.screens.roadmap.calendar import day_field
from dashboard.ui.components import reading, section
from dashboard.ui.forms import Form, rerun_after_act
from dashboard.visit.navigation import current_scope
from models.roadmap import LADDER, MilestoneState, PlanReport, ProjectState, states_of


def may_report(m: PlanAt, scope: Scope) -> bool:
    """Whether the reader may report: only today, and only in a programme that is not over."""
    if scope.on != cached.today():
        return False
    if not m.plan.is_milestone:
        return may(scope.reader, "milestone.revise")
    if is_over(scope.programmes, m.programme, scope.on):
        return False
    return may(scope.reader, "milestone.report", m.schedule, scope.tree)


@st.fragment
def report_form(m: PlanAt, scope: Scope) -> None:
    """Three fields filled in with the last report, an optional fourth, and « inchangé » in one
    click.
    """
    rerun_after_act()
    # A fragment, so that choosing a state redraws these fields alone, not the page with its charts.
    section("Faire rapport")
    last = m.report
    proposal = proposed(m, scope)
    if m.state == MilestoneState.cancelled:
        st.caption("Ce jalon est annulé : il ne reçoit plus de rapport.")
        return
    # A new proposal of the figure replaces the fields.
    proposes = f"_{proposal.progress}" if proposal else ""
    form = Form(f"report_{m.plan.number}{proposes}")
    form.opens_with(_report_opens_with(m, proposal), report_mark(last))
    with st.container(key="cp_report", width=720):
        if proposal:
            reading(proposal_in_words(proposal, m.plan.ladder))
        _report_fields(m, form)
        with form.row():
            form.button(
                "Enregistrer le rapport",
                lambda session, reader: _report(session, reader, m, _typed(m, form), form.mark),
            )
            if last and m.state != MilestoneState.done:
                form.button(
                    "Inchangé",
                    lambda session, reader: report_unchanged(session, reader, m),
                    field="same",
                    primary=False,
                )
            if can_undo(last, scope.reader, scope.on):
                form.button(
                    "Annuler ce rapport",
                    lambda session, reader: undo_report(
                        session, reader, m.plan.id, current_scope().tree
                    ),
                    field="undo",
                    primary=False,
                    icon=":material/undo:",
                    done="Le rapport est annulé : il ne compte plus.",
                )


def _report_opens_with(m: PlanAt, proposal: Proposal | None) -> dict[str, object]:
    """The last report, with the progress proposed by the figure."""
    last = m.report
    first = MilestoneState.done if _proposed_step(m, proposal) == 100 else m.state
    return {
        "state": first,
        "progress": _first_progress(m, proposal),
        "forecast_end": last.forecast_end if last else m.schedule.end,
        "actual_end": m.actual_end or cached.today(),
        "on": cached.today(),
        "comment": last.comment if last else "",
        "need": last.need if last else "",
    }


def _report_fields(m: PlanAt, form: Form) -> None:
    """With « Terminé » there is no step to choose, and the end of a milestone is a past day, the
    report's own.
    """
    state, step = st.columns(2)
    with state:
        done = _state_field(m, form) == MilestoneState.done
    _remember(*map(form.key, ("progress", "forecast_end", "actual_end", "on")))
    with step:
        _progress_field(m, form, done)
    _day_fields(m, form, done)
    form.field("comment", st.text_area, "Commentaire", max_chars=COMMENT_MAX)
    if m.plan.is_milestone:
        form.field("need", st.text_input, "Ce qu'il nous faut (facultatif)", max_chars=COMMENT_MAX)


def _progress_field(m: PlanAt, form: Form, done: bool) -> None:
    """A step of the ladder, or any percentage if the plan has none."""
    if done and (m.plan.ladder or not m.plan.is_milestone):
        reading("Avancement : 100 %")
    elif m.plan.ladder:
        form.field(
            "progress",
            st.segmented_control,
            "Avancement",
            LADDER,
            format_func=lambda p: f"{p} %",
            required=True,
        )
    elif not m.plan.is_milestone:
        label = "Avancement (%)"
        form.field("progress", st.number_input, label, min_value=0, max_value=100, step=5)


def _day_fields(m: PlanAt, form: Form, done: bool) -> None:
    if not m.plan.is_milestone:
        return day_field(form, "on", "Date du rapport")
    if done:
        return day_field(form, "actual_end", "Fin réelle")
    end, day = st.columns(2)
    with end:
        day_field(form, "forecast_end", "Prévision de fin")
    with day:
        day_field(form, "on", "Date du rapport")


def _state_field(m: PlanAt, form: Form) -> MilestoneState | ProjectState:
    """The state; « Terminé » is preselected if the figure has reached its threshold."""
    states = list(states_of(m.plan.level))
    if m.state == MilestoneState.done and m.plan.is_milestone:
        states.remove(MilestoneState.cancelled)
    return form.field("state", st.selectbox, "État", states, format_func=lambda s: s.label)


def _first_progress(m: PlanAt, proposal: Proposal | None) -> int | None:
    """The progress proposed by the figure, else the last reported one."""
    step = _proposed_step(m, proposal)
    if step is not None:
        return step
    nothing = 0 if m.plan.is_milestone else None
    return m.report.progress if m.report else nothing


def _proposed_step(m: PlanAt, proposal: Proposal | None) -> int | None:
    if proposal is None or m.state == MilestoneState.done:
        return None
    return proposal.progress


def _remember(*keys: str) -> None:
    """Stores the values of fields that this run does not draw."""
    # Streamlit drops the value of a widget that a run does not draw: choosing « Terminé » and back
    # would lose the forecast.
    for key in keys:
        st.session_state[key] = st.session_state[key]


def proposed(m: PlanAt, scope: Scope) -> Proposal | None:
    """Today's value of a tied milestone's figure, for the whole administration."""
    # The figure may have been removed from the catalogue since.
    if m.plan.figure is None or m.plan.figure not in tieable():
        return None
    from_figure = m.plan.figure.split(".")[0]
    return proposal(m.plan, cached.board(scope.whole(), [from_figure])[m.plan.figure])


def proposal_in_words(proposal: Proposal, ladder: bool) -> str:
    """« Ambassadeurs actifs (90 j) : 64 sur 80, soit 80 % : palier proposé 75 %. »"""
    unit = f" {proposal.unit}" if proposal.unit == "%" else ""
    goal = f"{french.number(proposal.threshold)}{unit}"
    if proposal.progress is None:
        return (
            f"« {proposal.label} » (seuil : {goal}) n'a pas de valeur à montrer : rien n'est"
            " proposé, choisissez vous-même."
        )
    share = french.percent(proposal.ratio, 0)
    head = f"{proposal.label} : {french.number(proposal.value)}{unit} sur {goal}, soit {share}"
    if proposal.progress == 100:
        return (
            f"{head} : seuil atteint, l'état « Terminé » est proposé. Confirmez, ou choisissez"
            " autre chose."
        )
    if not ladder:
        return f"{head} : le seuil n'est pas atteint."
    return (
        f"{head} : palier proposé {proposal.progress} %. Confirmez-le, ou choisissez-en un autre."
    )


def _typed(m: PlanAt, form: Form) -> PlanReport:
    done = form.value("state") == MilestoneState.done
    is_milestone = m.plan.is_milestone
    progress = form.value("progress", 0 if is_milestone else None)
    return PlanReport(
        state=form.value("state"),
        progress=100 if done else progress,
        forecast_end=form.value("forecast_end") if is_milestone and not done else None,
        actual_end=form.value("actual_end") if is_milestone and done else None,
        comment=form.value("comment", ""),
        need=form.value("need", ""),
        on=None if is_milestone and done else form.value("on"),
    )


def unchanged(m: PlanAt) -> PlanReport:
    """The last report, repeated."""
    names = ("progress", "forecast_end", "actual_end", "comment", "need")
    return PlanReport(state=m.state, **{name: getattr(m.report, name) for name in names})


def _report(session: Session, reader: Reader, m: PlanAt, report: PlanReport, read: str) -> str:
    report_plan(session, reader, m.plan.id, report, current_scope().tree, read=read)
    return "Le rapport est enregistré."


def report_unchanged(session: Session, reader: Reader, m: PlanAt) -> str:
    """Repeats the report shown on the page."""
    return _report(session, reader, m, unchanged(m), report_mark(m.report))
