"""Blocks of the ideas in figures (en chiffres): their outcome, and where they were filed, month by
month.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date

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
from models.directions import Unit, UnitKind

_MONTHS = 12
_UNKNOWN = ("Inconnue", "Direction inconnue")
_OTHERS = ("Autres", "Autres directions, ou un département entier")


def all_charts(scope: Scope) -> None:
    life(scope)
    places(scope)


def life(scope: Scope) -> None:
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
        f"Idées et suggestions déposées du {french.day(start)} au {french.day(scope.on)} :"
        " combien sont allées jusqu'à chaque étape, en part des déposées ; celles qui sont"
        " fusionnées, réorientées ou retirées s'arrêtent au dépôt.",
        f"Vie des idées. {charts.funnel_alt(stages)}",
        charts.funnel(stages),
        charts.FUNNEL,
        stages,
    )
    show(chart, scope, level=2)


def places(scope: Scope) -> None:
    """The heat map: entries filed, direction by direction and month by month."""
    start = add_months(month_start(scope.on), 1 - _MONTHS)
    twelve = months(start, scope.on)
    shown, counts = _by_place(scope, ideas.filed_by_place(scope, start))
    total = sum(counts.values())
    if not total:
        return
    by_month = {month: sum(counts.get((code, month), 0) for code, _ in shown) for month in twelve}
    highest = max(twelve, key=lambda month: (by_month[month], month))
    table = charts.heat_table(shown, twelve, counts)
    title = (
        f"{french.counted(total, 'dépôt')} en douze mois, le plus en {french.month(highest)} : "
        f"{french.number(by_month[highest])}"
    )
    chart = Chart(
        "depots-par-direction",
        title,
        "Dépôts de tous genres selon la direction concernée, dans l'ordre de l'organigramme ;"
        " chaque case porte son nombre, une case vide n'a aucun dépôt.",
        f"Dépôts par direction et par mois. {charts.heat_alt(table)}",
        charts.heat_map(shown, twelve, counts),
        charts.heat_columns(twelve),
        table,
    )
    show(chart, scope, level=2)


def _by_place(
    scope: Scope, filed: Mapping[tuple[int | None, date], int]
) -> tuple[list[tuple[str, str]], dict[tuple[str, date], int]]:
    """(code, name) of each line → its entries by month: the units that the reader may see
    individually, then the rest.
    """
    lines = _lines(scope)
    line_of: dict[int | None, str] = {None: _UNKNOWN[0]}
    for unit, below in lines:
        line_of |= dict.fromkeys(below, unit.code)
    counts: Counter[tuple[str, date]] = Counter()
    for (place, month), n in filed.items():
        if n:
            counts[line_of.get(place, _OTHERS[0]), month] += n
    used = {code for code, _ in counts}
    shown = [(unit.code, unit.name) for unit, _ in lines]
    shown += [rest for rest in (_OTHERS, _UNKNOWN) if rest[0] in used]
    return shown, counts


def _lines(scope: Scope) -> list[tuple[Unit, frozenset[int]]]:
    """The directions of the scope (or its only service or unit) with the ids each counts, in the
    chart's order.
    """
    tree = scope.tree
    tops = scope.units or ([tree.root] if tree.root else [])
    lines = [line for top in tops for line in _lines_under(scope, top)]
    # A line includes everything below it: a reader who may not see all of it gets no separate line.
    allowed = counted_units(scope.reader, tree)
    return [(unit, below) for unit, below in lines if allowed is None or below <= allowed]


def _lines_under(scope: Scope, top: Unit) -> list[tuple[Unit, frozenset[int]]]:
    tree = scope.tree
    directions = [unit for unit, _ in tree.walk(top) if unit.kind == UnitKind.direction]
    if scope.alone or not directions:
        return [(top, frozenset({top.id}))]
    return [(unit, tree.under(unit.id)) for unit in directions]
