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
from dashboard.queries.operations.health import HealthState, Level
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
    return [_address(seen), _encryption(seen), _visitor(seen)]


def _is_own(origin: str) -> bool:
    """Whether the address is the machine itself, without a network."""
    return (urlsplit(origin).hostname or "") in _OWN_NAMES


def _address(seen: Connection) -> HealthState:
    public, host = settings().public_origin, urlsplit(seen.origin).netloc

    def state(level: Level, value: str, message: str) -> HealthState:
        return HealthState("adresse", "Adresse", value, level, message)

    if seen.host.lower() != host.lower():
        return state(
            Level.bad,
            "Changée en route",
            f"Le serveur reçoit « {seen.host} » : le mandataire doit transmettre Host tel quel"
            " (proxy_set_header Host $http_host).",
        )
    if not public:
        return state(
            Level.unknown if _is_own(seen.origin) else Level.watch,
            "Non réglée",
            "CP_PUBLIC_URL n'est pas réglée : les courriels et les affiches n'ont pas d'adresse où"
            " mener.",
        )
    if public.lower() != seen.origin.lower():
        return state(
            Level.watch,
            "Une autre",
            f"CP_PUBLIC_URL dit « {public} » : les liens des courriels mènent là-bas.",
        )
    return state(Level.good, "Juste", "Celle de CP_PUBLIC_URL")


def _encryption(seen: Connection) -> HealthState:
    is_https = seen.origin.startswith("https://")

    def state(level: Level, message: str) -> HealthState:
        value = "HTTPS" if is_https else "HTTP"
        return HealthState("chiffrement", "Chiffrement", value, level, message)

    if not is_https and _is_own(seen.origin):
        return state(Level.unknown, "Sur la machine même : rien ne passe par un réseau")
    if not is_https:
        return state(
            Level.bad,
            "Mots de passe et idées passent en clair sur le réseau : mettez un mandataire avec un"
            " certificat devant le serveur.",
        )
    if not settings().cp_https:
        return state(
            Level.bad,
            "Le cookie n'est pas réservé à HTTPS : réglez CP_HTTPS=true, puis redémarrez.",
        )
    return state(Level.good, "Du navigateur jusqu'au mandataire, le cookie aussi")


def _visitor(seen: Connection) -> HealthState:
    """The visitor's address; if all visitors have the proxy's, a limit reached by one would block
    all others.
    """

    def state(level: Level, value: str, message: str) -> HealthState:
        return HealthState("visiteur", "Adresse du visiteur", value, level, message)

    named = _addresses(seen.forwarded_for)
    if named and seen.address not in named:
        return state(
            Level.bad,
            "Cachée",
            "Le mandataire dit qui visite et n'est pas cru : ajoutez son adresse,"
            f" {seen.address}, à CP_PROXIES.",
        )
    if named:
        return state(Level.good, "Connue", f"{seen.address}, dite par le mandataire")
    if _is_own(seen.origin):
        return state(Level.unknown, "Locale", "Aucun mandataire entre ce navigateur et le serveur")
    if _is_loopback(seen.address) or seen.address in _addresses(settings().cp_proxies):
        return state(
            Level.bad,
            "Cachée",
            "Tous les visiteurs semblent être le mandataire : il doit transmettre X-Forwarded-For.",
        )
    return state(Level.good, "Connue", f"{seen.address}, vue sans mandataire")


def _addresses(listed: str) -> Sequence[str]:
    return [address.strip() for address in listed.split(",") if address.strip()]


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
