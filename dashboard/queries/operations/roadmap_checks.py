"""Checks of the roadmap: calendars, reports, targets, measures, and what was made public of it."""

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
from dashboard.queries.surveys.results import feeding, pooled, said_for
from dashboard.queries.targets import measure_in_words
from models.facts import live
from models.keeping import Change
from models.news import Publication
from models.roadmap import (
    LADDER,
    Ambition,
    AmbitionColour,
    Measure,
    Milestone,
    MilestoneReport,
    MilestoneState,
    Project,
    ProjectLevel,
    ProjectPlan,
    ProjectReport,
    ProjectState,
    Rebaseline,
    Target,
    TargetKind,
)
from models.surveys import Question, Survey


def schedules(session: Session) -> Finding:
    """Each milestone has a calendar, with a weight, that does not end before it starts."""
    known = select(Rebaseline.milestone_id).where(live(Rebaseline, date.max))
    without = select(Milestone.number).where(Milestone.id.not_in(known))
    odd = (
        select(Milestone.number)
        .join(Rebaseline, Rebaseline.milestone_id == Milestone.id)
        .where(
            live(Rebaseline, date.max),
            or_(Rebaseline.end < Rebaseline.start, Rebaseline.weight <= 0),
        )
        .order_by(Milestone.position)
    )
    wrong = [
        f"jalon {number}"
        for statement in (without, odd)
        for number in session.execute(statement).scalars()
    ]
    return finding(
        "calendriers des jalons",
        wrong,
        "complets",
        "jalon ou calendrier est sans dates ou sans poids",
        "jalons ou calendriers sont sans dates ou sans poids",
    )


def reports(session: Session) -> Finding:
    """What a report says agrees with itself: done is 100 %, a step is one of the
    ladder, an actual end belongs to what is done. What only undoes a report says
    nothing.
    """
    rows = session.execute(
        select(
            Milestone.number,
            MilestoneReport.state,
            MilestoneReport.progress,
            MilestoneReport.actual_end,
            MilestoneReport.on,
            Milestone.ladder,
        )
        .join(Milestone, Milestone.id == MilestoneReport.milestone_id)
        .where(live(MilestoneReport, date.max), MilestoneReport.voids.is_(None))
    ).all()
    wrong = [
        f"jalon {number}, rapport du {stored[3]:%d/%m/%Y}"
        for number, *stored in rows
        if _contradicts(*stored)
    ]
    return finding(
        "rapports des jalons",
        wrong,
        counted(len(rows), "rapport"),
        "rapport se contredit",
        "rapports se contredisent",
    )


def _contradicts(
    state: str, progress: int, actual_end: date | None, on: date, ladder: bool
) -> bool:
    is_done = state == MilestoneState.done
    return (
        state not in list(MilestoneState)
        or progress not in LADDER
        or (is_done and progress != 100)
        or (ladder and not is_done and progress == 100)
        or (actual_end is not None and (not is_done or actual_end > on))
    )


def reports_kept(session: Session) -> Finding:
    """Every report that the journal tells of is there."""
    stored = Counter(
        (record, on)
        for record, on in session.execute(
            select(Change.record, Change.on).where(Change.subject == REPORTED)
        )
    )
    there = dict.fromkeys(stored, 0)
    rows = session.execute(
        select(Milestone.number, MilestoneReport.recorded_on, func.count())
        .join(MilestoneReport, MilestoneReport.milestone_id == Milestone.id)
        .where(MilestoneReport.voids.is_(None))
        .group_by(Milestone.number, MilestoneReport.recorded_on)
    ).all()
    for number, on, n in rows:
        there[number, on] = n
    wrong = [
        f"jalon {number}, rapport du {on:%d/%m/%Y}"
        for (number, on), n in sorted(stored.items())
        if there[number, on] < n
    ]
    return finding(
        "rapports du journal",
        wrong,
        counted(stored.total(), "rapport"),
        "rapport a disparu",
        "rapports ont disparu",
    )


def projects(session: Session) -> Finding:
    """The projects of the PST stand in a tree, each below one of the level above;
    plans and reports are of one that is there, and say what can be. Ambitions have a
    colour of the set.
    """
    known = session.execute(select(Project).order_by(Project.id)).scalars().all()
    codes = {project.id: project.code for project in known}
    by_id = {project.id: project for project in known}
    wrong = [
        f"projet {project.code}, {fault}"
        for project in known
        if (fault := _fault_of_place(project, by_id))
    ]
    for table, stored, fault_of in (
        (ProjectPlan, "plan", _fault_of_plan),
        (ProjectReport, "rapport", _fault_of_report),
    ):
        for fact in session.execute(select(table).where(live(table, date.max))).scalars():
            fault = "projet disparu" if fact.project_id not in codes else fault_of(fact)
            if fault:
                project = codes.get(fact.project_id, fact.project_id)
                wrong.append(f"projet {project}, {stored} du {fact.on:%d/%m/%Y} ({fault})")
    colours = select(Ambition).where(Ambition.colour.not_in(["", *map(str, AmbitionColour)]))
    wrong += [
        f"ambition {ambition.code}, couleur « {ambition.colour} »"
        for ambition in session.execute(colours).scalars()
    ]
    return finding(
        "projets et ambitions",
        wrong,
        counted(len(known), "projet"),
        "projet, plan, rapport ou couleur n'est pas possible",
        "projets, plans, rapports ou couleurs ne sont pas possibles",
    )


_LEVELS = list(ProjectLevel)
_WHOLE = 100


def _fault_of_place(project: Project, known: Mapping[int, Project]) -> str:
    """What is wrong with the level of a project, or with where it stands."""
    if project.level not in _LEVELS:
        return f"niveau « {project.level} »"
    above: set[int] = set()
    parent = known.get(project.parent_id)
    while parent is not None and parent.id not in above:
        above.add(parent.id)
        parent = known.get(parent.parent_id)
    if parent is not None:
        return "sous lui-même"
    if project.parent_id is None:
        return ""
    parent = known.get(project.parent_id)
    place = _LEVELS.index(project.level)
    is_one_below = place > 0 and parent is not None and parent.level == _LEVELS[place - 1]
    return "" if is_one_below else "sous un projet d'un autre niveau"


def _fault_of_plan(plan: ProjectPlan) -> str:
    if plan.start and plan.end and plan.end < plan.start:
        return "fin avant le début"
    return "budget négatif" if (plan.budget or 0) < 0 else ""


def _fault_of_report(report: ProjectReport) -> str:
    # What only undoes a report has no state.
    if report.voids and not report.state:
        return ""
    if report.state not in list(ProjectState):
        return f"état « {report.state} »"
    if report.progress is not None and not 0 <= report.progress <= _WHOLE:
        return f"avancement {report.progress} %"
    is_early = report.state == ProjectState.done and report.progress not in (None, _WHOLE)
    return "terminé sans être à 100 %" if is_early else ""


def targets(session: Session) -> Finding:
    """No two targets decided on one day say different things of one figure and date;
    a range goes from low to high. A withdrawal is no target.
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
    """A measure says what the journal wrote when it was recorded, else what the
    answers of its survey give.
    """
    found = session.execute(
        select(Measure).where(live(Measure, date.max)).order_by(Measure.id)
    ).scalars()
    standing = [one for one in found if one.source or not one.voids]
    agrees = _second_source(session)
    wrong = [f"{one.figure} au {one.on:%d/%m/%Y}" for one in standing if not agrees(one)]
    return finding(
        "relevés",
        wrong,
        counted(len(standing), "relevé"),
        "relevé ne dit pas ce qui a été encodé",
        "relevés ne disent pas ce qui a été encodé",
    )


def _second_source(session: Session) -> Callable[[Measure], bool]:
    """Whether a measure agrees with what else is known of it."""
    journal: dict[tuple[str, str], set[str | None]] = defaultdict(set)
    lines = session.execute(
        select(Change.record, Change.field, Change.after).where(Change.subject == "relevé")
    )
    for code, day, after in lines:
        journal[code, day].add(after)
    asked: dict[tuple[str, date], list[tuple[Question, Survey]]] = {}

    def of_waves(code: str, on: date) -> tuple[float, int] | None:
        """What the waves of that day say together."""
        if (code, on) not in asked:
            asked[code, on] = feeding(session, code, on)
        can_be_read = [one for one in asked[code, on] if _labels(one[0].choices) is not None]
        return pooled(said_for(session, *one, code) for one in can_be_read).get(None)

    def agrees(one: Measure) -> bool:
        if (stored := journal.get((one.figure, f"{one.on}"))) is not None:
            return measure_in_words(one) in stored
        answered = None if one.direction_id is not None else of_waves(one.figure, one.on)
        return answered is None or (isclose(answered[0], one.value) and answered[1] == one.n)

    return agrees


# ── What is kept as one text ──────────────────────────────────────────────────────────────────────


def texts(session: Session) -> Finding:
    """What is kept as one text and read back as several things can still be read:
    what was made public, the choices of a question.
    """
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
    """The labels of a question; None where they cannot be read."""
    with suppress(ValueError):
        found = json.loads(choices)
        if isinstance(found, list) and all(isinstance(label, str) for label in found):
            return found
    return None
