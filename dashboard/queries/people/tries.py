"""Reading tries (tentatives): who failed to sign in, under the hashes of the day and of the day
before; older keys are forgotten.
"""

from collections.abc import Collection

from sqlmodel import Session, select

from models.short_lived import Attempt, DayKey
from models.signing import keyed_hash


def name(login: str) -> str:
    """What is hashed of a login name."""
    return f"login:{login.strip().lower()}"


def code(login: str) -> str:
    """What is hashed of a login name whose second factor is asked for: its tries are counted apart,
    since a good password frees those of the name.
    """
    return f"code:{login.strip().lower()}"


def address(said: str | None) -> str:
    """What is hashed of an address."""
    return f"address:{said or 'local'}"


def hashed(key: str, who: str) -> str:
    """The hash of a name or an address under the key of one day: told by nobody once that key is
    forgotten.
    """
    return keyed_hash(f"{key} {who}")


def hashes(session: Session, *whose: str) -> dict[str, str]:
    """Every hash under which their tries may stand → the name or address: one for each key that
    is not forgotten yet.
    """
    return {
        hashed(key, who): who for key in session.exec(select(DayKey.key)).all() for who in whose
    }


def tries_of(session: Session, logins: Collection[str]) -> dict[str, Attempt]:
    """Login name → its failed tries and its lock, for those who have any."""
    named = {name(login): login for login in logins}
    whose = {mark: named[who] for mark, who in hashes(session, *named).items()}
    rows = (
        session.exec(select(Attempt).where(Attempt.who.in_(whose), Attempt.failures > 0)).all()
        if whose
        else ()
    )
    return {whose[row.who]: row for row in rows}
