"""Checks of the roadmap: calendars, reports, targets, measures, and its publications."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from math import isclose

from sqlalchemy import func, or_
from sqlmodel import Session, select

from dashboard.french import counted
from dashboard.queries.journal import REPORTED
from dashboard.queries.news import Situation
from dashboard.queries.operations.finding import Finding, finding
from dashboard.queries.surveys.results import feeding, pooled, values_for_figure
from dashboard.queries.targets import measure_in_words
from models.facts import live
from models.journal import Change
from models.news import Publication
from models.roadmap import (
    IS_ELEMENT,
    IS_MILESTONE,
    LADDER,
    PST_LEVELS,
    Ambition,
    AmbitionColour,
    Measure,
    MilestoneState,
    Plan,
    PlanReport,
    PlanSchedule,
    Target,
    TargetKind,
    states_of,
)
from models.surveys import Question, Survey


def schedules(session: Session) -> Finding:
    """Each milestone has a calendar; no calendar ends before it starts, or has a negative weight or
    budget.
    """
    calendars = select(PlanSchedule.plan_id).where(live(PlanSchedule, date.max))
    without = session.execute(
        select(Plan).where(IS_MILESTONE, Plan.id.not_in(calendars)).order_by(Plan.position)
    ).scalars()
    odd = session.execute(
        select(Plan, PlanSchedule)
        .join(PlanSchedule, PlanSchedule.plan_id == Plan.id)
        .where(
            live(PlanSchedule, date.max),
            or_(
                PlanSchedule.end < PlanSchedule.start,
                PlanSchedule.weight <= 0,
                PlanSchedule.budget < 0,
                IS_MILESTONE & (PlanSchedule.start.is_(None) | PlanSchedule.end.is_(None)),
            ),
        )
        .order_by(Plan.position, Plan.id)
    ).all()
    missing = select(PlanSchedule.plan_id).where(PlanSchedule.plan_id.not_in(select(Plan.id)))
    wrong = [f"plan {id_} disparu" for id_ in session.execute(missing.distinct()).scalars()]
    wrong += [_named(plan) for plan in without]
    wrong += [f"{_named(plan)}, calendrier du {fact.on:%d/%m/%Y}" for plan, fact in odd]
    return finding(
        "calendriers des plans",
        wrong,
        "complets",
        "plan ou calendrier n'est pas possible",
        "plans ou calendriers ne sont pas possibles",
    )


def _named(plan: Plan) -> str:
    return f"{'jalon' if plan.is_milestone else 'projet'} {plan.number}"


def reports(session: Session) -> Finding:
    """A report is consistent: done is 100 %, progress is a step of the ladder, only a done plan has
    an actual end. A report that only voids another has no values.
    """
    rows = session.execute(
        select(Plan, PlanReport)
        .join(PlanReport, PlanReport.plan_id == Plan.id)
        .where(live(PlanReport, date.max), PlanReport.voids.is_(None))
    ).all()
    wrong = [
        f"{_named(plan)}, rapport du {report.on:%d/%m/%Y}"
        for plan, report in rows
        if _contradicts(plan, report)
    ]
    return finding(
        "rapports des plans",
        wrong,
        counted(len(rows), "rapport"),
        "rapport se contredit",
        "rapports se contredisent",
    )


def _contradicts(plan: Plan, report: PlanReport) -> bool:
    is_done = report.state == MilestoneState.done
    end, progress = report.actual_end, report.progress
    if plan.is_milestone:
        is_possible = progress in LADDER
        is_early = plan.ladder and not is_done and progress == _WHOLE
    else:
        is_possible = progress is None or 0 <= progress <= _WHOLE
        is_early = False
    return (
        report.state not in list(states_of(plan.level))
        or not is_possible
        or is_early
        or (is_done and progress not in ((_WHOLE,) if plan.is_milestone else (None, _WHOLE)))
        or (end is not None and (not is_done or end > report.on))
    )


_WHOLE = 100


def reports_of_journal(session: Session) -> Finding:
    """Every report in the journal exists."""
    stored = Counter(
        (record, on)
        for record, on in session.execute(
            select(Change.record, Change.on).where(Change.subject == REPORTED)
        )
    )
    stored_reports = dict.fromkeys(stored, 0)
    rows = session.execute(
        select(Plan.number, PlanReport.recorded_on, func.count())
        .join(PlanReport, PlanReport.plan_id == Plan.id)
        .where(PlanReport.voids.is_(None))
        .group_by(Plan.number, PlanReport.recorded_on)
    ).all()
    for number, on, n in rows:
        stored_reports[number, on] = n
    wrong = [
        f"jalon {number}, rapport du {on:%d/%m/%Y}"
        for (number, on), n in sorted(stored.items())
        if stored_reports[number, on] < n
    ]
    return finding(
        "rapports du journal",
        wrong,
        counted(stored.total(), "rapport"),
        "rapport a disparu",
        "rapports ont disparu",
    )


def projects(session: Session) -> Finding:
    """The elements of the PST form a tree, each below one of the next higher level. Ambitions have
    a colour of the set.
    """
    known = session.execute(select(Plan).where(IS_ELEMENT).order_by(Plan.id)).scalars().all()
    by_id = {plan.id: plan for plan in known}
    faults = {plan.number: _fault_of_place(plan, by_id) for plan in known}
    wrong = [f"projet {number}, {fault}" for number, fault in faults.items() if fault]
    colours = select(Ambition).where(Ambition.colour.not_in(["", *map(str, AmbitionColour)]))
    wrong += [
        f"ambition {ambition.code}, couleur « {ambition.colour} »"
        for ambition in session.execute(colours).scalars()
    ]
    return finding(
        "projets et ambitions",
        wrong,
        counted(len(known), "projet"),
        "projet ou couleur n'est pas possible",
        "projets ou couleurs ne sont pas possibles",
    )


def _fault_of_place(plan: Plan, known: Mapping[int, Plan]) -> str:
    """The fault of an element's level or parent; empty if there is none."""
    if plan.level not in PST_LEVELS:
        return f"niveau « {plan.level} »"
    above: set[int] = set()
    parent = known.get(plan.parent_id)
    while parent is not None and parent.id not in above:
        above.add(parent.id)
        parent = known.get(parent.parent_id)
    if parent is not None:
        return "sous lui-même"
    if plan.parent_id is None:
        return ""
    parent = known.get(plan.parent_id)
    place = PST_LEVELS.index(plan.level)
    is_one_below = place > 0 and parent is not None and parent.level == PST_LEVELS[place - 1]
    return "" if is_one_below else "sous un projet d'un autre niveau"


def targets(session: Session) -> Finding:
    """No two targets decided on one day contradict each other for a figure and date; a range goes
    from low to high. A withdrawal is not a target.
    """
    rows = session.execute(
        select(
            Target.figure, Target.for_date, Target.on, Target.kind, Target.value, Target.upper
        ).where(live(Target, date.max), Target.kind != str(TargetKind.follow))
    ).all()
    decided = Counter((row.figure, row.for_date, row.on) for row in rows)
    kinds: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        kinds[row.figure].add(row.kind)
    wrong = [
        *(f"{figure} au {day:%d/%m/%Y}" for (figure, day, _), n in decided.items() if n > 1),
        *(f"{figure}, de deux genres" for figure, found in kinds.items() if len(found) > 1),
        *(f"{row.figure} au {row.for_date:%d/%m/%Y}" for row in rows if _is_empty(row)),
    ]
    return finding(
        "cibles",
        wrong,
        counted(len(rows), "cible"),
        "cible en recouvre ou en contredit une autre",
        "cibles se recouvrent ou se contredisent",
    )


def _is_empty(target) -> bool:
    upper = target.upper or target.value
    return target.kind == TargetKind.range and not 0 < target.value <= upper


# ── Measures ──────────────────────────────────────────────────────────────────────────────────────


def measures(session: Session) -> Finding:
    """A measure has the values that the journal recorded, else those of its survey's answers."""
    found = session.execute(
        select(Measure).where(live(Measure, date.max)).order_by(Measure.id)
    ).scalars()
    in_force = [measure for measure in found if measure.source or not measure.voids]
    agrees = _second_source(session)
    wrong = [
        f"{measure.figure} au {measure.on:%d/%m/%Y}" for measure in in_force if not agrees(measure)
    ]
    return finding(
        "relevés",
        wrong,
        counted(len(in_force), "relevé"),
        "relevé ne dit pas ce qui a été encodé",
        "relevés ne disent pas ce qui a été encodé",
    )


def _second_source(session: Session) -> Callable[[Measure], bool]:
    """A function: whether a measure agrees with the journal or its survey."""
    journal: dict[tuple[str, str], set[str | None]] = defaultdict(set)
    lines = session.execute(
        select(Change.record, Change.field, Change.after).where(Change.subject == "relevé")
    )
    for code, day, after in lines:
        journal[code, day].add(after)
    waves: dict[tuple[str, date], list[tuple[Question, Survey]]] = {}

    def of_waves(code: str, on: date) -> tuple[float, int] | None:
        """The value of the waves of that day together."""
        if (code, on) not in waves:
            waves[code, on] = feeding(session, code, on)
        can_be_read = [wave for wave in waves[code, on] if _labels(wave[0].choices) is not None]
        return pooled(values_for_figure(session, *wave, code) for wave in can_be_read).get(None)

    def agrees(measure: Measure) -> bool:
        if (stored := journal.get((measure.figure, f"{measure.on}"))) is not None:
            return measure_in_words(measure) in stored
        answered = (
            None if measure.direction_id is not None else of_waves(measure.figure, measure.on)
        )
        return answered is None or (
            isclose(answered[0], measure.value) and answered[1] == measure.n
        )

    return agrees


# ── Texts stored as JSON ──────────────────────────────────────────────────────────────────────────


def texts(session: Session) -> Finding:
    """Texts stored as JSON can still be read: publications, choices of questions."""
    published = session.execute(
        select(Publication.id, Publication.on, Publication.content).order_by(Publication.id)
    ).all()
    questions = session.execute(
        select(Question.id, Question.code, Survey.title, Question.choices)
        .join(Survey, Survey.id == Question.survey_id)
        .order_by(Question.id)
    ).all()
    wrong = [
        f"publication {id_} du {on:%d/%m/%Y}"
        for id_, on, content in published
        if Situation.read(content) is None
    ]
    wrong += [
        f"question {code} ({id_}) de « {title} »"
        for id_, code, title, choices in questions
        if _labels(choices) is None
    ]
    return finding(
        "publications et questions",
        wrong,
        counted(len(published) + len(questions), "texte lisible", "textes lisibles"),
        "texte ne se lit plus",
        "textes ne se lisent plus",
    )


def _labels(choices: str) -> list[str] | None:
    """The labels of a question; None if they cannot be read."""
    with suppress(ValueError):
        found = json.loads(choices)
        if isinstance(found, list) and all(isinstance(label, str) for label in found):
            return found
    return None
