"""Mentions of colleagues in a note (@Prénom Nom): who may read it, and whom a text names."""

import re
from collections.abc import Iterator, Mapping

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, select

from dashboard.access import may
from dashboard.scope import Scope
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.people import Account, Mandate, Person, Role, open_account
from models.search import fold

# An @ at the start of a word: a mail address has a letter before it.
_AT = re.compile(r"(?<![\w.])@(?=\w)")
_LONGEST = 80


def note_readers(session: Session, scope: Scope, idea: Idea) -> dict[int, str]:
    """Person → name of the people who may read the notes of this entry, except the reader and the
    author of the entry; empty for a reader who may not.
    """
    if not may(scope.reader, "idea.answer", idea, scope.tree):
        return {}
    rows = session.exec(
        select(Account, Person)
        .join(Person, Person.id == Account.person_id)
        .where(open_account(scope.on), Person.erased_on.is_(None), _answers(scope, idea))
        .order_by(Person.family_name, Person.given_name, Person.id)
    ).all()
    on_mandates = _mandates(scope, idea)
    managers = set(session.exec(select(Mandate.person_id).where(on_mandates)).all())
    excluded = (scope.reader.person_id, idea.author_id)
    return {
        person.id: person.name
        for account, person in rows
        if person.id not in excluded
        and (person.id in managers or person.id == idea.owner_id or _by_role(account, idea))
    }


def _answers(scope: Scope, idea: Idea) -> ColumnElement[bool]:
    """The condition for people who may answer an entry, as « idea.answer » defines it; changes
    together with RIGHTS of `dashboard.access`.
    """
    conditions = [
        Account.roles.contains(str(Role.animateur)),
        Account.person_id.in_(select(Mandate.person_id).where(_mandates(scope, idea))),
        Account.person_id == idea.owner_id,
    ]
    if idea.status == IdeaStatus.submitted:
        conditions.append(Account.roles.contains(str(Role.codir)))
    return or_(*conditions)


def _mandates(scope: Scope, idea: Idea) -> ColumnElement[bool]:
    """The mandates on the unit concerned, or above it."""
    units = [
        unit.id
        for unit in scope.tree.by_id.values()
        if idea.concerns_id in scope.tree.under(unit.id)
    ]
    return (
        Mandate.direction_id.in_(units)
        & (Mandate.since <= scope.on)
        & (Mandate.until.is_(None) | (Mandate.until > scope.on))
    )


def _by_role(account: Account, idea: Idea) -> bool:
    of_codir = idea.status == IdeaStatus.submitted and Role.codir in account.role_list
    return of_codir or Role.animateur in account.role_list


def named_in(text: str, readers: Mapping[int, str]) -> tuple[set[int], list[str]]:
    """The readers whom a text names; and the first words of mentions that match no reader."""
    persons: set[int] = set()
    unknown = []
    for words in _mentions(text):
        found = _named(words, readers)
        persons |= found
        if not found:
            unknown.append(" ".join(words.split()[:2]).strip(" ,;:.!?"))
    return persons, unknown


def _mentions(text: str) -> Iterator[str]:
    for at in _AT.finditer(text):
        yield text[at.end() : at.end() + _LONGEST]


def _named(text: str, readers: Mapping[int, str]) -> set[int]:
    """The persons with the longest name that the text starts with: « Anne Lambot » is not « Anne
    Lambotte ».
    """
    words = f"{fold(text)} "
    matches = {
        person: name
        for person, name in readers.items()
        if re.match(rf"{re.escape(fold(name))}\b", words)
    }
    longest = max((len(name) for name in matches.values()), default=0)
    return {person for person, name in matches.items() if len(name) == longest}
