"""Clusters (lots): which entries seem to say the same, the lots that people made of them, and who
else said what an entry says.

Two entries are a pair if each title is near the other entry; a proposed lot is a connected
component of pairs.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import case, func, or_
from sqlmodel import Session, select

from dashboard.access import idea_conditions, may
from dashboard.queries.ideas.ranking import Relevance
from dashboard.queries.ideas.records import readable_ideas
from dashboard.queries.ideas.similar import nearness_of, terms_meant
from dashboard.queries.ideas.waiting import of_scope
from dashboard.scope import Scope
from models.clock import add_months
from models.clusters import Cluster, is_mixed
from models.facts import first_id
from models.idea_states import OFF_PATH, OPEN
from models.ideas import Idea
from models.search import Term, stem_set

MONTHS, MOST = 12, 2000
LARGEST = 30  # entries of a proposed lot, which a person reads at once
# Read by hand on the winning projects of Paris: of the pairs above, three in four say the same; of
# those between 50 and 60, one in three.
NEAR = 60.0
_LISTED = 200
_READ_OF_TEXT = 1000
# A word of more than one title in ten pairs nothing; titles that share less of their words than
# that are not compared.
_COMMON, _SHARED = 10, 0.4
_ON_PATH = Idea.status.not_in([str(status) for status in OFF_PATH])
_OPEN = Idea.status.in_([str(status) for status in OPEN])

Pair = tuple[int, int]
Texts = Mapping[int, tuple[str, str]]


# --- what the machine proposes --------------------------------------------------------------------


def newest(session: Session, today: date) -> tuple[int, ...]:
    """The ids of the newest published entries, which are compared."""
    since = first_id(add_months(today, -MONTHS))
    entries = select(Idea.id).where(Idea.published.is_(True), Idea.id >= since)
    return tuple(session.exec(entries.order_by(Idea.id.desc()).limit(MOST)).all())


def near_pairs(session: Session, ids: Sequence[int]) -> list[Pair]:
    """The pairs of these entries that seem to say the same, nearest first. Takes a second for MOST
    entries: cached.
    """
    entries = select(Idea.id, Idea.title, func.substr(Idea.body, 1, _READ_OF_TEXT))
    texts = {
        id_: (title, body)
        for id_, title, body in session.exec(entries.where(Idea.id.in_(ids)).order_by(Idea.id))
    }
    terms = {id_: terms_meant(session, title) for id_, (title, _) in texts.items()}
    having: dict[str, set[int]] = defaultdict(set)
    for id_, (title, _) in texts.items():
        for stem in stem_set(title):
            having[stem].add(id_)
    known = {term: _with_term(term, having) for term in {t for ts in terms.values() for t in ts}}
    found = _near_titles(texts, terms, known)
    both = {
        (one, other): min(near, found[other, one])
        for (one, other), near in found.items()
        if one < other and (other, one) in found
    }
    return sorted(both, key=lambda pair: (-both[pair], pair))


def _with_term(term: Term, having: Mapping[str, set[int]]) -> set[int]:
    return set().union(*(having.get(stem, ()) for stem in term.stems_meant))


def _near_titles(
    texts: Texts, terms: Mapping[int, Sequence[Term]], known: Mapping[Term, set[int]]
) -> dict[Pair, float]:
    """(entry, other entry) → how near the other one is to the title of the first, if near."""
    found = {}
    counts = {term: len(ids) for term, ids in known.items()}
    rare = max(len(texts) // _COMMON, _COMMON)
    for id_, words in terms.items():
        relevance = Relevance(words, counts)
        shared: dict[int, float] = defaultdict(float)
        for term, weight in relevance.weights.items():
            for other in known[term] if counts[term] <= rare else ():
                shared[other] += weight
        enough = _SHARED * sum(relevance.weights.values())
        for other, weight in shared.items():
            if other != id_ and weight >= enough:
                near = nearness_of(relevance, texts[other])
                if near >= NEAR:
                    found[id_, other] = near
    return found


def proposed_clusters(
    session: Session, scope: Scope, pairs: Sequence[Pair]
) -> list[Sequence[Idea]]:
    """The lots to propose among these pairs: each with its most supported entry first. Only open
    entries that are in no lot; at least one of each lot is in the scope.
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
    return [
        sorted(lot, key=_by_support)
        for lot in components(pairs, free)
        if not in_scope.isdisjoint(idea.id for idea in lot)
    ]


def components(pairs: Iterable[Pair], free: Mapping[int, Idea]) -> list[list[Idea]]:
    """The connected components of pairs of free entries, largest first; nearest pairs are joined
    first, and none that would mix what may not be in one lot.
    """
    lots = {id_: [idea] for id_, idea in free.items()}
    for one, other in pairs:
        if one not in lots or other not in lots or lots[one] is lots[other]:
            continue
        both = lots[one] + lots[other]
        if len(both) <= LARGEST and not (
            is_mixed(idea.good for idea in both) or _was_dropped(both)
        ):
            lots |= {idea.id: both for idea in both}
    found = {id(lot): lot for lot in lots.values() if len(lot) > 1}
    return sorted(found.values(), key=lambda lot: (-len(lot), -max(idea.id for idea in lot)))


def _was_dropped(lot: Sequence[Idea]) -> bool:
    """Whether a person said of two of these entries that they do not say the same."""
    dropped = [idea.cluster_id for idea in lot if idea.cluster_id is not None]
    return len(set(dropped)) < len(dropped)


def _by_support(idea: Idea) -> tuple[int, int]:
    return -(idea.voices or 0) - idea.supports, idea.id


# --- the lots that people made --------------------------------------------------------------------


def kept_clusters(session: Session, scope: Scope) -> list[tuple[Cluster, list[Idea]]]:
    """The lots with at least one entry in the scope, newest first, each with its entries that the
    reader may see, most supported first. Empty without the right.
    """
    if not may(scope.reader, "idea.sort"):
        return []
    of_lots = of_scope(select(Idea.cluster_id).where(Idea.cluster_id.is_not(None)), scope)
    rows = session.exec(
        select(Cluster)
        .where(Cluster.dropped_on.is_(None), Cluster.id.in_(of_lots))
        .order_by(Cluster.id.desc())
        .limit(_LISTED)
    ).all()
    entries = entries_of(session, scope, [cluster.id for cluster in rows])
    return [(cluster, entries[cluster.id]) for cluster in rows if entries.get(cluster.id)]


def entries_of(session: Session, scope: Scope, cluster_ids: Iterable[int]) -> dict[int, list[Idea]]:
    """Lot → its entries that the reader may see, most supported first."""
    found: dict[int, list[Idea]] = defaultdict(list)
    entries = select(Idea).where(
        Idea.cluster_id.in_(cluster_ids), idea_conditions(scope.reader, scope.tree), _ON_PATH
    )
    for idea in sorted(readable_ideas(session.exec(entries).all()), key=_by_support):
        found[idea.cluster_id].append(idea)
    return found


def also_said(session: Session, scope: Scope, idea: Idea) -> list[Idea]:
    """The other entries of its lot that the reader may see; none of a dropped one."""
    cluster = session.get(Cluster, idea.cluster_id) if idea.cluster_id else None
    if cluster is None or cluster.dropped_on:
        return []
    entries = entries_of(session, scope, [cluster.id]).get(cluster.id, [])
    return [other for other in entries if other.id != idea.id]


def outcomes(session: Session) -> tuple[int, int, int]:
    """How many lots people kept as the machine proposed them, how many they changed or made, and
    how many they dropped.
    """
    dropped = Cluster.dropped_on.is_not(None)
    kind = case((dropped, 2), (Cluster.proposed.is_(True), 0), else_=1)
    counts = dict(session.exec(select(kind, func.count()).group_by(kind)).all())
    return counts.get(0, 0), counts.get(1, 0), counts.get(2, 0)
