"""Small cells (petites cellules): which counts of persons may be shown, so that none below 5 can be worked out.

`protect` ends every query that counts persons. A count below 5 is hidden; then, in each group of siblings, others are
hidden until what the parent gives away by difference is no longer below 5 nor a single cell.
"""

from collections.abc import Mapping

from models.directions import Tree, Unit

SMALLEST = 5


def protect(counts: Mapping[int, int], tree: Tree) -> frozenset[int]:
    """The ids of the units whose count of persons is hidden. `counts` gives every unit's own (inclusive) count."""
    hidden = {unit.id for unit in tree.units if counts.get(unit.id, 0) < SMALLEST}
    # From the top: what is hidden at one level must be known before the level below is balanced against it.
    for top in tree.children.get(None, []):
        _balance(top, counts, tree, hidden)
    return frozenset(hidden)


def _balance(parent: Unit, counts: Mapping[int, int], tree: Tree, hidden: set[int]) -> None:
    children = tree.children.get(parent.id, [])
    if children and parent.id not in hidden:
        hide_complements({child.id: counts.get(child.id, 0) for child in children}, hidden)
    elif children:
        # A hidden parent whose children were all shown could be added up again.
        if all(child.id not in hidden for child in children):
            hidden.add(min(children, key=lambda child: counts.get(child.id, 0)).id)
    for child in children:
        _balance(child, counts, tree, hidden)


def hide_complements(counts: Mapping[int, int], hidden: set[int]) -> None:
    """Hides the smallest shown cells of a group whose total is shown, until the hidden ones are two and sum to 5."""
    while True:
        concealed = [key for key in counts if key in hidden]
        shown = sorted((n, key) for key, n in counts.items() if key not in hidden)
        safe = len(concealed) >= 2 and sum(counts[key] for key in concealed) >= SMALLEST
        if not concealed or safe or not shown:
            return
        hidden.add(shown[0][1])
