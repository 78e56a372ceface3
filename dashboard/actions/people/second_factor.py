"""The second factor (second facteur): a 30-second code (TOTP, RFC 6238) after the password, and ten
recovery codes for a lost telephone.

The secret is encrypted with the signing key, recovery codes are stored as keyed hashes. A code is
used once, and attempts are counted like those of passwords.
"""

import base64
import hmac
import re
import secrets
from datetime import datetime

import pyotp
from sqlalchemy import Engine, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.people.accounts import record_change
from dashboard.actions.people.logins import count_code_try, forget_tries, record_outcome
from dashboard.queries.people.readers import account_of_person
from models.clock import now as clock_now
from models.database import is_sqlite, writing
from models.people import Account, RecoveryCode
from models.short_lived import SecondFactorUse
from models.signing import keyed_hash, sealed, unsealed
from models.texts import Refused, refuse

STEP = 30  # seconds
NAME = "C-Possible"
_SEAL = "second factor"
_FIELD = "second facteur"


def new_secret() -> str:
    """A new secret of 160 bits, in base 32."""
    return pyotp.random_base32()


def address_of(secret: str, login: str) -> str:
    """The otpauth: address encoded in the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=NAME)


# ── Setting up and removing ───────────────────────────────────────────────────────────────────────


def set_up(
    session: Session, reader: Reader, secret: str, code: str, now: datetime | None = None
) -> list[str]:
    """Mettre en place: returns the recovery codes, shown once. Raises Invalid for a wrong code."""
    require(reader, "page.everyone")
    account = account_of_person(session, reader.person_id)
    if account is None or not account.password_hash:
        raise Refused("Un second facteur va avec un mot de passe : votre compte n'en a pas.")
    if account.second_factor:
        raise Refused("Votre compte a déjà un second facteur.")
    step = _step_of(secret, code, now or clock_now())
    wrong = "Ce code n'est pas celui de votre téléphone : vérifiez son heure, réessayez."
    refuse({"code": step is None and wrong})
    account.second_factor = sealed(secret, _SEAL)
    # The code used here cannot also sign in.
    _spend_step(session, account.id, step, now or clock_now())
    record_change(session, reader, account, _FIELD, None, "mis en place")
    codes = [_new_code() for _ in range(10)]
    session.add_all(
        RecoveryCode(code=_hash(account.id, code), account_id=account.id) for code in codes
    )
    return codes


def remove(session: Session, reader: Reader, account_id: int) -> None:
    """Retirer le second facteur of another person who lost her telephone and codes. Nobody removes
    their own: an unattended open screen would be enough.
    """
    require(reader, "account.manage")
    account = session.get(Account, account_id, with_for_update=True, populate_existing=True)
    if account is None or not account.second_factor:
        raise Refused("Ce compte n'a pas de second facteur.")
    if account.person_id == reader.person_id:
        raise Refused(
            "Un autre administrateur retire votre second facteur, ou la ligne de commande."
        )
    account.second_factor = ""
    session.execute(delete(RecoveryCode).filter_by(account_id=account_id))
    forget_tries(session, account.login)
    record_change(session, reader, account, _FIELD, "mis en place", "retiré")


# ── At the sign-in ────────────────────────────────────────────────────────────────────────────────


def check_code(
    engine: Engine,
    account: Account,
    code: str,
    address: str | None,
    now: datetime | None = None,
    device: str = "",
) -> bool:
    """Whether the code is valid for this account, after its password; a valid one is consumed.
    Raises Locked, without checking the code, after too many attempts; `device` as for a password.
    """
    now = now or clock_now()
    with writing(engine) as session:
        # Counted before comparing: concurrent attempts would otherwise all find it unlocked.
        counters = count_code_try(session, account.login, address, now, device)
        current = session.get(Account, account.id, with_for_update=True, populate_existing=True)
        good = current is not None and _is_good(session, current, code, now)
        record_outcome(counters, good, now)
        return good


def _is_good(session: Session, account: Account, code: str, now: datetime) -> bool:
    secret = unsealed(account.second_factor, _SEAL)
    if secret is None:
        return False
    step = _step_of(secret, code, now)
    if step is not None:
        return _spend_step(session, account.id, step, now)
    # One statement reads and deletes it: a code is used once.
    spent = (
        delete(RecoveryCode)
        .filter_by(code=_hash(account.id, code), account_id=account.id)
        .returning(RecoveryCode.account_id)
    )
    return session.execute(spent).first() is not None


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step of this code within the accepted clock drift, or None."""
    typed = re.sub(r"\s", "", code)
    if not re.fullmatch(r"[0-9]{6}", typed):
        return None
    present = int(now.timestamp()) // STEP
    totp = pyotp.TOTP(secret)
    # A telephone may be a step early or late.
    same = [
        present + off
        for off in (-1, 0, 1)
        if hmac.compare_digest(totp.at((present + off) * STEP), typed)
    ]
    return max(same, default=None)


def _spend_step(session: Session, account_id: int, step: int, now: datetime) -> bool:
    """Whether this step is later than every step used; concurrent uses succeed once."""
    new = (
        (sqlite if is_sqlite(session) else postgresql)
        .insert(SecondFactorUse)
        .values(account_id=account_id, step=step, at=now)
    )
    later = new.on_conflict_do_update(
        index_elements=["account_id"],
        set_={"step": step, "at": now},
        where=SecondFactorUse.step < step,
    ).returning(SecondFactorUse.step)
    return session.execute(later).first() is not None


def _new_code() -> str:
    """Sixty random bits, as three groups of four letters and digits."""
    letters = base64.b32encode(secrets.token_bytes(10)).decode()[:12]
    return "-".join(letters[i : i + 4] for i in (0, 4, 8))


def _hash(account_id: int, code: str) -> str:
    typed = re.sub(r"[^A-Z2-7]", "", code.upper())
    return keyed_hash(f"recovery code {account_id} {typed}")


def purge(session: Session, before: datetime) -> None:
    """Deletes steps that are over: their codes are too old to be accepted."""
    session.execute(delete(SecondFactorUse).where(SecondFactorUse.at <= before))
