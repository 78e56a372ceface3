"""What figures of persons share: a count with all its parts, and the small cells hidden by
queries/figures/small_cells.py.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Generic, TypeVar

from dashboard.figures.kinds import Function, Point, Reads, Unit, Value
from dashboard.formulas import Rate
from dashboard.queries.directions import field_services, headcounts_at
from dashboard.queries.figures import figure_rows
from dashboard.queries.figures.small_cells import (
    SMALLEST,
    Counts,
    Protection,
    is_small,
    origins,
    protect_parts,
    reveals_few,
)
from dashboard.scope import Scope
from models.clock import last_month_end, month_start
from models.directions import Tree, UnitKind
from models.roadmap import TargetKind

T = TypeVar("T")


@dataclass(frozen=True)
class Parts(Generic[T]):
    """What is counted in the scope (`in_scope`), in the whole, and in every part that could be
    subtracted from it.

    `by_ambition` is filled only if the scope has an ambition; its keys are ambition ids, 0 for
    none. All but `in_scope` is the same for every direction: `within` switches to another one.
    """

    in_scope: T
    whole: T
    by_unit: Mapping[int, T]
    by_ambition: Mapping[int, T]
    by_service: Mapping[int, T]
    total: Callable[[Iterable[T]], T]
    # Hidden units are determined for the whole chart at once, and reused for each direction.
    _hidden: dict[Hashable, frozenset[int]] = field(default_factory=dict, compare=False, repr=False)

    def within(self, scope: Scope) -> "Parts[T]":
        """The same, for the directions of a scope. With an ambition, only its entries are
        counted.
        """
        if scope.is_whole or self.by_ambition:
            return self
        in_scope = (part for service, part in self.by_service.items() if service in scope.counted)
        return replace(self, in_scope=self.total(in_scope))

    def is_hidden(
        self, scope: Scope, counts_of: Callable[[T], Counts], zero_is_shown: bool = False
    ) -> bool:
        """Whether the value of the scope is a small cell, or would reveal one; `counts_of` gives
        all its counts of persons; `zero_is_shown`: zero is not a small cell.

        By direction and ambition at once nothing is shown: the five ambitions of a direction would
        add up to a hidden one.
        """
        whole = counts_of(self.whole)
        if is_small(whole, zero_is_shown) or is_small(counts_of(self.in_scope), zero_is_shown):
            return True
        if scope.is_whole:
            return scope.ambition is not None and scope.ambition.id in self._hidden_ambitions(
                counts_of, zero_is_shown
            )
        if scope.ambition is not None or scope.alone:
            return True
        hidden = self._hidden_units(scope.tree, counts_of, zero_is_shown)
        return any(unit.id in hidden for unit in scope.units)

    def _hidden_units(
        self, tree: Tree, counts_of: Callable[[T], Counts], zero_is_shown: bool
    ) -> frozenset[int]:
        key = "units", counts_of, zero_is_shown
        if key not in self._hidden:
            counts = {unit: counts_of(part) for unit, part in self.by_unit.items()}
            tops = tree.children.get(None, [])
            # Persons of unknown service are in the whole, and in no direction.
            root = {tops[0].id: counts_of(self.whole)} if len(tops) == 1 else {}
            self._hidden[key] = Protection(counts | root, tree, zero_is_shown).hidden()
        return self._hidden[key]

    def _hidden_ambitions(
        self, counts_of: Callable[[T], Counts], zero_is_shown: bool
    ) -> frozenset[int]:
        key = "ambitions", counts_of, zero_is_shown
        if key not in self._hidden:
            parts = {
                ambition: counts_of(part) for ambition, part in self.by_ambition.items() if ambition
            }
            self._hidden[key] = protect_parts(counts_of(self.whole), parts, zero_is_shown)
        return self._hidden[key]


def parts_of(
    scope: Scope,
    total: Callable[[Iterable[T]], T],
    by_service: Mapping[int, T],
    by_ambition: Mapping[int, T] | None = None,
) -> Parts[T]:
    """The parts of what was counted by service (0 or another key outside the chart: unknown) and by
    ambition.

    `total` sums parts.
    """
    by_unit = {
        unit: total(by_service[place] for place in under if place in by_service)
        for unit, under in scope.tree.everything_under.items()
    }
    whole = total(by_service.values())
    in_scope = whole
    if scope.ambition is not None and by_ambition is not None:
        in_scope = by_ambition.get(scope.ambition.id, total(()))
    return Parts(in_scope, whole, by_unit, by_ambition or {}, by_service, total).within(scope)


@dataclass(frozen=True)
class Share:
    """Persons who did something, each once, out of so many; `seats` bounds the number of those
    expected who did not.
    """

    persons: frozenset[int] = frozenset()
    among: int = 0
    seats: int | None = None

    @property
    def n(self) -> int:
        return len(self.persons)

    def counts(self) -> Counts:
        """Those who did, those who did not; and those with a seat who were absent, at most."""
        return self.n, self.among - self.n, self.n if self.seats is None else self.seats - self.n


def share_of(shares: Iterable[Share]) -> Share:
    """The sum of several: each person once."""
    listed = list(shares)
    return Share(
        frozenset().union(*(share.persons for share in listed)),
        sum(share.among for share in listed),
    )


def shares(persons: Mapping[int, Iterable[int]], among: Mapping[int, int]) -> dict[int, Share]:
    """Service id → its persons and its total."""
    return {
        service: Share(frozenset(persons.get(service, ())), among.get(service, 0))
        for service in {*persons, *among}
    }


def ambition_shares(persons: Mapping[int, Iterable[int]], among: int) -> dict[int, Share]:
    """Ambition id → its persons, out of the total: nobody belongs to an ambition."""
    return {
        ambition: Share(frozenset(of_ambition), among) for ambition, of_ambition in persons.items()
    }


def shares_of(own: Mapping[int, int], part: set[int], whole: Iterable[int]) -> dict[int, Share]:
    """Service id → those of `part` out of those of `whole` whose own service it is."""
    everybody: dict[int, set[int]] = {}
    for person in whole:
        everybody.setdefault(own[person], set()).add(person)
    return {
        service: Share(frozenset(persons & part), len(persons))
        for service, persons in everybody.items()
    }


def is_share_hidden(scope: Scope, parts: Parts[Share]) -> bool:
    """Whether the share of the scope is a small cell, on either side, or would reveal one."""
    # Several directions: persons in two of them are the difference between the sum and the total.
    twice = (
        sum(parts.by_unit[unit.id].n for unit in scope.units) - parts.in_scope.n
        if scope.units
        else 0
    )
    return 0 < twice < SMALLEST or parts.is_hidden(scope, Share.counts)


def rate_of_persons(on: date, scope: Scope, parts: Parts[Share], fresh_on: date | None) -> Point:
    """Persons of the scope, each once, ÷ its agents, hidden if the cell is small."""
    in_scope = parts.in_scope
    if not in_scope.among:
        return Point(on, None, fresh_on=fresh_on)
    if is_share_hidden(scope, parts):
        return Point.hidden(on, in_scope.among, fresh_on)
    return Point.of_rate(on, Rate(in_scope.n, in_scope.among), n=in_scope.n, fresh_on=fresh_on)


def hides_origin(scope: Scope, agents: Mapping[int, int]) -> bool:
    """Whether the entries of the scope are those of a handful, or would reveal those of one; those
    at the head of a unit, in none of its services, are one. `agents`: by service.
    """
    if scope.is_whole:
        return False
    hidden = origins(agents, scope.tree).hidden()
    return scope.alone or any(unit.id in hidden for unit in scope.units)


# The second breakdown of the whole, by whether there is a computer at work.
OFFICE = "@bureau"
FIELD = "@terrain"


def workplace_values(code: str, label: str, counts: tuple[str, str]) -> tuple[Value, Value]:
    """The two values of a rate of persons by workplace."""
    sides = (
        (OFFICE, "services de bureau", "la moitié des agents au moins ont un ordinateur"),
        (FIELD, "services de terrain", "plus de la moitié des agents n'ont pas d'ordinateur"),
    )
    return tuple(
        Value(
            f"{code}{side}",
            f"{label}, {name}",
            Unit.percent,
            TargetKind.follow,
            f"Le même calcul sur les services où {which} au travail ; qui a changé de côté compte"
            " une fois, sur le terrain. Pour toute l'administration, toutes ambitions ensemble.",
            counts,
            of_persons=True,
            rows=figure_rows.rows_of_part,
            whole_only=True,
        )
        for side, name, which in sides
    )


def split_by_workplace(
    whole: Point, scope: Scope, everybody: Parts[Share], field_work: frozenset[int]
) -> dict[str, Point]:
    """The rate of persons of the services in `field_work` and of the others, for the whole
    administration only: for a direction, it could be subtracted from its services. If the `whole`
    is hidden, both would add up to it.
    """
    on, fresh_on = whole.on, whole.fresh_on
    if not scope.is_whole or scope.ambition is not None:
        return dict.fromkeys((OFFICE, FIELD), Point(on, None, fresh_on=fresh_on))
    by_service = everybody.by_service
    of_service = {service: share for service, share in by_service.items() if service}
    outside = share_of(share for service, share in of_service.items() if service in field_work)
    office = share_of(share for service, share in of_service.items() if service not in field_work)
    # A person who moved from one side to the other is counted once, or the sum would reveal her.
    parts = {FIELD: outside, OFFICE: replace(office, persons=office.persons - outside.persons)}
    # Persons of unknown service.
    unknown = share_of(by_service.values()).n - sum(part.n for part in parts.values())
    few = any(part.among and min(part.counts()) < SMALLEST for part in parts.values())
    is_hidden = whole.suppressed or few or 0 < unknown < SMALLEST
    if is_hidden or not _is_split_shown(scope, everybody, field_work):
        return {
            side: Point.hidden(on, part.among, fresh_on)
            if part.among
            else Point(on, None, fresh_on=fresh_on)
            for side, part in parts.items()
        }
    return {
        side: Point.of_rate(on, Rate(part.n, part.among), n=part.n, fresh_on=fresh_on)
        for side, part in parts.items()
    }


def rates_by_workplace(
    reads: Reads, scope: Scope, on: date, code: str, parts: Parts[Share], fresh_on: date | None
) -> dict[str, Point]:
    """The rate of persons, in all and by workplace."""
    whole = rate_of_persons(on, scope, parts, fresh_on)
    field_work = field_services(reads.read(headcounts_at, scope, on))
    points = {"": whole, **split_by_workplace(whole, scope, parts, field_work)}
    return {f"{code}{side}": point for side, point in points.items()}


def _is_split_shown(scope: Scope, everybody: Parts[Share], field_work: frozenset[int]) -> bool:
    tops = scope.tree.children.get(None, [])
    counts = {unit: part.counts() for unit, part in everybody.by_unit.items()}
    if len(tops) == 1:
        # The seats of the whole are not a count of either side.
        counts[tops[0].id] = replace(everybody.whole, seats=None).counts()
    return Protection(counts, scope.tree).is_split_safe(field_work)


def share_of_members(
    on: date, scope: Scope, members: Parts[Share], fresh_on: date | None, is_public: bool
) -> Point:
    """Members of the scope who did something ÷ its members: who did is not public, so a small cell
    on either side is hidden.

    `is_public`: the members themselves are public, as community members are by their consent.
    """
    # The figure is available by department at most.
    if any(unit.kind not in (UnitKind.root, UnitKind.department) for unit in scope.units):
        return Point(on, None, fresh_on=fresh_on)
    parts = members.within(scope)
    among = parts.in_scope.among if is_public else parts.whole.among
    # No ambition has members of its own: one shows the same as all five.
    checked = scope.of_every_ambition() if scope.is_whole else scope
    if among and is_share_hidden(checked, parts):
        return Point.hidden(on, parts.in_scope.among if is_public else None, fresh_on)
    return Point.of_rate(
        on, Rate(parts.in_scope.n, parts.in_scope.among), n=parts.in_scope.among, fresh_on=fresh_on
    )


# --- one month end beside the one before
# -----------------------------------------------------------------------

CountsOf = Callable[[Point], Counts]


def _numerator(point: Point) -> float | None:
    return point.value if point.numerator is None else point.numerator


def counted(point: Point) -> Counts:
    """The persons that a point counts: its numerator, else its value."""
    return (_numerator(point),)


def counted_both(point: Point) -> Counts:
    """Both sides of a rate, if both are persons."""
    return point.numerator, point.denominator


def counted_behind(point: Point) -> Counts:
    """The persons behind a point with another unit, hours for instance."""
    return (point.n,)


def at_month_end(
    reads: Reads, scope: Scope, on: date, points_at: Function, counts_of: CountsOf = counted
) -> dict[str, Point]:
    """The points of a figure of persons, as counted at the last month end.

    A value that changed by fewer than five persons repeats the previous one: subtracting two month
    ends would reveal what one of them did.
    """
    shown, _ = reads.of_scope(_shown_at, scope, last_month_end(on), points_at, counts_of)
    return {code: replace(point, on=on) for code, point in shown.items()}


def _shown_at(
    reads: Reads, scope: Scope, month_end: date, points_at: Function, counts_of: CountsOf
) -> tuple[dict[str, Point], dict[str, Point]]:
    """The points shown at a month end, and the last points of each value with a count."""
    now = points_at(reads, scope, month_end)
    before = month_start(month_end) - timedelta(days=1)
    last: dict[str, Point] = {}
    if before >= scope.programmes.first_day:
        _, last = reads.of_scope(_shown_at, scope, before, points_at, counts_of)
    shown = now | {code: last[code] for code in _unchanged_codes(last, now, counts_of)}
    with_count = {code: point for code, point in shown.items() if point.value is not None}
    return shown, last | with_count


def _unchanged_codes(
    last: Mapping[str, Point],
    now: Mapping[str, Point],
    counts_of: CountsOf,
) -> list[str]:
    """The codes of the values that changed too little to be updated. If the first value is one, all
    the others are retained too; if one of the others is, all of them are, since they add up to the
    first.
    """
    close = [
        code
        for code, point in now.items()
        if code in last and _is_close(last[code], point, counts_of)
    ]
    if not close:
        return []
    first = next(iter(now))
    return [code for code in now if code in last and (first in close or code != first)]


def _is_close(last: Point, now: Point, counts_of: CountsOf) -> bool:
    """Whether a point changed, and any of its counts by fewer than five persons."""
    if now.value is None:
        return False
    counts, before = counts_of(now), counts_of(last)
    return reveals_few(counts, before) or (counts == before and _numerator(now) != _numerator(last))
