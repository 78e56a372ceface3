"""Reading tries (tentatives): who failed to sign in, under the hashes of the day and
of the day before; older keys are forgotten.
"""

from collections.abc import Collection
from datetime import datetime
from ipaddress import ip_address, ip_network

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, select

from models.short_lived import Attempt, DayKey
from models.signing import keyed_hash

Who = str | tuple[str, ...]
_AND = ":"


def name(login: str) -> str:
    """What is hashed of a login name."""
    return f"login:{login.strip().lower()}"


def code(login: str) -> str:
    """What is hashed of a login name whose second factor is asked for: its tries are
    counted apart, since a good password frees those of the name.
    """
    return f"code:{login.strip().lower()}"


def address(address_text: str | None) -> str:
    """What is hashed of an address."""
    return f"address:{network(address_text)}"


def network(address_text: str | None) -> str:
    """What counts as one address: IPv6 gives every house a network of its own (/64),
    in which anybody may take another address for each try.
    """
    try:
        found = ip_address(address_text or "")
    except ValueError:
        return address_text or "local"
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ip_network((int(found) >> 64 << 64, 64)).network_address) + "/64"


def site(address_text: str | None) -> str | None:
    """What is hashed of the site around an address: IPv6 gives one up to 65 536 networks (/48);
    None of any other.
    """
    here = network(address_text)
    if not here.endswith("/64"):
        return None
    return f"site:{ip_network((here.removesuffix('/64'), 48), strict=False)}"


def on_device(who: str, mark: str) -> Who:
    """What is hashed of a name on a device that is known for it: each part by itself, so that the
    devices of a name are found.
    """
    return who, f"device:{mark}"


def hashed(key: str, who: Who) -> str:
    """The hash of a name, an address or a name on a device under the key of one day: nobody can
    trace it once that key is deleted.
    """
    parts = (who,) if isinstance(who, str) else who
    return _AND.join(keyed_hash(f"{key} {part}") for part in parts)


def hashes(session: Session, *whose: Who) -> dict[str, Who]:
    """Every hash under which their tries may stand → whose they are: one for each key that is
    not forgotten yet.
    """
    return {
        hashed(key, who): who for key in session.exec(select(DayKey.key)).all() for who in whose
    }


def of_name(mark: str) -> ColumnElement[bool]:
    """The tries of a name of this hash: from everywhere, and on each device known for it."""
    return or_(Attempt.who == mark, Attempt.who.startswith(mark + _AND))


def tries_of(session: Session, logins: Collection[str]) -> dict[str, tuple[int, datetime | None]]:
    """Login name → its failed tries, and until when it is locked somewhere, for those who have
    any.
    """
    named = {name(login): login for login in logins}
    found: dict[str, tuple[int, datetime | None]] = {}
    for mark, who in hashes(session, *named).items():
        for row in session.exec(select(Attempt).where(of_name(mark), Attempt.failures > 0)):
            failures, lock = found.get(named[who], (0, None))
            locks = [until for until in (lock, row.locked_until) if until]
            found[named[who]] = failures + row.failures, max(locks, default=None)
    return found
