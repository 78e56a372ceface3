"""Settings (réglages): read once from the environment and from the file named by CP_CONFIG, else
from `/etc/c-possible.env` and `.env` in the current folder.

Every variable is documented in `.env.example`; a test compares the two lists.
"""

import os
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    SettingsConfigDict,
)

from models.texts import Refused

ROOT = Path(__file__).resolve().parent.parent
CLOCK_FILE = "CP_CLOCK_FILE"  # environment only: rehearsals shift the clock by it
CONFIG = "CP_CONFIG"  # names the settings file of one installation, also for child processes
# The default settings file of an installation, shared by shell, timer and service.
WELL_KNOWN = "/etc/c-possible.env"
BACKUPS = "sauvegardes"  # the folder of the backups, in the data folder
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Beside the sources; in the current folder if the program is installed as a package.
_DATA = (ROOT if (ROOT / "pyproject.toml").exists() else Path.cwd()) / "var"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    database_url: str | None = Field(
        None, description="postgresql+psycopg://… ; empty: SQLite in the data folder"
    )
    cp_data_dir: Path = Field(_DATA, description="folder of the SQLite file and of the signing key")
    cp_port: int = Field(8501, description="port of the web server")
    cp_address: str = Field("127.0.0.1", description="address it listens on")
    cp_proxies: str = Field(
        "127.0.0.1", description="addresses of the proxies that are believed about a visitor's"
    )
    cp_https: bool = Field(
        False, description="true behind HTTPS: the cookie is then `__Host-cp`, Secure"
    )
    cp_secret_key: str | None = Field(
        None, description="signing key; empty: generated into the data folder"
    )
    cp_frame_ancestors: str = Field(
        "'none'",
        description="who may embed the form, the extracts and the agenda: CSP frame-ancestors",
    )
    cp_contact: str = Field(
        "c-possible@exemple.invalid", description="contact address of the programme"
    )
    cp_dpo: str = Field(
        "dpd@exemple.invalid", description="contact of the data protection officer (DPD)"
    )
    cp_trusted_person: str = Field(
        "", description="personne de confiance: how to reach her, shown before sending"
    )
    cp_prevention: str = Field("", description="SIPPT: how to reach it, shown before sending")
    cp_programme_start: date = Field(
        date(2021, 1, 1), description="first day of the first programme of a new database"
    )
    cp_programme_end: date = Field(date(2023, 12, 31), description="last day of that programme")
    cp_ins: int | None = Field(
        None,
        ge=10_000,
        le=99_999,
        description="INS number of the town in a PST file; else that of the last one received",
    )
    cp_answer_days: int = Field(
        30, ge=1, description="working days within which every idea is answered"
    )
    cp_smtp_host: str = Field(
        "", description="mail server; empty: no mail, people are told from the list « À prévenir »"
    )
    cp_smtp_port: int = Field(587, ge=1, le=65535, description="port of the mail server")
    cp_smtp_user: str = Field("", description="account on the mail server; empty: without sign-in")
    cp_smtp_password: str = Field("", description="password of that account")
    cp_smtp_tls: str = Field("starttls", description="encryption of mail: none, starttls or tls")
    cp_mail_from: str = Field("", description="sender of the mails; empty: the contact address")
    cp_public_url: str = Field(
        "",
        description=(
            "address people open, https://… or http://…: base of the links in mails and of the"
            " sign-on"
        ),
    )
    cp_oidc_issuer: str = Field(
        "",
        description=(
            "sign-on of the house (OpenID Connect): the issuer's address; empty: local passwords"
            " only"
        ),
    )
    cp_oidc_client_id: str = Field("", description="what the issuer calls this application")
    cp_oidc_client_secret: str = Field("", description="secret shared with the issuer")
    cp_oidc_match: str = Field(
        "mail",
        description=(
            "what finds a person the first time: mail (or mail:CLAIM), or matricule:CLAIM;"
            " afterwards her subject at the issuer does"
        ),
    )
    cp_oidc_trust_mail: bool = Field(
        False,
        description=(
            "true: the issuer's mails are those of the staff register, though it does not say"
            " email_verified (Entra ID)"
        ),
    )
    cp_oidc_open_accounts: bool = Field(
        False, description="true: the first visit of a person we know opens her account"
    )
    cp_oidc_roles_claim: str = Field(
        "", description="claim that lists groups or roles; empty: roles are given here"
    )
    cp_oidc_roles: str = Field(
        "",
        description=(
            "role=value of that claim, separated by commas: admin=cp-admins,codir=cp-codir"
        ),
    )
    cp_admin_second_factor: str = Field(
        "offered",
        description=(
            "second factor of administrators who have a password: offered, or required (until it is"
            " set up, the role does not count)"
        ),
    )
    cp_hosts: str = Field(
        "",
        description=(
            "names under which it is served, between commas; empty: that of CP_PUBLIC_URL; names of"
            " this machine always"
        ),
    )
    cp_tick_minutes: int = Field(
        10, ge=0, description="minutes between two rounds of reminders and mails; 0: by cron only"
    )

    cp_journal_months: int = Field(
        36,
        ge=0,
        description=(
            "months after which lines of the journal about persons (names read, taken away, rights)"
            " are erased; 0: never"
        ),
    )
    cp_left_months: int = Field(
        0,
        ge=0,
        description=(
            "months after which the record of a person who has left is emptied; 0: only when asked"
        ),
    )
    cp_hourly_factor: float = Field(
        1.0,
        gt=0,
        description=(
            "multiplies what is allowed in a clock hour without an account (ideas, seats, answers,"
            " codes, uploads) and to a token; 5 at most but for a demonstration"
        ),
    )

    cp_backup_folder: str = Field(
        "",
        description=(
            "folder of the backups that the server makes by itself; empty: `sauvegardes` in the"
            " data folder; none: it makes none"
        ),
    )
    cp_backup_copy: str = Field(
        "",
        description="folder of a second place (another disk, a share), which must be there",
    )
    cp_backup_command: str = Field(
        "",
        description=(
            "command that takes a backup further (rclone, a script), given its path in the place of"
            " {}, else as last word; quoted as in a shell, run without one"
        ),
    )
    cp_backup_key: str = Field(
        "",
        description=(
            "public key of age (age1…): what goes to the second place is encrypted for it; needs"
            " pyrage, which the lock holds"
        ),
    )

    @property
    def url(self) -> str:
        """The database's address; SQLite in the data folder unless DATABASE_URL says otherwise."""
        return self.database_url or f"sqlite:///{self.cp_data_dir / 'c-possible.db'}"

    @property
    def backup_folder(self) -> Path | None:
        """The folder of the server's backups; None: no backups."""
        value = self.cp_backup_folder.strip()
        if value.lower() == "none":
            return None
        return Path(value) if value else self.cp_data_dir / BACKUPS

    @property
    def public_origin(self) -> str:
        """CP_PUBLIC_URL without a trailing slash; empty if it is not set."""
        return self.cp_public_url.strip().rstrip("/")

    def public_address(self, asked: str) -> str:
        """The public address of the product: the one that is set, else that of an asked page."""
        page = urlsplit(asked)
        return self.public_origin or f"{page.scheme}://{page.netloc}"

    @property
    def hosts(self) -> frozenset[str] | None:
        """The accepted host names; None: any, since none was set."""
        names = {name.strip().lower().strip("[]") for name in self.cp_hosts.split(",")} - {""}
        all_names = names or {urlsplit(self.cp_public_url).hostname or ""} - {""}
        return frozenset(all_names | {*LOOPBACK}) if all_names else None

    @property
    def cookie_name(self) -> str:
        return "__Host-cp" if self.cp_https else "cp"

    @property
    def device_cookie(self) -> str:
        return f"{self.cookie_name}-device"


@cache
def settings() -> Settings:
    """The settings of this process. Raises Refused for an invalid value or a missing file."""
    named = os.environ.get(CONFIG)
    if named and not Path(named).is_file():
        raise Refused(f"Ce fichier de réglages n'existe pas : {named}.")
    _require_known_names()
    try:
        return Settings(_env_file=_files())
    except ValidationError as error:
        wrong = (
            f"{str(problem['loc'][0]).upper()} (« {problem['input']} »)"
            for problem in error.errors()
        )
        raise Refused(
            f"Ces valeurs ne conviennent pas : {', '.join(wrong)}. Voyez docs/settings.md."
        ) from error


def _files() -> tuple[str, ...]:
    named = os.environ.get(CONFIG)
    return (named,) if named else (WELL_KNOWN, ".env")


def _require_known_names() -> None:
    """Raises Refused for an unknown `CP_…` in the environment or the files."""
    known = {name.upper() for name in Settings.model_fields} | {CONFIG, CLOCK_FILE}
    sources = EnvSettingsSource(Settings), DotEnvSettingsSource(Settings, env_file=_files())
    names = {name.upper() for source in sources for name in source.env_vars}
    unknown = sorted(name for name in names - known if name.startswith("CP_"))
    if unknown:
        lines = (name + _near(name, known) for name in unknown)
        raise Refused(
            f"Aucun réglage ne s'appelle ainsi : {', '.join(lines)}. Voyez docs/settings.md."
        )


def _near(name: str, known: set[str]) -> str:
    """« (CP_PORT ?) », the closest known name; empty if there is none."""
    near = get_close_matches(name, known, n=1)
    return f" ({near[0]} ?)" if near else ""
