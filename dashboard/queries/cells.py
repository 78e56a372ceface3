"""Small cells (petites cellules): which counts of persons may be shown, so that none below 5 can be worked out.

`protect` ends every query that counts persons. A count below 5 is hidden; then others are hidden until no shown total,
less what is shown below it, leaves a single cell or fewer than 5 persons, whatever levels are combined.
"""

from collections.abc import Mapping

from models.directions import Tree, Unit

SMALLEST = 5


def protect(counts: Mapping[int, int], tree: Tree) -> frozenset[int]:
    """The ids of the units whose count of persons is hidden. `counts` gives every unit's own (inclusive) count."""
    return _Protection(counts, tree).hidden()


class _Protection:
    """Hides cells until nothing more has to be hidden; each pass hides one at least, so that it ends."""

    def __init__(self, counts: Mapping[int, int], tree: Tree):
        self.counts = {unit.id: counts.get(unit.id, 0) for unit in tree.units}
        self.below = {unit.id: tree.children.get(unit.id, []) for unit in tree.units}
        self.units = [unit for unit, _ in tree.walk()]
        self._hidden = {unit for unit, n in self.counts.items() if n < SMALLEST}

    def hidden(self) -> frozenset[int]:
        while any([self._balance(unit) for unit in self.units if self.below[unit.id]]):
            pass
        return frozenset(self._hidden)

    def _balance(self, parent: Unit) -> bool:
        """Hides what `parent` would give away; whether anything was."""
        children = self.below[parent.id]
        concealed = [child for child in children if child.id in self._hidden]
        shown = [child for child in children if child.id not in self._hidden]
        if parent.id in self._hidden:
            # A hidden total whose parts are all shown could be added up again.
            return not concealed and self._hide_smallest(shown)
        if concealed and not self._is_safe(concealed):
            return self._hide_smallest(shown) or self._hide(parent)
        leaves, frontier = self._residue(parent)
        if leaves and not self._is_safe(leaves):
            return self._hide_smallest(frontier) or self._hide(parent)
        return False

    def _is_safe(self, cells: list[Unit]) -> bool:
        return len(cells) >= 2 and sum(self.counts[cell.id] for cell in cells) >= SMALLEST

    def _residue(self, unit: Unit) -> tuple[list[Unit], list[Unit]]:
        """The hidden leaves that the total of `unit` covers, and the shown cells one would take from it to find them."""
        leaves, frontier = [], []
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
