"""How one browser reaches the product (accès): its address compared with the server's view of the
connection and with the settings.

A proxy may be right for pages and wrong for the rest: links of mails with another address, visitors
with the proxy's address, a cookie sent in clear.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from dashboard.access import Reader, require
from dashboard.queries.operations.health import HealthState, Level, State
from models.settings import settings

_OWN_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Connection:
    """One connection seen from both ends: the address shown by the browser, the visitor's address
    by the trusted proxies, and the headers as received.
    """

    origin: str
    host: str
    address: str
    forwarded_for: str


def reached(reader: Reader, seen: Connection) -> list[HealthState]:
    """Every state, in the order of the tiles. Raises Refused without the right."""
    require(reader, "system.check")
    return [
        HealthState("adresse", "Adresse", *_address(seen)),
        HealthState("chiffrement", "Chiffrement", *_encryption(seen)),
        HealthState("visiteur", "Adresse du visiteur", *_visitor(seen)),
    ]


def _is_own(origin: str) -> bool:
    """Whether the address is the machine itself, without a network."""
    return (urlsplit(origin).hostname or "") in _OWN_NAMES


def _address(seen: Connection) -> State:
    public, host = settings().public_origin, urlsplit(seen.origin).netloc
    if seen.host.lower() != host.lower():
        return (
            "Changée en route",
            Level.bad,
            f"Le serveur reçoit une autre adresse : « {seen.host} ».",
            "le mandataire doit transmettre Host tel quel (proxy_set_header Host $http_host)",
        )
    if not public:
        return (
            "Non réglée",
            Level.unknown if _is_own(seen.origin) else Level.watch,
            "Sans adresse publique, les courriels et les affiches ne mènent nulle part.",
            "CP_PUBLIC_URL",
        )
    if public.lower() != seen.origin.lower():
        return (
            "Une autre",
            Level.watch,
            f"Les liens des courriels mènent à « {public} ».",
            "CP_PUBLIC_URL",
        )
    return "Juste", Level.good, "L'adresse publique"


def _encryption(seen: Connection) -> State:
    if not seen.origin.startswith("https://"):
        if _is_own(seen.origin):
            return "HTTP", Level.unknown, "Sur la machine même : rien ne passe par un réseau"
        return (
            "HTTP",
            Level.bad,
            "Mots de passe et idées passent en clair sur le réseau.",
            "mettre un mandataire avec un certificat devant le serveur",
        )
    if not settings().cp_https:
        return (
            "HTTPS",
            Level.bad,
            "Le témoin de connexion n'est pas réservé à l'adresse chiffrée.",
            "CP_HTTPS=true, puis redémarrer",
        )
    return "HTTPS", Level.good, "Du navigateur jusqu'au mandataire, le cookie aussi"


def _visitor(seen: Connection) -> State:
    """The visitor's address; if all visitors have the proxy's, a limit reached by one would block
    all others.
    """
    named = _addresses(seen.forwarded_for)
    if named and seen.address not in named:
        return (
            "Cachée",
            Level.bad,
            "Tous les visiteurs semblent n'en faire qu'un : une limite les bloquerait ensemble.",
            f"ajouter l'adresse du mandataire, {seen.address}, à CP_PROXIES",
        )
    if named:
        return "Connue", Level.good, f"{seen.address}, dite par le mandataire"
    if _is_own(seen.origin):
        return "Locale", Level.unknown, "Aucun mandataire entre ce navigateur et le serveur"
    if _is_loopback(seen.address) or seen.address in _addresses(settings().cp_proxies):
        return (
            "Cachée",
            Level.bad,
            "Tous les visiteurs semblent n'en faire qu'un : une limite les bloquerait ensemble.",
            "le mandataire doit transmettre X-Forwarded-For",
        )
    return "Connue", Level.good, f"{seen.address}, vue sans mandataire"


def _addresses(listed: str) -> Sequence[str]:
    return [address.strip() for address in listed.split(",") if address.strip()]


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
