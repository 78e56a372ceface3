"""Blocks of one milestone: facts, status and its rule, trend, states and reports."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import streamlit as st

from dashboard import cached, french, theme
from dashboard.access import may
from dashboard.charts import roadmap as charts
from dashboard.charts.plots import Chart
from dashboard.figures.forecast import Forecast, announcements
from dashboard.figures.workstreams import of_workstream
from dashboard.formulas import Verdict, slip
from dashboard.queries.meetings.calendars import in_words, missed
from dashboard.queries.people.readers import job_titles_of
from dashboard.queries.roadmap import PlanAt
from dashboard.queries.waits import Awaited, awaited_by, waiting_for
from dashboard.scope import Scope
from dashboard.ui.charts import files_of, show
from dashboard.ui.components import caption, draw, section
from dashboard.ui.tables import table
from dashboard.visit.navigation import address
from models.database import fetch
from models.roadmap import PlanReport, PlanSchedule, states_of

_TIMES = {
    1: "une fois",
    2: "deux fois",
    3: "trois fois",
    4: "quatre fois",
    5: "cinq fois",
    6: "six fois",
}


def status(verdict: Verdict) -> None:
    """The status and its rule in words."""
    draw("roadmap/status.html", status=theme.STATUSES[str(verdict.health)], rule=verdict.rule)


def facts(m: PlanAt, scope: Scope) -> None:
    """Dates, weight and its shares, owner, rule of progress, probable end, coverage of the
    workstream.
    """
    draw(
        "roadmap/milestone_facts.html",
        facts=[(term, text) for term, text in _facts(m, scope) if text],
    )


def _facts(m: PlanAt, scope: Scope) -> list[tuple[str, str]]:
    counted = [other for other in cached.milestones(scope.on, scope.asked) if other.is_counted]
    stream = of_workstream(counted, m.plan.workstream_id)
    end = cached.forecasts_at(scope.on, scope.asked).milestones.get(m.plan.id)
    return [
        ("Chantier", _workstream(m, stream)),
        ("Début", french.day(m.schedule.start)),
        ("Échéance", _due(m)),
        ("Fin réelle" if m.actual_end else "Prévision", _end(m)),
        ("Date probable, date prudente", _forecast(end)),
        ("Poids", _weight(m, stream, counted)),
        ("Critique", "oui" if m.schedule.critical else "non"),
        (
            "Avancement",
            f"{french.percent(100 * m.progress, 0)}, "
            + ("par paliers de 25 %" if m.plan.ladder else "compté 0 ou 100 %"),
        ),
        ("Ce qu'il nous faut", m.report.need if m.report and reads_needs(scope) else ""),
    ]


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


def _due(m: PlanAt) -> str:
    due = french.day(m.schedule.end)
    if m.first.end == m.schedule.end:
        return due
    return f"{due} (initiale : {french.day(m.first.end)})"


def _end(m: PlanAt) -> str:
    """The actual or announced end, with its slip."""
    end = m.actual_end or (m.report.forecast_end if m.report else None)
    if not end:
        return "–"
    days = slip(m.facts())
    if days is None:
        return french.day(end)
    return f"{french.day(end)} ({french.signed(days, 'jour', 0)})"


def _forecast(end: Forecast | None) -> str:
    if end is None:
        return ""
    if end.probable is None:
        return french.UNKNOWN
    return f"{french.day(end.probable)}, {french.day(end.prudent)}"


def reads_needs(scope: Scope) -> bool:
    """Whether the reader sees the needs of owners: only the steering roles do; comments are
    public.
    """
    return may(scope.reader, "page.cockpit")


def _weight(m: PlanAt, stream: Sequence[PlanAt], all_counted: Sequence[PlanAt]) -> str:
    message = french.number(m.schedule.weight)
    if not m.is_counted:
        return f"{message} (hors du calcul : jalon annulé)"
    return (
        f"{message} ({_share_of(m, stream)} du chantier,"
        f" {_share_of(m, all_counted)} de la feuille de route)"
    )


def _share_of(m: PlanAt, group: Sequence[PlanAt]) -> str:
    total = sum(other.schedule.weight for other in group)
    return french.percent(100 * m.schedule.weight / total)


# --- the trend ------------------------------------------------------------------------------------


def trend(m: PlanAt, scope: Scope) -> None:
    """The milestone trend chart, or a sentence before the first announced date."""
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
    curves = charts.announced(
        _due_from(calendar, from_day),
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


def _due_from(calendar: Sequence[PlanSchedule], day: date) -> list[tuple[date, date]]:
    """The due date as a step per revision, not drawn before the first report."""
    return [
        (max(s.on, day), s.end)
        for i, s in enumerate(calendar)
        if i + 1 == len(calendar) or calendar[i + 1].on > day
    ]


def trend_in_words(m: PlanAt, scope: Scope) -> str:
    """« La date annoncée a reculé deux fois, du 31/12/2022 au 30/09/2023. »"""
    ends = [end for _, end in announcements(cached.roadmap(scope.asked), m, scope.on).dates]
    message = _announced_moves(ends)
    if m.actual_end is None:
        return f"{message}."
    late = _beside_due(m.actual_end, m.schedule.end)
    return f"{message} ; jalon atteint le {french.day(m.actual_end)}, {late}."


def _announced_moves(ends: Sequence[date]) -> str:
    pairs = list(pairwise(ends))
    if not pairs:
        return f"La date annoncée n'a pas bougé : {french.day(ends[-1])}"
    delays = sum(after > before for before, after in pairs)
    advances = sum(after < before for before, after in pairs)
    verbs = []
    if delays:
        verbs.append(f"a reculé {_times(delays)}")
    if advances:
        verbs.append(f"a avancé {_times(advances)}")
    first = french.day(ends[0])
    last = french.day(ends[-1])
    return f"La date annoncée {' et '.join(verbs)}, du {first} au {last}"


def _beside_due(end: date, due: date) -> str:
    """« 12 jours après l'échéance »."""
    gap = (end - due).days
    if gap == 0:
        return "à l'échéance"
    side = "après" if gap > 0 else "avant"
    return f"{french.counted(abs(gap), 'jour')} {side} l'échéance"


def _times(n: int) -> str:
    return _TIMES.get(n, f"{n} fois")


# --- reports --------------------------------------------------------------------------------------


def reports(m: PlanAt, scope: Scope) -> None:
    """The successive states of the milestone, then its reports, newest first."""
    past_reports = cached.roadmap().reports.at(m.plan.id, scope.on)
    section("Rapports", _states(past_reports, m))
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
    if reads_needs(scope) and m.plan.is_milestone:
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


def _states(past_reports: Sequence[PlanReport], m: PlanAt) -> str:
    states = states_of(m.plan.level)
    steps = [
        (r.on, states(r.state).label)
        for i, r in enumerate(past_reports)
        if not i or past_reports[i - 1].state != r.state
    ]
    if not steps:
        return ""
    message = " → ".join(f"{label} (rapport du {french.day(on)})" for on, label in steps)
    return f"États : {message}."


def revision_table(lines: Sequence[tuple[date, PlanAt, str, str]]) -> None:
    """The revisions of this milestone, newest first; draws nothing if there are none."""
    if lines:
        section("Révisions du calendrier")
        table(
            ("Le", "Ce qui change", "Raison"),
            [(french.day(day), what, why) for day, _, what, why in reversed(lines)],
            "Révisions du calendrier",
        )
