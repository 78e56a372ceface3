"""Clusters (lots): which entries seem to say the same, the lots that people made of them, and who
else said what an entry says. Themes (thèmes): which entries wait to be coded, how well coders and
the machine agree, how often each theme was given.

Two entries are a pair if each title is near the other one; a proposed lot is a connected
component of pairs.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import product
from typing import TypeVar

from sqlalchemy import or_
from sqlmodel import Session, select

from dashboard.access import idea_conditions, may
from dashboard.queries.ideas.records import readable_ideas
from dashboard.queries.ideas.search import Relevance
from dashboard.queries.ideas.similar import nearness_of, terms_meant
from dashboard.queries.ideas.waiting import of_scope
from dashboard.scope import Scope
from models.clock import add_months
from models.clusters import Cluster, Coding, Theme, is_mixed
from models.facts import first_id
from models.idea_states import OFF_PATH, OPEN
from models.ideas import Idea
from models.search import stem_set

MONTHS, MOST = 12, 2000
LARGEST = 30  # entries of a proposed lot, which a person reads at once
# Read by hand on the winning projects of Paris: of the pairs above, three in four say the same; of
# those between 50 and 60, one in three.
NEAR = 60.0
LISTED, _LEARNED = 200, 2000
FEWEST = 10  # coded entries behind a number
# Titles that share less of the weight of their words than that are not compared.
_SHARED = 0.5
_ON_PATH = Idea.status.not_in([str(status) for status in OFF_PATH])
_OPEN = Idea.status.in_([str(status) for status in OPEN])

Pair = tuple[int, int]
Lot = tuple[Cluster, list[Idea]]
T = TypeVar("T", int, date)


# --- what the machine proposes --------------------------------------------------------------------


def newest(session: Session, today: date) -> tuple[int, ...]:
    """The ids of the newest published entries, which are compared."""
    since = first_id(add_months(today, -MONTHS))
    entries = select(Idea.id).where(Idea.published.is_(True), Idea.id >= since)
    return tuple(session.exec(entries.order_by(Idea.id.desc()).limit(MOST)).all())


def near_pairs(session: Session, ids: Sequence[int]) -> list[Pair]:
    """The pairs of these entries whose titles seem to say the same, nearest first. Takes a third of
    a second for MOST entries: cached.
    """
    # Entries of one title are compared once.
    titled: dict[str, list[int]] = defaultdict(list)
    having: dict[str, set[str]] = defaultdict(set)
    for title, id_ in session.exec(select(Idea.title, Idea.id).where(Idea.id.in_(ids))).all():
        titled[title].append(id_)
        for stem in stem_set(title):
            having[stem].add(title)
    found: dict[tuple[str, str], float] = {}
    for title in titled:
        terms = terms_meant(session, title)
        alike = {term: set().union(*(having[s] for s in term.stems_meant)) for term in terms}
        known = {term: sum(len(titled[t]) for t in others) for term, others in alike.items()}
        relevance = Relevance(terms, known)
        shared = Counter[str]()
        for term, others in alike.items():
            shared.update(dict.fromkeys(others, relevance.weights[term]))
        enough = _SHARED * sum(relevance.weights.values())
        found |= {
            (title, other): nearness_of(relevance, (other,))
            for other, weight in shared.items()
            if weight >= enough
        }
    # As near as the less near of the two is to the other's title.
    near = {pair: min(n, found.get(pair[::-1], 0.0)) for pair, n in found.items()}
    pairs = [
        (-n, (one, other))
        for (title, alike), n in near.items()
        if n >= NEAR
        for one, other in product(titled[title], titled[alike])
        if one < other
    ]
    return [pair for _, pair in sorted(pairs)]


def proposed_clusters(session: Session, scope: Scope, pairs: Sequence[Pair]) -> list[Lot]:
    """The lots to propose among these pairs, each named after its most supported entry, which is
    the first. Only open entries that are in no lot; at least one of each lot is in the scope.
    """
    if not may(scope.reader, "idea.sort"):
        return []
    paired = {id_ for pair in pairs for id_ in pair}
    entries = (
        select(Idea)
        .outerjoin(Cluster, Cluster.id == Idea.cluster_id)
        .where(
            Idea.id.in_(paired),
            Idea.published.is_(True),
            _OPEN,
            or_(Idea.cluster_id.is_(None), Cluster.dropped_on.is_not(None)),
        )
    )
    free = {idea.id: idea for idea in readable_ideas(session.exec(entries).all())}
    looked_at = of_scope(select(Idea.id).where(Idea.id.in_(free)), scope)
    in_scope = set(session.exec(looked_at).all())
    found = [sorted(lot, key=_by_support) for lot in components(pairs, free)]
    return [
        (Cluster(title=lot[0].title), lot)
        for lot in found
        if not in_scope.isdisjoint(idea.id for idea in lot)
    ]


def components(pairs: Iterable[Pair], free: Mapping[int, Idea]) -> list[list[Idea]]:
    """The connected components of pairs of free entries, largest first; nearest pairs are joined
    first, and none that would mix what may not be in one lot.
    """
    lots = {id_: [idea] for id_, idea in free.items()}
    for one, other in pairs:
        mine, theirs = lots.get(one, []), lots.get(other, [])
        if not (mine and theirs) or mine is theirs or len(mine) + len(theirs) > LARGEST:
            continue
        both = mine + theirs
        # Two entries of one dropped lot: a person said that they do not say the same.
        dropped = [idea.cluster_id for idea in both if idea.cluster_id]
        may_join = len(set(dropped)) == len(dropped) and not is_mixed(idea.good for idea in both)
        if may_join:
            lots |= {idea.id: both for idea in both}
    found = {id(lot): lot for lot in lots.values() if len(lot) > 1}
    return sorted(found.values(), key=lambda lot: (-len(lot), -max(idea.id for idea in lot)))


def _by_support(idea: Idea) -> tuple[int, int]:
    return -(idea.voices or 0) - idea.supports, idea.id


# --- the lots that people made --------------------------------------------------------------------


def kept_clusters(session: Session, scope: Scope) -> list[Lot]:
    """The newest lots with at least one entry in the scope. Empty without the right."""
    if not may(scope.reader, "idea.sort"):
        return []
    of_lots = of_scope(select(Idea.cluster_id).where(Idea.cluster_id.is_not(None)), scope)
    ids = session.exec(of_lots.distinct().order_by(Idea.cluster_id.desc()).limit(LISTED)).all()
    entries = entries_of(session, scope, ids)
    return [(session.get(Cluster, id_), entries[id_]) for id_ in ids if id_ in entries]


def entries_of(session: Session, scope: Scope, ids: Iterable[int]) -> dict[int, list[Idea]]:
    """Lot → its entries that the reader may see, most supported first; no dropped lot."""
    entries = (
        select(Idea)
        .join(Cluster, Cluster.id == Idea.cluster_id)
        .where(Cluster.id.in_(ids), Cluster.dropped_on.is_(None), _ON_PATH)
        .where(idea_conditions(scope.reader, scope.tree))
    )
    found: dict[int, list[Idea]] = defaultdict(list)
    for idea in sorted(readable_ideas(session.exec(entries).all()), key=_by_support):
        found[idea.cluster_id].append(idea)
    return found


def also_said(session: Session, scope: Scope, idea: Idea) -> list[Idea]:
    """The other entries of its lot that the reader may see."""
    found = entries_of(session, scope, [idea.cluster_id]) if idea.cluster_id else {}
    return [other for other in found.get(idea.cluster_id, ()) if other.id != idea.id]


def outcomes(session: Session) -> tuple[int, int, int]:
    """How many lots people kept as the machine proposed them, how many they changed or made, and
    how many they dropped.
    """
    lots = select(Cluster.proposed, Cluster.dropped_on)
    of_lots = select(Idea.cluster_id).where(Idea.cluster_id.is_not(None))
    rows = session.exec(lots.where(Cluster.id.in_(of_lots))).all()
    kept = [proposed for proposed, dropped_on in rows if not dropped_on]
    return sum(kept), len(kept) - sum(kept), len(rows) - len(kept)


# --- themes ---------------------------------------------------------------------------------------


def open_themes(session: Session, on: date) -> list[Theme]:
    """The themes that may be given on a day, in the order of their names."""
    is_open = or_(Theme.ended_on.is_(None), Theme.ended_on > on)
    return list(session.exec(select(Theme).where(is_open).order_by(Theme.name)).all())


def to_code(session: Session, scope: Scope, is_second: bool = False) -> list[Idea]:
    """The newest published entries that nobody coded; for a second coding, those that others but
    not the reader coded. Empty without the right.
    """
    if not may(scope.reader, "idea.sort"):
        return []
    mine = Coding.person_id == scope.reader.person_id
    by_me, by_others = (Idea.id.in_(select(Coding.idea_id).where(by)) for by in (mine, ~mine))
    entries = select(Idea).where(
        idea_conditions(scope.reader, scope.tree), Idea.published.is_(True), _ON_PATH, ~by_me
    )
    asked = entries.where(by_others if is_second else ~by_others).order_by(Idea.id.desc())
    return readable_ideas(session.exec(of_scope(asked, scope).limit(LISTED)).all())


def codings_of(session: Session) -> dict[int, list[Coding]]:
    """Entry → its codings, the first coder's first."""
    found: dict[int, list[Coding]] = defaultdict(list)
    order = Coding.on, Coding.person_id, Coding.idea_id
    for coding in session.exec(select(Coding).order_by(*order)).all():
        found[coding.idea_id].append(coding)
    return found


def quality(codings: Mapping[int, Sequence[Coding]]) -> tuple[float | None, int, int, int]:
    """Cohen's kappa of the entries that two people coded, and how many these are; of how many
    entries the theme was among the three proposed, and for how many three were.
    """
    twice = [
        sorted(given, key=lambda coding: coding.person_id)[:2]
        for given in codings.values()
        if len(given) > 1
    ]
    pairs = [(one.theme_id, other.theme_id) for one, other in twice]
    proposed = [c.proposed for given in codings.values() for c in given if c.proposed is not None]
    return kappa(pairs), len(pairs), sum(proposed), len(proposed)


def kappa(pairs: Sequence[tuple[int, int]]) -> float | None:
    """Cohen's kappa: the agreement of two coders beyond chance, 1 where they always agree; None for
    fewer than FEWEST entries.
    """
    n = len(pairs)
    if n < FEWEST:
        return None
    firsts, seconds = (Counter(side) for side in zip(*pairs, strict=True))
    chance = sum(firsts[theme] * seconds[theme] for theme in firsts) / n**2
    agreed = sum(one == other for one, other in pairs) / n
    return (agreed - chance) / (1 - chance) if chance < 1 else 1.0


def coded_entries(session: Session, scope: Scope) -> list[tuple[int, Idea]]:
    """The theme that the first coder gave, and the entry: the newest published ones of the scope
    that the reader may see.
    """
    codings = codings_of(session)
    seen = idea_conditions(scope.reader, scope.tree), Idea.published.is_(True)
    entries = of_scope(select(Idea).where(*seen, Idea.id.in_(codings)), scope)
    rows = session.exec(entries.order_by(Idea.id.desc()).limit(_LEARNED)).all()
    return [(codings[idea.id][0].theme_id, idea) for idea in readable_ideas(rows)]


def cut(coded: Sequence[tuple[int, T]]) -> dict[T | None, Counter[int]]:
    """Direction or quarter → how often each theme was given; those with fewer than FEWEST entries
    together under None, left out if that is few too: the smallest of the others goes with them, so
    that none is derived.
    """
    found: dict[T | None, Counter[int]] = defaultdict(Counter)
    for theme, part in coded:
        found[part][theme] += 1
    rest = found.pop(None, Counter())
    for part, counts in sorted(found.items(), key=lambda item: (item[1].total(), item[0])):
        if counts.total() < FEWEST or 0 < rest.total() < FEWEST:
            rest += found.pop(part)
    ordered = dict(sorted(found.items()))
    return ordered | ({None: rest} if rest.total() >= FEWEST else {})


def majority_in_words(n: int, of: int) -> str:
    """« majorité » for more than half, « minorité » for less, « une voix » for a single entry;
    empty for none, and among fewer than FEWEST.
    """
    if of < FEWEST or not n:
        return ""
    return "une voix" if n == 1 else "majorité" if 2 * n > of else "minorité"
