"""How the product is reached (accès) by one browser: what only a browser can tell,
beside what the server sees of the same request and what the settings say.

A proxy may be right for pages and wrong for all else: links of mails that lead
elsewhere, visitors who all seem to be the proxy, a cookie that travels in clear, a
socket that never opens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from dashboard import french
from dashboard.access import Reader, require
from dashboard.queries.operations.health import HealthState, Level
from models.clock import local
from models.settings import settings

_CLOCKS_AGREE = 120  # seconds; a second factor (TOTP) bears no more
_OWN_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Connection:
    """One request seen from both ends. The browser says which address it shows, its clock, and in
    how many milliseconds a socket opened (None: it did not); the rest is what the server sees once
    the proxies that it believes are heard, and the `forwarded` headers as they came.
    """

    origin: str
    clock: datetime
    socket_ms: int | None
    host: str
    scheme: str
    address: str
    forwarded_for: str
    forwarded_proto: str
    now: datetime


def reached(reader: Reader, seen: Connection) -> list[HealthState]:
    """Every state, in the order of the tiles; whoever asks has a valid cookie. Raises Refused
    without the right.
    """
    require(reader, "system.check")
    return [
        _address(seen),
        _scheme(seen),
        _cookie(seen),
        _socket(seen),
        _visitor(seen),
        _clock(seen),
    ]


def _is_own(origin: str) -> bool:
    """The machine itself, without a network between."""
    return (urlsplit(origin).hostname or "") in _OWN_NAMES


def _address(seen: Connection) -> HealthState:
    public, host = settings().public_origin, urlsplit(seen.origin).netloc

    def state(level: Level, message: str) -> HealthState:
        return HealthState("adresse", "Adresse", seen.origin, level, message)

    if seen.host.lower() != host.lower():
        return state(
            Level.bad,
            f"Le serveur reçoit « {seen.host} » : le mandataire doit transmettre Host tel quel"
            " (proxy_set_header Host $http_host).",
        )
    if not public:
        return state(
            Level.unknown if _is_own(seen.origin) else Level.watch,
            "CP_PUBLIC_URL n'est pas réglée : les courriels et les affiches n'ont pas d'adresse où"
            " mener.",
        )
    if public.lower() != seen.origin.lower():
        return state(
            Level.watch,
            f"CP_PUBLIC_URL dit « {public} » : les liens des courriels mènent là-bas.",
        )
    return state(Level.good, "Celle de CP_PUBLIC_URL")


def _scheme(seen: Connection) -> HealthState:
    is_https = seen.origin.startswith("https://")

    def state(level: Level, message: str) -> HealthState:
        value = "HTTPS" if is_https else "HTTP"
        return HealthState("chiffrement", "Chiffrement", value, level, message)

    if not is_https:
        if _is_own(seen.origin):
            return state(Level.unknown, "Sur la machine même : rien ne passe par un réseau")
        return state(
            Level.bad,
            "Mots de passe et idées passent en clair sur le réseau : mettez un mandataire avec un"
            " certificat devant le serveur.",
        )
    if seen.scheme != "https":
        why = (
            "l'adresse du mandataire manque à CP_PROXIES"
            if seen.forwarded_proto
            else "le mandataire ne transmet pas X-Forwarded-Proto"
        )
        return state(Level.bad, f"Le serveur croit être en HTTP : {why}.")
    return state(Level.good, "Du navigateur jusqu'au mandataire, et le serveur le sait")


def _cookie(seen: Connection) -> HealthState:
    is_secure = settings().cp_https

    def state(level: Level, message: str) -> HealthState:
        return HealthState("cookie", "Cookie", settings().cookie_name, level, message)

    if seen.origin.startswith("https://") and not is_secure:
        return state(
            Level.bad, "Il n'est pas réservé à HTTPS : réglez CP_HTTPS=true, puis redémarrez."
        )
    protected = "hors de portée des scripts et des autres sites"
    return state(Level.good, f"Revenu, {protected}{', par HTTPS seulement' if is_secure else ''}")


def _socket(seen: Connection) -> HealthState:
    if seen.socket_ms is None:
        return HealthState(
            "socket",
            "Websocket",
            "Fermé",
            Level.bad,
            "Le mandataire ne laisse pas passer les websockets : transmettez Upgrade et Connection"
            " (voir deploy/).",
        )
    value = f"{french.number(seen.socket_ms)}{french.NO_BREAK}ms"
    return HealthState("socket", "Websocket", value, Level.good, "Ouvert par ce navigateur")


def _visitor(seen: Connection) -> HealthState:
    """Limits count by address: where all come from the proxy, one visitor would
    close the door to all the others.
    """

    def state(level: Level, message: str) -> HealthState:
        return HealthState("visiteur", "Adresse du visiteur", seen.address, level, message)

    named = _addresses(seen.forwarded_for)
    if named and seen.address not in named:
        return state(
            Level.bad,
            "Le mandataire dit qui visite et n'est pas cru : ajoutez cette adresse à CP_PROXIES.",
        )
    if named:
        return state(Level.good, "Dite par le mandataire")
    if _is_own(seen.origin):
        return state(Level.unknown, "Aucun mandataire entre ce navigateur et le serveur")
    if _is_loopback(seen.address) or seen.address in _addresses(settings().cp_proxies):
        return state(
            Level.bad,
            "Tous les visiteurs semblent être le mandataire : il doit transmettre X-Forwarded-For.",
        )
    return state(Level.good, "Vue sans mandataire")


def _addresses(listed: str) -> Sequence[str]:
    return [one.strip() for one in listed.split(",") if one.strip()]


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _clock(seen: Connection) -> HealthState:
    apart = round((seen.clock - seen.now).total_seconds())
    value = french.moment(local(seen.clock))
    if abs(apart) <= _CLOCKS_AGREE:
        return HealthState("heure", "Heure de cet appareil", value, Level.good, "Celle du serveur")
    minutes = french.counted(max(1, abs(apart) // 60), "minute", "minutes")
    side = "avance" if apart > 0 else "retarde"
    return HealthState(
        "heure",
        "Heure de cet appareil",
        value,
        Level.watch,
        f"Elle {side} de {minutes} sur celle du serveur : l'un des deux est à remettre à l'heure"
        " (la double authentification en dépend).",
    )
