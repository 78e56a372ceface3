"""Notices passed on in person or on paper, for people whom no mail reaches."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select as core_select, true
from sqlmodel import Session

from dashboard.access import Reach, Reader, may, reach, require
from dashboard.queries.notices.records import UNSENT, rhythm_of_person, still_open, wants_mail
from dashboard.scope import Scope
from models.directions import Tree, UnitKind
from models.facts import last_values
from models.ideas import Idea
from models.notices import Notice, NoticeKind, NoticeState
from models.people import Assignment, Person, Preference, Role


@dataclass(frozen=True)
class PersonToNotify:
    """One person with pending news that no mail delivers, with her service and direction if she has
    one.
    """

    id: int
    name: str
    service: str
    direction: str
    why: str
    position: int


@dataclass(frozen=True)
class NewsToNotify:
    """One notice for one person. `is_open`: the reader may know its content; otherwise the texts
    are empty.
    """

    id: int
    person_id: int
    on: date
    is_open: bool
    title: str = ""
    text: str = ""
    href: str = ""


def units_to_notify(reader: Reader, tree: Tree) -> frozenset[int] | None:
    """The services whose people the reader may notify in person: all (None), or own and covered
    services.
    """
    if reach(reader, "notice.tell") == Reach.all:
        return None
    covered = reader.covered if Role.ambassadeur in reader.roles else frozenset()
    return covered | (reader.own_units(tree) if Role.manager in reader.roles else frozenset())


def _not_by_mail(by_mail: bool) -> ColumnElement[bool]:
    """The notices that no mail delivers: no address, no mail server, or a mail given up after
    failures.
    """
    unreached = Notice.state.in_(UNSENT)
    if by_mail:
        unreached = unreached & (Person.email == "")
    # A notice about an address, or with a personal link, is not passed on in person.
    return (
        or_(unreached, (Notice.state == NoticeState.dropped) & (Notice.tries > 0))
        & (Notice.address == "")
        & (Notice.kind != str(NoticeKind.questionnaire))
    )


def persons_to_notify(
    session: Session, scope: Scope, by_mail: bool, among: Collection[int] | None = None
) -> list[PersonToNotify]:
    """The people whom the reader may notify in person, in the order of the chart, then by name.
    `by_mail`: mail is enabled; `among`: only these people.
    """
    require(scope.reader, "notice.tell")
    wanted = Person.id.in_(sorted(among)) if among is not None else true()
    rows = session.execute(
        core_select(Person, func.max(Notice.tries))
        .join(Notice, Notice.person_id == Person.id)
        .outerjoin(Preference, rhythm_of_person())
        .where(wanted, _not_by_mail(by_mail), Person.erased_on.is_(None), wants_mail())
        .group_by(Person)
    ).all()
    found_ids = Assignment.person_id.in_([person.id for person, _ in rows])
    places = last_values(session, Assignment.service_id, scope.on, found_ids)
    allowed = units_to_notify(scope.reader, scope.tree)
    found = [
        _person(scope.tree, person, places.get(person.id), tries, by_mail)
        for person, tries in rows
        if (allowed is None or places.get(person.id) in allowed)
        and scope.has(places.get(person.id))
    ]
    return sorted(found, key=lambda person: (person.position, person.name, person.id))


def _person(
    tree: Tree, person: Person, service_id: int | None, tries: int, by_mail: bool
) -> PersonToNotify:
    unit = tree.by_id.get(service_id) if service_id else None
    above = tree.ancestor(service_id, UnitKind.direction)
    if tries and person.email:
        why = "courriel refusé"
    elif by_mail:
        why = "sans adresse"
    else:
        why = ""
    return PersonToNotify(
        person.id,
        person.name,
        unit.name if unit else "",
        above.name if above else "Sans direction",
        why,
        unit.position if unit else 10**6,
    )


def news_to_notify(
    session: Session, scope: Scope, person_ids: Sequence[int], by_mail: bool
) -> list[NewsToNotify]:
    """The pending news for these persons, oldest first, if each may still read it.

    A colleague who passes on news must not learn who wrote an entry: she sees its content only if
    she relayed the entry or may know its author, and otherwise only that news is pending.
    """
    allowed = persons_to_notify(session, scope, by_mail, person_ids)
    wanted = sorted(person.id for person in allowed)
    if not wanted:
        return []
    rows = session.execute(
        core_select(Notice, Person)
        .join(Person, Person.id == Notice.person_id)
        .where(Notice.person_id.in_(wanted), _not_by_mail(by_mail))
        .order_by(Notice.id)
    ).all()
    waiting: dict[int, tuple[Person, list[Notice]]] = {}
    for notice, person in rows:
        waiting.setdefault(person.id, (person, []))[1].append(notice)
    return [
        _news(session, scope, notice)
        for person, notices in waiting.values()
        for notice in still_open(session, scope.tree, person, notices, scope.on)
    ]


def _news(session: Session, scope: Scope, notice: Notice) -> NewsToNotify:
    if not _may_know(session, scope, notice):
        return NewsToNotify(notice.id, notice.person_id, notice.on, False)
    href = notice.href if notice.href.startswith("/") else ""
    return NewsToNotify(
        notice.id, notice.person_id, notice.on, True, notice.title, notice.text, href
    )


def _may_know(session: Session, scope: Scope, notice: Notice) -> bool:
    reader = scope.reader
    if reach(reader, "notice.tell") == Reach.all or notice.person_id == reader.person_id:
        return True
    idea = session.get(Idea, notice.idea_id) if notice.idea_id else None
    return idea is not None and may(reader, "idea.read_author", idea, scope.tree)
