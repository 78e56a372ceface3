"""Recipients of a notice (avis): the people responsible for an entry, and those who want mail."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy import ColumnElement, and_, bindparam, func, select as core_select
from sqlmodel import Session, select

from dashboard.access import Reader
from models.clock import today
from models.directions import Tree, UnitKind
from models.ideas import Idea
from models.notices import Rhythm
from models.people import Account, Mandate, Person, Preference, Role, open_account

# Stored as a preference: the last day and the address.
TO_CONFIRM = "adresse-a-confirmer"
RHYTHM = "courriels"  # the name of the preference


def rhythm_of_person() -> ColumnElement[bool]:
    return and_(Preference.person_id == Person.id, Preference.name == RHYTHM)


def wants_mail() -> ColumnElement[bool]:
    return func.coalesce(Preference.value, "") != Rhythm.never


def rhythm_of(session: Session, person_id: int) -> Rhythm:
    """How often this person gets mail; at once by default."""
    stored = session.get(Preference, (person_id, RHYTHM))
    return Rhythm(stored.value) if stored and stored.value in list(Rhythm) else Rhythm.at_once


def address_of(session: Session, reader: Reader) -> str:
    """The reader's own address; empty if none is known."""
    person = session.get(Person, reader.person_id)
    return person.email if person else ""


def address_to_confirm(session: Session, person_id: int) -> tuple[str, date | None]:
    """The address that a person still has to confirm by opening the mail sent there, and the last
    day for it; empty once that day is past.
    """
    stored = session.get(Preference, (person_id, TO_CONFIRM))
    if stored is None:
        return "", None
    until, address = stored.value.split(" ", 1)
    last = date.fromisoformat(until)
    return (address, last) if today(session) <= last else ("", None)


def animateurs(session: Session) -> list[int]:
    """The persons of the programme office, by their accounts."""
    return _in_role(session, Role.animateur)


def administrators(session: Session) -> list[int]:
    """The administrators, by their accounts."""
    return _in_role(session, Role.admin)


def _in_role(session: Session, role: Role) -> list[int]:
    accounts = session.exec(
        select(Account)
        .where(Account.roles.contains(role), open_account(today(session)))
        .order_by(Account.person_id)
    ).all()
    return [account.person_id for account in accounts if role in account.role_list]


def heads_by_unit(session: Session, on: date) -> dict[int, list[int]]:
    """Unit → the persons with a mandate on exactly this unit."""
    found = defaultdict(list)
    rows = session.execute(
        select(Mandate.direction_id, Mandate.person_id)
        .join(Person, Person.id == Mandate.person_id)
        .where(
            Mandate.since <= on,
            Mandate.until.is_(None) | (Mandate.until > on),
            Person.erased_on.is_(None),
        )
        .order_by(Mandate.person_id)
    ).all()
    for unit, person in rows:
        found[unit].append(person)
    return dict(found)


def heads_above(tree: Tree, heads: Mapping[int, list[int]], unit_id: int | None) -> list[int]:
    """The people responsible for a unit: its heads, or those of the nearest unit above it up to its
    direction.
    """
    unit = tree.by_id.get(unit_id) if unit_id else None
    while unit:
        found = heads.get(unit.id, [])
        if found or unit.kind != UnitKind.service:
            return found
        unit = tree.by_id.get(unit.parent) if unit.parent else None
    return []


def managers_of(session: Session, tree: Tree, unit_id: int | None, on: date) -> list[int]:
    """The people responsible for one unit, read from the database."""
    return heads_above(tree, heads_by_unit(session, on), unit_id) if unit_id else []


def in_charge(session: Session, tree: Tree, idea: Idea, on: date) -> list[int]:
    """The person who prepares the answer, else the managers of the unit concerned,
    else the animateurs.
    """
    owner = session.get(Person, idea.owner_id) if idea.owner_id else None
    if owner is not None and owner.erased_on is None:
        return [owner.id]
    return managers_of(session, tree, idea.concerns_id, on) or animateurs(session)


def notifiable_persons(session: Session, person_ids: Iterable[int]) -> list[int]:
    """The persons among these who are not erased and have not opted out of mail."""
    rows = session.execute(_NOTIFIABLE, {"persons": sorted(set(person_ids))})
    return list(rows.scalars())


# Compiled once: each filing runs it.
_NOTIFIABLE = (
    core_select(Person.id)
    .outerjoin(Preference, rhythm_of_person())
    .where(
        Person.id.in_(bindparam("persons", expanding=True)),
        Person.erased_on.is_(None),
        wants_mail(),
    )
    .order_by(Person.id)
)
