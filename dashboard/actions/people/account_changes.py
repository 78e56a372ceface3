"""The audit line of every act on an account."""

from sqlmodel import Session

from models.clock import today
from models.journal import Change
from models.people import Account


def record_change(
    session: Session,
    by: int | None,
    account: Account,
    field: str,
    before: str | None,
    after: str | None,
) -> None:
    """Saves the account and adds its audit line, without secrets. `by` is the person who acted;
    None for the operator and for the sign-on issuer.
    """
    session.add(account)
    session.add(
        Change(
            on=today(session),
            by=by,
            subject="account",
            record=account.login,
            field=field,
            before=before,
            after=after,
        )
    )
