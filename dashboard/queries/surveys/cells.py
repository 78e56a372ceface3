"""Small cells of a survey: the directions and families of functions that may be shown separately,
for one question.

Both cuts and the whole are shown together, so they are checked together: any difference between
sums of shown rows must be empty or a group that may be shown itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dashboard.queries.figures.small_cells import SMALLEST, SMALLEST_AVERAGE, protect
from models.directions import Tree, Unit

MOST_FAMILIES = 10
MOST_COLUMNS = 6
OTHERS = "Autres réponses"
# Persons by part: unfavourable, favourable…; for an answer that is ticked: those who ticked it and
# those who did not.
Counts = tuple[int, ...]
Key = tuple[int | None, str]  # direction, family of functions
Cells = Mapping[Key, Counts]
Answers = Mapping[Key, Mapping[str, int]]  # how many gave each answer


@dataclass(frozen=True)
class SurveyCells:
    """The rows that may be shown: direction → persons by part; family → persons by part. `columns`
    names the answers of the parts, unless they are the two sides of a scale; the last one may be
    all other answers.
    """

    places: Mapping[int, Counts] = field(default_factory=dict)
    families: Mapping[str, Counts] = field(default_factory=dict)
    columns: tuple[str, ...] = ()


def may_be_shown(counts: Iterable[int]) -> bool:
    """Whether the shares of a group may be shown: at least ten persons, at least five in each
    part.
    """
    found = list(counts)
    return sum(found) >= SMALLEST_AVERAGE and min(found) >= SMALLEST


def cut_choices(answers: Answers, choices: Sequence[str], apart: Sequence[str]) -> SurveyCells:
    """The cut of a question with one answer per person: the first of the answers in `apart`, and
    all others together.
    """
    known = {choice for counts in answers.values() for choice, n in counts.items() if n}

    def option(many: int) -> tuple[list[str], int, Cells]:
        columns = [choice for choice in choices if choice in apart[:many]]
        at = {choice: i for i, choice in enumerate(columns)}
        if known - set(columns):
            columns.append(OTHERS)
        cells = {}
        for key, counts in answers.items():
            parts = [0] * len(columns)
            for choice, n in counts.items():
                if n:
                    parts[at.get(choice, -1)] += n
            cells[key] = tuple(parts)
        return columns, len(columns) - 1, cells

    # A single remaining answer is shown under its own name.
    numbers = range(1, min(len(apart), MOST_COLUMNS) + 1)
    return _fullest(
        option(many)
        for many in numbers
        if many == len(apart) or known - set(apart[:many]) != {apart[many]}
    )


def cut_ticks(
    answers: Answers, persons: Mapping[Key, int], choices: Sequence[str], apart: Sequence[str]
) -> SurveyCells:
    """The cut of a question with several answers per person: each answer is its own question, and
    all share the same rows, so that the number of persons is known only once.
    """

    def option(many: int) -> tuple[list[str], int, Cells]:
        columns = [choice for choice in choices if choice in apart[:many]]
        cells = {}
        for key, among in persons.items():
            ticks = [answers.get(key, {}).get(choice, 0) for choice in columns]
            # Those who ticked and those who did not: either side could single persons out.
            cells[key] = tuple(part for n in ticks for part in (n, among - n))
        return columns, many, cells

    return _fullest(map(option, range(1, min(len(apart), MOST_COLUMNS) + 1)))


def _fullest(options: Iterable[tuple[Sequence[str], int, Cells]]) -> SurveyCells:
    """The way to divide the answers (columns, number of meaningful ones, cells) that shows most:
    few columns leave more directions, many leave fewer. Only one way is shown, so that two cannot
    be compared.
    """
    best = SurveyCells()
    most = 0
    for columns, groups, cells in options:
        found = cut(cells)
        shown = groups * (len(found.places) + len(found.families))
        if shown and shown >= most:
            best = SurveyCells(found.places, found.families, tuple(columns))
            most = shown
    return best


def cut(cells: Cells) -> SurveyCells:
    """The rows of both cuts that may be shown beside the whole."""
    if not cells or not may_be_shown(map(sum, zip(*cells.values(), strict=True))):
        return SurveyCells()
    places = _margin(cells, 0)
    families = _margin(cells, 1)
    shown_places = _shown(places, None)
    shown_families = _shown(families, "")
    while len(shown_families) > MOST_FAMILIES:
        shown_families = _without_smallest(shown_families, families)
    while shown_families and (exposed := _exposed(cells, shown_places, shown_families)):
        shown_families = _without_smallest(shown_families, families, exposed)
    return SurveyCells(
        {p: places[p] for p in shown_places}, {f: families[f] for f in shown_families}
    )


def _margin(cells: Cells, side: int) -> dict:
    found: dict = {}
    for key, counts in cells.items():
        held = found.get(key[side])
        found[key[side]] = (
            counts if held is None else tuple(a + b for a, b in zip(held, counts, strict=True))
        )
    return found


def _shown(margin: Mapping, unknown) -> set:
    """The rows of one cut that may be shown, and whose total with the whole reveals no hidden
    row.
    """
    return _balanced(
        {key for key, counts in margin.items() if key != unknown and may_be_shown(counts)}, margin
    )


def _balanced(shown: set, margin: Mapping) -> set:
    """Hides the smallest rows until the hidden rest is empty or may be shown."""
    while shown:
        rest = [counts for key, counts in margin.items() if key not in shown]
        if not rest or may_be_shown(map(sum, zip(*rest, strict=True))):
            return shown
        shown = shown - {_smallest(shown, margin)}
    return shown


def _without_smallest(shown: set, margin: Mapping, among: set | None = None) -> set:
    return _balanced(
        shown - {_smallest(among & shown if among and among & shown else shown, margin)}, margin
    )


def _smallest(keys: set, margin: Mapping):
    return min(keys, key=lambda key: (sum(margin[key]), str(key)))


def _exposed(cells: Cells, places: set, families: set) -> set | None:
    """Families whose difference with directions leaves a group that may not be shown; None if there
    are none.

    The hidden rows of one side are known as a whole, as the rest of the total. A difference of sums
    is a group of persons only where one sum holds all persons of the other: for each choice of
    families, the fewest directions that hold them all and the most that they hold. More directions
    only enlarge the rest by rows that may be shown themselves; and a combination with factors other
    than one is a sum of such differences (level by level).
    """
    rows = _numbered(places)
    columns = _numbered(families)
    parts = len(next(iter(cells.values())))
    table = [[[0] * parts for _ in rows] for _ in columns]
    for (place, family), counts in cells.items():
        cell = table[columns.get(family, 0)][rows.get(place, 0)]
        for part, n in enumerate(counts):
            cell[part] += n
    # Imported here because NumPy takes 15 MiB, which a server without readers of such surveys
    # saves.
    from dashboard.queries.surveys.differences import revealing_choice

    chosen = revealing_choice(table, SMALLEST_AVERAGE, SMALLEST)
    if chosen is None:
        return None
    return {
        name for name, is_in in zip(columns, chosen, strict=True) if is_in and name is not None
    } or set(families)


def _numbered(shown: set) -> dict:
    """The row numbers of a table: the first (None) is for all rows that are not shown."""
    return {name: at for at, name in enumerate([None, *sorted(shown, key=str)])}


def hidden_shares(blocks: list[list[int]]) -> tuple[list[bool], list[list[bool]]]:
    """Which counts of a distribution are hidden: among its blocks (unfavourable, favourable…), and
    among the answers inside them.
    """
    units: list[Unit] = []
    counts: dict[int, int] = {}

    def placed(n: int, above: int | None) -> int:
        place = len(units) + 1
        units.append(Unit(place, "", "", "", above, place))
        counts[place] = n
        return place

    root = placed(sum(map(sum, blocks)), None)
    tops = [placed(sum(block), root) for block in blocks]
    inside = [[placed(n, top) for n in block] for top, block in zip(tops, blocks, strict=True)]
    hidden = protect(counts, Tree(tuple(units)))
    return (
        [top in hidden for top in tops],
        [[place in hidden for place in places] for places in inside],
    )
