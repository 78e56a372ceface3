"""Figures of the roadmap (feuille de route): progress, plan, schedule, health. Source: milestone
reports.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from dashboard.figures.kinds import (
    Breakdown,
    Point,
    Reads,
    Theme,
    Unit,
    Value,
    Window,
    figure,
    measured,
)
from dashboard.figures.workstreams import (
    earned_at,
    not_begun,
    of_workstream,
    only_counted,
    planned_at,
    schedule_months,
    workstream_verdict,
)
from dashboard.formulas import (
    Rate,
    earned,
    median,
    slip,
    weighted,
)
from dashboard.queries.figures import figure_rows, late_facts
from dashboard.queries.roadmap import PlanAt, Roadmap, awaited, is_expected, is_fresh, whole_roadmap
from dashboard.queries.targets import every_measure, every_target
from dashboard.scope import Scope
from models.clock import window_start
from models.roadmap import MilestoneState, TargetKind

_SUBJECT = ("roadmap",)
_REPORTS = "rapports des jalons"


def _milestones(reads: Reads, scope: Scope, on: date) -> list[PlanAt]:
    """The milestones of the scope's programme as of a day."""
    return reads.derive(_milestones_at, scope, on)


def _milestones_at(reads: Reads, scope: Scope, on: date) -> list[PlanAt]:
    return _roadmap(reads, scope).at(on, scope.known_by(on))


def _roadmap(reads: Reads, scope: Scope) -> Roadmap:
    return reads.register(whole_roadmap).of_programme(scope.asked)


def _fresh(milestones: Sequence[PlanAt]) -> date | None:
    return max((m.report.on for m in milestones if m.report), default=None)


def _coverage(milestones: Sequence[PlanAt]) -> Rate:
    return Rate(sum(m.report is not None for m in milestones), len(milestones))


def _progress_point(milestones: Sequence[PlanAt], on: date, initial: bool = False) -> Point:
    """In the initial perimeter nothing is removed: cancelled milestones retain their weight."""
    chosen = list(milestones) if initial else only_counted(milestones)
    items = [m.item(initial) for m in chosen]
    done = sum(item.weight * item.progress for item in items)
    return Point(
        on,
        earned(items),
        done,
        sum(item.weight for item in items),
        len(items),
        _coverage(chosen),
        _fresh(milestones),
    )


@figure(
    "avancement",
    "Avancement de la feuille de route",
    Value(
        "avancement",
        "Avancement de la feuille de route",
        Unit.percent,
        TargetKind.rise,
        "Somme des poids × avancement des jalons, divisée par la somme des poids ; les jalons"
        " annulés sortent du poids, un jalon sans rapport compte pour zéro.",
        ("poids acquis", "poids total"),
    ),
    Value(
        "avancement.initial",
        "Avancement, périmètre initial",
        Unit.percent,
        TargetKind.follow,
        "Le même calcul avec les poids du premier calendrier ; les jalons annulés depuis y gardent"
        " le leur.",
        ("poids acquis", "poids total"),
    ),
    theme=Theme.roadmap,
    window=Window.stock,
    cut=Breakdown.none,
    reader="CODIR",
    source=_REPORTS,
    facts=(late_facts.milestone_reports, late_facts.calendars),
    rows=figure_rows.weights,
    subjects=_SUBJECT,
    workstream="copilotage",
)
def progress(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    milestones = _milestones(reads, scope, on)
    verdict = not_begun(only_counted(milestones), on)
    return {
        "avancement": replace(_progress_point(milestones, on), verdict=verdict),
        "avancement.initial": _progress_point(milestones, on, True),
    }


@figure(
    "ecart",
    "Écart au plan",
    Value(
        "ecart.points",
        "Écart au plan",
        Unit.points,
        TargetKind.rise,
        "Avancement moins prévu. Le prévu suit la même règle que l'avancement : 0 ou 100 % à"
        " l'échéance, ou par paliers de 25 %.",
        ("avancement", "prévu"),
        thresholds=(-5, -10),
        formula="avancement − prévu",
        signed=True,
    ),
    Value(
        "ecart.mois",
        "Écart en temps",
        Unit.months,
        TargetKind.follow,
        "Durée planifiée acquise (earned schedule) moins mois écoulés depuis le début du"
        " programme.",
        formula="durée du plan déjà faite − durée écoulée, en mois ; déjà faite : les mois entiers"
        " dont le prévu est acquis, plus la part acquise du mois suivant",
        signed=True,
    ),
    Value(
        "ecart.jalons",
        "Jalons atteints contre échus",
        Unit.points,
        TargetKind.rise,
        "Poids des jalons terminés moins poids des jalons échus, en points.",
        ("poids terminé", "poids échu"),
        thresholds=(-5, -10),
        formula="poids des jalons terminés − poids des jalons échus",
        signed=True,
    ),
    theme=Theme.roadmap,
    window=Window.stock,
    cut=Breakdown.none,
    reader="CODIR",
    source=_REPORTS,
    facts=(late_facts.milestone_reports, late_facts.calendars),
    rows=figure_rows.weights,
    subjects=_SUBJECT,
    workstream="copilotage",
)
def variance(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    milestones = _milestones(reads, scope, on)
    counted = only_counted(milestones)
    weights = [m.schedule.weight for m in counted]
    done = weighted(zip(weights, (m.state == MilestoneState.done for m in counted), strict=True))
    due = weighted(zip(weights, (m.schedule.end <= on for m in counted), strict=True))
    facts = {"n": len(counted), "coverage": _coverage(counted), "fresh_on": _fresh(milestones)}
    judged = facts | {"verdict": not_begun(counted, on)}
    earned_then, planned_then = earned_at(milestones), planned_at(milestones, on)
    return {
        "ecart.points": _difference(on, earned_then, planned_then, judged),
        "ecart.mois": Point(on, schedule_months(milestones, on), **facts),
        "ecart.jalons": _difference(on, done, due, judged),
    }


def _difference(on: date, minuend: float | None, subtrahend: float | None, facts: dict) -> Point:
    value = None if minuend is None or subtrahend is None else minuend - subtrahend
    return Point(on, value, minuend, subtrahend, **facts)


_BY_WORKSTREAM = "avancement-chantier"


def progress_of(stream: int) -> Value:
    """The value of one workstream, from its number."""
    return Value(
        f"{_BY_WORKSTREAM}.{stream}",
        f"Avancement du chantier {stream}",
        Unit.percent,
        TargetKind.rise,
        f"Avancement pondéré des jalons du chantier {stream}. Son statut est la santé du chantier,"
        " la même partout.",
        ("poids acquis", "poids total"),
        subject=f"chantier:{stream}",
    )


@figure(
    "avancement-chantier",
    "Avancement par chantier",
    theme=Theme.roadmap,
    window=Window.stock,
    cut=Breakdown.none,
    reader="CODIR, porteur",
    source=_REPORTS,
    facts=(late_facts.milestone_reports, late_facts.calendars),
    rows=figure_rows.weights,
    subjects=_SUBJECT,
    of_stream=progress_of,
)
def progress_by_workstream(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    milestones = _milestones(reads, scope, on)
    points = {}
    for stream in _roadmap(reads, scope).streams(scope.on):
        mine = of_workstream(milestones, stream.id)
        verdict = workstream_verdict(mine, on)
        points[f"{_BY_WORKSTREAM}.{stream.id}"] = replace(
            _progress_point(mine, on), verdict=verdict
        )
    return points


def _owned(reads: Reads, scope: Scope, on: date) -> list[PlanAt]:
    """The milestones of the scope: all, or those whose owner's direction is counted."""
    return [m for m in _milestones(reads, scope, on) if scope.has(m.schedule.owner_direction_id)]


def _punctuality(milestones: Sequence[PlanAt], on: date, initial: bool = False) -> Rate:
    """Done with actual <= baseline ÷ milestones not cancelled with baseline <= t."""
    due = [(m, m.first.end if initial else m.schedule.end) for m in only_counted(milestones)]
    due = [(m, end) for m, end in due if end <= on]
    return Rate(sum(m.actual_end is not None and m.actual_end <= end for m, end in due), len(due))


@figure(
    "echeances",
    "Respect des échéances",
    Value(
        "echeances",
        "Respect des échéances",
        Unit.percent,
        TargetKind.rise,
        "Jalons terminés à leur échéance, divisés par les jalons échus et non annulés (calendrier"
        " en vigueur).",
        ("terminés à temps", "échus"),
    ),
    Value(
        "echeances.initial",
        "Respect des échéances initiales",
        Unit.percent,
        TargetKind.follow,
        "Le même rapport avec le premier calendrier.",
        ("terminés à temps", "échus"),
    ),
    theme=Theme.roadmap,
    window=Window.stock,
    cut=Breakdown.owner,
    reader="CODIR",
    source=_REPORTS,
    facts=(late_facts.milestone_reports, late_facts.calendars),
    rows=figure_rows.due_milestones,
    subjects=_SUBJECT,
    workstream="copilotage",
)
def deadlines(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    milestones = _owned(reads, scope, on)
    shared = {"coverage": _coverage(only_counted(milestones)), "fresh_on": _fresh(milestones)}
    return {
        "echeances": Point.of_rate(on, _punctuality(milestones, on), **shared),
        "echeances.initial": Point.of_rate(on, _punctuality(milestones, on, True), **shared),
    }


@figure(
    "glissement",
    "Glissement médian des jalons ouverts",
    Value(
        "glissement",
        "Glissement médian des jalons ouverts",
        Unit.days,
        TargetKind.fall,
        "Médiane, en jours, de la dernière prévision moins l'échéance, sur les jalons ni terminés"
        " ni annulés qui ont une prévision.",
        formula="médiane de (prévision − échéance)",
    ),
    theme=Theme.roadmap,
    window=Window.stock,
    cut=Breakdown.owner,
    reader="co-pilotage",
    source=_REPORTS,
    facts=(late_facts.milestone_reports, late_facts.calendars),
    rows=figure_rows.slips,
    subjects=_SUBJECT,
    workstream="copilotage",
)
def median_slip(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    milestones = _owned(reads, scope, on)
    slips = [slip(m.facts()) for m in only_counted(milestones) if m.state != MilestoneState.done]
    known_slips = [days for days in slips if days is not None]
    point = Point(
        on,
        median(known_slips),
        n=len(known_slips),
        coverage=Rate(len(known_slips), len(slips)),
        fresh_on=_fresh(milestones),
    )
    return {"glissement": point}


@figure(
    "fraicheur",
    "Fraîcheur des données",
    Value(
        "fraicheur",
        "Fraîcheur des données",
        Unit.percent,
        TargetKind.rise,
        "Jalons commencés et ouverts qui ont un rapport de la période en cours, et chiffres relevés"
        " qui ont une valeur des douze derniers mois, divisés par ceux dont une valeur est"
        " attendue : un chiffre relevé l'est dès sa première valeur ou sa première cible.",
        ("à jour", "attendus"),
    ),
    theme=Theme.roadmap,
    window=Window.stock,
    cut=Breakdown.owner,
    reader="co-pilotage",
    source=_REPORTS,
    facts=(late_facts.milestone_reports, late_facts.calendars, late_facts.measures()),
    rows=figure_rows.awaited,
    subjects=_SUBJECT,
    workstream="copilotage",
)
def freshness(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    measures, decided = reads.register(every_measure), reads.register(every_target)
    expected = [m for m in _owned(reads, scope, on) if is_expected(m, on)]
    days = awaited(measures, decided, list(measured()), scope, on).values()
    fresh = sum(is_fresh(m, on) for m in expected)
    fresh += sum(day is not None and day >= window_start(on) for day in days)
    last = max((day for day in (_fresh(expected), *days) if day), default=None)
    rate = Rate(fresh, len(expected) + len(days))
    return {"fraicheur": Point.of_rate(on, rate, fresh_on=last)}
