"""The whole roadmap at a glance: workstreams that unfold to their milestones, a line each; or
the milestones in time.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from dashboard import cached, french, theme
from dashboard.figures.workstreams import WorkstreamState
from dashboard.formulas import slip
from dashboard.queries.roadmap import PlanAt
from dashboard.queries.waits import still_awaited
from dashboard.scope import Scope
from dashboard.screens.roadmap import calendar
from dashboard.screens.roadmap.workstreams import rows_of, rule_of
from dashboard.ui.components import draw, empty_nothing_yet, segments
from dashboard.visit.navigation import address
from models.clock import add_months

SHAPE, PERIOD = "forme", "periode"  # parameter of the address
LIST, TIME = "liste", "calendrier"
_SHAPES = {LIST: "Par chantier", TIME: "Dans le temps"}
_ALL = "tout"
_A_QUARTER = 3  # months


def plan(
    states: Sequence[WorkstreamState],
    shown: Sequence[PlanAt],
    scope: Scope,
    title: str,
    asked: dict[str, str],
) -> None:
    """The milestones shown, in the view given by the address."""
    shape = TIME if asked.get(SHAPE) == TIME else LIST
    segments(
        "Présentation des jalons",
        [
            (label, address("feuille-de-route", scope, **{SHAPE: code}), code == shape)
            for code, label in _SHAPES.items()
        ],
    )
    if shape == LIST:
        return _by_workstream(states, shown, scope, title)
    _in_time(shown, scope, asked)


# ── By workstream ─────────────────────────────────────────────────────────────────────────────────


def _by_workstream(
    states: Sequence[WorkstreamState], shown: Sequence[PlanAt], scope: Scope, title: str
) -> None:
    lines = defaultdict(list)
    for m in shown:
        lines[m.plan.workstream_id].append(_line(m, scope))
    groups = [
        (row, lines[state.workstream.id])
        for state, row in zip(states, rows_of(states, scope), strict=True)
    ]
    draw("roadmap/plan.html", title=title, is_part=not scope.is_whole, groups=groups)
    calendar.file_of_all(scope)


def _line(m: PlanAt, scope: Scope) -> dict:
    """One milestone in words. `rule`: the rule of its status; `awaits`: the numbers of its open
    dependencies.
    """
    verdict = calendar.verdict_of(m, scope)
    end, days = calendar.until(m), slip(m.facts())
    awaited = still_awaited(m, cached.every_milestone(scope.on), scope.on)
    return {
        "number": m.plan.number,
        "title": m.plan.title,
        "href": address("feuille-de-route", scope, jalon=m.plan.number),
        "is_critical": m.schedule.critical,
        "owner": m.schedule.owner,
        "due": french.day(m.schedule.end),
        "end": french.day(end) if end and end != m.schedule.end else "",
        "slip": french.signed(days, "jour", 0) if days else "",
        "progress": french.percent(100 * m.progress, 0),
        "status": theme.STATUSES[str(verdict.health)],
        "rule": rule_of(verdict),
        "awaits": ", ".join(dependency.other.plan.number for dependency in awaited),
        "awaits_too_long": any(dependency.is_late for dependency in awaited),
    }


# ── In time ───────────────────────────────────────────────────────────────────────────────────────


def _in_time(shown: Sequence[PlanAt], scope: Scope, asked: dict[str, str]) -> None:
    windows = _windows(scope)
    chosen = asked.get(PERIOD, _ALL)
    chosen = chosen if chosen in windows else _ALL
    segments(
        "Période",
        [
            (
                label,
                address("feuille-de-route", scope, **{SHAPE: TIME, PERIOD: code}),
                code == chosen,
            )
            for code, (label, _) in windows.items()
        ],
    )
    _, window = windows[chosen]
    within = [m for m in shown if window is None or _lies_in(m, window)]
    if not within:
        return empty_nothing_yet("Aucun jalon dans cette période.")
    calendar.gantt(within, scope, window)


def _windows(scope: Scope) -> dict[str, tuple[str, calendar.Window | None]]:
    """Code → name and days of each window: everything, each year of the programme, this quarter,
    the next.
    """
    period = scope.programme
    years = range(period.first_day.year, period.last_day.year + 1)
    of_years = {str(year): (str(year), (date(year, 1, 1), date(year, 12, 31))) for year in years}
    begin = date(scope.on.year, scope.on.month - (scope.on.month - 1) % _A_QUARTER, 1)
    quarters = {}
    for start in (begin, add_months(begin, _A_QUARTER)):
        end = add_months(start, _A_QUARTER) - timedelta(days=1)
        number = (start.month - 1) // _A_QUARTER + 1
        quarters[f"{start.year}-T{number}"] = (f"T{number} {start.year}", (start, end))
    return {_ALL: ("Tout le programme", None), **of_years, **quarters}


def _lies_in(m: PlanAt, window: calendar.Window) -> bool:
    first, last = window
    end = max(m.schedule.end, calendar.until(m) or m.schedule.end)
    return m.schedule.start <= last and end >= first
