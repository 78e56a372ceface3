"""Full-text search of ideas, with FTS5 and with PostgreSQL, and the ranking of results.

Some hundred entries are ranked, for any size of database: the newest with all the words in their
titles, then those with some of them there, then those with them in their texts. Where some of the
words suffice, those with the most relevant titles, and the newest with most of the words. They are
ranked in Python (`ranking.py`), so that both engines give the same order.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import combinations

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    column,
    func,
    literal_column,
    select as core_select,
    table,
    text,
)
from sqlmodel import Session

from models.database import is_sqlite
from models.ideas import Idea
from models.search import (
    OF_TITLE,
    Query,
    Run,
    Term,
    meant,
    stem_set,
    synonyms_of,
)
from models.synonyms import Synonym

SAMPLE = 2000
# The weight of a word that no entry has, as of one of every tenth.
_UNKNOWN = SAMPLE // 10
_OF_FAMILY, _OF_SYNONYM, _OF_TEXT = 0.95, 0.7, 0.5
# So many words halve what each of them counts.
_LONG_TITLE, _LONG_TEXT = 60, 200


class Relevance:
    """The relevance of entries to terms. `known`: how many of the newest SAMPLE entries have each
    term.
    """

    def __init__(self, terms: Iterable[Term], known: Mapping[Term, int]):
        self.weights = {
            term: math.log(1 + SAMPLE / (1 + known.get(term, _UNKNOWN))) for term in terms
        }
        self._reachable = sum(self.weights.values()) or 1.0
        self._words: dict[str, dict[Term, float]] = {}
        self._phrases: list[tuple[frozenset[str], Term, float]] = []
        for term in self.weights:
            self._add(term, term.same, _OF_SYNONYM)
            self._add(term, term.own, _OF_FAMILY)
            self._add(term, [term.stems], 1.0)

    def _add(self, term: Term, runs: Sequence[Run], share: float) -> None:
        for run in runs:
            if len(run) == 1:
                self._words.setdefault(run[0], {})[term] = share
            else:
                self._phrases.append((frozenset(run), term, share))

    def of(self, title: str, body: str = "") -> float:
        """The relevance of an entry, from 0 to 1, which a title of all the terms would have."""
        return sum(self.parts(title, body).values())

    def parts(self, title: str, body: str = "") -> dict[Term, float]:
        """What each term of an entry adds to its relevance."""
        found = self._share_by_term(stem_set(title), 1.0, _LONG_TITLE)
        in_text = self._share_by_term(stem_set(body), _OF_TEXT, _LONG_TEXT) if body else {}
        for term, share in in_text.items():
            found[term] = max(share, found.get(term, 0.0))
        return {term: self.weights[term] * share / self._reachable for term, share in found.items()}

    def _share_by_term(self, stems: set[str], share: float, long: int) -> dict[Term, float]:
        """How much each term in these stems counts; terms that are not in them are left out. An
        entry of `long` words counts half as much a word.
        """
        share /= 1 + len(stems) / long
        found: dict[Term, float] = {}
        for stem in stems & self._words.keys():
            for term, of_word in self._words[stem].items():
                found[term] = max(share * of_word, found.get(term, 0.0))
        for phrase, term, of_phrase in self._phrases:
            if phrase <= stems:
                found[term] = max(share * of_phrase, found.get(term, 0.0))
        for term in self.weights:
            if term.beginning and term not in found and any(map(term.is_begun_by, stems)):
                found[term] = share * _OF_SYNONYM
        return found


def rarest(known: Mapping[Term, int], terms: Iterable[Term], most: int) -> tuple[Term, ...]:
    """The rarest of these terms, except those that no entry has."""
    return tuple(
        sorted(
            (term for term in terms if term in known),
            key=lambda term: (known[term], -len(term.stems[0]), term.stems),
        )[:most]
    )


CANDIDATES = 80
_WORDS = table("idea_words", column("id", BigInteger), column("rowid", BigInteger), column("words"))


_GROUPS = "groups of synonyms"


def with_synonyms(session: Session, query: Query | None) -> Query | None:
    """A query expanded by the synonyms of « Référentiels »."""
    if query is None:
        return None
    if _GROUPS not in session.info:
        groups = core_select(Synonym.words).order_by(Synonym.words)
        session.info[_GROUPS] = tuple(session.execute(groups).scalars())
    return meant(query, synonyms_of(session.info[_GROUPS]))


# --- the question, in the language of each engine -------------------------------------------------


class Where(Enum):
    """Where the words of a query must occur."""

    title = "all of them in the title"
    some_in_title = "some of them in the title, the others anywhere"
    anywhere = "title or text"


def with_words(
    session: Session,
    statement: Select,
    query: Query,
    where: Where = Where.anywhere,
    wanted: int = CANDIDATES,
) -> Select:
    """Joins the search index, newest entries first; `wanted`: how many rows will be read, which
    decides the plan on PostgreSQL for the rest of the transaction.
    """
    # No sort, in the index's own order.
    statement = statement.order_by(None)
    if is_sqlite(session):
        # The plus sign makes SQLite look up the words first; otherwise it may read every entry of a
        # state by its index and test each for the words.
        joined = statement.join(_WORDS, literal_column("+idea_words.rowid") == Idea.id)
        match = fts5(_with_stems_of_prefix(session, query), where)
        return joined.where(text("idea_words MATCH :words").bindparams(words=match)).order_by(
            literal_column("idea_words.rowid").desc()
        )
    match = tsquery(query, where)
    _look_at(session, [match])
    share, entries = session.info[_SHARES][match]
    # Whether reading all matches costs less than scanning the entries until enough are found.
    is_rare = _DEARER * share * entries < wanted / max(share, 1 / _LOOKED_AT)
    _plan(session, is_rare)
    return _answering(statement, match, is_rare)


def _answering(statement: Select, match: str, is_rare: bool) -> Select:
    """PostgreSQL: the entries that match a query, newest first."""
    answers = text("idea_words.words @@ to_tsquery('simple', :words)").bindparams(words=match)
    if not is_rare:
        joined = statement.join(_WORDS, _WORDS.c.id == Idea.id)
        return joined.where(answers).order_by(Idea.id.desc())
    # A subquery, which `offset` keeps separate: all matches are sorted before the entries are read,
    # of which a page needs the first few.
    found = (
        core_select(_WORDS.c.id).where(answers).order_by(_WORDS.c.id.desc()).offset(0).subquery()
    )
    return statement.join(found, found.c.id == Idea.id).order_by(found.c.id.desc())


_MOST_STEMS = 200
_PREFIXES = "stems with a prefix"
_STEMS_WITH_PREFIX = text(
    "WITH RECURSIVE found(term) AS ("
    " SELECT (SELECT term FROM idea_stem WHERE term >= :first LIMIT 1)"
    " UNION ALL"
    " SELECT (SELECT term FROM idea_stem WHERE term > found.term LIMIT 1)"
    " FROM found WHERE found.term < :last"
    ") SELECT term FROM found WHERE term < :last LIMIT :most"
)


def _with_stems_of_prefix(session: Session, query: Query) -> Query:
    """SQLite: expands a prefix into its stems. With a prefix query, FTS5 gathers every entry of
    each stem before it returns the first.
    """
    *others, last = query.terms
    if not last.beginning:
        return query
    # A page runs three or four queries, in one transaction.
    known = session.info.setdefault(_PREFIXES, {})
    if last.beginning not in known:
        until = last.beginning + chr(0x10FFFF)
        params = {"first": last.beginning, "last": until, "most": _MOST_STEMS + 1}
        stems = tuple(session.execute(_STEMS_WITH_PREFIX, params).scalars())
        # With too many stems, the prefix query is cheaper.
        known[last.beginning] = stems if len(stems) <= _MOST_STEMS else None
    return replace(query, terms=(*others, replace(last, begun=known[last.beginning])))


# The number of the newest entries that are sampled to choose the plan on PostgreSQL.
_LOOKED_AT = 500
# A match from the index is read and sorted; a skipped entry is only tested.
_DEARER = 3
_SHARES, _PLANNED = "share of matches", "PostgreSQL plan"
_OFF = ("seqscan", "hashjoin", "mergejoin")


def look_at(session: Session, *ways: tuple[Query, Where]) -> None:
    """PostgreSQL: samples the newest entries for all these queries at once, instead of one by
    one.
    """
    if not is_sqlite(session):
        _look_at(session, [tsquery(variant, where) for variant, where in ways])


def _look_at(session: Session, matches: Sequence[str]) -> None:
    """Stores for each query, in this session, the share of the newest entries that match it, and
    the number of entries.
    """
    known = session.info.setdefault(_SHARES, {})
    if unknown := [query for query in matches if query not in known]:
        *counts, entries = _of_newest_postgresql(session, unknown, _LOOKED_AT)
        known |= {
            query: (n / _LOOKED_AT, entries) for query, n in zip(unknown, counts, strict=True)
        }


def _plan(session: Session, is_rare: bool) -> None:
    """PostgreSQL, until the end of the transaction: makes the planner use the index of words
    instead of reading both tables.

    The planner plans for all matches; the newest ones are wanted, for which a parallel process does
    not pay. It expects one entry in fifty to match an unknown prefix: for a rare one it would scan
    the entries from the newest on, and for a word that occurs nowhere all of them. For those only
    the bitmap of the words is left enabled.
    """
    wanted = session.get_transaction(), is_rare
    if session.info.get(_PLANNED) == wanted:
        return
    ways = dict.fromkeys(_OFF, "off") | {"indexscan": "off" if is_rare else "on"}
    planner_settings = ", ".join(
        f"set_config('enable_{way}', '{value}', true)" for way, value in ways.items()
    )
    session.execute(
        text(f"SELECT {planner_settings}, set_config('max_parallel_workers_per_gather', '0', true)")
    )
    session.info[_PLANNED] = wanted


@dataclass(frozen=True)
class _Language:
    """The query syntax of an engine: and, or, one stem, a prefix, a phrase, not."""

    both: str
    either: str
    stem: str
    beginning: str
    follows: str
    phrase: str
    without: str

    def asked(self, query: Query, where: Where = Where.anywhere) -> str:
        found = self._of_terms(query, OF_TITLE if where is Where.title else "")
        if where is Where.some_in_title:
            in_title = self.either.join(self._of_term(term, OF_TITLE) for term in query.terms)
            found = f"({found}){self.both}({in_title})"
        if not query.excluded:
            return found
        excluded = self.either.join(self._of_term(term) for term in query.excluded)
        return self.without.format(found, excluded)

    def _of_terms(self, query: Query, mark: str) -> str:
        """All terms, or any `some` of them."""
        terms = [self._of_term(term, mark) for term in query.terms]
        if query.some in (0, 1) or query.some >= len(terms):
            return (self.either if query.some == 1 else self.both).join(terms)
        groups = combinations(terms, query.some)
        return self.either.join(f"({self.both.join(group)})" for group in groups)

    def _of_term(self, term: Term, mark: str = "") -> str:
        runs = dict.fromkeys((*term.own, *term.same, *((stem,) for stem in term.begun or ())))
        found = [self._of_run(run, mark) for run in runs]
        if term.beginning and term.begun is None:
            found.append(self.beginning.format(mark + term.beginning))
        return f"({self.either.join(found)})"

    def _of_run(self, run: Run, mark: str) -> str:
        if len(run) == 1 or mark:
            return f"({self.both.join(self.stem.format(mark + stem) for stem in run)})"
        return self.phrase.format(self.follows.join(run))


# The query in the syntax of FTS5, and in that of PostgreSQL. Every word is quoted, so that none is
# read as an operator.
fts5 = _Language(" AND ", " OR ", '"{}"', '"{}" *', " ", '"{}"', "({}) NOT ({})").asked
tsquery = _Language(" & ", " | ", "'{}'", "'{}':*", "' <-> '", "('{}')", "({}) & !({})").asked


# --- the best answers first -----------------------------------------------------------------------


def best_first(
    session: Session, narrowed: Select, query: Query, offset: int, limit: int
) -> list[Idea]:
    """Results `offset` to `offset + limit` among a statement without words: the candidates by
    relevance, then all others by day.
    """
    if is_sqlite(session):
        query = _with_stems_of_prefix(session, query)
    known = rarity(session, query.terms) if len(query.terms) > 1 else {}
    relevance = Relevance(query.terms, known)
    if query.some:
        rare = replace(query, terms=rarest(known, query.terms, RAREST))
        candidates, are_all = with_some(session, narrowed, rare, relevance), False
    else:
        candidates, are_all = _with_all(session, narrowed, query)
    relevant = [(relevance.of(*texts), id_) for id_, texts in candidates.items()]
    best = [id_ for _, id_ in sorted(relevant, reverse=True)]
    found = in_order(session, best[offset : offset + limit])
    missing = limit - len(found)
    if missing and not are_all:
        others = with_words(session, narrowed, query).where(Idea.id.not_in(best))
        after = max(offset - len(best), 0)
        found += session.exec(others.offset(after).limit(missing)).all()
    return found


# Id → title and text, if that was read.
Texts = dict[int, tuple[str, ...]]


def _with_all(session: Session, narrowed: Select, query: Query) -> tuple[Texts, bool]:
    """The titles of at least CANDIDATES entries with every word, if there are so many, from those
    with all in the title to those with them anywhere; and whether these are all.
    """
    found: Texts = {}
    look_at(session, *((query, where) for where in Where))
    for where in Where:
        if where is Where.some_in_title and len(query.terms) == 1:
            continue
        rows = _texts(session, with_words(session, narrowed, query, where), CANDIDATES, Idea.title)
        found |= rows
        if len(found) >= CANDIDATES:
            return found, False
    return found, len(rows) < CANDIDATES


RAREST = 4
_TITLES, _READ, _READ_OF_TEXT = 150, 40, 3000


def with_some(session: Session, narrowed: Select, query: Query, relevance: Relevance) -> Texts:
    """The titles and texts of entries with some of the words: those with the most relevant titles,
    and the newest with most of the words.
    """
    if not query.terms:
        return {}
    any_word, *more = [replace(query, some=n + 1) for n in range(len(query.terms))]
    # A common word would hide a rare one.
    rare = replace(any_word, terms=query.terms[: (len(query.terms) + 1) // 2])
    variants = [any_word, rare, *more]
    look_at(session, *((one, where) for one in variants for where in (Where.title, Where.anywhere)))
    titles = _newest_with_most(session, narrowed, variants, Where.title, _TITLES, Idea.title)
    best = sorted(titles, key=lambda id_: (-relevance.of(*titles[id_]), -id_))[:_READ]
    read = Idea.title, func.substr(Idea.body, 1, _READ_OF_TEXT)
    with_titles = narrowed.order_by(None).where(Idea.id.in_(best))
    return _texts(session, with_titles, _READ, *read) | _newest_with_most(
        session, narrowed, variants, Where.anywhere, _READ, *read
    )


def _newest_with_most(
    session: Session,
    narrowed: Select,
    variants: Sequence[Query],
    where: Where,
    most: int,
    *read: ColumnElement[str],
) -> Texts:
    """The newest `most` entries of the first variant; if there are more, also those of the others,
    until one has fewer.
    """
    found: Texts = {}
    for variant in variants:
        rows = _texts(session, with_words(session, narrowed, variant, where), most, *read)
        found |= rows
        if len(rows) < most and variant is not variants[1]:
            break
    return found


def _texts(session: Session, entries: Select, most: int, *read: ColumnElement[str]) -> Texts:
    statement = entries.with_only_columns(Idea.id, *read, maintain_column_froms=True).limit(most)
    return {id_: tuple(texts) for id_, *texts in session.execute(statement)}


def in_order(session: Session, ids: Sequence[int]) -> list[Idea]:
    """These entries, in this order."""
    entries = session.execute(core_select(Idea).where(Idea.id.in_(ids))).scalars()
    by_id = {idea.id: idea for idea in entries}
    return [by_id[id_] for id_ in ids if id_ in by_id]


# --- rare words, indexed words --------------------------------------------------------------------


def rarity(session: Session, terms: Sequence[Term]) -> dict[Term, int]:
    """Term → the number of the newest SAMPLE entries that match it; terms without any match are
    left out.
    """
    if not terms:
        return {}
    counted = _of_newest_sqlite if is_sqlite(session) else _of_newest_postgresql
    matches = [_alone(session, term) for term in terms]
    counts = dict(zip(terms, counted(session, matches, SAMPLE), strict=False))
    unknown = [term for term, n in counts.items() if not n]
    not_indexed = set(unknown) - indexed(session, unknown)
    return {term: n for term, n in counts.items() if term not in not_indexed}


def _of_newest_sqlite(session: Session, matches: Sequence[str], newest: int) -> Sequence[int]:
    values = {f"w{i}": query for i, query in enumerate(matches)}
    # One statement with a column per word: each would otherwise cost a round trip.
    counts = ", ".join(
        f"(SELECT count(*) FROM idea_words WHERE idea_words MATCH :{name} AND rowid >= :since)"
        for name in values
    )
    oldest = core_select(Idea.id).order_by(Idea.id.desc()).offset(newest - 1).limit(1)
    since = session.execute(oldest).scalar() or 0
    return session.execute(text(f"SELECT {counts}"), values | {"since": since}).one()


def _of_newest_postgresql(session: Session, matches: Sequence[str], newest: int) -> Sequence[int]:
    """The number of the newest entries that match each query; last, the number of entries in
    PostgreSQL's statistics.
    """
    values = {f"w{i}": query for i, query in enumerate(matches)}
    counts = ", ".join(
        f"count(*) FILTER (WHERE words @@ to_tsquery('simple', :{name}))" for name in values
    )
    return session.execute(
        text(
            f"SELECT {counts},"
            " (SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'idea_words'::regclass)"
            f" FROM (SELECT words FROM idea_words ORDER BY id DESC LIMIT {newest}) AS newest"
        ),
        values,
    ).one()


def indexed(session: Session, terms: Sequence[Term]) -> set[Term]:
    """The terms among these with a match in the index, for any reader."""
    if not terms:
        return set()
    values = {f"w{i}": _alone(session, term) for i, term in enumerate(terms)}
    condition = "EXISTS (SELECT 1 FROM idea_words WHERE idea_words MATCH :{})"
    if not is_sqlite(session):
        condition = "EXISTS (SELECT 1 FROM idea_words WHERE words @@ to_tsquery('simple', :{}))"
        _plan(session, is_rare=True)
    found = session.execute(
        text("SELECT " + ", ".join(condition.format(name) for name in values)), values
    ).one()
    return {term for term, is_there in zip(terms, found, strict=True) if is_there}


def _alone(session: Session, term: Term) -> str:
    query = Query((term,))
    return fts5(query) if is_sqlite(session) else tsquery(query)


def in_index(session: Session, visible: Select, query: Query) -> bool:
    """Whether an entry that the reader may see matches."""
    statement = (
        word_by_word(session, visible, query)
        .with_only_columns(Idea.id, maintain_column_froms=True)
        .order_by(None)
        .limit(1)
    )
    return session.execute(statement).first() is not None


def word_by_word(session: Session, visible: Select, query: Query) -> Select:
    """A search for one or a few results: PostgreSQL must use its index."""
    if is_sqlite(session):
        return with_words(session, visible, query)
    _plan(session, is_rare=True)
    return _answering(visible.order_by(None), tsquery(query), is_rare=True)
