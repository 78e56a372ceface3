"""Words in the queries of ideas: the same question put to FTS5 and to PostgreSQL, and the best
answers first.

What is ranked is the newest CANDIDATES entries that answer: any word costs the same at a thousand
or a million ideas. They are ranked here, by their titles, so that both engines give one order.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations

from rapidfuzz.distance import OSA
from sqlalchemy import BigInteger, Select, column, func, literal_column, table, text
from sqlalchemy import select as core_select
from sqlmodel import Session

from models.database import is_sqlite
from models.ideas import Idea
from models.search import Query, Term, fold, matches, one_edit, plain_word, stem_of, written_words

CANDIDATES = 300
SAMPLE = 1000
_WORDS = table("idea_words", column("id", BigInteger), column("rowid", BigInteger), column("words"))


# --- the question, in the language of each engine -------------------------------------------------


def with_words(session: Session, statement: Select, query: Query) -> Select:
    """Joins the index of words, the newest entries first."""
    # In the index's own order nothing is sorted.
    statement = statement.order_by(None)
    if is_sqlite(session):
        # The plus: words are looked up first, whatever else is asked. Else the planner may read
        # every entry of a state by its index and ask of each whether it has them.
        joined = statement.join(_WORDS, literal_column("+idea_words.rowid") == Idea.id)
        return joined.where(text("idea_words MATCH :words").bindparams(words=fts5(query))).order_by(
            literal_column("idea_words.rowid").desc()
        )
    _by_the_index(session)
    joined = statement.join(_WORDS, _WORDS.c.id == Idea.id)
    return joined.where(
        text("idea_words.words @@ to_tsquery('simple', :words)").bindparams(words=tsquery(query))
    ).order_by(Idea.id.desc())


def _by_the_index(session: Session) -> None:
    """PostgreSQL, until this transaction ends: a common word is looked up, too, rather than both
    tables read whole.

    The planner thinks of all the answers; what is asked for are the newest of them, for which no
    further process is worth its start.
    """
    session.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))
    for way in ("seqscan", "hashjoin", "mergejoin"):
        session.execute(text(f"SET LOCAL enable_{way} = off"))


@contextmanager
def _word_by_word(session: Session) -> Iterator[None]:
    """PostgreSQL: the index of words answers, whatever the planner expects. For one answer, or a
    few hundred, it would go through the entries from the newest on, and for a word that is
    nowhere through all of them.
    """
    if is_sqlite(session):
        yield
        return
    # What is left is the bitmap of the words.
    session.execute(text("SET LOCAL enable_indexscan = off"))
    yield
    session.execute(text("SET LOCAL enable_indexscan = on"))


def fts5(query: Query) -> str:
    """Every word quoted, so that none is taken for an operator of the search language."""
    asked = _asked([_fts5_term(term) for term in query.terms], query.some, " AND ", " OR ")
    excluded = " OR ".join(_fts5_term(term) for term in query.excluded)
    return f"({asked}) NOT ({excluded})" if excluded else asked


def _asked(terms: list[str], some: int, both: str, either: str) -> str:
    """All of them, or so many of them whichever."""
    if some in (0, 1) or some >= len(terms):
        return (either if some == 1 else both).join(terms)
    return either.join(f"({both.join(group)})" for group in combinations(terms, some))


def _fts5_term(term: Term) -> str:
    if term.is_phrase:
        return f'"{" ".join(term.stems)}"'
    found = [f'"{stem}"' for stem in term.alternatives] + (
        [f'"{term.beginning}" *'] if term.beginning else []
    )
    return f"({' OR '.join(found)})"


def tsquery(query: Query) -> str:
    """The same for PostgreSQL."""
    asked = _asked([_tsquery_term(term) for term in query.terms], query.some, " & ", " | ")
    excluded = " | ".join(_tsquery_term(term) for term in query.excluded)
    return f"({asked}) & !({excluded})" if excluded else asked


def _tsquery_term(term: Term) -> str:
    if term.is_phrase:
        return "(" + " <-> ".join(f"'{stem}'" for stem in term.stems) + ")"
    found = [f"'{stem}'" for stem in term.alternatives] + (
        [f"'{term.beginning}':*"] if term.beginning else []
    )
    return f"({' | '.join(found)})"


# --- the best answers first -----------------------------------------------------------------------


def best_first(
    session: Session, answering: Select, query: Query, offset: int, limit: int
) -> list[Idea]:
    """Entries `offset` to `offset + limit` of the answers: the CANDIDATES newest by relevance,
    older ones by their day.
    """
    # Whoever asks for some of the words only is ranked by how many of them stand in the text, too:
    # fewer are read.
    most = CANDIDATES // 2 if query.some else CANDIDATES
    if offset >= most:
        return list(session.exec(answering.offset(offset).limit(limit)).all())
    # The texts are long, and count only where some of the words may be missing from a title.
    columns = (Idea.id, Idea.title, Idea.body if query.some else literal_column("''"))
    found = session.execute(
        answering.with_only_columns(*columns, maintain_column_froms=True).limit(most)
    ).all()
    best = ranked([tuple(row) for row in found], query)
    ids = [row[0] for row in best[offset : offset + limit]]
    return in_order(session, ids)


def in_order(session: Session, ids: Sequence[int]) -> list[Idea]:
    """These entries, in this order."""
    by_id = {
        idea.id: idea
        for idea in session.execute(core_select(Idea).where(Idea.id.in_(ids))).scalars()
    }
    return [by_id[id_] for id_ in ids if id_ in by_id]


_IN_TITLE = 3.0
_AS_WRITTEN = 0.3
_BEGUN = 0.8
_SIDE_BY_SIDE = 1.0


def ranked(candidates: list[tuple[int, str, str]], query: Query) -> list[tuple[int, str, str]]:
    """(id, title, text) from the most to the least relevant; equals stay newest first."""
    titles = [_Title(title) for _, title, _ in candidates]
    weights = _weights(titles, query.terms)
    scores = [
        _score(title, body, query, weights)
        for title, (_, _, body) in zip(titles, candidates, strict=True)
    ]
    # By id where scores are equal, as both engines have it: the pages of one search never overlap.
    order = sorted(range(len(candidates)), key=lambda i: (-scores[i], -candidates[i][0]))
    return [candidates[i] for i in order]


class _Title:
    """The words of a title, as they are written and as stems."""

    def __init__(self, title: str):
        words = written_words(title)
        self.stems = [stem for word in words if (stem := stem_of(word))]
        self.known = set(self.stems)
        self.written = {plain_word(word) for word in words}


def _weights(titles: Sequence[_Title], terms: Sequence[Term]) -> list[float]:
    """A word that few of the titles have says more than one that most of them have."""
    found = []
    for term in terms:
        having = sum(_is_among(title.known, term) for title in titles)
        found.append(math.log(2 + len(titles) / (1 + having)))
    return found


def _score(title: _Title, body: str, query: Query, weights: Sequence[float]) -> float:
    score = 0.0
    there = 0
    in_body = {stem_of(word) for word in set(written_words(body))} if query.some else set()
    for term, weight in zip(query.terms, weights, strict=True):
        strength = _strength(title, term)
        there += bool(strength)
        score += weight * (strength or float(_is_among(in_body, term)))
    if there == len(query.terms) > 1 and _is_together(title.stems, query.terms):
        score += _SIDE_BY_SIDE
    return score + 0.5 * there / (1 + len(title.known))


def _strength(title: _Title, term: Term) -> float:
    if term.is_phrase:
        return _IN_TITLE if title.known.issuperset(term.stems) else 0.0
    if not title.known.isdisjoint(term.alternatives):
        return (
            _IN_TITLE
            + _AS_WRITTEN * (fold(term.written) in title.written)
            + 0.5 * (term.stems[0] in title.known)
        )
    return _BEGUN * _IN_TITLE if _is_among(title.known, term) else 0.0


def _is_among(stems: Iterable[str], term: Term) -> bool:
    return any(matches(stem, term) for stem in stems)


def _is_together(stems: Sequence[str], terms: Sequence[Term]) -> bool:
    """Whether the words stand side by side in the order they were asked for."""
    span = len(terms)
    runs = (stems[i : i + span] for i in range(len(stems) - span + 1))
    return any(all(map(matches, run, terms)) for run in runs)


# --- how many -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Facets:
    """How many of the answers have each state, kind and ambition; each counted under the other
    choices made.
    """

    status: dict[str, int]
    kind: dict[str, int]
    ambition: dict[str, int]
    more: bool


def facets(session: Session, answering: Select, status: str, kind: str, up_to: int) -> Facets:
    """Of the newest `up_to` answers, whatever state and kind are chosen; `more` says that there
    are others.
    """
    newest = (
        answering.with_only_columns(
            Idea.status, Idea.kind, Idea.ambition_id, maintain_column_froms=True
        )
        .limit(up_to)
        .subquery()
    )
    groups = session.execute(core_select(*newest.c, func.count()).group_by(*newest.c)).all()
    of_status = {}
    of_kind = {}
    of_ambition = {}
    for a_status, a_kind, ambition, n in groups:
        # Each choice is counted as if it were not made, so that the others can still be picked.
        if kind in ("", a_kind):
            of_status[a_status] = of_status.get(a_status, 0) + n
        if status in ("", a_status):
            of_kind[a_kind] = of_kind.get(a_kind, 0) + n
            if kind in ("", a_kind):
                of_ambition[str(ambition or "")] = of_ambition.get(str(ambition or ""), 0) + n
    return Facets(of_status, of_kind, of_ambition, sum(n for *_, n in groups) >= up_to)


# --- words that are rare, words that are near -----------------------------------------------------


def rarity(session: Session, stems: Sequence[str]) -> dict[str, int]:
    """Stem → how many of the newest SAMPLE entries have it or one of its family, in one
    statement.
    """
    if not stems:
        return {}
    values = {f"w{i}": _alone(session, stem) for i, stem in enumerate(stems)}
    if is_sqlite(session):
        # One statement with a column a word: each would otherwise cost a round trip.
        counts = ", ".join(
            f"(SELECT count(*) FROM idea_words WHERE idea_words MATCH :w{i} AND rowid >= :since)"
            for i in range(len(stems))
        )
        since = (
            session.execute(
                core_select(Idea.id).order_by(Idea.id.desc()).offset(SAMPLE - 1).limit(1)
            ).scalar()
            or 0
        )
        row = session.execute(text(f"SELECT {counts}"), values | {"since": since}).one()
    else:
        counts = ", ".join(
            f"count(*) FILTER (WHERE words @@ to_tsquery('simple', :w{i}))"
            for i in range(len(stems))
        )
        row = session.execute(
            text(
                f"SELECT {counts} FROM (SELECT words FROM idea_words ORDER BY id DESC LIMIT"
                f" {SAMPLE}) AS newest"
            ),
            values,
        ).one()
    return dict(zip(stems, row, strict=True))


def _alone(session: Session, stem: str) -> str:
    query = Query((Term(stem, (stem,)),))
    return fts5(query) if is_sqlite(session) else tsquery(query)


def in_index(session: Session, visible: Select, query: Query) -> bool:
    """Whether an entry that the reader may see answers."""
    asked = (
        with_words(session, visible, query)
        .with_only_columns(Idea.id, maintain_column_froms=True)
        .order_by(None)
        .limit(1)
    )
    with _word_by_word(session):
        return session.execute(asked).first() is not None


_SHORTEST = 4
_LONGEST = 24
_READ = 200


def corrected(session: Session, visible: Select, word: str) -> str | None:
    """The nearest word one typing error away, read in the texts of entries that the reader may see;
    None without any.

    The index is asked for all the near spellings at once: no list of words is kept, none is
    scanned, and a word that stands in hidden entries only is never proposed.
    """
    plain = fold(word)
    if not _SHORTEST <= len(plain) <= _LONGEST or not plain.isalpha():
        return None
    near = one_edit(plain)
    query = Query(tuple(Term(stem, (stem,)) for stem in sorted(near)), some=1)
    statement = with_words(session, visible, _literal(query))
    with _word_by_word(session):
        rows = session.execute(
            statement.with_only_columns(Idea.title, Idea.body, maintain_column_froms=True).limit(
                _READ
            )
        ).all()
    return _nearest(plain, near, (f"{title} {body}" for title, body in rows))


def _literal(query: Query) -> Query:
    """The same words without their families."""
    return Query(
        tuple(Term(term.written, term.stems, is_phrase=True) for term in query.terms),
        some=query.some,
    )


def _nearest(plain: str, near: frozenset[str], texts: Iterable[str]) -> str | None:
    counts: dict[str, int] = {}
    spellings: dict[str, set[str]] = {}
    for written in texts:
        for word in set(written_words(written)):
            if stem_of(word) in near:
                counts[plain_word(word)] = counts.get(plain_word(word), 0) + 1
                spellings.setdefault(plain_word(word), set()).add(word)
    if not counts:
        return None
    # The fewest changes; then the most frequent, and the alphabet, so that both engines say one
    # word.
    nearest = min(
        counts,
        key=lambda word: (OSA.distance(plain, word), word[0] != plain[0], -counts[word], word),
    )
    # Of its spellings, the one with its accents.
    return max(
        spellings[nearest], key=lambda word: (sum(not sign.isascii() for sign in word), word)
    )
