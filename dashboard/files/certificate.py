"""The expiry of the TLS certificate (certificat) at CP_PUBLIC_URL.

Read by connecting to the address, as a visitor's browser would, and cached: the page of the
system's state does not wait for the network each time.
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
    """The expiry of the certificate; None without one, or if it cannot be reached quickly."""
    if not origin.startswith("https://"):
        return None
    seen_at, until = _seen.get(origin, (-_KEPT, None))
    if monotonic() - seen_at > (_KEPT if until else _KEPT_UNKNOWN):
        until = _ask_in_thread(origin)
        _seen[origin] = (monotonic(), until)
    return until


def known_until(origin: str) -> datetime | None:
    """The cached expiry, without waiting."""
    return _seen.get(origin, (0.0, None))[1]


def _ask_in_thread(origin: str) -> datetime | None:
    """Connects in a thread: a name server that does not answer ignores timeouts."""
    expiry: list[datetime] = []
    asking = Thread(target=_ask, args=(origin, expiry), daemon=True)
    asking.start()
    asking.join(2 * _PATIENCE)
    return expiry[0] if expiry else None


def _ask(origin: str, expiry: list[datetime]) -> None:
    try:
        address = urlsplit(origin)
        # Read without verification: an expired or self-signed one has an expiry too.
        reading = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        reading.check_hostname, reading.verify_mode = False, ssl.CERT_NONE
        place = (address.hostname, address.port or 443)
        with (
            socket.create_connection(place, _PATIENCE) as plain,
            reading.wrap_socket(plain, server_hostname=address.hostname) as secure,
        ):
            shown = x509.load_der_x509_certificate(secure.getpeercert(binary_form=True))
        expiry.append(shown.not_valid_after_utc)
    except (OSError, ValueError, TypeError):
        return
