"""Rows of the roadmap: milestones, their weights, dates and reports."""

from sqlmodel import Session

from dashboard.formulas import planned_progress, slip
from dashboard.queries.figures.figure_rows import CellLink, Rows, cut, unit_name
from dashboard.queries.figures.small_cells import declared_values
from dashboard.queries.roadmap import PlanAt, awaited as awaited_measures, roadmap_of
from dashboard.queries.targets import every_measure, every_target
from dashboard.scope import Scope
from models.roadmap import MilestoneState


def _milestones(session: Session, scope: Scope) -> list[PlanAt]:
    return roadmap_of(session, scope).at(scope.on, scope.known_by(scope.on))


def _owned(session: Session, scope: Scope) -> list[PlanAt]:
    return [
        m
        for m in _milestones(session, scope)
        if m.is_counted and scope.has(m.schedule.owner_direction_id)
    ]


def _number(m: PlanAt) -> CellLink:
    return CellLink(m.plan.number, "feuille-de-route", "jalon", m.plan.number)


def weights(session: Session, scope: Scope, code: str, page: int) -> Rows:
    """One milestone per row: weight w, p, q, and its contribution in points."""
    chosen = [
        m
        for m in _milestones(session, scope)
        if not code.startswith("avancement-chantier.")
        or str(m.plan.workstream_id) == code.rsplit(".", 1)[1]
    ]
    initial = code.endswith(".initial")
    # Nothing leaves the first perimeter. 1 if all are cancelled: there is nothing to share out.
    counted = {m.plan.id for m in chosen if initial or m.is_counted}
    total = sum(m.item(initial).weight for m in chosen if m.plan.id in counted) or 1
    rows = []
    for m in chosen:
        item = m.item(initial)
        is_counted = m.plan.id in counted
        contribution = 100 * item.weight * item.progress / total if is_counted else None
        rows.append(
            (
                _number(m),
                m.plan.title,
                m.state.label,
                item.weight if is_counted else None,
                100 * item.progress,
                100 * planned_progress(item, scope.on),
                contribution,
            )
        )
    cancelled = len(chosen) - len(counted)
    return Rows(
        ("N°", "Jalon", "État", "Poids w", "Acquis p (%)", "Prévu q (%)", "Contribution (points)"),
        cut(rows, page),
        len(rows),
        "Un jalon annulé sort du poids." if cancelled else "",
        frozenset({3, 4, 5, 6}),
    )


def due_milestones(session: Session, scope: Scope, code: str, page: int) -> Rows:
    """Milestones past their due date, and whether they were done by then."""
    rows = []
    for m in _owned(session, scope):
        end = m.first.end if code.endswith(".initial") else m.schedule.end
        if end <= scope.on:
            in_time = m.actual_end is not None and m.actual_end <= end
            rows.append(
                (
                    _number(m),
                    m.plan.title,
                    m.schedule.owner,
                    end,
                    m.actual_end,
                    "oui" if in_time else "non",
                )
            )
    return Rows(
        ("N°", "Jalon", "Porteur", "Échéance", "Terminé le", "À temps"), cut(rows, page), len(rows)
    )


def slips(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Open milestones and how far their forecast has slipped."""
    rows = [
        (
            _number(m),
            m.plan.title,
            m.schedule.end,
            m.report.forecast_end if m.report else None,
            slip(m.facts()),
        )
        for m in _owned(session, scope)
        if m.state != MilestoneState.done
    ]
    return Rows(
        ("N°", "Jalon", "Échéance", "Prévision", "Glissement (jours)"),
        cut(rows, page),
        len(rows),
        "Un jalon sans prévision n'entre pas dans la médiane.",
        frozenset({4}),
    )


def awaited(session: Session, scope: Scope, _code: str, page: int) -> Rows:
    """Milestones whose report is due, then measures whose value is, with the last day of each."""
    values = {code: v for code, v in declared_values(session).items() if v.figure.measured}
    measures_by_figure, decided = every_measure(session), every_target(session)
    milestones = [
        (_number(m), m.plan.title, m.schedule.owner, m.report.on if m.report else None)
        for m in _owned(session, scope)
        if m.state in (MilestoneState.to_plan, MilestoneState.under_way)
        and m.schedule.start <= scope.on
    ]
    days = awaited_measures(measures_by_figure, decided, list(values), scope, scope.on)
    found = [
        *milestones,
        *(
            ("relevé", values[figure].label, unit_name(scope, place), day)
            for (figure, place), day in days.items()
        ),
    ]
    headings = ("N°", "Jalon ou chiffre", "Porteur", "Dernière valeur")
    return Rows(headings, cut(found, page), len(found))
