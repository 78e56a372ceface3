"""Acts on accounts: opening, password, roles, closing and reopening, each in a writing session; and
on mandates, by which a person heads a direction, a department or the whole administration.

A new password, and closing or reopening, also end every sign-in and link in the same transaction; a
lost role does not need that, since rights are read again at each run.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date

from sqlalchemy import delete, func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from dashboard import french
from dashboard.access import OPERATOR, Reader, require
from dashboard.actions.acts import add_record, lock_record, note
from dashboard.actions.operations.mixing import ShortAct, in_batches
from dashboard.actions.people import logins
from dashboard.actions.people.links import end_access
from dashboard.actions.people.logins import forget_tries
from dashboard.queries.directions import Organisation, organisation
from dashboard.queries.people.accounts import lapsed_accounts
from dashboard.queries.people.readers import (
    ONE_DAY,
    account_by_login,
    account_of_person,
    last_visit,
    left_on,
    period,
    visits_today,
)
from models.clock import today
from models.people import (
    LAST_VISIT,
    STORED_ROLES,
    Account,
    Mandate,
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
    """Créer un compte, for a known person (`person_id`) or a new one. Without a password (None)
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
    refuse(
        {
            "login": account_by_login(session, login) and "Cet identifiant est déjà pris.",
            "person_id": account_of_person(session, person.id)
            and "Cette personne a déjà un compte.",
        }
    )
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
    after = stored_roles(roles)
    account = _locked(session, account_id, even_last=Role.admin in after.split(","))
    before = account.roles
    account.roles = after
    record_change(session, reader, account, "rôles", before, after)


def disable_account(session: Session, reader: Reader, account_id: int) -> None:
    """Fermer un compte, with its history. Raises Refused for the last administrator."""
    require(reader, "account.manage")
    account = _locked(session, account_id)
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
    account = _locked(session, account_id, even_last=last_day is None)
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
            # Without her nobody could open accounts.
            if closing.until is not None:
                before = closing.until
                closing.until = None
                record_change(session, OPERATOR, closing, "dernier jour", _last_day(before), None)
            continue
        closing.disabled = True
        end_access(session, closing)
        record_change(session, OPERATOR, closing, "compte", "ouvert", f"fermé ({why})")
        closed += 1
    return closed


def remove_account(session: Session, reader: Reader, account_id: int) -> None:
    """Retirer un compte with its logins and attempts, when its person is erased. Raises Refused for
    the last administrator.
    """
    require(reader, "account.manage")
    account = _locked(session, account_id)
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
    session.execute(delete(RecoveryCode).filter_by(account_id=account.id))
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
    note(session, reader, "account", account.login, field, before, after)


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


def _person(session: Session, person_id: int | None, given_name: str, family_name: str) -> Person:
    """A known person, or a new one; a second one of the same name could not be told apart."""
    if person_id is not None:
        person = session.get(Person, person_id)
        if person is None or person.erased_on is not None:
            raise Invalid({"person_id": "Cette personne n'existe pas."})
        return person
    person = Person(given_name=given_name.strip(), family_name=family_name.strip())
    same = select(Person.id).where(
        func.lower(Person.given_name) == person.given_name.lower(),
        func.lower(Person.family_name) == person.family_name.lower(),
    )
    known = (
        "Une personne de ce nom est déjà connue : choisissez-la, ou donnez son matricule. Une autre"
        " du même nom entre d'abord par le fichier du personnel."
    )
    is_known = session.scalar(same) is not None and known
    is_named = person.given_name or person.family_name
    refuse({"family_name": is_known if is_named else "Donnez le nom de la personne."})
    return add_record(session, person)


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


def _locked(session: Session, account_id: int, even_last: bool = False) -> Account:
    """The account, locked after the administrators. Raises Refused for the last of them, unless
    `even_last`.
    """
    administrators = _locked_administrators(session)
    account = lock_record(session, Account, account_id, NO_SUCH)
    if not even_last and [item.id for item in administrators] == [account.id]:
        raise Refused(LAST_ADMINISTRATOR)
    return account


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


# ── Mandates (mandats): for a period, a person heads a unit ───────────────────────────────────────

SUBJECT = "mandate"


def new_mandate(
    person_id: int | None, unit_id: int | None, first_day: date, last_day: date | None = None
) -> Mandate:
    """An unsaved mandate of a person for a unit (last day None: open-ended)."""
    until = last_day + ONE_DAY if last_day else None
    return Mandate(person_id=person_id, direction_id=unit_id, since=first_day, until=until)


def give_mandate(session: Session, reader: Reader, mandate: Mandate) -> Mandate:
    """Donner un mandat. Raises Invalid, one sentence per field."""
    require(reader, "mandate.give")
    # Locked: two concurrent acts could each find no overlap.
    person = mandate.person_id and session.get(Person, mandate.person_id, with_for_update=True)
    if not person or person.erased_on is not None:
        raise Invalid({"person_id": "Cette personne n'existe pas."})
    existing = mandates_of_person(session, person.id)
    chart = organisation(session)
    refuse(mandate_faults(mandate, chart, existing, left_on(session, person.id, mandate.since)))
    return write_mandate(session, reader, mandate, _code(chart, mandate.direction_id))


def end_mandate(session: Session, reader: Reader, mandate_id: int, last_day: date) -> None:
    """Mettre fin à un mandat on its last day, or correct that day. Raises Invalid where it precedes
    the first day, Refused where there is no such mandate.
    """
    require(reader, "mandate.give")
    mandate = lock_record(session, Mandate, mandate_id, "Ce mandat n'existe pas.")
    others = [
        item for item in mandates_of_person(session, mandate.person_id) if item.id != mandate_id
    ]
    changed = new_mandate(mandate.person_id, mandate.direction_id, mandate.since, last_day)
    refuse({"last_day": _order_fault(changed) or _overlap_fault(changed, others)})
    code = _code(organisation(session), mandate.direction_id)
    set_last_day(session, reader, mandate, last_day, code)


def mandates_of_person(session: Session, person_id: int) -> Sequence[Mandate]:
    """Every mandate of one person, oldest first."""
    return session.exec(
        select(Mandate).filter_by(person_id=person_id).order_by(Mandate.since, Mandate.id)
    ).all()


# ── Rules ─────────────────────────────────────────────────────────────────────────────────────────


def mandate_faults(
    mandate: Mandate, chart: Organisation, existing: Sequence[Mandate], departure: date | None
) -> dict[str, str]:
    """What is wrong with a mandate, by field; `existing` are the person's other mandates,
    `departure` the day on which she left.
    """
    return {
        "person_id": left_fault(departure),
        "unit_id": _unit_fault(mandate, chart) or _overlap_fault(mandate, existing),
        "last_day": _order_fault(mandate),
    }


def left_fault(left: date | None) -> str | None:
    """The sentence for a person who has left, or None."""
    return f"Cette personne a quitté l'administration le {french.day(left)}." if left else None


def _unit_fault(mandate: Mandate, chart: Organisation) -> str | None:
    unit = next((unit for unit in chart.units if unit.id == mandate.direction_id), None)
    if unit is None:
        return "Choisissez une unité de l'organigramme."
    if mandate.direction_id not in chart.at(mandate.since).by_id:
        return f"{unit.label} est fermée au {french.day(mandate.since)}."
    if mandate.last_day and mandate.direction_id not in chart.at(mandate.last_day).by_id:
        return f"{unit.label} est fermée avant le {french.day(mandate.last_day)}."
    return None


def _order_fault(mandate: Mandate) -> str | None:
    if mandate.last_day and mandate.last_day < mandate.since:
        return (
            f"Le dernier jour ({french.day(mandate.last_day)}) précède le premier"
            f" ({french.day(mandate.since)})."
        )
    return None


def _overlap_fault(mandate: Mandate, existing: Sequence[Mandate]) -> str | None:
    for item in existing:
        begins_before = mandate.until is None or item.since < mandate.until
        ends_after = item.until is None or mandate.since < item.until
        if item.direction_id == mandate.direction_id and begins_before and ends_after:
            return (
                "Cette personne a déjà un mandat sur cette unité, "
                f"{period(item.since, item.until)} :"
                " mettez-y fin d'abord, ou choisissez d'autres jours."
            )
    return None


# ── Writing ───────────────────────────────────────────────────────────────────────────────────────


def write_mandate(session: Session, reader: Reader, mandate: Mandate, code: str) -> Mandate:
    """Stores a mandate that was checked."""
    session.add(mandate)
    days = period(mandate.since, mandate.until)
    about = (SUBJECT, str(mandate.person_id), f"mandat {code}")
    note(session, reader, *about, None, days)
    return mandate


def set_last_day(
    session: Session, reader: Reader, mandate: Mandate, last_day: date, code: str
) -> None:
    """Sets the end of a mandate; the new day was checked."""
    before = period(mandate.since, mandate.until)
    mandate.until = last_day + ONE_DAY
    after = period(mandate.since, mandate.until)
    about = (SUBJECT, str(mandate.person_id), f"mandat {code}")
    note(session, reader, *about, before, after)


def _code(chart: Organisation, unit_id: int) -> str:
    return next(unit.code for unit in chart.units if unit.id == unit_id)
