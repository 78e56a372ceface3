"""Reads the origin keys of imports (clés d'origine): which records of a source are known, and their
state.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from itertools import chain, count

from rapidfuzz import fuzz
from sqlalchemy import ARRAY, ColumnElement, Row, and_, any_, func, literal
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel import Session, select

from models.discussions import Contribution, ContributionKind, Subject, idea_of
from models.idea_events import IdeaEvent
from models.ideas import OWN_SOURCE, Idea, SourceKey

IDEA = "idea"
COMMENT = "comment"
MEASURE = "measure"
REPORT = "milestone_report"
ACADEMY = "academie"  # the source of imported registrations
TRAINING = "training"
OFFERING = "training_session"
REGISTRATION = "registration"
# The fields of an imported idea's digest, in order: one hash each.
FIELDS = (
    "title",
    "body",
    "ambition_id",
    "concerns_id",
    "status",
    "fixed",
    "voices",
    "comments",
    "details",
    "published",
)
_ALIKE = 80  # per cent of the letters of two titles
AWAY = "-"  # before the digest of a row that the last file no longer had


def mark(value: object) -> str:
    """The short hash of one value of a source's row."""
    return hashlib.blake2b(str(value).encode(), digest_size=5).hexdigest()


def _keys(session: Session, *conditions: ColumnElement[bool]) -> list[Row]:
    """(source, key, our record's id, digest) of the origin keys that fulfil these conditions."""
    columns = (SourceKey.source, SourceKey.key, SourceKey.record_id, SourceKey.digest)
    return session.execute(select(*columns).where(*conditions)).all()


def known_keys(session: Session, source: str, keys: Collection[str]) -> dict[str, tuple[int, str]]:
    """Key → (our idea's id, digest) for the keys already imported from this source."""
    of_source = (SourceKey.source == source, SourceKey.subject == IDEA)
    rows = _keys(session, *of_source, is_among(session, SourceKey.key, keys))
    return {key: (record, digest) for _, key, record, digest in rows}


def titles_elsewhere(session: Session, source: str, titles: Collection[str]) -> Counter[str]:
    """Source (empty: typed here) → how many of these titles its ideas have, this source
    excluded.
    """
    is_its_key = and_(SourceKey.record_id == Idea.id, SourceKey.subject == IDEA)
    its_source = func.coalesce(SourceKey.source, "")
    rows = session.exec(
        select(its_source, func.count(func.distinct(Idea.title)))
        .outerjoin(SourceKey, is_its_key)
        .where(its_source != source, is_among(session, Idea.title, titles))
        .group_by(its_source)
    ).all()
    return Counter(dict(rows))


def keys_elsewhere(session: Session, titles: Mapping[str, str]) -> Counter[str]:
    """Source → how many of these keys (key → title) it knows with a similar title; without the
    sources that know most of theirs under other titles, since every tool counts from one.
    """
    rows = session.exec(
        select(SourceKey.source, SourceKey.key, Idea.title)
        .join(Idea, and_(SourceKey.record_id == Idea.id, SourceKey.subject == IDEA))
        .where(is_among(session, SourceKey.key, titles))
    ).all()
    known, same = Counter(), Counter()
    for source, key, title in rows:
        known[source] += 1
        same[source] += fuzz.partial_ratio(title, titles[key]) >= _ALIKE
    return Counter({source: n for source, n in same.items() if n * 2 >= known[source] and n})


def likely_source(session: Session, titles: Mapping[str, str]) -> str:
    """The source that most of these entries (key → title) already came from, if it knows a tenth of
    them; else empty.
    """
    most, times = next(iter(keys_elsewhere(session, titles).most_common(1)), ("", 0))
    return most if times * 10 >= len(titles) else ""


def known_by_title(
    session: Session, source: str, titles: Collection[str]
) -> dict[str, tuple[str, tuple[int, str]]]:
    """Title → (key, (our record's id, digest)) of the entries of this source that alone have it."""
    rows = session.exec(
        select(Idea.title, SourceKey.key, SourceKey.record_id, SourceKey.digest)
        .join(SourceKey, and_(SourceKey.record_id == Idea.id, SourceKey.subject == IDEA))
        .where(SourceKey.source == source, is_among(session, Idea.title, titles))
    ).all()
    times = Counter(title for title, *_ in rows)
    return {
        title: (key, (record, digest)) for title, key, record, digest in rows if times[title] == 1
    }


def free_name(session: Session, name: str) -> str:
    """A source name that is not used yet: « Fider », « Fider (2) »."""
    taken = set(session.exec(select(SourceKey.source).distinct()).all())
    names = chain((name,), (f"{name} ({n})" for n in count(2)))
    return next(candidate for candidate in names if candidate not in taken)


def is_among(
    session: Session, column: ColumnElement, values: Collection[int] | Collection[str]
) -> ColumnElement[bool]:
    """A condition « column in thousands of values », sent as one parameter: a list takes ten times
    as long to compile as the database takes to look it up.
    """
    values_list = list(values)
    if session.get_bind().dialect.name != "sqlite":
        return column == any_(literal(values_list, ARRAY(column.type)))
    values = func.json_each(json.dumps(values_list)).table_valued("value")
    return column.in_(select(values.c.value))


def idea_keys(session: Session, source: str) -> list[tuple[str, str]]:
    """(key, digest) of every idea imported from this source."""
    rows = _keys(session, SourceKey.source == source, SourceKey.subject == IDEA)
    return [(key, digest) for _, key, _, digest in rows]


def ideas_by(
    session: Session, column: InstrumentedAttribute, values: Collection[int]
) -> dict[int, Idea]:
    """The ideas of these ids or numbers, as records that may be changed."""
    found = session.exec(select(Idea).where(is_among(session, column, values))).all()
    return {getattr(idea, column.key): idea for idea in found}


def last_places(session: Session, ids: Collection[int]) -> dict[int, tuple[int, date]]:
    """Idea id → (position of its last fact, day of its last change of state)."""
    rows = session.exec(
        select(IdeaEvent.idea_id, func.max(IdeaEvent.seq), func.max(IdeaEvent.on))
        .where(IdeaEvent.idea_id.in_(ids))
        .group_by(IdeaEvent.idea_id)
    ).all()
    return {idea: (seq, on) for idea, seq, on in rows}


def numbers_taken(session: Session, numbers: Collection[int]) -> set[int]:
    """The numbers among these that an idea already has."""
    taken = select(Idea.number).where(is_among(session, Idea.number, numbers))
    return set(session.exec(taken).all())


def comments_known(session: Session, ids: Collection[int]) -> dict[int, tuple[int, Counter[str]]]:
    """Idea id → (position of its last comment, how often each public text occurs)."""
    of_ideas = (Contribution.subject == Subject.idea) & is_among(
        session, Contribution.key, [str(id_) for id_ in ids]
    )
    idea_id = idea_of(Contribution)
    last: dict[int, int] = dict(
        session.exec(
            select(idea_id, func.max(Contribution.seq)).where(of_ideas).group_by(idea_id)
        ).all()
    )
    texts: dict[int, Counter[str]] = defaultdict(Counter)
    for idea, text in session.exec(
        select(idea_id, Contribution.text).where(
            of_ideas,
            Contribution.kind == ContributionKind.comment,
            Contribution.person_id.is_(None),
        )
    ).all():
        texts[idea][text] += 1
    return {idea: (last.get(idea, 0), texts[idea]) for idea in ids}


def ideas_named(session: Session, keys: Collection[str]) -> dict[tuple[str, str], int]:
    """(source, key) → the idea's id, in every source that has one of these keys."""
    rows = _keys(session, SourceKey.subject == IDEA, is_among(session, SourceKey.key, keys))
    return {(source, key): record for source, key, record, _ in rows}


def own_ideas(session: Session, numbers: Collection[str]) -> dict[tuple[str, str], int]:
    """The same for ideas filed here, by their numbers."""
    wanted = [int(number) for number in numbers if number.isdecimal()]
    found = ideas_by(session, Idea.number, wanted)
    return {(OWN_SOURCE, str(number)): idea.id for number, idea in found.items()}


def comment_keys(session: Session) -> dict[tuple[str, str], int]:
    """(source, its identifier) → the id of an imported comment."""
    rows = _keys(session, SourceKey.subject == COMMENT)
    return {(source, key.removeprefix(f"{COMMENT}|")): record for source, key, record, _ in rows}


def comments_on(session: Session, ids: Collection[int]) -> dict[int, list[Contribution]]:
    """Idea id → its comments, as records that may be changed."""
    of_ideas = is_among(session, Contribution.key, [str(id_) for id_ in ids])
    rows = select(Contribution).where(
        Contribution.subject == Subject.idea,
        Contribution.kind == ContributionKind.comment,
        of_ideas,
    )
    found: dict[int, list[Contribution]] = defaultdict(list)
    for comment in session.exec(rows.order_by(Contribution.key, Contribution.seq)):
        found[int(comment.key)].append(comment)
    return found


def keys_of(session: Session, source: str) -> dict[str, tuple[int, str]]:
    """Every key of this source → (our record's id, digest)."""
    rows = _keys(session, SourceKey.source == source)
    return {key: (record, digest) for _, key, record, digest in rows}
