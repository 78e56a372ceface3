"""The whole roadmap at a glance: workstreams that unfold to their milestones, a line each; links to
the other programmes.
"""

from collections import defaultdict
from collections.abc import Sequence

from dashboard import cached, french, theme
from dashboard.figures.workstreams import WorkstreamState
from dashboard.formulas import slip
from dashboard.queries.roadmap import PlanAt
from dashboard.queries.waits import still_awaited
from dashboard.scope import Scope
from dashboard.screens.roadmap import calendar
from dashboard.screens.roadmap.workstreams import rows_of, rule_of
from dashboard.ui.components import draw, paragraph
from dashboard.ui.tables import link
from dashboard.visit.navigation import address


def by_workstream(
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


def other_programmes(scope: Scope, url: str) -> None:
    """A link to this screen for each programme that is neither shown nor current: the frame
    links to the current one.
    """
    running = scope.programmes.running(scope.on)
    for period in scope.programmes.periods:
        if period not in (running, scope.programme):
            name = f"Voir le programme « {period.name} »"
            paragraph(link(name, address(url, scope.looking_at(period))))
