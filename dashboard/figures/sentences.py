"""« En trois phrases »: what has advanced, what slips, what the reader is expected to do; made from
the figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard import french
from dashboard.figures.board import Board
from dashboard.figures.forecast import Backtest, Forecast
from dashboard.figures.workstreams import WorkstreamState, health_of, worst_first
from dashboard.formulas import is_past_due
from dashboard.queries.decisions.records import DecisionAt
from dashboard.queries.roadmap import PlanAt, is_expected, is_fresh
from dashboard.scope import Scope
from models.roadmap import Health, MilestoneState

NAMED = 2  # milestones that a sentence names
IN_SENTENCES = ("avancement", "ecart", "reponse")
# Names of pending items, singular and plural: beside a number and in a sentence.
OVERDUE = ("décision en retard", "décisions en retard")
LATE_MILESTONES = ("jalon en retard", "jalons en retard")
LATE_ANSWERS = ("réponse en retard", "réponses en retard")
POINTS = ("point à décider", "points à décider")
TO_DECIDE = ("idée à décider", "idées à décider")


@dataclass(frozen=True)
class Waiting:
    """Pending for the reader: late milestones, milestones without a report, late answers, entries
    to read, points awaiting a decision, overdue decisions, and all ideas still to be decided, late
    or not. The counts and the sentences of the cockpit are made from it.
    """

    late: list[PlanAt]
    silent: list[PlanAt]
    late_ideas: int
    to_read: int
    undecided: list[DecisionAt]
    overdue: list[DecisionAt]
    to_decide: int = 0


def late_first(milestones: Sequence[PlanAt], on: date) -> list[PlanAt]:
    """Milestones past their end, the oldest first; without paused ones."""
    late = (
        m for m in milestones if is_past_due(m.facts(), on) and m.state != MilestoneState.paused
    )
    return sorted(late, key=lambda m: m.schedule.end)


def waiting(
    milestones: Sequence[PlanAt],
    on: date,
    late_ideas: int,
    to_read: int,
    decisions: Sequence[DecisionAt] = (),
    to_decide: float | None = None,
) -> Waiting:
    """Late milestones first by due date, then those whose report is missing; decisions by their
    dates. `to_decide` is the figure « Idées à décider ».
    """
    silent = [
        m
        for m in milestones
        if is_expected(m, on) and not is_fresh(m, on) and health_of(m, on).health == Health.no_data
    ]
    undecided = sorted((d for d in decisions if d.is_waiting), key=lambda d: d.submitted_on)
    overdue = sorted((d for d in decisions if d.is_late(on)), key=lambda d: d.due_on)
    return Waiting(
        late_first(milestones, on),
        silent,
        late_ideas,
        to_read,
        undecided,
        overdue,
        int(to_decide or 0),
    )


def end_in_words(milestones: Sequence[PlanAt], end: Forecast) -> str:
    """« Fin probable, d'après les retards passés : juillet 2024 (prévue : déc. 2023) »; empty if no
    date is known.
    """
    counted = [m for m in milestones if m.is_counted]
    if not counted or end.probable is None:
        return ""
    planned = french.month_in_short(max(m.schedule.end for m in counted))
    ends = french.month(end.probable)
    return f"Fin probable, d'après les retards passés : {ends} (prévue : {planned})"


def held_in_words(test: Backtest) -> str:
    """How often past dates held, in one sentence."""
    if not test.prudent.denominator:
        return "Aucune date prudente n'est encore échue : rien à vérifier."
    (due, prudent), (of, probable) = (
        (
            french.number(held.denominator),
            f"{french.number(held.numerator)} ont été tenues ({french.percent(held.value, 0)} ;"
            f" {promised} attendus)",
        )
        for held, promised in ((test.prudent, "80 %"), (test.probable, "50 %"))
    )
    return (
        f"Sur {due} dates prudentes déjà passées, {prudent} ; sur {of} dates probables, {probable}."
    )


def three_sentences(
    board: Board, streams: Sequence[WorkstreamState], wait: Waiting, day: date
) -> list[str]:
    """The three sentences of the cockpit, ready to be copied into a message."""
    return [
        _forward(board, streams, day),
        _slipping(streams, wait, board.scope),
        _expected(board, wait),
    ]


def _forward(board: Board, streams: Sequence[WorkstreamState], day: date) -> str:
    progress = board["avancement"]
    months = board["ecart.mois"].value
    if progress.value is None:  # a town that has just begun, or a direction without milestones
        return f"Au {french.day_long(day)}, aucun jalon n'est encore suivi ici."
    if board["ecart.points"].status == Health.upcoming:
        return f"Au {french.day_long(day)}, aucun jalon n'a encore commencé."
    best = max((s for s in streams if s.earned), key=lambda s: s.earned, default=None)
    sentence = (
        f"Au {french.day_long(day)}, la feuille de route est faite à"
        f" {french.percent(progress.value)}, {french.against_plan(board['ecart.points'].value)}"
        f" ({french.months_late(months)})"
    )
    if best is None:
        return f"{sentence}."
    return (
        f"{sentence} ; le chantier le plus avancé est « {best.workstream.short_name} » "
        f"({french.percent(best.earned)})."
    )


def _slipping(streams: Sequence[WorkstreamState], wait: Waiting, scope: Scope) -> str:
    """Workstreams are the same for every scope; milestones are those of the chosen directions, and
    the sentence says so.
    """
    late_streams = [
        s
        for s in worst_first(streams)
        if s.verdict.health in (Health.trouble, Health.watch) and s.earned is not None
    ]
    if not late_streams and not wait.late:
        return "Aucun chantier n'est sous son plan, aucun jalon n'est en retard."
    parts = []
    if late_streams:
        # Without their gaps, which are measured on their own plan: the first sentence has one.
        names = ", ".join(f"« {s.workstream.short_name} »" for s in late_streams[:2])
        parts.append(f"À suivre d'abord : {names}")
    if wait.late:
        where = ""
        if not scope.is_whole:
            units = french.plural(
                len(scope.units), "la direction regardée", "les directions regardées"
            )
            where = f" dans {units}"
        late = f"{french.counted(len(wait.late), *LATE_MILESTONES)}{where}"
        names = " et ".join(f"« {m.plan.title} »" for m in wait.late[:NAMED])
        # The oldest of many.
        parts.append(f"{late}{', dont' if len(wait.late) > NAMED else ' :'} {names}")
    return " ; ".join(parts) + "."


def _expected(board: Board, wait: Waiting) -> str:
    """Ideas can be filtered by ambition; decisions and milestones cannot, and the sentence
    says so.
    """
    ideas = [french.counted(wait.to_decide, *TO_DECIDE)]
    if wait.late_ideas:
        ideas.append(french.counted(wait.late_ideas, *LATE_ANSWERS))
    others = _decisions_and_needs(wait)
    head = "À traiter : "
    ambition = board.scope.ambition
    if ambition is None:
        return head + ", ".join([*ideas, *others]) + "."
    sentence = f"{head}{', '.join(ideas)} pour « {ambition.name} »"
    if others:
        sentence += f" ; toutes ambitions ensemble, {', '.join(others)}"
    return f"{sentence}."


def _decisions_and_needs(wait: Waiting) -> list[str]:
    needs = [m for m in wait.late if m.report and m.report.need]
    parts = []
    if wait.undecided:
        parts.append(french.counted(len(wait.undecided), *POINTS))
    if wait.overdue:
        parts.append(french.counted(len(wait.overdue), *OVERDUE))
    if needs:
        parts.append(
            "demandé par les porteurs : "
            + ", ".join(f"« {m.report.need.rstrip('.')} »" for m in needs[:NAMED])
        )
    return parts
