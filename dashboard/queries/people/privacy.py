"""Reads all data about one person: the content of her export, and the free texts that contain her
name.

The tables that name a person are found by their keys to `person.id`, so that a table added later is
included.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import (
    Column,
    Row,
    String,
    Table,
    TypeDecorator,
    and_,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel

from dashboard.access import Reader, require
from dashboard.queries.discussions.subjects import subject_words
from dashboard.queries.people.readers import account_of_person
from models.communities import Interest
from models.facts import live
from models.ideas import Idea, SourceKey
from models.ledger import Change
from models.people import Account, Assignment, Person
from models.schema import NOUNS
from models.search import fold
from models.short_lived import Login
from models.texts import Refused

# Columns that name a person without a foreign key, which would cost a look-up for each of a million
# rows.
_SECRET = {
    "account": {"password_hash", "second_factor"},
    "job": {"id", "result"},
    "calendar_key": {"key"},
    "survey_invitation": {"code"},
    # A file of the administration, which may name others.
    "pst_statement": {"content"},
    "training_material": {"content"},
}
_LABELS = ("number", "name", "title", "on")
_NAMES = ("number", "code", "title", "record", "key")


# ── Who ───────────────────────────────────────────────────────────────────────────────────────────


def person_named(session: Session, text: str = "", login: str = "") -> Person:
    """The person with this login name, matricule or id. Raises Refused if there is none, or more
    than one.
    """
    if login:
        found = (
            session.execute(
                select(Person)
                .join(Account, Account.person_id == Person.id)
                .where(Account.login == login.strip().lower())
            )
            .scalars()
            .all()
        )
    else:
        same = [Person.key == text.strip()]
        if text.strip().isdecimal() and int(text) < 2**31:
            same.append(Person.id == int(text))
        found = session.execute(select(Person).where(or_(*same))).scalars().all()
    if len(found) > 1:
        raise Refused(
            f"« {text} » est le matricule d'une personne et le numéro d'une autre : désignez-la par"
            " --login."
        )
    if not found:
        raise Refused(f"« {login or text} » ne désigne personne.")
    return found[0]


@cache
def naming_columns() -> dict[Table, tuple[Column, ...]]:
    """Each table that names persons, with the columns that do."""
    found = {
        table: tuple(
            column
            for column in table.columns
            if column.name in ("person_id", "author_id", "relay_id")
            or any(key.target_fullname == "person.id" for key in column.foreign_keys)
        )
        for table in SQLModel.metadata.sorted_tables
    }
    return {table: columns for table, columns in found.items() if columns}


# ── All about one person ──────────────────────────────────────────────────────────────────────────


def dossier(session: Session, reader: Reader, person: Person) -> dict:
    """The export of one person (dossier): table → rows that name her, as plain values; keys to
    other records carry their label.

    Other persons and all secrets (hashes, tokens, results) are left out.
    """
    if reader.is_known and reader.person_id == person.id:
        require(reader, "person.export_own")
    else:
        require(reader, "person.export")
    tables = {}
    for table, columns in naming_columns().items():
        named = or_(*(column == person.id for column in columns))
        rows = session.execute(
            select(table)
            .where(named)
            .order_by(*table.primary_key)
            .execution_options(yield_per=2000)
        )
        tables[table.name] = [_exported(session, table, columns, row, person) for row in rows]
    account = account_of_person(session, person.id)
    about = [and_(Change.subject.in_(["person", "mandate"]), Change.record == str(person.id))]
    logins = ()
    if account:
        about.append(and_(Change.subject == "account", Change.record == account.login))
        logins = session.execute(select(Login.__table__).where(Login.account_id == account.id))
    changes = session.execute(select(Change.__table__).where(or_(*about)).order_by(Change.id))
    tables["change"] += [_plain(row, {"by"}) for row in changes]
    tables["login"] = [_plain(row, {"token", "account_id", "sign_on_token"}) for row in logins]
    hers = (SourceKey.subject == "person") & (SourceKey.record_id == person.id)
    keys = session.execute(select(SourceKey.__table__).where(hers))
    tables["source_key"] = [_plain(row) for row in keys]
    return {
        "format": "c-possible-personne",
        "version": 1,
        "personne": person.model_dump(mode="json"),
        "donnees": {name: rows for name, rows in tables.items() if rows},
        "note": "Les dépôts anonymes ne sont liés à personne et n'y figurent donc pas.",
    }


def _exported(
    session: Session, table: Table, columns: tuple[Column, ...], row: Row, person: Person
) -> dict:
    values = row._mapping
    roles = [column.name for column in columns if values[column.name] == person.id]
    hidden = _SECRET.get(table.name, set()) | {column.name for column in columns}
    if table.name == "idea" and roles == ["relay_id"]:
        # Relayed for somebody else, who wrote the text.
        hidden = hidden | {"body"}
    if table.name == "change":
        # Her changes may be about somebody else.
        hidden = hidden | {"record", "before", "after"}
    exported = {"en_tant_que": roles} | _plain(row, hidden)
    for column in table.columns:
        for key in column.foreign_keys:
            if column.name in exported and exported[column.name] is not None:
                exported[column.name] = _labelled(session, key.column.table, exported[column.name])
    if {"subject", "key"} <= exported.keys():
        words = subject_words(session, exported["subject"], exported["key"])
        exported["key"] = {"id": exported["key"], "libelle": words}
    return exported


def _plain(row: Row, hidden: set[str] = frozenset()) -> dict:
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in row._mapping.items()
        if name not in hidden
    }


def _labelled(session: Session, table: Table, id_: object) -> object:
    name = next((name for name in _LABELS if name in table.columns), None)
    if name is None:
        return id_
    label = session.execute(select(table.c[name]).where(table.c.id == id_)).scalar()
    return {"id": id_, "libelle": label.isoformat() if hasattr(label, "isoformat") else label}


# ── Where texts name a person ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Mention:
    """One record whose text contains the person's family name: its kind, its number or title, and
    the arguments of `person clean` that empty it, if that is allowed.
    """

    noun: str
    label: str
    cleaned_as: str = ""


# The kinds of records that may be emptied, with their texts: no figure reads them.
CLEANABLE: dict[str, tuple[type[SQLModel], tuple[str, ...]]] = {
    "modification": (Change, ("before", "after")),
    "marque": (Interest, ("name", "contact", "text")),
}


def texts_to_clean(session: Session, reader: Reader, kind: str, number: int) -> dict[str, str]:
    """The non-empty texts of such a record, by column. Raises Refused if there is no such record,
    or no text in it.
    """
    require(reader, "person.erase")
    if kind not in CLEANABLE:
        raise Refused(f"« {kind} » ne se vide pas : choisissez {' ou '.join(CLEANABLE)}.")
    table, names = CLEANABLE[kind]
    found = session.get(table, number) if number < 2**31 else None
    texts = {name: getattr(found, name, None) for name in names}
    texts = {name: text for name, text in texts.items() if text}
    if not texts:
        raise Refused(f"Rien à vider : {kind} {number} n'existe pas, ou ne contient aucun texte.")
    return texts


def left_before(session: Session, day: date, before: date, limit: int) -> list[int]:
    """The first `limit` persons who at `day` have left, since a day before `before`, and are not
    erased.
    """
    later = aliased(Assignment)
    came_back = (
        select(later.id)
        .where(later.person_id == Assignment.person_id, live(later, day))
        .where(tuple_(later.on, later.id) > tuple_(Assignment.on, Assignment.id))
        .exists()
    )
    gone = (
        select(Assignment.person_id)
        .join(Person, Person.id == Assignment.person_id)
        .where(live(Assignment, day), Assignment.service_id.is_(None), Assignment.on < before)
        .where(Person.erased_on.is_(None), ~came_back)
    )
    return list(session.scalars(gone.order_by(Assignment.person_id).distinct().limit(limit)))


def mentions(session: Session, person: Person) -> list[Mention]:
    """The free texts of all tables that contain the family name as a word, for a human to check."""
    name = person.family_name or person.given_name
    if not name.strip():
        return []
    word = _as_word(name)
    # The longest plain run of its letters: a database cannot match a word whatever its case or
    # accents.
    run = max(re.findall(r"[a-z0-9]+", name.lower()), key=len, default="")
    found = []
    for table in SQLModel.metadata.sorted_tables:
        columns = [column for column in table.columns if _is_text(column)]
        # Her own records contain her name rightly.
        if table.name in ("person", "account") or not columns:
            continue
        for row in session.execute(
            select(table).where(
                or_(*(func.lower(column).contains(run, autoescape=True) for column in columns))
            )
        ):
            # The database matched a run of letters; the word match is checked here.
            if any(word.search(fold(row._mapping[column.name] or "")) for column in columns):
                found.append(_mention(session, table, row))
    return list(dict.fromkeys(found))


def names_one_of(text: str | None, names: Iterable[str]) -> bool:
    """Whether one of the names occurs in the text as a word, whatever its case or accents."""
    return any(_as_word(name).search(fold(text or "")) for name in names)


def _as_word(name: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(fold(name.strip()))}\b")


def _is_text(column: Column) -> bool:
    stored = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    return isinstance(stored, String)


def _mention(session: Session, table: Table, row: Row) -> Mention:
    values = row._mapping
    noun = NOUNS.get(table.name, table.name)
    if table.name == "idea":
        return Mention(noun, f"n° {values['number']} — {values['title']}")
    if table.name == "idea_event":
        number, title = session.execute(
            select(Idea.number, Idea.title).where(Idea.id == values["idea_id"])
        ).one()
        return Mention(noun, f"n° {number} — {title}")
    if table.name in ("contribution", "contribution_event"):
        return Mention(noun, f"sur {subject_words(session, values['subject'], values['key'])}")
    for column in table.columns:
        target = next((key.column.table for key in column.foreign_keys), None)
        if target is not None and "number" in target.columns:
            number = session.execute(
                select(target.c.number).where(target.c.id == values[column.name])
            ).scalar()
            return Mention(noun, f"n° {number}")
    name = next((name for name in _NAMES if values.get(name)), None)
    kinds = (kind for kind, (model, _) in CLEANABLE.items() if model.__table__ is table)
    return Mention(
        noun,
        str(values[name] if name else "/".join(str(values[key.name]) for key in table.primary_key)),
        " ".join(f"{kind} {row._mapping['id']}" for kind in kinds),
    )
