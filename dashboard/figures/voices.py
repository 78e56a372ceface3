"""Whose voice is missing (quelles voix manquent): each group of agents beside its share of the
authors, supporters, participants… Counts of persons hide small cells as every figure does.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta

from sqlmodel import Session

from dashboard.access import counted_units
from dashboard.figures.board import PointsOf
from dashboard.figures.kinds import (
    Breakdown,
    Figure,
    Function,
    Point,
    Reads,
    Theme,
    Unit,
    Value,
    Window,
    figure_of,
)
from dashboard.figures.persons import (
    FIELD,
    OFFICE,
    Parts,
    Share,
    at_month_end,
    hides_origin,
    parts_of,
    rate_of_persons,
    rates_by_workplace,
    share_of,
    shares,
)
from dashboard.formulas import Rate
from dashboard.queries import directions, voices as query
from dashboard.queries.academy.counts import trained
from dashboard.queries.figures.small_cells import is_small, origins, protect_parts
from dashboard.queries.ideas.counts import authors
from dashboard.queries.meetings.records import MeetingAt
from dashboard.queries.voices import Group
from dashboard.scope import Scope
from models.clock import window_start
from models.directions import Unit as Direction, UnitKind
from models.meetings import OPEN_TO_ALL, MeetingState
from models.roadmap import TargetKind

Sizes = Mapping[int, tuple[int, int]]  # service → agents, of whom without a computer


# ── What is counted beside the catalogue ──────────────────────────────────────────────────────────


def _figure(
    code: str, label: str, definition: str, subjects: Sequence[str], function: Function
) -> Figure:
    """A figure that is no entry of the catalogue: it is read beside others, without a target."""
    value = Value(code, label, Unit.percent, TargetKind.follow, definition)
    return Figure(
        code,
        label,
        (value,),
        Theme.communities,
        Window.twelve_months,
        Breakdown.person,
        reader="CODIR, managers",
        source="",
        facts=(),
        rows=None,
        subjects=(*subjects, "directions"),
        function=function,
    )


def _of_persons(code: str, persons_of: Callable[..., query.Persons], splits: bool = True):
    """The function of a figure: distinct persons of twelve months ÷ agents, at month ends."""

    def in_all(reads: Reads, scope: Scope, month_end: date) -> Parts[Share]:
        agents = directions.agents_of(reads.read(directions.headcounts_at, scope, month_end))
        persons = reads.read(persons_of, scope, month_end, window_start(month_end))
        return parts_of(scope, share_of, shares(persons, agents))

    def at(reads: Reads, scope: Scope, month_end: date) -> dict[str, Point]:
        parts = reads.derive(in_all, scope, month_end).within(scope)
        if splits:
            return rates_by_workplace(reads, scope, month_end, code, parts, None)
        return {code: rate_of_persons(month_end, scope, parts, None)}

    def function(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
        return at_month_end(reads, scope, on, at)

    return function


def _of_entries(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    """Idées and suggestions of the scope's agents: filed, accepted, carried out."""
    found = reads.read(query.outcomes_by_origin, scope, on)
    sizes = reads.read(directions.headcounts_at, scope, on)
    agents = directions.agents_of(sizes)
    field = directions.field_services(sizes)
    is_split = origins(agents, scope.tree).is_split_safe(field)
    hidden = {"": hides_origin(scope, agents), FIELD: not is_split, OFFICE: not is_split}
    sides = {
        "": [place for place in found if scope.has(place)],
        FIELD: [place for place in found if place in field],
        OFFICE: [place for place in found if place not in field],
    }
    points = {}
    for nth, code in enumerate(_ENTRIES):
        for side, places in sides.items():
            n = sum(found[place][nth] for place in places)
            points[f"{code}{side}"] = Point.hidden(on) if hidden[side] else Point(on, n, n)
    return points


def _of_reasons(reads: Reads, scope: Scope, on: date) -> dict[str, Point]:
    rate = Rate(*query.reasons_given(reads.session, scope, on))
    return {REASONS: Point.of_rate(on, rate)}


REASONS = "voix-raisons"
_ENTRIES = ("voix-idees", "voix-retenues", "voix-realisees")
_MONTH_END = "sur douze mois, à la dernière fin de mois"
_SIGNED = "par des agents dont le service est connu, sur douze mois (des idées, non des personnes)"
OWN = {
    figure.code: figure
    for figure in (
        _figure(
            "voix-soutiens",
            "Soutiens",
            f"Agents distincts qui soutiennent une idée depuis un jour de la période, {_MONTH_END},"
            " par leur service d'alors ; un soutien retiré ne compte plus.",
            ("discussions", "ideas", "people"),
            _of_persons("voix-soutiens", query.supporters),
        ),
        _figure(
            "voix-reunions",
            "Réunions",
            f"Agents distincts notés présents, par leur nom, à une réunion, {_MONTH_END} ; les"
            " réunions des comités ne comptent pas.",
            ("meetings",),
            _of_persons("voix-reunions", query.participants),
        ),
        _figure(
            "voix-enquete",
            "Enquêtes",
            "Réponses à la dernière enquête auprès des agents, fermée depuis douze mois au plus.",
            ("surveys",),
            _of_persons("voix-enquete", query.respondents, splits=False),
        ),
        _figure(
            REASONS,
            "Réponses qui disent pourquoi",
            "Premières réponses données avec un texte, divisées par les premières réponses, sur"
            " douze mois.",
            ("ideas",),
            _of_reasons,
        ),
        *(
            _figure(code, label, definition, ("ideas",), _of_entries)
            for code, label, definition in (
                (_ENTRIES[0], "Idées", f"Idées et suggestions déposées {_SIGNED}."),
                (_ENTRIES[1], "Retenues", f"Idées déposées, retenues ou réalisées, {_SIGNED}."),
                (_ENTRIES[2], "Réalisées", f"Idées déposées et réalisées, {_SIGNED}."),
            )
        ),
    )
}


# ── The groups ────────────────────────────────────────────────────────────────────────────────────

AUTHORS = "auteurs"
# Code → its value, its name on a tab, what it counts in words.
VOICES: Mapping[str, tuple[str, str, str]] = {
    AUTHORS: ("idees.auteurs", "Auteurs", "auteurs"),
    "idees": ("voix-idees", "Idées", "idées"),
    "soutiens": ("voix-soutiens", "Soutiens", "agents qui soutiennent une idée"),
    "reunions": ("voix-reunions", "Réunions", "participants aux réunions"),
    "inscriptions": ("presence.taux", "Inscriptions", "inscriptions à l'académie"),
    "formes": ("formation", "Formés", "agents formés"),
    "enquetes": ("voix-enquete", "Enquêtes", "réponses à l'enquête"),
    "retenues": ("voix-retenues", "Retenues", "idées retenues"),
    "realisees": ("voix-realisees", "Réalisées", "idées réalisées"),
}
SIDES = {FIELD: "Terrain", OFFICE: "Bureau"}
_WITHOUT_SIDES = ("inscriptions", "enquetes")


def figure_behind(voice: str) -> Figure:
    """The figure of a voice: of the catalogue, or its own."""
    value = VOICES[voice][0]
    return OWN.get(value) or figure_of(value)


def definition_of(voice: str) -> str:
    """What the number counts, word for word as its figure says it."""
    code = VOICES[voice][0]
    return next(v.definition for v in figure_behind(voice).values if v.code == code)


def units_shown(scope: Scope) -> list[Direction]:
    """The directions compared: several asked for, else those below the scope (services only below
    a department or a direction), as far as the reader may see them separately.
    """
    tree, allowed = scope.tree, counted_units(scope.reader, scope.tree)
    units = list(scope.units)
    if len(units) <= 1:
        top = scope.unit or tree.root
        below = [unit for unit, _ in tree.walk(top) if unit is not top] if top else []
        units = [unit for unit in below if scope.unit or unit.kind != UnitKind.service]
    return [unit for unit in units if allowed is None or tree.under(unit.id) <= allowed]


def groups(
    points_of: PointsOf,
    sizes: Sizes,
    scope: Scope,
    voice: str,
    on: date,
    keys: Iterable[str] | None = None,
) -> list[Group]:
    """Every group of the scope at a day, or those named: field and office for the whole, then the
    directions.
    """
    if keys is None:
        sides = SIDES if scope.is_whole and voice not in _WITHOUT_SIDES else ()
        keys = [*sides, *(unit.code for unit in units_shown(scope))]
    return [group(points_of, sizes, scope, voice, key, on) for key in keys]


def group(points_of: PointsOf, sizes: Sizes, scope: Scope, voice: str, key: str, on: date) -> Group:
    """One group at a day: a side of the workplace, or a direction by its code."""
    figure, value = figure_behind(voice), VOICES[voice][0]
    base = scope.whole() if len(scope.units) > 1 else scope

    def voices(of: Scope, side: str = "") -> float | None:
        point = points_of(figure, of, [on])[f"{value}{side}"][0]
        return point.denominator if voice == "inscriptions" else point.numerator

    if key in SIDES:
        field = directions.field_services(sizes)
        here = [n for place, (n, _) in sizes.items() if (place in field) == (key == FIELD)]
        both = [voices(base, side) for side in SIDES]
        # Their sum: each may be that of another month than the whole.
        among = None if None in both else sum(both)
        return Group(key, SIDES[key], sum(here), _agents(sizes, base), voices(base, key), among)
    unit = scope.tree.by_code[key]
    inside = base.within(unit)
    return Group(
        key, unit.name, _agents(sizes, inside), _agents(sizes, base), voices(inside), voices(base)
    )


def _agents(sizes: Sizes, scope: Scope) -> int:
    return sum(n for service, (n, _) in sizes.items() if scope.has(service))


# Shown each half year: the values of « Qualité de la participation ».
QUALITY = (
    *("reponse.tenue", REASONS, "idees-issue.realisees"),
    *(f"idees.auteurs{side}" for side in SIDES),
)


# ── By family of functions ────────────────────────────────────────────────────────────────────────

_PERSONS: Mapping[str, Callable[..., query.Persons]] = {
    AUTHORS: authors,
    "soutiens": query.supporters,
    "reunions": query.participants,
    "formes": trained,
}


def families(session: Session, scope: Scope, voice: str, first: date, on: date) -> list[Group]:
    """The groups by family of functions (famille) of the whole, over a half year that is over: two
    half years have no person's act in common, so that none can be subtracted.
    """
    if voice not in _PERSONS:
        return []
    whole = scope.whole()
    family_of = query.families(session, whole, on)
    sizes = Counter(family_of.values())
    persons = frozenset().union(*_PERSONS[voice](session, whole, on, first).values())
    heard = Counter(family_of[person] for person in persons if person in family_of)
    names = sorted(sizes)
    total, agents = heard.total(), sizes.total()
    parts = {n: (heard[name], sizes[name] - heard[name]) for n, name in enumerate(names, 1)}
    whole_counts = total, agents - total
    hidden = frozenset(parts) if is_small(whole_counts) else protect_parts(whole_counts, parts)
    return [
        Group(name, name, sizes[name], agents, None if n in hidden else heard[name], total)
        for n, name in enumerate(names, 1)
        if len(hidden) < len(parts)
    ]


# ── What came before ──────────────────────────────────────────────────────────────────────────────

WEEKS = 8
SPAN = timedelta(weeks=WEEKS)
# Day, what, the direction, entries of its agents before and after.
Before = tuple[date, str, Direction, int, int]


def came_before(
    scope: Scope,
    meetings: Sequence[MeetingAt],
    posters: Sequence[tuple[date, str, int | None]],
    filed: Mapping[tuple[int, date], int],
    sizes: Sizes,
) -> list[Before]:
    """The meetings open to all and the posters of a direction of the scope, newest first, with the
    entries of its agents in the weeks before and after; none of a handful of agents.
    """
    hidden = origins(directions.agents_of(sizes), scope.tree).hidden()
    happened = [
        (m.day, m.label, m.direction_id)
        for m in meetings
        if m.kind in OPEN_TO_ALL and m.state == MeetingState.held
    ]
    happened += [(day, f"Affiche : {site}", direction) for day, site, direction in posters]
    allowed = counted_units(scope.reader, scope.tree)
    of_place: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for (place, on), n in filed.items():
        of_place[place].append((on, n))
    found: list[Before] = []
    for day, what, direction in sorted(happened, key=lambda row: (row[0], row[1]), reverse=True):
        unit, under = scope.tree.by_id.get(direction), scope.tree.under(direction)
        is_open = scope.has(direction) and (allowed is None or under <= allowed)
        if unit and is_open and unit.id not in hidden and day + SPAN <= scope.on:
            before, after = (
                sum(n for place in under for on, n in of_place[place] if a <= on < b)
                for a, b in ((day - SPAN, day), (day, day + SPAN))
            )
            found.append((day, what, unit, before, after))
    return found
