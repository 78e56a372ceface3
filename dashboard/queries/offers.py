"""Reads offers and wishes (offres et souhaits): who teaches what, who asks for what, and which
match; and the practice notes that managers share.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, select

from dashboard.access import idea_conditions, require
from dashboard.scope import Scope
from models.communities import Interest, InterestKind
from models.idea_states import OPEN
from models.ideas import Idea
from models.people import Person
from models.roadmap import Ambition
from models.search import parsed, stems

_OTHER_SIDE = {
    InterestKind.teaches: InterestKind.learns,
    InterestKind.learns: InterestKind.teaches,
}
# The stems of a title, and those of title and text.
_Words = tuple[frozenset[str], frozenset[str]]


@dataclass(frozen=True)
class Offered:
    """One offer or wish with the name of its author; `meets` are the matching ones of the other
    side.
    """

    record: Interest
    name: str
    function: str
    meets: tuple[str, ...] = ()


def _offered(
    session: Session, kinds: Collection[InterestKind], *conditions: ColumnElement[bool]
) -> list[Offered]:
    """The offers of these kinds, newest first."""
    rows = session.exec(
        select(Interest, Person)
        .join(Person, Person.id == Interest.person_id, isouter=True)
        .where(Interest.kind.in_([str(kind) for kind in kinds]), *conditions)
        .order_by(Interest.on.desc(), Interest.id.desc())
    ).all()
    return [
        Offered(record, person.name if person else "", person.function if person else "")
        for record, person in rows
    ]


# ── Offers and wishes ─────────────────────────────────────────────────────────────────────────────


def open_skills(session: Session) -> list[Offered]:
    """The open offers and wishes, newest first, each with the people it matches."""
    shown = _open_skills(session, _OTHER_SIDE)
    # Stemmed once: every skill is compared with every other one.
    words = {skill.record.id: _words(skill.record.title, skill.record.text) for skill in shown}

    def meets(record: Interest) -> tuple[str, ...]:
        others = [
            f"{other.name} (« {other.record.title} »)"
            for other in shown
            if other.record.kind != record.kind
            and other.record.person_id != record.person_id
            and _are_near(words[record.id], words[other.record.id])
        ]
        return tuple(dict.fromkeys(others))

    return [
        Offered(skill.record, skill.name, skill.function, meets(skill.record)) for skill in shown
    ]


def matching(session: Session, record: Interest) -> list[Interest]:
    """The open offers of others that match this wish, or the wishes that match this offer."""
    mine = _words(record.title, record.text)
    others = [
        other.record
        for other in _open_skills(session, [_OTHER_SIDE[InterestKind(record.kind)]])
        if other.record.person_id != record.person_id
    ]
    return [other for other in others if _are_near(mine, _words(other.title, other.text))]


def _open_skills(session: Session, kinds: Collection[InterestKind]) -> list[Offered]:
    is_known = Person.id.is_not(None) & Person.erased_on.is_(None)
    return _offered(session, kinds, Interest.ended_on.is_(None), is_known)


def _words(title: str, text: str = "") -> _Words:
    first = frozenset(word for word in stems(title) if len(word) > 2)
    return first, first | frozenset(word for word in stems(text) if len(word) > 2)


def _are_near(first: _Words, other: _Words) -> bool:
    """Whether at least half (and at least one) of the words of the shorter title occur in the other
    text.
    """
    shorter, whole = (
        (first[0], other[1]) if len(first[0]) <= len(other[0]) else (other[0], first[1])
    )
    common = shorter & whole
    return bool(common) and 2 * len(common) >= len(shorter)


@dataclass(frozen=True)
class Revealed:
    """An open entry that shows a missing skill, and the people who could teach it (« Nom («
    savoir-faire ») »).
    """

    number: int
    title: str
    meets: tuple[str, ...]


def revealed(session: Session, scope: Scope, most: int = 10) -> list[Revealed]:
    """The open entries about skills (ambition « Actualisation des compétences ») that the reader
    may see: those that a colleague could answer first, then the newest.
    """
    rows = session.exec(
        select(Idea)
        .join(Ambition, Ambition.id == Idea.ambition_id)
        .where(
            Ambition.code == "competences",
            Idea.status.in_([str(s) for s in OPEN]),
            idea_conditions(scope.reader, scope.tree),
        )
        .order_by(Idea.id.desc())
        .limit(200)
    ).all()
    taught = [
        (
            f"{skill.name} (« {skill.record.title} »)",
            _words(skill.record.title, skill.record.text),
        )
        for skill in _open_skills(session, [InterestKind.teaches])
    ]
    found = []
    for idea in rows:
        title = _words(idea.title)
        meets = tuple(who for who, words in taught if _are_near(words, title))
        found.append(Revealed(idea.number, idea.title, meets))
    return sorted(found, key=lambda item: not item.meets)[:most]


# ── What managers share ───────────────────────────────────────────────────────────────────────────


def practices(session: Session, scope: Scope, words: str = "") -> list[Offered]:
    """The practice notes as of the day of the scope, newest first; with `words`, those that match
    the search. Raises Refused for a reader who is not a manager.

    They are a few hundred, matched in memory without an index.
    """
    require(scope.reader, "practice.share")
    shown = or_(Interest.ended_on.is_(None), Interest.ended_on > scope.on)
    notes = _offered(session, [InterestKind.practice], Interest.on <= scope.on, shown)
    if not words.strip():
        return notes
    query = parsed(words)
    return [
        note
        for note in notes
        if query and query.is_answered_by(f"{note.record.title} {note.record.text}")
    ]
