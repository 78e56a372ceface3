"""Acts on accounts: opening, password, roles, closing and reopening, each in a writing session.

A new password, and closing or reopening, also end every sign-in and link in the same transaction; a
lost role does not need that, since rights are read again at each run.
"""

import re
from collections.abc import Collection, Iterator
from datetime import date, timedelta

from sqlalchemy import delete, func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from dashboard import french
from dashboard.access import OPERATOR, Reader, require
from dashboard.actions.acts import lock_record, note
from dashboard.actions.operations.mixing import ShortAct, in_batches
from dashboard.actions.people import logins
from dashboard.actions.people.links import end_access
from dashboard.actions.people.logins import forget_tries
from dashboard.queries.people.accounts import lapsed_accounts
from dashboard.queries.people.readers import last_visit, left_on, visits_today
from models.clock import today
from models.people import (
    LAST_VISIT,
    STORED_ROLES,
    Account,
    Person,
    Preference,
    RecoveryCode,
    Role,
    open_account,
)
from models.search import fold
from models.texts import Invalid, Refused, refuse

LAST_ADMINISTRATOR = (
    "C'est le dernier compte d'administrateur : donnez d'abord ce rôle à quelqu'un d'autre."
)
NO_SUCH = "Ce compte n'existe pas."
ONE_DAY = timedelta(days=1)
LOGIN_SHAPE = re.compile(r"[a-z0-9][a-z0-9._@'+-]{1,99}")


def add_account(
    session: Session,
    reader: Reader,
    *,
    login: str,
    password: str | None,
    roles: Collection[str] = (),
    person_id: int | None = None,
    given_name: str = "",
    family_name: str = "",
) -> Account:
    """Ouvrir un compte, for a known person (`person_id`) or a new one. Without a password (None)
    she chooses it by a link. Raises Invalid, one sentence per field.
    """
    require(reader, "account.manage")
    login = login.strip().lower()
    refuse(
        {
            "login": login_fault(login),
            "password": None if password is None else logins.fault(password, login),
            "roles": _roles_fault(roles),
        }
    )
    password_hash = "" if password is None else logins.hashed(password)
    person = _person(session, person_id, given_name, family_name)
    refuse(_taken(session, login, person))
    account = Account(
        person_id=person.id, login=login, password_hash=password_hash, roles=stored_roles(roles)
    )
    try:
        # A savepoint: PostgreSQL would otherwise abort the whole transaction.
        with session.begin_nested():
            session.add(account)
    except IntegrityError as error:  # the same login name, opened elsewhere a moment ago
        raise Invalid({"login": "Cet identifiant est déjà pris."}) from error
    record_change(session, reader, account, "compte", None, f"ouvert ({account.roles or 'agent'})")
    return account


def set_password(session: Session, reader: Reader, account_id: int, password: str) -> None:
    """Donner un mot de passe; also lifts the lock. Raises Invalid for a password that breaks the
    rules.
    """
    require(reader, "account.manage")
    refuse({"password": logins.fault(password)})
    password_hash = logins.hashed(password)
    account = lock_record(session, Account, account_id, NO_SUCH)
    refuse({"password": logins.fault(password, account.login)})
    account.password_hash = password_hash
    forget_tries(session, account.login)
    end_access(session, account)
    record_change(session, reader, account, "mot de passe", None, None)


def set_roles(session: Session, reader: Reader, account_id: int, roles: Collection[str]) -> None:
    """Donner les rôles (codir, animateur, admin; the others are derived). Raises Refused for the
    last administrator.
    """
    require(reader, "account.manage")
    refuse({"roles": _roles_fault(roles)})
    administrators = _locked_administrators(session)
    account = lock_record(session, Account, account_id, NO_SUCH)
    before = account.roles
    after = stored_roles(roles)
    if Role.admin not in after.split(","):
        _require_another(administrators, account)
    account.roles = after
    record_change(session, reader, account, "rôles", before, after)


def disable_account(session: Session, reader: Reader, account_id: int) -> None:
    """Fermer un compte, with its history. Raises Refused for the last administrator."""
    require(reader, "account.manage")
    administrators = _locked_administrators(session)
    account = lock_record(session, Account, account_id, NO_SUCH)
    _require_another(administrators, account)
    account.disabled = True
    end_access(session, account)
    record_change(session, reader, account, "compte", "ouvert", "fermé")


def enable_account(session: Session, reader: Reader, account_id: int) -> None:
    """Rouvrir un compte with its previous password and roles, without a lock or a past end date.
    Raises Refused for a person who has left.
    """
    require(reader, "account.manage")
    account = lock_record(session, Account, account_id, NO_SUCH)
    day = today(session)
    if left := left_on(session, account.person_id, day):
        raise Refused(f"Cette personne a quitté l'administration le {french.day(left)}.")
    account.disabled = False
    end_access(session, account)
    if not account.is_open(day):
        account.until = None
    forget_tries(session, account.login)
    record_change(session, reader, account, "compte", "fermé", "ouvert")


def set_end(session: Session, reader: Reader, account_id: int, last_day: date | None) -> None:
    """Sets or removes the last day of an account. Raises Invalid for a past day, Refused for the
    last administrator.
    """
    require(reader, "account.manage")
    is_past = last_day is not None and last_day < today(session)
    refuse({"last_day": is_past and "Ce jour est passé : fermez plutôt le compte."})
    administrators = _locked_administrators(session)
    account = lock_record(session, Account, account_id, NO_SUCH)
    if last_day is not None:
        _require_another(administrators, account)
    before = account.until
    # Stored as the first day on which it is closed.
    account.until = last_day + ONE_DAY if last_day else None
    record_change(
        session,
        reader,
        account,
        "dernier jour",
        _last_day(before),
        _last_day(account.until),
    )


def unlock(session: Session, reader: Reader, account_id: int) -> None:
    """Débloquer: clears the failed attempts under this name, and so its lock."""
    require(reader, "account.manage")
    account = lock_record(session, Account, account_id, NO_SUCH)
    forget_tries(session, account.login)
    record_change(session, reader, account, "blocage", None, "levé")


def close_sign_ins(session: Session, reader: Reader, account_id: int) -> None:
    """Fermer toutes les connexions on every device, and every link to the account; the password
    remains.
    """
    require(reader, "account.manage")
    account = lock_record(session, Account, account_id, NO_SUCH)
    end_access(session, account)
    record_change(session, reader, account, "connexions", None, "fermées")


def close_lapsed(session: Session, day: date) -> Iterator[ShortAct]:
    """Fermer les comptes past their end date or whose person has left, except the last
    administrator's. A task of the round.
    """
    lapsed = [account.id for account, _ in lapsed_accounts(session, day)]
    return in_batches(lapsed, lambda session, batch: _close(session, batch, day))


def _close(session: Session, batch: Collection[int], day: date) -> int:
    closed = 0
    for account, why in lapsed_accounts(session, day, among=batch):
        administrators = _locked_administrators(session, even_ended=True)
        closing = lock_record(session, Account, account.id, NO_SUCH)
        if [item.id for item in administrators] == [closing.id]:
            _remove_end(session, closing)
            continue
        closing.disabled = True
        end_access(session, closing)
        record_change(session, OPERATOR, closing, "compte", "ouvert", f"fermé ({why})")
        closed += 1
    return closed


def _remove_end(session: Session, account: Account) -> None:
    """Removes the end date of the last administrator's account, without whom nobody could open
    accounts.
    """
    if account.until is not None:
        before = account.until
        account.until = None
        record_change(session, OPERATOR, account, "dernier jour", _last_day(before), None)


def remove_account(session: Session, reader: Reader, account_id: int) -> None:
    """Retirer un compte with its logins and attempts, when its person is erased. Raises Refused for
    the last administrator.
    """
    require(reader, "account.manage")
    administrators = _locked_administrators(session)
    account = lock_record(session, Account, account_id, NO_SUCH)
    _require_another(administrators, account)
    record_change(
        session,
        reader,
        account,
        "compte",
        "fermé" if account.disabled else "ouvert",
        "retiré",
    )
    end_access(session, account)
    forget_tries(session, account.login)
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    session.delete(account)


def record_change(
    session: Session,
    reader: Reader,
    account: Account,
    field: str,
    before: str | None,
    after: str | None,
) -> None:
    """Saves the account and adds its audit line, without secrets."""
    session.add(account)
    note(session, reader, today(session), "account", account.login, field, before, after)


def _last_day(until: date | None) -> str | None:
    return french.day(until - ONE_DAY) if until else None


# ── Rules ─────────────────────────────────────────────────────────────────────────────────────────


def login_fault(login: str) -> str | None:
    """What is wrong with a login name, or None."""
    if LOGIN_SHAPE.fullmatch(login):
        return None
    return (
        "L'identifiant compte de 2 à 100 caractères : lettres sans accent, chiffres, point, tiret,"
        " @, ' et +."
    )


def proposed_login(person: Person) -> str:
    """« prénom.nom » in the form of a login name."""
    words = (fold(name) for name in (person.given_name, person.family_name))
    return ".".join(filter(None, (re.sub(r"[^a-z0-9]+", "-", word).strip("-") for word in words)))


def _roles_fault(roles: Collection[str]) -> str | None:
    if all(role in STORED_ROLES for role in roles):
        return None
    return (
        f"Les rôles que l'on donne sont : {', '.join(STORED_ROLES)}. Les autres découlent des"
        " faits."
    )


def stored_roles(roles: Collection[str]) -> str:
    """The roles as stored on an account."""
    return ",".join(role for role in STORED_ROLES if role in set(roles))


def _taken(session: Session, login: str, person: Person) -> dict[str, str | None]:
    login_taken = session.exec(select(Account.id).where(Account.login == login)).first() is not None
    has_account = (
        session.exec(select(Account.id).where(Account.person_id == person.id)).first() is not None
    )
    return {
        "login": "Cet identifiant est déjà pris." if login_taken else None,
        "person_id": "Cette personne a déjà un compte." if has_account else None,
    }


def _person(session: Session, person_id: int | None, given_name: str, family_name: str) -> Person:
    if person_id is None:
        given_name = given_name.strip()
        family_name = family_name.strip()
        refuse({"family_name": _name_fault(session, given_name, family_name)})
        person = Person(given_name=given_name, family_name=family_name)
        session.add(person)
        session.flush()
        return person
    person = session.get(Person, person_id)
    if person is None or person.erased_on is not None:
        raise Invalid({"person_id": "Cette personne n'existe pas."})
    return person


def _name_fault(session: Session, given_name: str, family_name: str) -> str | None:
    """Refuses a second person of the same name: they could not be told apart."""
    if not (given_name or family_name):
        return "Donnez le nom de la personne."
    same = session.exec(
        select(Person.id).where(
            func.lower(Person.given_name) == given_name.lower(),
            func.lower(Person.family_name) == family_name.lower(),
        )
    ).first()
    if same is None:
        return None
    return (
        "Une personne de ce nom est déjà connue : choisissez-la, ou importez-en une seconde avec"
        " son matricule par le fichier du personnel."
    )


def _locked_administrators(session: Session, even_ended: bool = False) -> list[Account]:
    """The administrators who can sign in, locked until the transaction ends; `even_ended` includes
    those past their end date and not closed yet.

    Two acts that would each leave the other's administrator as the last one are serialised here: on
    PostgreSQL by row locks, taken before the account's own and in id order; on SQLite by BEGIN
    IMMEDIATE.
    """
    is_open = Account.disabled.is_(False) if even_ended else open_account(today(session))
    rows = session.exec(
        select(Account)
        .where(Account.roles.contains(Role.admin.value), is_open)
        .order_by(Account.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return [account for account in rows if Role.admin in account.role_list]


def _require_another(administrators: list[Account], account: Account) -> None:
    if [item.id for item in administrators] == [account.id]:
        raise Refused(LAST_ADMINISTRATOR)


DIRECTION = "direction"


def remember(session: Session, reader: Reader, name: str, value: str) -> None:
    """Stores the reader's choice."""
    require(reader, "page.everyone")
    session.merge(Preference(person_id=reader.person_id, name=name, value=value))


def forget(session: Session, reader: Reader, name: str) -> None:
    """Deletes the reader's choice."""
    require(reader, "page.everyone")
    stored = session.get(Preference, (reader.person_id, name))
    if stored:
        session.delete(stored)
        session.flush()


def note_visit(session: Session, reader: Reader, today: date) -> None:
    """Records today's visit, with the day of the previous one."""
    if visits_today(session, reader, today):
        return
    before = last_visit(session, reader, today)
    days = [day.isoformat() for day in (today, before) if day]
    remember(session, reader, LAST_VISIT, " ".join(days))
