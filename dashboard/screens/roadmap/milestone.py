"""Blocks of one milestone: facts, status and its rule, trend, states and reports."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import streamlit as st
from sqlmodel import Session

from dashboard import cached, french, theme
from dashboard.access import Reader, may
from dashboard.actions.roadmap.records import can_undo
from dashboard.actions.roadmap.reports import COMMENT_MAX, report_mark, report_plan, undo_report
from dashboard.charts import roadmap as charts
from dashboard.charts.plots import Chart
from dashboard.figures.forecast import Proposal, announcements, proposal, tieable
from dashboard.figures.workstreams import health_of, of_workstream
from dashboard.formulas import slip
from dashboard.queries.meetings.agenda import in_words, missed
from dashboard.queries.people.readers import job_titles_of
from dashboard.queries.roadmap import PlanAt, is_over
from dashboard.queries.waits import Awaited, awaited_by, waiting_for
from dashboard.scope import Scope
from dashboard.screens.roadmap.calendar import day_field
from dashboard.ui.charts import files_of, show
from dashboard.ui.components import caption, draw, explanation, section
from dashboard.ui.forms import Form, rerun_after_act
from dashboard.ui.tables import table
from dashboard.visit.navigation import address, current_scope
from models.database import fetch
from models.roadmap import LADDER, MilestoneState, PlanReport, states_of


def status(m: PlanAt, scope: Scope) -> None:
    """The status and its rule in words."""
    verdict = health_of(m, scope.on)
    draw("roadmap/status.html", status=theme.STATUSES[str(verdict.health)], rule=verdict.rule)


def facts(m: PlanAt, scope: Scope) -> None:
    """Dates, weight and its shares, owner, rule of progress, probable end, coverage of the
    workstream.
    """
    counted = [other for other in cached.milestones(scope.on, scope.asked) if other.is_counted]
    stream = of_workstream(counted, m.plan.workstream_id)
    end = cached.forecasts_at(scope.on, scope.asked).milestones.get(m.plan.id)
    share = "hors du calcul : jalon annulé"
    if m.is_counted:
        share = (
            f"{_share_of(m, stream)} du chantier, {_share_of(m, counted)} de la feuille de route"
        )
    due, forecast = french.day(m.schedule.end), ""
    if m.first.end != m.schedule.end:
        due += f" (initiale : {french.day(m.first.end)})"
    if end:
        # Both are « n.d. » or neither.
        forecast = ", ".join(dict.fromkeys((french.day(end.probable), french.day(end.prudent))))
    facts = [
        ("Chantier", _workstream(m, stream)),
        ("Début", french.day(m.schedule.start)),
        ("Échéance", due),
        ("Fin réelle" if m.actual_end else "Prévision", _end(m)),
        ("Date probable, date prudente", forecast),
        ("Poids", f"{french.number(m.schedule.weight)} ({share})"),
        ("Critique", "oui" if m.schedule.critical else "non"),
        (
            "Avancement",
            f"{french.percent(100 * m.progress, 0)}, "
            + ("par paliers de 25 %" if m.plan.ladder else "compté 0 ou 100 %"),
        ),
        # Only the steering roles see the needs of owners; comments are public.
        (
            "Ce qu'il nous faut",
            m.report.need if m.report and may(scope.reader, "page.cockpit") else "",
        ),
    ]
    draw("roadmap/milestone_facts.html", facts=[(term, text) for term, text in facts if text])


def waits(m: PlanAt, scope: Scope) -> None:
    """Its dependencies and its dependents, each with the expected date; draws nothing if there
    are neither.
    """
    milestones = cached.every_milestone(scope.on)
    dependencies = [
        _linked(awaited_milestone, _awaited_in_words(awaited_milestone, m), scope)
        for awaited_milestone in awaited_by(m, milestones, scope.on)
    ]
    dependents = [
        _linked(awaited_milestone, _waiting_in_words(awaited_milestone), scope)
        for awaited_milestone in waiting_for(m, milestones, scope.on)
    ]
    groups = [("Dépend de", dependencies), ("Jalons qui en dépendent", dependents)]
    if dependencies or dependents:
        section("Dépendances")
        draw("roadmap/waits.html", groups=[(title, lines) for title, lines in groups if lines])


def _linked(awaited: Awaited, words: str, scope: Scope) -> dict:
    """A linked milestone and its date; `is_late` if the two calendars contradict each other."""
    other = awaited.other.plan
    return {
        "title": f"{other.number} — {other.title}",
        "href": address("feuille-de-route", scope, jalon=other.number),
        "words": words,
        "is_late": awaited.is_late,
    }


def _awaited_in_words(awaited: Awaited, m: PlanAt) -> str:
    end = french.day(awaited.ends_on)
    if awaited.is_over:
        return f"{awaited.other.state.label.lower()} le {end}"
    if awaited.is_late:
        return f"attendu le {end}, après l'échéance de ce jalon ({french.day(m.schedule.end)})"
    return f"attendu le {end}"


def _waiting_in_words(dependent: Awaited) -> str:
    due = f"échéance {french.day(dependent.other.schedule.end)}"
    if dependent.is_late:
        return f"{due}, avant la fin attendue de ce jalon ({french.day(dependent.ends_on)})"
    return due


def _workstream(m: PlanAt, stream: Sequence[PlanAt]) -> str:
    """« 2. Guichets (4 jalons sur 6 ont un rapport) »."""
    names = {w.id: w.short_name for w in cached.roadmap().workstreams}
    name = names.get(m.plan.workstream_id, "")
    reported = sum(other.report is not None for other in stream)
    return f"{m.plan.workstream_id}. {name} ({reported} jalons sur {len(stream)} ont un rapport)"


def _end(m: PlanAt) -> str:
    """The actual or announced end, with its slip."""
    end = m.actual_end or (m.report.forecast_end if m.report else None)
    if not end:
        return "–"
    days = slip(m.facts())
    beside = "" if days is None else f" ({french.signed(days, 'jour', 0)})"
    return f"{french.day(end)}{beside}"


def _share_of(m: PlanAt, group: Sequence[PlanAt]) -> str:
    total = sum(other.schedule.weight for other in group)
    return french.percent(100 * m.schedule.weight / total)


# --- the trend ------------------------------------------------------------------------------------


def trend(scope: Scope, of: dict[str, str]) -> None:
    """The trend of one milestone's announced date, or a sentence before the first one."""
    m = cached.roadmap().one(of[ASKED], scope.on)
    if chart := _trend(m, scope):
        return show(chart, scope, files=TREND_FILES, asked={ASKED: m.plan.number}, level=2)
    caption(
        "Pas encore de prévision : la courbe des dates annoncées commence avec le premier rapport."
    )


def _trend_of(scope: Scope, jalon: str) -> Chart | None:
    m = cached.roadmap().one(jalon, scope.on)
    return _trend(m, scope.looking_at(m.programme)) if m else None


ASKED = "jalon"  # parameter of the address
TREND_FILES = files_of("tendance", "page.everyone", _trend_of, asks=(ASKED,))


def _trend(m: PlanAt, scope: Scope) -> Chart | None:
    """The announced end, report by report, against the calendar and its revisions."""
    reports = [r for r in cached.roadmap().reports.at(m.plan.id, scope.on) if r.forecast_end]
    calendar = cached.roadmap().schedules.at(m.plan.id, scope.on)
    from_day = min([m.schedule.start, *(r.on for r in reports[:1])])
    if (not reports and m.actual_end is None) or from_day > scope.on:
        return None
    due_from = [
        (max(s.on, from_day), s.end)
        for i, s in enumerate(calendar)
        if i + 1 == len(calendar) or calendar[i + 1].on > from_day
    ]
    curves = charts.announced(
        due_from,
        [(r.on, r.forecast_end) for r in reports],
        m.actual_end,
        scope.on,
    )
    title = trend_in_words(m, scope)
    return Chart(
        "tendance",
        title,
        "Quand la ligne monte, la date prévue s'éloigne ; sur la diagonale, le jalon est atteint.",
        f"Dates annoncées du jalon {m.plan.number}. {title}",
        charts.trend(curves),
        ("Au", "Courbe", "Date annoncée"),
        [(on, name, end) for name, points in curves.items() for on, end in points],
    )


def trend_in_words(m: PlanAt, scope: Scope) -> str:
    """« La date annoncée a changé 2 fois, du 31/12/2022 au 30/09/2023. »"""
    ends = [end for _, end in announcements(cached.roadmap(scope.asked), m, scope.on).dates]
    moves = sum(after != before for before, after in pairwise(ends))
    message = f"La date annoncée n'a pas bougé : {french.day(ends[-1])}"
    if moves:
        first, last = french.day(ends[0]), french.day(ends[-1])
        message = f"La date annoncée a changé {moves} fois, du {first} au {last}"
    return f"{message} ; jalon atteint le {_end(m)}." if m.actual_end else f"{message}."


# --- reports --------------------------------------------------------------------------------------


def reports(m: PlanAt, scope: Scope) -> None:
    """The successive states of the milestone, then its reports, newest first."""
    past_reports = cached.roadmap().reports.at(m.plan.id, scope.on)
    section("Rapports")
    if not past_reports:
        st.caption("Aucun rapport encore.")
        return
    functions = fetch(job_titles_of, [r.by for r in past_reports])
    headings = ["Date", "Par", "État", "Avancement", "Fin réelle ou prévue", "Commentaire"]
    rows = [_report_row(r, m, functions.get(r.by, "–")) for r in reversed(past_reports)]
    closings = cached.closings(scope.on)
    closing_notes = [in_words(missed(closings, r.recorded_on)) for r in reversed(past_reports)]
    # Closing days concern only the reporters of milestones.
    if m.plan.is_milestone and any(closing_notes):
        headings.append("Clôture")
        rows = [(*row, message) for row, message in zip(rows, closing_notes, strict=True)]
    if may(scope.reader, "page.cockpit") and m.plan.is_milestone:
        headings.append("Ce qu'il nous faut")
        rows = [(*row, r.need) for row, r in zip(rows, reversed(past_reports), strict=True)]
    # A project has no forecast, a plan without steps no progress: hide empty columns.
    shown = [n for n in range(len(headings)) if any(row[n] not in ("", "–") for row in rows)]
    lines = [[row[n] for n in shown] for row in rows]
    table([headings[n] for n in shown], lines, "Rapports")


def _report_row(r: PlanReport, m: PlanAt, by: str) -> tuple[str, ...]:
    end = r.actual_end or r.forecast_end
    typed = "" if r.recorded_on == r.on else f" (encodé le {french.day(r.recorded_on)})"
    return (
        f"{french.day(r.on)}{typed}",
        by,
        states_of(m.plan.level)(r.state).label.replace(" ", french.NO_BREAK),
        french.percent(r.progress, 0) if m.plan.ladder or not m.plan.is_milestone else "–",
        french.day(end) if end else "–",
        r.comment,
    )


def revision_table(lines: Sequence[tuple[date, PlanAt, str, str]]) -> None:
    """The revisions of this milestone, newest first; draws nothing if there are none."""
    if lines:
        section("Révisions du calendrier")
        table(
            ("Le", "Ce qui change", "Raison"),
            [(french.day(day), what, why) for day, _, what, why in reversed(lines)],
            "Révisions du calendrier",
        )


_REPORTED = "Le rapport est enregistré."


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
    """Its fields filled in with the last report, and « inchangé » in one click."""
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
            explanation(proposal_in_words(proposal, m.plan.ladder))
        _report_fields(m, form)
        with form.row():
            form.button(
                "Enregistrer le rapport",
                lambda session, reader: report_plan(
                    session,
                    reader,
                    m.plan.id,
                    _typed(m, form),
                    current_scope().tree,
                    read=form.mark,
                ),
                done=_REPORTED,
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
    is_reached = proposal is not None and proposal.progress == 100
    return {
        "state": MilestoneState.done if is_reached else m.state,
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
        states = list(states_of(m.plan.level))
        if m.state == MilestoneState.done and m.plan.is_milestone:
            states.remove(MilestoneState.cancelled)
        state_field = form.field(
            "state", st.selectbox, "État", states, format_func=lambda s: s.label
        )
        done = state_field == MilestoneState.done
    # Streamlit drops the value of a widget that a run does not draw: choosing « Terminé » and back
    # would lose the forecast.
    for key in map(form.key, ("progress", "forecast_end", "actual_end", "on")):
        st.session_state[key] = st.session_state[key]
    with step:
        _progress_field(m, form, done)
    _day_fields(m, form, done)
    form.field("comment", st.text_area, "Commentaire", max_chars=COMMENT_MAX)
    if m.plan.is_milestone:
        form.field("need", st.text_input, "Ce qu'il nous faut (facultatif)", max_chars=COMMENT_MAX)


def _progress_field(m: PlanAt, form: Form, done: bool) -> None:
    """A step of the ladder, or any percentage if the plan has none."""
    if done and (m.plan.ladder or not m.plan.is_milestone):
        explanation("Avancement : 100 %")
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


def _first_progress(m: PlanAt, proposal: Proposal | None) -> int | None:
    """The progress proposed by the figure, else the last reported one."""
    if proposal and proposal.progress is not None and m.state != MilestoneState.done:
        return proposal.progress
    nothing = 0 if m.plan.is_milestone else None
    return m.report.progress if m.report else nothing


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


def report_unchanged(session: Session, reader: Reader, m: PlanAt) -> str:
    """Repeats the report shown on the page."""
    names = ("progress", "forecast_end", "actual_end", "comment", "need")
    report = PlanReport(state=m.state, **{name: getattr(m.report, name) for name in names})
    mark = report_mark(m.report)
    report_plan(session, reader, m.plan.id, report, current_scope().tree, read=mark)
    return _REPORTED
