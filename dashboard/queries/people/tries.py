"""Reads failed sign-ins (tentatives), under the hashes of today and yesterday; older keys are
deleted.
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
    """The text that is hashed for a login name."""
    return f"login:{login.strip().lower()}"


def code(login: str) -> str:
    """The text that is hashed for the second factor of a login name: its tries are counted
    separately, since a correct password resets those of the name.
    """
    return f"code:{login.strip().lower()}"


def address(address_text: str | None) -> str:
    """The text that is hashed for an address."""
    return f"address:{network(address_text)}"


def network(address_text: str | None) -> str:
    """The network that counts as one address: an IPv6 subscriber has a whole /64, and could take
    another address for each try.
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
    """The text that is hashed for the IPv6 site (/48) around an address, which contains up to 65
    536 networks; None for IPv4.
    """
    own_network = network(address_text)
    if not own_network.endswith("/64"):
        return None
    return f"site:{ip_network((own_network.removesuffix('/64'), 48), strict=False)}"


def on_device(who: str, mark: str) -> Who:
    """The text that is hashed for a name on a known device: each part is hashed separately, so that
    the devices of a name can be found.
    """
    return who, f"device:{mark}"


def hashed(key: str, who: Who) -> str:
    """The hash of a name, an address or a name on a device under the key of one day; it cannot be
    traced back once that key is deleted.
    """
    parts = (who,) if isinstance(who, str) else who
    return _AND.join(keyed_hash(f"{key} {part}") for part in parts)


def hashes(session: Session, *whose: Who) -> dict[str, Who]:
    """Every hash that their tries may be stored under → the original: one for each key that still
    exists.
    """
    return {
        hashed(key, who): who for key in session.exec(select(DayKey.key)).all() for who in whose
    }


def of_name(mark: str) -> ColumnElement[bool]:
    """A condition for the tries of a name with this hash, without a device and on each known
    device.
    """
    return or_(Attempt.who == mark, Attempt.who.startswith(mark + _AND))


def tries_of(session: Session, logins: Collection[str]) -> dict[str, tuple[int, datetime | None]]:
    """Login name → its failed tries and the end of its lock, for names with failed tries."""
    named = {name(login): login for login in logins}
    found: dict[str, tuple[int, datetime | None]] = {}
    for mark, who in hashes(session, *named).items():
        for row in session.exec(select(Attempt).where(of_name(mark), Attempt.failures > 0)):
            failures, lock = found.get(named[who], (0, None))
            locks = [until for until in (lock, row.locked_until) if until]
            found[named[who]] = failures + row.failures, max(locks, default=None)
    return found
