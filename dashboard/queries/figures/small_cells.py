"""Small cells (petites cellules): the counts of persons that may be shown, so that none below 5 can
be derived.

`protect` ends every query that counts persons. A count below 5 is hidden; then others are hidden
until no shown total, minus the shown counts below it, leaves a single cell or fewer than 5 persons,
for any combination of levels. `protect_parts` does the same for a whole that is divided once, by
ambition.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from itertools import count

from sqlmodel import Session, select

from models.directions import Tree, Unit, UnitKind
from models.facts import facts_of
from models.roadmap import FigureEvent, FigureStep, Workstream

SMALLEST = 5  # persons in a count
SMALLEST_AVERAGE = 10  # answers behind an average
HANDFUL = 20  # agents of a unit whose entries would point to their author

# The counts shown for one cell: those who did, those who did not, and the rest that two figures
# leave.
Counts = tuple[int, ...]


def protect(counts: Mapping[int, int], tree: Tree) -> frozenset[int]:
    """The ids of the units whose count of persons is hidden. `counts` has every unit's count, with
    the units below it.
    """
    return Protection({unit: (n,) for unit, n in counts.items()}, tree).hidden()


def origins(agents: Mapping[int, int], tree: Tree) -> "Protection":
    """Protects the entries of a handful of agents, who could be recognised by the day of their
    entry. `agents`: by service.
    """
    counts = {
        unit: (sum(agents.get(place, 0) for place in under),)
        for unit, under in tree.everything_under.items()
    }
    return Protection(counts, tree, smallest=HANDFUL + 1)


def is_small(counts: Counts, zero_is_shown: bool = False, smallest: int = SMALLEST) -> bool:
    """Whether one of these counts of persons is too small to be shown; with `zero_is_shown`, zero
    is not.
    """
    return any(n < smallest and not (zero_is_shown and n == 0) for n in counts)


def reveals_few(now: Iterable[float | None], before: Iterable[float | None]) -> bool:
    """Whether the difference between two counts of one thing is one to four persons."""
    pairs = zip(now, before, strict=True)
    return any(None not in pair and 0 < abs(pair[0] - pair[1]) < SMALLEST for pair in pairs)


def protect_parts(
    whole: Counts, parts: Mapping[int, Counts], zero_is_shown: bool = False
) -> frozenset[int]:
    """The keys (above 0) of the hidden parts of a whole; the rest of the whole beside its parts is
    a cell too.
    """
    root = Unit(0, "", "", UnitKind.root, None, 0)
    below = [Unit(key, "", "", UnitKind.service, root.id, key) for key in parts]
    hidden = Protection({root.id: whole, **parts}, Tree((root, *below)), zero_is_shown).hidden()
    return hidden - {root.id}


class Protection:
    """Hides cells until no more need to be; each pass hides at least one, so it ends. `counts`: of
    every unit, several; the first one tells how many persons are in no unit below.
    """

    def __init__(
        self,
        counts: Mapping[int, Counts],
        tree: Tree,
        zero_is_shown: bool = False,
        smallest: int = SMALLEST,
    ):
        self.smallest = smallest
        nobody = (0,) * max(map(len, counts.values()), default=1)
        self.counts = {unit.id: counts.get(unit.id, nobody) for unit in tree.units}
        self.known = frozenset(self.counts)
        self.below = {unit.id: list(tree.children.get(unit.id, [])) for unit in tree.units}
        self.units = [unit for unit, _ in tree.walk()]
        self._add_remainders()
        self._hidden = {
            unit for unit, parts in self.counts.items() if is_small(parts, zero_is_shown, smallest)
        }

    def _add_remainders(self) -> None:
        """Adds a cell for the persons of a unit who are in none of its children: a subtraction
        would reveal it.
        """
        fresh = count(-1, -1)
        for parent in [unit for unit in self.units if self.below[unit.id]]:
            sums = self._sums(self.below[parent.id])
            left = tuple(max(n - m, 0) for n, m in zip(self.counts[parent.id], sums, strict=True))
            if left[0] > 0:
                cell = Unit(next(fresh), "", "", UnitKind.service, parent.id, 0)
                self.counts[cell.id] = left
                self.below[cell.id] = []
                self.below[parent.id].append(cell)

    def _sums(self, cells: list[Unit]) -> Counts:
        counts = [self.counts[cell.id] for cell in cells]
        return tuple(sum(column) for column in zip(*counts, strict=True))

    def hidden(self) -> frozenset[int]:
        """The ids of the hidden units."""
        # A list, not a generator: each pass balances every unit, even after one that hides.
        while any([self._balance(unit) for unit in self.units if self.below[unit.id]]):
            pass
        return self.known & self._hidden

    def is_split_safe(self, apart: frozenset[int]) -> bool:
        """Whether the totals of the services in `apart` and of the others may be shown beside
        everything else: the hidden cells below a shown unit are known together; if they are on both
        sides, both totals reveal how much is on each.
        """
        self.hidden()
        inside: list[Unit] = []
        outside: list[Unit] = []
        for unit in self.units:
            if unit.id in self._hidden or not self.below[unit.id]:
                continue
            leaves, _ = self._residue(unit)
            inside_leaves = [leaf for leaf in leaves if leaf.id in apart]
            if inside_leaves and len(inside_leaves) < len(leaves):
                inside += inside_leaves
                outside += [leaf for leaf in leaves if leaf.id not in apart]
        return not inside or (self._is_safe(inside) and self._is_safe(outside))

    def _balance(self, parent: Unit) -> bool:
        """Hides what `parent` would reveal; True if anything was hidden."""
        children = self.below[parent.id]
        concealed = [child for child in children if child.id in self._hidden]
        shown = [child for child in children if child.id not in self._hidden]
        if parent.id in self._hidden:
            # A hidden total whose parts are all shown could be recomputed.
            return not concealed and self._hide_smallest(shown)
        if concealed and not self._is_safe(concealed):
            return self._hide_smallest(shown) or self._hide(parent)
        leaves, frontier = self._residue(parent)
        if leaves and not self._is_safe(leaves):
            return self._hide_smallest(frontier) or self._hide(parent)
        return False

    def _is_safe(self, cells: list[Unit]) -> bool:
        # A single hidden cell is the difference between its parent and the others.
        return len(cells) >= 2 and min(self._sums(cells)) >= self.smallest

    def _residue(self, unit: Unit) -> tuple[list[Unit], list[Unit]]:
        """The hidden leaves that the total of `unit` covers, and the shown cells to subtract from
        it to find them.
        """
        leaves = []
        frontier = []
        for child in self.below[unit.id]:
            if child.id not in self._hidden:
                frontier.append(child)
            elif not self.below[child.id]:
                leaves.append(child)
            else:
                deeper = self._residue(child)
                leaves += deeper[0]
                frontier += deeper[1]
        return leaves, frontier

    def _hide_smallest(self, cells: list[Unit]) -> bool:
        return bool(cells) and self._hide(min(cells, key=lambda cell: self.counts[cell.id]))

    def _hide(self, cell: Unit) -> bool:
        self._hidden.add(cell.id)
        return True


# Code → value, given the workstreams; set by `dashboard.figures.kinds`.
CATALOGUE: list[Callable[[Iterable[int]], Mapping]] = []


def declared_values(session: Session) -> Mapping:
    """Code → value of every figure, those of the workstreams included."""
    return CATALOGUE[0](session.exec(select(Workstream.id)).all()) if CATALOGUE else {}


def last_step(session: Session, code: str, step: FigureStep, on: date) -> FigureEvent | None:
    """The last fact of this kind: the owner of a figure, or the verification of its definition,
    whatever that then was.
    """
    facts = facts_of(session, FigureEvent, code, on)
    return next((fact for fact in reversed(facts) if fact.what == step), None)
