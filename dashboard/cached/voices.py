"""Cached reads of the voices (voix): the groups of a scope, whose points are cached with the
figures.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from dashboard import cached
from dashboard.cached.memory import cached_query, whole
from dashboard.figures import voices
from dashboard.figures.kinds import Point, Value, figure_of
from dashboard.queries import directions, voices as query
from dashboard.queries.voices import Group
from dashboard.scope import Scope
from models.clock import last_month_end, window_start

_headcounts = cached_query(directions.headcounts, "directions")


def plain(scope: Scope) -> Scope:
    """The scope with the services of its directions, of all ambitions: what groups are made of."""
    scope = scope.of_every_ambition()
    return scope.within(*scope.units) if scope.units else scope


def groups(scope: Scope, voice: str, keys: Iterable[str] | None = None) -> list[Group]:
    """The groups of a scope at its day, or those named."""
    sizes = _headcounts(last_month_end(scope.on))
    return voices.groups(cached.points, sizes, plain(scope), voice, scope.on, keys)


def group_at(scope: Scope, voice: str, key: str, on: date) -> Group:
    """One of these groups at another day."""
    sizes = _headcounts(last_month_end(on))
    return voices.group(cached.points, sizes, plain(scope), voice, key, on)


def quality(scope: Scope, ends: Sequence[date]) -> dict[Value, list[Point]]:
    """The values of « Qualité de la participation » at these days."""
    found = {}
    for code in voices.QUALITY:
        figure = voices.OWN.get(code) or figure_of(code)
        value = next(value for value in figure.values if value.code == code)
        found[value] = cached.points(figure, plain(scope), ends)[code]
    return found


families = cached_query(
    voices.families,
    *("ideas", "discussions", "meetings", "academy", "people"),
    seen_as=whole,
)

_filed_by_day = cached_query(
    lambda session, scope: query.filed_by_day(session, scope, window_start(scope.on, 24)),
    "ideas",
    seen_as=Scope.impersonal,
)
_posters = cached_query(query.posters_put_up, "meetings", "directions")


def came_before(scope: Scope) -> list[voices.Before]:
    """The meetings and posters of two years, with the entries before and after."""
    start = window_start(scope.on, 24) + voices.SPAN
    meetings = [m for m in cached.meetings(scope.on) if m.day >= start]
    posters = [poster for poster in _posters(scope.on) if poster[0] >= start]
    sizes = _headcounts(scope.on)
    return voices.came_before(scope, meetings, posters, _filed_by_day(scope), sizes)


meetings_by_site = cached_query(
    lambda session, scope: [
        (site.name, site.agents, n) for site, n in query.meetings_by_site(session, scope, scope.on)
    ],
    *("meetings", "directions"),
)
