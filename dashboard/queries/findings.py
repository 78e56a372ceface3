"""« Ce que vous dites »: positive and negative findings (constats), and the entries with
most voices.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import Select, bindparam, func, literal_column
from sqlmodel import Session, select

from dashboard.access import idea_conditions, may
from dashboard.formulas import represent
from dashboard.queries.figures.small_cells import SMALLEST
from dashboard.queries.ideas.records import readable_ideas
from dashboard.queries.ideas.search import in_order
from dashboard.queries.ideas.windows import COUNTED, FIRST, LAST, asked_of, counted_along
from dashboard.queries.prepared import form_of
from dashboard.scope import Scope
from models.clock import window_start
from models.discussions import SubjectSupport, about_idea
from models.facts import first_id, id_after
from models.idea_states import IdeaKind
from models.ideas import Idea
from models.roadmap import no_index

MONTHS = 24
PLACES = 10


# An ambition (None: not specified), its positive, negative and undetermined findings, and their
# voices.
AmbitionFindings = tuple[int | None, int, int, int, int]


@dataclass(frozen=True)
class Findings:
    """The content of the screen: findings by ambition, those with most voices, the priorities, and
    the entries that stand for most agents.
    """

    by_ambition: list[AmbitionFindings]
    good: list[Idea]
    bad: list[Idea]
    first: list[Idea]
    heard: list[Idea]


def all_findings(session: Session, scope: Scope) -> Findings:
    """The whole screen; empty for a reader who may not read ideas."""
    if not may(scope.reader, "idea.read"):
        return Findings([], [], [], [], [])
    sums = _sums(session, scope)
    return Findings(
        _by_ambition(sums),
        # The entries with most voices: positive findings, negative findings, then all others.
        _first(session, scope, sums, True, 5),
        _first(session, scope, sums, False, 5),
        _first(session, scope, sums, None, PLACES),
        most_represented(session, scope),
    )


@dataclass
class _Sum:
    """A number of published entries, and their voices."""

    n: int = 0
    voices: int = 0


# (ambition or None, is a finding, is positive or None) → the sum.
_Sums = dict[tuple[int | None, bool, bool | None], _Sum]


def _sums(session: Session, scope: Scope) -> _Sums:
    """The sums of the entries published in the last MONTHS months."""
    days = {"first": window_start(scope.on, MONTHS), "last": scope.on} | asked_of(scope)
    found: _Sums = defaultdict(_Sum)
    for ambition, kind, good, n, voices in session.execute(
        _published(form_of(scope, scope.is_whole)), days
    ):
        of_kind = found[ambition, kind == IdeaKind.finding, good]
        of_kind.n += n
        of_kind.voices += voices
    return dict(found)


@cache
def _published(scope: Scope) -> Select:
    conditions = [Idea.published.is_(True), Idea.filed_on.between(FIRST, LAST)]
    if not scope.is_whole:
        conditions.append(Idea.concerns_id.in_(COUNTED))
    if scope.ambition:
        conditions.append(no_index(Idea.ambition_id == scope.ambition.id))
    return counted_along(
        (Idea.filed_on, Idea.kind, Idea.good, Idea.ambition_id),
        (Idea.ambition_id, Idea.kind, Idea.good),
        conditions,
        voices=func.sum(func.coalesce(Idea.voices, 1)),
    )


def _by_ambition(sums: _Sums) -> list[AmbitionFindings]:
    """The findings by ambition, those without one last."""
    found: dict[int | None, dict[bool | None, _Sum]] = defaultdict(lambda: defaultdict(_Sum))
    for (ambition, is_finding, good), part in sums.items():
        if is_finding:
            found[ambition][good].n += part.n
            found[ambition][good].voices += part.voices
    return [
        (
            ambition,
            sides[True].n,
            sides[False].n,
            sides[None].n,
            sum(side.voices for side in sides.values()),
        )
        for ambition, sides in sorted(found.items(), key=lambda item: (not item[0], item[0]))
    ]


# ── Those with most voices ────────────────────────────────────────────────────────────────────────

_FIRST_ID, _LAST_ID = bindparam("first_id"), bindparam("last_id")
# Literals, and the weight written as in the indexes: otherwise the planners do not use these
# indexes.
_KIND, _FINDING = literal_column("idea.kind"), literal_column(f"'{IdeaKind.finding}'")
_WEIGHT = literal_column("(coalesce(voices, 0) + supports)")
# Up to this many, all are read and sorted; above it, the index gives the first ones sooner.
_FEW = 2000


def _first(
    session: Session, scope: Scope, sums: _Sums, good: bool | None, limit: int
) -> list[Idea]:
    """The entries with most voices and supporters: positive findings, negative ones, or (None) all
    other entries. Only the first ones are read in full.
    """
    is_few = sum(part.n for part in sums.values()) <= _FEW
    # The id begins with the day of filing: the window is a range of ids, which the index holds.
    first = first_id(window_start(scope.on, MONTHS))
    window = {"first_id": first, "last_id": id_after(scope.on)}
    statement = _weighed(form_of(scope, scope.is_whole), good, is_few).limit(limit)
    ids = session.execute(statement, window | asked_of(scope)).scalars()
    return readable_ideas(in_order(session, list(ids)))


@cache
def _weighed(scope: Scope, good: bool | None, is_few: bool) -> Select:
    kinds = [_KIND != _FINDING] if good is None else [_KIND == _FINDING, Idea.good.is_(good)]
    # A leading sign keeps a column's own index out of the plan, so that the index of the order is
    # used.
    id_, concerns, ambition = (
        column if is_few else literal_column(f"+idea.{column.key}")
        for column in (Idea.id, Idea.concerns_id, Idea.ambition_id)
    )
    statement = select(Idea.id).where(
        Idea.published.is_(True), *kinds, id_ >= _FIRST_ID, id_ < _LAST_ID
    )
    if not scope.is_whole:
        statement = statement.where(concerns.in_(COUNTED))
    if scope.ambition:
        statement = statement.where(ambition == scope.ambition.id)
    return statement.order_by(_WEIGHT.desc(), Idea.id.desc())


# ── Those that stand for most agents ──────────────────────────────────────────────────────────────


def most_represented(session: Session, scope: Scope) -> list[Idea]:
    """The published entries, findings aside, of which each further one counts for those whom the
    ones above do not represent yet. An entry with fewer than five supporters is not among them.
    """
    found: dict[int, set[int]] = defaultdict(set)
    is_merged = Idea.merged_into.is_not(None)
    above = dict(session.execute(select(Idea.id, Idea.merged_into).where(is_merged)).all())
    first, last = first_id(window_start(scope.on, MONTHS)), id_after(scope.on)
    in_list = [
        Idea.published.is_(True),
        Idea.kind != IdeaKind.finding,
        Idea.id >= first,
        Idea.id < last,
        idea_conditions(scope.reader, scope.tree),
        *scope.of(Idea.concerns_id),
    ]
    if scope.ambition:
        in_list.append(Idea.ambition_id == scope.ambition.id)
    enough = Idea.supports >= SMALLEST
    for entry, person in session.execute(_supporters(scope.on).where(enough, *in_list)):
        found[entry].add(person)
    # Those of an entry merged into another count for that one, however far it is.
    for entry, person in session.execute(_supporters(scope.on).where(is_merged)):
        top, seen = entry, {entry}
        while (top := above.get(top, top)) not in seen:
            seen.add(top)
        if top in found:
            found[top].add(person)
    large = {entry: persons for entry, persons in found.items() if len(persons) >= SMALLEST}
    return readable_ideas(in_order(session, represent(large, PLACES)))


def _supporters(on: date) -> Select:
    supports = about_idea(SubjectSupport) & (SubjectSupport.on <= on)
    return select(Idea.id, SubjectSupport.person_id).join(SubjectSupport, supports)
