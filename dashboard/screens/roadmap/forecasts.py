"""When the roadmap ends if the past repeats itself: probable and prudent dates, and how accurate
such forecasts were.
"""

from collections.abc import Sequence

from dashboard import cached, french
from dashboard.charts.plots import Chart
from dashboard.charts.roadmap import intervals
from dashboard.figures.forecast import Backtest, Forecast, Forecasts
from dashboard.figures.sentences import held_in_words
from dashboard.figures.workstreams import WorkstreamState
from dashboard.formulas import FEWEST_SLIPS, median
from dashboard.queries.roadmap import PlanAt
from dashboard.scope import Scope
from dashboard.screens.roadmap.calendar import whose
from dashboard.ui.charts import show
from dashboard.ui.components import empty_nothing_yet, fold, reading, section
from dashboard.ui.tables import table
from models.roadmap import MilestoneState


def forecast_in_words(end: Forecast | None) -> str:
    if end is None:
        return "Pas de date probable : rien n'est ouvert."
    if end.probable is None and not end.n:
        return "Date probable : n.d."
    if end.probable is None:
        return (
            f"Date probable : n.d. : il faut {FEWEST_SLIPS} glissements passés, et {FEWEST_SLIPS}"
            " jalons dont une date donnée est venue."
        )
    return f"Date probable : {french.day(end.probable)}, prudente : {french.day(end.prudent)}."


def forecasts(shown: Sequence[PlanAt], streams: Sequence[WorkstreamState], scope: Scope) -> None:
    """Probable and prudent dates per milestone and workstream, then how past ones held."""
    known = cached.forecasts_at(scope.on, scope.asked)
    _intervals(known, shown, scope)
    _by_workstream(known, streams, scope)
    test = cached.backtest_at(scope.on, scope.asked)
    section("Ces dates ont-elles tenu ?", f"{held_in_words(test)} {_verdict(test)}")
    with fold("Comment ces dates sont calculées", icon="help"):
        reading(_method(known))
        reading(WHY_LATER)
        _halves(test)


def _intervals(known: Forecasts, shown: Sequence[PlanAt], scope: Scope) -> None:
    """One interval per open milestone, from its probable to its prudent date."""
    ends = [(m, known.milestones[m.plan.id]) for m in shown if m.plan.id in known.milestones]
    dated = [(m, end.probable, end.prudent) for m, end in ends if end.probable]
    if not dated:
        return empty_nothing_yet("Aucun jalon ouvert n'a encore de date probable.")
    later = sum(probable > m.schedule.end for m, probable, _ in dated)
    title = (
        f"{french.counted(later, 'jalon ouvert', 'jalons ouverts')} sur {len(dated)}"
        f" {french.plural(later, 'finira', 'finiront')} sans doute après l'échéance{whose(scope)}"
    )
    show(
        Chart(
            "dates-probables",
            title,
            "Croix : l'échéance ; losange : la prévision du porteur ; barre : de la date probable"
            " (tenue une fois sur deux) à la date prudente (quatre fois sur cinq).",
            f"Dates probables des jalons : {title}.",
            intervals(dated, scope.on),
            ("Jalon", "Échéance", "Prévision du porteur", "Date probable", "Date prudente"),
            [
                (
                    f"{m.plan.number} {m.plan.title}",
                    m.schedule.end,
                    m.report.forecast_end if m.report else None,
                    probable,
                    prudent,
                )
                for m, probable, prudent in dated
            ],
        ),
        scope,
        level=2,
    )


def _by_workstream(known: Forecasts, streams: Sequence[WorkstreamState], scope: Scope) -> None:
    """The end of each workstream, and of the whole roadmap if several are shown."""
    still_open = [
        m for m in cached.milestones(scope.on, scope.asked) if m.plan.id in known.milestones
    ]
    rows = []
    for s in streams:
        of_stream = [m for m in still_open if m.plan.workstream_id == s.workstream.id]
        name = f"{s.workstream.id}. {s.workstream.short_name}"
        rows.append(_stream_line(name, of_stream, known.workstreams[s.workstream.id]))
    if len(streams) > 1:
        rows.append(_stream_line("Feuille de route", still_open, known.whole))
    table(
        ("Chantier", "Jalons ouverts", "Dernière échéance", "Date probable", "Date prudente"),
        rows,
        "Fin des chantiers",
        frozenset({1}),
    )


def _method(known: Forecasts) -> str:
    message = (
        "Si le passé se répète, un jalon est atteint une fois sur deux à sa date probable, quatre"
        " fois sur cinq à sa date prudente. Chaque prévision est décalée des glissements passés,"
        " comptés depuis la date annoncée à la même distance, puis d'autant de jours qu'il en"
        " aurait fallu pour que les dates données aux mois passés tiennent aussi souvent ; un"
        " chantier finit avec le dernier de ses jalons ouverts, hors pauses. "
    )
    if not known.slips:
        return message + "Aucun jalon n'est encore terminé."
    n = len(known.slips)
    return (
        f"{message}Glissement {french.plural(n, 'du jalon terminé', f'des {n} jalons terminés')} :"
        f" médiane {french.signed(median(known.slips), 'jour', 0)} (de"
        f" {french.signed(known.slips[0], '', 0)} à {french.signed(known.slips[-1], '', 0)})."
    )


WHY_LATER = (
    "La feuille de route finit avec le tout dernier de ses jalons, et il suffit qu'un seul tarde :"
    " sa date tombe donc souvent après celle de chacun des chantiers."
)


def _stream_line(name: str, still_open: Sequence[PlanAt], end: Forecast) -> tuple:
    due = max((m.schedule.end for m in still_open), default=None)
    return (
        name,
        french.number(len(still_open)),
        french.day(due) if due else "–",
        *_dates(end, bool(still_open)),
    )


def _dates(end: Forecast, is_open: bool) -> tuple[str, str]:
    return (french.day(end.probable), french.day(end.prudent)) if is_open else ("–", "–")


def _halves(test: Backtest) -> None:
    """How many of the dates made in each half year held."""
    if not test.halves:
        return
    table(
        ("Faites au", "Dates probables tenues", "Dates prudentes tenues"),
        [
            (
                half.half,
                french.rate(half.probable.numerator, half.probable.denominator),
                french.rate(half.prudent.numerator, half.prudent.denominator),
            )
            for half in test.halves
        ],
        "Dates refaites à chaque fin de mois et tenues",
        frozenset({1, 2}),
    )


def _verdict(test: Backtest) -> str:
    """How to read the dates after their record. A prudent date is meant to hold four times out of
    five: within ten points of that there is no verdict.
    """
    held = test.prudent.value
    if held is None:
        return ""
    if held < 70:
        return "Jusqu'ici elles étaient trop optimistes : lisez-les comme des dates au plus tôt."
    behind = f"{french.counted(test.milestones, 'jalon')} derrière ces comptes."
    return f"Jusqu'ici elles étaient trop sévères : {behind}" if held > 90 else behind


def workstream_facts(state: WorkstreamState, scope: Scope) -> None:
    """The rule of the workstream's status, and its end if the past repeats itself."""
    end = cached.forecasts_at(scope.on, scope.asked).workstreams[state.workstream.id]
    paused = [
        m.plan.number
        for m in cached.milestones(scope.on, scope.asked)
        if m.plan.workstream_id == state.workstream.id and m.state == MilestoneState.paused
    ]
    message = f"{state.verdict.rule[0].upper()}{state.verdict.rule[1:]}. {forecast_in_words(end)}"
    if paused:
        milestones = french.plural(len(paused), "le jalon", "les jalons")
        message += f" Sans {milestones} en pause ({', '.join(paused)})."
    reading(message)
