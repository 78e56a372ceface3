"""Small cells of a survey: which directions and which families of functions may be shown apart, for one question.

Both cuts and the whole are shown together, so that they are judged together: whatever sums of what is shown are subtracted
from one another, what is left is nobody or a group that may be shown itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from dashboard.queries.cells import SMALLEST, protect
from models.directions import Tree, Unit

SMALLEST_AVERAGE = 10
MOST_FAMILIES = 12
Counts = tuple[int, ...]  # persons by group: unfavourable, favourable…
Person = tuple[int | None, str, int]  # direction, family of functions, group


@dataclass(frozen=True)
class Cut:
    """What may be shown: direction → persons by group; family → persons by group."""

    places: Mapping[int, Counts] = field(default_factory=dict)
    families: Mapping[str, Counts] = field(default_factory=dict)


def may_be_shown(counts: Iterable[int]) -> bool:
    """A group of persons whose share may be told: ten at least, five at least on each side."""
    found = list(counts)
    return sum(found) >= SMALLEST_AVERAGE and min(found) >= SMALLEST


def cut(persons: Iterable[Person], groups: int) -> Cut:
    """The rows of both cuts that may be shown beside the whole."""
    cells: dict[tuple[int | None, str], list[int]] = {}
    for place, family, group in persons:
        cells.setdefault((place, family), [0] * groups)[group] += 1
    places, families = _margin(cells, 0, groups), _margin(cells, 1, groups)
    if not cells or not may_be_shown(map(sum, zip(*cells.values(), strict=True))):
        return Cut()
    shown_places = _shown(places, {None})
    shown_families = _shown(families, {""})
    while len(shown_families) > MOST_FAMILIES:
        shown_families = _without_smallest(shown_families, families)
    while shown_families and (exposed := _exposed(cells, shown_places, shown_families, groups)):
        shown_families = _without_smallest(shown_families, families, exposed)
    return Cut({p: tuple(places[p]) for p in shown_places}, {f: tuple(families[f]) for f in shown_families})


def _margin(cells: Mapping[tuple, list[int]], side: int, groups: int) -> dict:
    found: dict = {}
    for key, counts in cells.items():
        held = found.setdefault(key[side], [0] * groups)
        for i, n in enumerate(counts):
            held[i] += n
    return found


def _shown(margin: Mapping, unknown: set) -> set:
    """The rows of one cut that may be shown, and whose total with the whole gives no hidden one away."""
    shown = {key for key, counts in margin.items() if key not in unknown and may_be_shown(counts)}
    return _balanced(shown, margin)


def _balanced(shown: set, margin: Mapping) -> set:
    """Hides the smallest until what the whole leaves over is nobody or may be shown."""
    while shown:
        rest = [counts for key, counts in margin.items() if key not in shown]
        if not rest or may_be_shown(map(sum, zip(*rest, strict=True))):
            return shown
        shown = shown - {_smallest(shown, margin)}
    return shown


def _without_smallest(shown: set, margin: Mapping, among: set | None = None) -> set:
    return _balanced(shown - {_smallest(among & shown if among and among & shown else shown, margin)}, margin)


def _smallest(keys: set, margin: Mapping):
    return min(keys, key=lambda key: (sum(margin[key]), str(key)))


def _exposed(cells: Mapping[tuple, list[int]], places: set, families: set, groups: int) -> set | None:
    """Families that, subtracted from directions or directions from them, leave a group that may not be shown; None where no
    sum does.

    What is hidden on one side is known as a whole, as the rest of the total. A difference of sums is a group of persons only
    where one sum holds all persons of the other: for each choice of families, the fewest directions that hold them all and the
    most that they hold. More directions only make the rest larger by rows that may be shown themselves.
    """
    rows, columns = _Numbers({None} | places), _Numbers({None} | families)
    table = np.zeros((len(columns.known), len(rows.known), groups), dtype=np.int64)
    for (place, family), counts in cells.items():
        table[columns.of(family), rows.of(place)] += counts
    whole = table.sum(axis=0)
    for number in range(1, 2 ** len(columns.known)):
        chosen = np.array([bool(number >> i & 1) for i in range(len(columns.known))])
        held = table[chosen].sum(axis=0)
        touched, within = held.sum(axis=1) > 0, held.sum(axis=1) == whole.sum(axis=1)
        for rest in ((whole - held)[touched].sum(axis=0), held[~within].sum(axis=0)):
            if rest.sum() and not may_be_shown(rest.tolist()):
                return {name for name, is_in in zip(columns.known, chosen, strict=True) if is_in and name is not None} or set(families)
    return None


class _Numbers:
    """Rows of a table: those that are shown, and one for all others (None)."""

    def __init__(self, names: set):
        self.known = sorted(names, key=lambda name: (name is not None, str(name)))
        self._at = {name: i for i, name in enumerate(self.known)}

    def of(self, name) -> int:
        return self._at.get(name, self._at[None])


def hidden_shares(blocks: list[list[int]]) -> tuple[list[bool], list[list[bool]]]:
    """Which counts of a distribution are hidden: of its blocks (unfavourable, favourable…), and of the answers inside them."""
    units, counts, ids = [Unit(1, "", "", "", None, 0)], {1: sum(map(sum, blocks))}, []
    for block in blocks:
        top = len(units) + 1
        units.append(Unit(top, "", "", "", 1, top))
        counts[top] = sum(block)
        inside = []
        for n in block:
            place = len(units) + 1
            units.append(Unit(place, "", "", "", top, place))
            counts[place] = n
            inside.append(place)
        ids.append((top, inside))
    hidden = protect(counts, Tree(tuple(units)))
    return [top in hidden for top, _ in ids], [[place in hidden for place in inside] for _, inside in ids]
