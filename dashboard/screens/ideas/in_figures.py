"""The ideas in figures (en chiffres): how long they wait, their states, their outcome, and which
direction they concern.
"""

from dashboard import french
from dashboard.access import counted_units
from dashboard.cached import ideas
from dashboard.charts import ideas as charts
from dashboard.charts.chart import Chart
from dashboard.scope import Scope
from dashboard.ui.charts import show
from dashboard.ui.components import empty_nothing_yet
from dashboard.visit.navigation import address
from models.clock import add_months, month_start, months, window_start
from models.settings import settings

_MONTHS = 12


def all_charts(scope: Scope) -> None:
    """The backlog, the states month by month, how far the ideas of a year have come, and the
    directions side by side.
    """
    _backlog(scope)
    _flow(scope)
    _life(scope)
    _by_direction(scope)


def _life(scope: Scope) -> None:
    """The funnel: the stages reached by the idées and suggestions of the last twelve months."""
    states = ideas.idea_cohort(scope)
    filed = sum(states.values())
    start = window_start(scope.on, _MONTHS)
    if not filed:
        return empty_nothing_yet(
            f"Aucune idée ni suggestion déposée du {french.day(start)} au {french.day(scope.on)}.",
            ("Déposer une idée", address("deposer", scope)),
        )
    stages = charts.stages(states)
    counts = {stage: n for stage, n, *_ in stages}
    title = (
        f"Sur {french.counted(filed, 'idée')} et suggestions, {french.number(counts['Décidées'])}"
        f" {french.plural(counts['Décidées'], 'est décidée', 'sont décidées')},"
        f" {french.number(counts['Retenues'])} {french.plural(counts['Retenues'], 'retenue')},"
        f" {french.number(counts['Réalisées'])} {french.plural(counts['Réalisées'], 'réalisée')}"
    )
    chart = Chart(
        "vie-des-idees",
        title,
        f"Déposées du {french.day(start)} au {french.day(scope.on)} : combien sont allées jusqu'à"
        " chaque étape.",
        f"Vie des idées. {charts.funnel_alt(stages)}",
        charts.funnel(stages),
        charts.FUNNEL,
        stages,
    )
    show(chart, scope, level=2)


def _by_direction(scope: Scope) -> None:
    """What was filed, by direction concerned and month; of the directions open to the reader."""
    start = add_months(month_start(scope.on), 1 - _MONTHS)
    allowed, days = counted_units(scope.reader, scope.tree), months(start, scope.on)
    counts = {
        unit.name: by_month
        for unit in scope.tree.directions()
        if scope.has(unit.id) and (allowed is None or unit.id in allowed)
        if (by_month := ideas.filed_by_month(scope.within(unit), start))
    }
    if len(counts) < 2:
        return
    name, by_month = max(counts.items(), key=lambda found: sum(found[1].values()))
    title = f"Le plus de dépôts : {name} ({french.number(sum(by_month.values()))} en un an)"
    chart = Chart(
        "depots-par-direction",
        title,
        "Dépôts par mois, selon la direction concernée ; plus foncé : davantage.",
        f"{title} ; {french.counted(len(counts), 'direction')} sur {_MONTHS} mois.",
        charts.by_direction(counts, days),
        ("Direction", *(french.month(day) for day in days)),
        [(name, *(found.get(day, 0) for day in days)) for name, found in counts.items()],
    )
    show(chart, scope, level=2)


def _backlog(scope: Scope) -> None:
    waiting = ideas.pending_by_age(scope)
    if not waiting:
        return
    found = charts.ages(waiting, scope.on)
    late = sum(late for *_, late in found)
    total = sum(waiting.values())
    title = f"{french.counted(total, 'idée')} sans réponse, dont {french.number(late)} en retard"
    chart = Chart(
        "idees-en-attente",
        title,
        f"Délai promis : {settings().cp_answer_days} jours ouvrables.",
        f"{title}. "
        + " ; ".join(f"{name} : {french.number(sum(counts))}" for name, *counts in found),
        charts.backlog(found),
        charts.BACKLOG,
        found,
    )
    show(chart, scope, level=2)


def _flow(scope: Scope) -> None:
    by_month = ideas.outcomes_by_month(scope)
    first, last = min(by_month), max(by_month)
    now = by_month[last]
    title = (
        f"{french.counted(now['realisee'], 'idée réalisée', 'idées réalisées')} et"
        f" {french.number(now['ouverte'])} en attente au {french.day(last)}"
    )
    chart = Chart(
        "etats-des-idees",
        title,
        f"Idées et suggestions à la fin de chaque mois, depuis {french.month(first)}.",
        f"{title} ; {french.number(by_month[first]['ouverte'])} en attente un an avant.",
        charts.flow(by_month),
        charts.FLOW,
        charts.flow_rows(by_month),
    )
    show(chart, scope, level=2)
