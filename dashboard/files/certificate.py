"""The certificate (certificat) that visitors meet at CP_PUBLIC_URL: until when it is good.

Asked of the address itself, as a visitor's browser would, and remembered: whoever looks at the
state of the system does not wait for the network each time.
"""

import socket
import ssl
from datetime import datetime
from threading import Thread
from time import monotonic
from urllib.parse import urlsplit

from cryptography import x509

_PATIENCE = 2.0  # seconds
_KEPT, _KEPT_UNKNOWN = 6 * 3600.0, 600.0  # seconds
_seen: dict[str, tuple[float, datetime | None]] = {}


def good_until(origin: str) -> datetime | None:
    """The moment when it ends; None where there is none, or where it cannot be reached quickly."""
    if not origin.startswith("https://"):
        return None
    if origin not in _seen or _is_old(*_seen[origin]):
        _seen[origin] = (monotonic(), _asked(origin))
    return _seen[origin][1]


def known_until(origin: str) -> datetime | None:
    """The same as far as it was asked already: nobody waits."""
    return _seen.get(origin, (0.0, None))[1]


def _is_old(seen_at: float, until: datetime | None) -> bool:
    return monotonic() - seen_at > (_KEPT if until else _KEPT_UNKNOWN)


def _asked(origin: str) -> datetime | None:
    """In a thread of its own: a name server that does not answer heeds no timeout."""
    found: list[datetime] = []
    asking = Thread(target=_ask, args=(origin, found), daemon=True)
    asking.start()
    asking.join(2 * _PATIENCE)
    return found[0] if found else None


def _ask(origin: str, found: list[datetime]) -> None:
    try:
        address = urlsplit(origin)
        # Not judged, only read: one that is past, or of the town's own authority, has an end too.
        reading = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        reading.check_hostname, reading.verify_mode = False, ssl.CERT_NONE
        place = (address.hostname, address.port or 443)
        with (
            socket.create_connection(place, _PATIENCE) as plain,
            reading.wrap_socket(plain, server_hostname=address.hostname) as secure,
        ):
            shown = x509.load_der_x509_certificate(secure.getpeercert(binary_form=True))
        found.append(shown.not_valid_after_utc)
    except (OSError, ValueError, TypeError):
        return
