"""Reading practices (bonnes pratiques): the notes that managers share among themselves."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_
from sqlmodel import Session, select

from dashboard.access import require
from dashboard.scope import Scope
from models.communities import Practice
from models.people import Person
from models.search import Query, Term, matches, parsed, stems


@dataclass(frozen=True)
class Note:
    """One note, with who shared it; `hers`: the reader's own."""

    id: int
    title: str
    text: str
    on: date
    author: str
    function: str
    hers: bool


def practices(session: Session, scope: Scope, words: str = "") -> list[Note]:
    """The notes as of the day of the scope, the latest first; with `words`, those
    that answer the search.

    A few hundred notes are read and matched in place: they need no index of their
    own. Raises Refused for who is no manager.
    """
    require(scope.reader, "practice.share")
    rows = session.exec(
        select(Practice, Person)
        .join(Person, Person.id == Practice.person_id, isouter=True)
        .where(
            Practice.on <= scope.on,
            or_(Practice.withdrawn_on.is_(None), Practice.withdrawn_on > scope.on),
        )
        .order_by(Practice.on.desc(), Practice.id.desc())
    ).all()
    notes = [
        Note(
            p.id,
            p.title,
            p.text,
            p.on,
            person.name if person else "",
            person.function if person else "",
            p.person_id is not None and p.person_id == scope.reader.person_id,
        )
        for p, person in rows
    ]
    if not words.strip():
        return notes
    query = parsed(words)
    return [note for note in notes if query and _answers(note, query)]


def _answers(note: Note, query: Query) -> bool:
    held = stems(f"{note.title} {note.text}")
    return all(_holds(held, term) for term in query.terms) and not any(
        _holds(held, term) for term in query.excluded
    )


def _holds(held: list[str], term: Term) -> bool:
    if not term.is_phrase:
        return any(matches(stem, term) for stem in held)
    n = len(term.stems)
    return any(tuple(held[i : i + n]) == term.stems for i in range(len(held) - n + 1))
