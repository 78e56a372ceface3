"""Reads the second factor of one's own account."""

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.queries.people.readers import account_of_person
from models.people import RecoveryCode, Role
from models.sign_on import requires_second_factor


@dataclass(frozen=True)
class SecondFactor:
    """The second factor of one account: whether it is set up, how many recovery codes are left,
    whether it is offered (an administrator with a password), and whether the role requires it.
    """

    login: str
    is_set: bool
    codes_left: int
    is_offered: bool
    is_required: bool


def own_second_factor(session: Session, reader: Reader) -> SecondFactor | None:
    """The reader's own second factor; None without an account."""
    account = account_of_person(session, reader.person_id) if reader.is_known else None
    if account is None:
        return None
    codes_left = session.exec(
        select(func.count()).select_from(RecoveryCode).where(RecoveryCode.account_id == account.id)
    ).one()
    is_set = bool(account.second_factor)
    is_offered = bool(account.password_hash) and Role.admin in account.role_list
    is_required = is_offered and not is_set and requires_second_factor()
    return SecondFactor(account.login, is_set, codes_left, is_offered, is_required)
