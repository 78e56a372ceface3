"""The single sign-on (connexion de la commune): its settings as rules."""

import re
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlsplit

from sqlmodel import Field

from models.facts import NO_HIDDEN_ORDER, Record, Stored
from models.people import STORED_ROLES, Role
from models.settings import LOOPBACK, Settings, settings
from models.texts import Refused

MAIL, KEY = "mail", "matricule"
MAIL_CLAIM = "email"
SCOPES = "openid profile email"
FACTOR_OFFERED, FACTOR_REQUIRED = "offered", "required"


@dataclass(frozen=True)
class SignOn:
    """One issuer, and which of its claims are used. A person is matched at her first visit by
    `match_by` (MAIL or KEY), from the claim `match_claim`; `roles` are pairs of a stored role and
    the value of `roles_claim` that gives it.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    match_by: str
    match_claim: str
    trusts_mail: bool
    opens_accounts: bool
    roles_claim: str
    roles: tuple[tuple[Role, str], ...]
    base: str


@dataclass(frozen=True)
class Identity:
    """The user recognised by the issuer, and its session. `claim` is the matricule or the address;
    `groups` are the values of the roles claim, None if the issuer could not list them;
    `sealed_token` is its encrypted ID token.
    """

    issuer: str
    subject: str
    claim: str = ""
    mail_verified: bool = False
    groups: frozenset[str] | None = None
    sid: str | None = None
    sealed_token: str | None = field(default=None, repr=False)


def is_safe_address(url: str) -> bool:
    """Whether secrets may be sent to this address: HTTPS, or this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.username or parts.password or re.search(r"[\s<>\"']", url):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)


def configured() -> SignOn | None:
    """The sign-on of the settings; None if there is none. Raises Refused, in one sentence, for
    invalid settings.
    """
    ours = settings()
    if not ours.cp_oidc_issuer:
        return None
    _check_address(ours)
    for name in ("cp_oidc_client_id", "cp_oidc_client_secret"):
        if not getattr(ours, name):
            raise Refused(f"Le réglage {name.upper()} manque : CP_OIDC_ISSUER est donné.")
    match_by, match_claim = _match(ours)
    return SignOn(
        issuer=ours.cp_oidc_issuer,
        client_id=ours.cp_oidc_client_id,
        client_secret=ours.cp_oidc_client_secret,
        match_by=match_by,
        match_claim=match_claim,
        trusts_mail=ours.cp_oidc_trust_mail,
        opens_accounts=ours.cp_oidc_open_accounts,
        roles_claim=ours.cp_oidc_roles_claim,
        roles=_roles(ours),
        base=ours.cp_public_url.rstrip("/"),
    )


def check_settings() -> None:
    """Checked at the start. Raises Refused for invalid sign-in settings."""
    configured()
    requires_second_factor()


def requires_second_factor() -> bool:
    """Whether an administrator with a password needs a second factor. Raises Refused for an unknown
    value.
    """
    setting = settings().cp_admin_second_factor
    if setting not in (FACTOR_OFFERED, FACTOR_REQUIRED):
        raise Refused("Le réglage CP_ADMIN_SECOND_FACTOR doit valoir offered ou required.")
    return setting == FACTOR_REQUIRED


def _check_address(ours: Settings) -> None:
    issuer = urlsplit(ours.cp_oidc_issuer)
    if not is_safe_address(ours.cp_oidc_issuer) or issuer.query or issuer.fragment:
        raise Refused(
            "Le réglage CP_OIDC_ISSUER doit être une adresse https://… sans paramètre (http:// est"
            " admis sur cette machine seulement)."
        )
    if not re.fullmatch(r"https?://[^\s<>\"'?#]+", ours.cp_public_url):
        raise Refused(
            "Le réglage CP_PUBLIC_URL manque ou n'est pas une adresse : la connexion de la commune"
            " (CP_OIDC_ISSUER) en a besoin pour revenir ici."
        )


def _match(ours: Settings) -> tuple[str, str]:
    by, colon, claim = ours.cp_oidc_match.partition(":")
    if by == MAIL:
        claim = claim or MAIL_CLAIM
        if claim != MAIL_CLAIM and not ours.cp_oidc_trust_mail:
            raise Refused(
                "CP_OIDC_MATCH lit une adresse que l'émetteur ne dit jamais vérifiée :"
                " CP_OIDC_TRUST_MAIL=true est nécessaire."
            )
        return MAIL, claim
    if by == KEY and colon and claim:
        return KEY, claim
    raise Refused("Le réglage CP_OIDC_MATCH doit valoir mail, mail:CLAIM ou matricule:CLAIM.")


def _roles(ours: Settings) -> tuple[tuple[Role, str], ...]:
    pairs = [item.strip().partition("=") for item in ours.cp_oidc_roles.split(",") if item.strip()]
    if bool(pairs) != bool(ours.cp_oidc_roles_claim):
        raise Refused("CP_OIDC_ROLES_CLAIM et CP_OIDC_ROLES vont ensemble : l'un des deux manque.")
    for role, _, value in pairs:
        if role.strip() not in STORED_ROLES or not value.strip():
            raise Refused(
                "Le réglage CP_OIDC_ROLES s'écrit rôle=valeur, séparés par des virgules ; les rôles"
                f" sont {', '.join(STORED_ROLES)}."
            )
    return tuple((Role(role.strip()), value.strip()) for role, _, value in pairs)


class CalendarKey(Stored, table=True):
    """Clé d'agenda: the SHA-256 of the random address of one person's calendar feed."""

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    key: str = Field(unique=True)


class ReaderToken(Record, table=True):
    """Jeton de lecture: gives one program access to the read API. `key` is the SHA-256 of the
    token, which is shown once; `direction_id` the unit whose data it may read (None: the whole
    administration). Only the day of its last use is stored.
    """

    name: str
    key: str = Field(unique=True)
    direction_id: int | None = Field(default=None, foreign_key="direction.id")
    made_on: date
    until: date | None = None
    used_on: date | None = None
    revoked_on: date | None = None

    def is_open(self, day: date) -> bool:
        return self.revoked_on is None and (self.until is None or self.until >= day)


class FormToken(Stored, table=True):
    """Jeton de formulaire: one filing, once. Without a name; purged daily."""

    __table_args__ = NO_HIDDEN_ORDER

    token: str = Field(primary_key=True)
    day: date = Field(index=True)
