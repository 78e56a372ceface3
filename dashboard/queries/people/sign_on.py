"""Reads accounts by the identity that the single sign-on gives."""

from sqlalchemy import func, or_
from sqlmodel import Session, select

from models.people import Account, Person
from models.preferences import Preference
from models.sign_on import KEY


def account_by_subject(session: Session, issuer: str, subject: str) -> Account | None:
    """The account bound to this identity."""
    return session.exec(
        select(Account).where(Account.issuer == issuer, Account.subject == subject)
    ).first()


def persons_matching(session: Session, match_by: str, value: str, own_address: str) -> list[Person]:
    """The persons whom a matricule or an address identifies, two at most, locked until the end of
    the transaction so that two simultaneous first visits get one account.

    An address that a person typed herself (she then has the preference `own_address`) does not
    prove her identity, and is ignored.
    """
    mail = value.lower()
    typed = select(Preference.person_id).where(Preference.name == own_address)
    if match_by == KEY:
        names_her = Person.key == value
    else:
        names_her = or_(
            func.lower(Person.key) == mail,
            (func.lower(Person.email) == mail) & Person.id.not_in(typed),
        )
    return session.exec(
        select(Person)
        .where(names_her, Person.erased_on.is_(None))
        .order_by(Person.id)
        .limit(2)
        .with_for_update()
    ).all()
