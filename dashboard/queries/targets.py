"""Reads the targets of the figures (cibles) and the measures taken against them (relevés)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from models.facts import counting, facts_of
from models.people import Person
from models.programmes import Period, Programmes
from models.roadmap import Measure, Target, TargetKind


def targets(session: Session, on: date, known: date | None = None) -> dict[str, list[Target]]:
    """Figure code → the targets in force at `on`: the last decision for each date."""
    return in_force(every_target(session), on, known)


def aimed_at(
    in_force: dict[str, list[Target]], known: Programmes, period: Period
) -> dict[str, list[Target]]:
    """The targets in force that belong to one programme: the one that runs on the target's date. A
    target prepared for the next programme changes no figure of this one.
    """
    found = {
        figure: [target for target in decided if known.running(target.for_date) == period]
        for figure, decided in in_force.items()
    }
    return {figure: decided for figure, decided in found.items() if decided}


def every_target(session: Session) -> list[Target]:
    """Every target decision, withdrawn ones and withdrawals included (a few hundred rows)."""
    return list(session.exec(select(Target).order_by(Target.on, Target.id)).all())


def in_force(decided: list[Target], on: date, known: date | None = None) -> dict[str, list[Target]]:
    """Figure code → the targets among `decided` in force at `on`."""
    last: dict[tuple[str, date], Target] = {}
    for target in counting(decided, on, known):
        if target.kind == TargetKind.follow:
            # A withdrawal voids a target and is not one itself.
            continue
        last[(target.figure, target.for_date)] = target
    by_figure = defaultdict(list)
    for (figure, _), target in sorted(last.items(), key=lambda pair: pair[0]):
        by_figure[figure].append(target)
    return dict(by_figure)


@dataclass(frozen=True, slots=True)
class TargetDecision:
    """One decision about a target, with its status: en vigueur, remplacée, retirée, or the
    withdrawal itself.
    """

    target: Target
    by: str
    fate: str


def target_history(session: Session, figure: str, on: date) -> list[TargetDecision]:
    """Every decision about the targets of a figure up to `on`, newest first, each with its author's
    function.
    """
    rows = [t for t in every_target(session) if t.figure == figure and t.on <= on]
    in_force_ids = {target.id for target in in_force(rows, on).get(figure, [])}
    withdrawn_ids = {row.voids for row in rows if row.voids and row.kind == TargetKind.follow}
    functions = dict(
        session.exec(
            select(Person.id, Person.function).where(
                Person.id.in_({row.by for row in rows if row.by})
            )
        ).all()
    )

    def fate(row: Target) -> str:
        if row.kind == TargetKind.follow:
            return "retrait"
        if row.id in in_force_ids:
            return "en vigueur"
        if row.id in withdrawn_ids:
            return "retirée"
        return "remplacée"

    return [TargetDecision(row, functions.get(row.by, ""), fate(row)) for row in reversed(rows)]


def measures(session: Session, figure: str, on: date, known: date | None = None) -> list[Measure]:
    """The measures (relevés) of a figure up to `on`, oldest first."""
    return _measured(facts_of(session, Measure, figure, on, known))


def measure_in_words(measure: Measure) -> str:
    """The numbers of a measure, as the journal writes them."""
    n = f", n = {measure.n}" if measure.n is not None else ""
    return f"{measure.value:.12g}{n}, {measure.source}"


def every_measure(session: Session) -> dict[str, list[Measure]]:
    """Figure → all its measures, withdrawn ones and withdrawals included."""
    found = defaultdict(list)
    for row in session.exec(select(Measure)).all():
        found[row.figure].append(row)
    return found


def measured_by(facts: Sequence[Measure], on: date, known: date | None = None) -> list[Measure]:
    """The measures among these that count at `on`, oldest first."""
    return _measured(counting(facts, on, known))


def _measured(facts: Sequence[Measure]) -> list[Measure]:
    # A fact that only voids another has no source, and is not a measure.
    return [fact for fact in facts if fact.source or not fact.voids]
