"""People: persons, their dated assignments, accounts and mandates."""

import re
from datetime import date, timedelta

from sqlalchemy import ColumnElement, UniqueConstraint
from sqlmodel import Field

from models.facts import NO_HIDDEN_ORDER, Fact, Record, Stored
from models.scales import Word


class Role(Word):
    """Rôle. The first four are stored on the account; ambassadeur follows from membership,
    manager from a mandate, directeur from a mandate on the whole administration.
    """

    codir = "codir", "CODIR"
    secretaire = "secretaire", "Secrétariat du CODIR"
    animateur = "animateur", "Animateur"
    admin = "admin", "Administrateur"
    ambassadeur = "ambassadeur", "Ambassadeur"
    manager = "manager", "Manager"
    directeur = "directeur", "Directeur général"
    agent = "agent", "Agent"
    nobody = "personne", "Sans compte"
    poster = "affiche", "Sans compte, avec l'affiche d'un site"
    operator = "operateur", "Opérateur"
    token = "jeton", "Sans compte, avec un jeton de lecture"


# One @, a name before it, a domain with a dot after it: only sending shows whether it works.
_ADDRESS = re.compile(
    r"[^\s@<>\"(),;:\\[\]]+@[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+",
    re.IGNORECASE,
)
ADDRESS_MAX = 120


def is_address(text: str) -> bool:
    """Whether a text has the form of a mail address."""
    local = text.partition("@")[0]
    return (
        bool(_ADDRESS.fullmatch(text))
        and len(text) <= ADDRESS_MAX
        and ".." not in text
        and not (local.startswith(".") or local.endswith("."))
    )


STORED_ROLES = (Role.codir, Role.secretaire, Role.animateur, Role.admin)


class Person(Record, table=True):
    """Personne: an agent. Erasing empties the record and keeps the id, so that past counts stay."""

    key: str | None = Field(
        default=None, unique=True, description="matricule, or the key of the source"
    )
    given_name: str = ""
    family_name: str = ""
    function: str = ""
    email: str = Field(
        default="",
        description="professional address; empty: informed by voice or on paper",
    )
    erased_on: date | None = None

    @property
    def name(self) -> str:
        return full_name(self.given_name, self.family_name)

    def label(self, service: str = "") -> str:
        """Her entry in a list: « Alice Lambotte · 102647 · Jeunesse (Lambotte Alice) ». Both orders
        of her names, since a list filters by typed letters in order.
        """
        text = " · ".join(filter(None, (self.name, self.key, service)))
        return f"{text} ({self.family_name} {self.given_name})"


def full_name(given_name: str, family_name: str) -> str:
    """The display name of a person, from its two parts."""
    return f"{given_name} {family_name}".strip() or "Personne effacée"


class ErasedKey(Stored, table=True):
    """Clé effacée: recognises an erased person if a later file still names her, without her name or
    record.

    `key` is the keyed hash (HMAC) of her matricule or address: it cannot be reversed without the
    signing key, which is not in the database. `made_with` identifies that key, so that a change of
    key is noticed. Without row numbers: their order would reveal more.
    """

    __table_args__ = NO_HIDDEN_ORDER

    key: str = Field(primary_key=True)
    on: date
    made_with: str


class Assignment(Fact, table=True):
    """Affectation: from `on`, this person works in that unit, mostly a service (None: has left)."""

    person_id: int = Field(foreign_key="person.id", index=True)
    service_id: int | None = Field(default=None, foreign_key="direction.id", index=True)
    function_family: str = ""
    has_workstation: bool = True


class Account(Record, table=True):
    """Compte: a login name, the stored roles, and the credentials: a bcrypt hash, an identity of
    the single sign-on (`issuer` and `subject`), or both. An invited account without a chosen
    password has neither.
    """

    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    person_id: int = Field(foreign_key="person.id", unique=True)
    login: str = Field(unique=True)
    password_hash: str = Field(default="", description="bcrypt; empty: no password opens it")
    roles: str = ""
    disabled: bool = False
    until: date | None = Field(default=None, description="first day on which it is closed")
    issuer: str | None = Field(default=None, description="sign-on: who vouches for the person")
    subject: str | None = Field(default=None, description="sign-on: whom the issuer knows")
    second_factor: str = Field(
        default="",
        description="TOTP secret, encrypted with the signing key; empty: no second factor",
    )

    @property
    def role_list(self) -> list[Role]:
        """The assigned roles; unknown words are ignored."""
        return [role for role in STORED_ROLES if role in self.roles.split(",")]

    def is_open(self, on: date) -> bool:
        """Whether the account may be used at `on`: not closed, and before its end."""
        return not self.disabled and (self.until is None or self.until > on)


def open_account(on: date | ColumnElement[date]) -> ColumnElement[bool]:
    """The same as a query condition."""
    return Account.disabled.is_(False) & (Account.until.is_(None) | (Account.until > on))


class Invitation(Stored, table=True):
    """Invitation: a link with which the person of an account chooses her password, once, until the
    end of a day. `token` is the SHA-256 of the secret in the link.
    """

    token: str = Field(primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    made_on: date
    until: date = Field(index=True, description="last day on which the link is good")


class RecoveryCode(Stored, table=True):
    """Code de secours: replaces the second factor once. `code` is its keyed hash."""

    code: str = Field(primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)


class Mandate(Record, table=True):
    """Mandat: this person answers for that unit; on a department inspecteur général, on the root
    Directeur général.
    """

    person_id: int = Field(foreign_key="person.id", index=True)
    direction_id: int = Field(foreign_key="direction.id", index=True)
    since: date
    until: date | None = Field(default=None, description="first day without it")

    @property
    def last_day(self) -> date | None:
        return self.until - timedelta(days=1) if self.until else None


# Under this name the day of a person's last visit and the one before.
LAST_VISIT = "derniere-visite"
# Present once a person has changed her address herself: imports then leave it unchanged.
OWN_ADDRESS = "adresse"


class Preference(Stored, table=True):
    """Préférence: a choice of one reader to restore (her directions), and the day of her last
    visit, which only she sees.
    """

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    name: str = Field(primary_key=True)
    value: str = ""
