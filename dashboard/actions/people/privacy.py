"""Acts on personal data: exporting it, erasing a person, and recognising an erased person in a
later file.

Erasing empties the record but retains its id, so that past figures do not change.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date

from sqlalchemy import and_, delete, or_, update
from sqlmodel import Session, select

from dashboard import french
from dashboard.access import OPERATOR, Reader, require
from dashboard.actions.acts import lock_record, note
from dashboard.actions.operations.mixing import ShortAct, in_batches
from dashboard.actions.people.accounts import remove_account
from dashboard.actions.surveys.making import forget_invitations
from dashboard.files.pst.elements import texts_of
from dashboard.queries.people import privacy as query
from dashboard.queries.people.readers import account_of_person
from models.clock import add_months, today
from models.communities import Interest
from models.database import leave_no_trace
from models.ideas import Draft, SourceKey
from models.jobs import Job
from models.ledger import Change
from models.notices import Notice
from models.people import Account, ErasedKey, Person, Preference
from models.programmes import PstStatement
from models.revisions import raise_revisions
from models.settings import settings
from models.sign_on import CalendarKey
from models.signing import keyed_hash
from models.texts import Refused


def export_person(session: Session, reader: Reader, person: Person) -> dict:
    """Exporter une personne: all data that names her, machine-readable; the journal records who
    asked.
    """
    data = query.dossier(session, reader, person)
    note(session, reader, "person", str(person.id), "export", None, None)
    return data


def erase_person(
    session: Session, reader: Reader, person_id: int, *, looks_through_texts: bool = True
) -> list[query.Mention]:
    """Effacer une personne: deletes names, matricule, function, address, account, calendar key,
    preferences, saved views, drafts, notices and jobs; her facts retain their id.

    Also clears the changes that name her and her contact details on marks of interest. Returns the
    other free texts that hold her name, for a human to review: they are not altered.

    Raises Refused for the last administrator and for a person already erased.
    """
    require(reader, "person.erase")
    account = account_of_person(session, person_id)
    login = account.login if account else ""
    if account is not None:
        _remove(session, reader, account, person_id)
    person = lock_record(session, Person, person_id, "Cette personne n'existe pas.")
    if person.erased_on is not None:
        raise Refused("Cette personne est déjà effacée.")
    leave_no_trace(session)
    # Before her matricule and address are cleared.
    keys = session.exec(
        select(SourceKey.key).filter_by(subject="person", record_id=person.id)
    ).all()
    for mark in {
        erased_mark(key) for key in (person.key, person.email, *keys) if key and key.strip()
    }:
        session.merge(ErasedKey(key=mark, on=today(session), made_with=key_mark()))
    for table in (Preference, Draft, Notice, CalendarKey):
        session.execute(delete(table).where(table.person_id == person_id))
    forget_invitations(session, person_id)
    session.execute(delete(Job).filter_by(asked_by=person_id))
    session.execute(delete(SourceKey).filter_by(subject="person", record_id=person_id))
    _clean_own(session, person, login)
    # Before her name is cleared, and after her own records are, so that those are not listed.
    named: list[query.Mention] = []
    if looks_through_texts:
        named += [*query.mentions(session, person), *_in_pst_files(session, person)]
    person.given_name = person.family_name = person.function = person.email = ""
    person.key = None
    person.erased_on = today(session)
    # Without the name.
    note(session, reader, "person", str(person.id), "effacement", None, None)
    # Cached pages show her name beside her texts and acts.
    raise_revisions(session, "ideas", "interests", "roadmap", since=today(session))
    return named


def _in_pst_files(session: Session, person: Person) -> Iterator[query.Mention]:
    name = person.family_name or person.given_name
    if not name.strip():
        return
    for file in session.exec(select(PstStatement).order_by(PstStatement.id)):
        # An unreadable file shows no name.
        with suppress(Refused):
            if query.names_one_of("\n".join(texts_of(file.content, file.name)), [name]):
                yield query.Mention("fichier du PST", f"{file.name}, {french.day(file.on)}")


def erase_left(session: Session, day: date) -> Iterable[ShortAct]:
    """Effacer those who left longer ago than the retention setting, a few per round. A task of the
    round.
    """
    months = settings().cp_left_months
    if not months:
        return ()
    departed = query.left_before(session, day, add_months(day, -months), 10)
    return in_batches(departed, _erase_each, at_once=1)


def _erase_each(session: Session, batch: Sequence[int]) -> int:
    erased = 0
    for person_id in batch:
        try:
            with session.begin_nested():
                # In a round nobody reads the list of texts, and the search is slow.
                erase_person(session, OPERATOR, person_id, looks_through_texts=False)
        except Refused:  # the last administrator stays until there is another one
            continue
        erased += 1
    return erased


def clean(session: Session, reader: Reader, kind: str, number: int) -> None:
    """Vider one record of its texts after review: `kind` is `modification` or `marque`. The record
    itself remains; the journal records who emptied it. Raises Refused where there is nothing to
    empty.
    """
    texts = query.texts_to_clean(session, reader, kind, number)
    leave_no_trace(session)
    table = query.CLEANABLE[kind][0]
    record = session.get(table, number, with_for_update=True, populate_existing=True)
    for name in texts:
        setattr(record, name, None if table.__table__.c[name].nullable else "")
    note(session, reader, "person", f"{kind} {number}", "texte vidé", None, None)


def erased_mark(key: str) -> str:
    """The keyed hash of an erased person's matricule or address."""
    return keyed_hash(f"personne effacée {key.strip().casefold()}")


def key_mark() -> str:
    """Identifies the signing key in use, without revealing it."""
    return keyed_hash("personnes effacées")[:12]


def _remove(session: Session, reader: Reader, account: Account, person_id: int) -> None:
    """Deletes the account with its logins and attempts; its audit lines then hold the person's id
    as login name.
    """
    login = account.login
    remove_account(session, reader, account.id)
    session.execute(
        update(Change)
        .filter_by(subject="account", record=login)
        .values(record=f"personne {person_id}")
        .execution_options(synchronize_session=False)
    )


def _clean_own(session: Session, person: Person, login: str) -> None:
    """Clears what names her in the changes of her record and account, and her contact details."""
    about_her = or_(
        and_(Change.subject == "person", Change.record == str(person.id)),
        and_(Change.subject == "account", Change.record == f"personne {person.id}"),
    )
    names = [
        name for name in (person.family_name or person.given_name, person.email, login) if name
    ]
    for change in session.exec(select(Change).where(about_her)):
        if query.names_one_of(change.before, names):
            change.before = None
        if query.names_one_of(change.after, names):
            change.after = None
    session.execute(update(Interest).filter_by(person_id=person.id).values(name="", contact=""))
