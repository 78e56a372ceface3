"""What every act on an account leaves: its line in the audit, without a secret, and the revision
that tells every cache.
"""

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
    """`by` is the person who did it; None for the operator and for the issuer of the sign-on."""
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
