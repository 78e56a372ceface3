"""Settings (réglages): read once from the environment and from a file, which CP_CONFIG names; else
from `/etc/c-possible.env` and `.env` in the current folder.

Every variable is documented in `.env.example`; a test keeps the two lists equal.
"""

import os
from datetime import date
from difflib import get_close_matches
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    SettingsConfigDict,
)

from models.errors import Refused

ROOT = Path(__file__).resolve().parent.parent
CONFIG = "CP_CONFIG"  # names the file of one installation, for every command and what it starts
# Where an installation has its settings, so that a shell, a timer and the service mean the same.
WELL_KNOWN = "/etc/c-possible.env"
BACKUPS = "sauvegardes"  # the folder of the backups, in the data folder
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _beside_the_program() -> Path:
    """The folder `var` of the sources; of the current folder where the program is installed as a
    package, which holds no data.
    """
    return (ROOT if (ROOT / "pyproject.toml").exists() else Path.cwd()) / "var"


@cache  # hundreds of files are looked at
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


class Settings(BaseSettings):
    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    database_url: str | None = Field(
        None, description="postgresql+psycopg://… ; empty: SQLite in the data folder"
    )
    cp_data_dir: Path = Field(
        _beside_the_program(),
        description="folder of the SQLite file and of the signing key",
    )
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
    cp_interest_days: int = Field(
        10, ge=1, description="working days within which whoever marks an interest is contacted"
    )
    cp_import_rows: int = Field(
        20_000,
        ge=1,
        description="rows that a file imported on the screen may hold; the command has no limit",
    )
    cp_import_unpacked_mb: int = Field(
        100, ge=1, description="megabytes that a workbook (XLSX, ODS) may unpack to"
    )
    cp_job_memory_mb: int = Field(
        2048,
        ge=256,
        description="megabytes that the process of a job (import, report, backup) may take",
    )
    cp_photo_megapixels: int = Field(
        65, ge=1, le=200, description="millions of pixels that a photo may have"
    )
    cp_photo_memory_mb: int = Field(
        768, ge=128, description="megabytes that the process that decodes one photo may take"
    )
    cp_update_months: float = Field(
        1.0, gt=0, description="period of the milestone reports, in months"
    )
    cp_time_zone: str = Field(
        "Europe/Brussels", description="time zone of the town: its days and the hours shown"
    )
    cp_closing_days: int = Field(
        3,
        ge=0,
        description=(
            "working days before a CODIR at which milestone reports close; what comes later is told"
            " as late"
        ),
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
    cp_oidc_name: str = Field(
        "Se connecter avec le compte de la commune", description="label of its button"
    )
    cp_oidc_scopes: str = Field("openid profile email", description="what the issuer is asked for")
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
    cp_clock_file: str = Field(
        "",
        description=(
            "rehearsals only: file of one number, the seconds by which the clock is moved; never on"
            " a server that keeps real data"
        ),
    )
    cp_tick_minutes: int = Field(
        10, ge=0, description="minutes between two rounds of reminders and mails; 0: by cron only"
    )
    cp_mail_days: int = Field(
        90,
        ge=1,
        description=(
            "days after which the words of what was told are emptied; that it was told stays"
        ),
    )

    cp_journal_months: int = Field(
        36,
        ge=0,
        description=(
            "months after which lines of the journal about persons (names read, taken away, rights)"
            " are erased; 0: never"
        ),
    )
    cp_draft_days: int = Field(
        90, ge=1, description="days after which a draft that nobody took up again is erased"
    )
    cp_contact_months: int = Field(
        12,
        ge=1,
        description=(
            "months after which a mark of interest that nobody followed is closed, and what its"
            " author left to be reached is erased"
        ),
    )
    cp_guest_days: int = Field(
        14,
        ge=1,
        description=(
            "days after a meeting or a session after which what its guests without an account left"
            " (first name, service, address) is erased"
        ),
    )
    cp_left_months: int = Field(
        0,
        ge=0,
        description=(
            "months after which the record of a person who has left is emptied; 0: only when asked"
        ),
    )
    cp_hourly_ideas: int = Field(
        200,
        ge=1,
        description=(
            "ideas without an account from one address in a clock hour; this limit and the others"
            " of an hour are 100000 at most but for a demonstration"
        ),
    )
    cp_hourly_ideas_all: int = Field(
        1000, ge=1, description="ideas without an account from all addresses in a clock hour"
    )
    cp_hourly_interests: int = Field(
        200, ge=1, description="marks of interest without an account from one address in an hour"
    )
    cp_hourly_interests_all: int = Field(
        1000, ge=1, description="marks of interest without an account from all addresses in an hour"
    )
    cp_hourly_seats: int = Field(
        200, ge=1, description="seats taken without an account from one address in a clock hour"
    )
    cp_hourly_seats_all: int = Field(
        1000, ge=1, description="seats taken without an account from all addresses in a clock hour"
    )
    cp_hourly_answers: int = Field(
        2000, ge=1, description="answers to a questionnaire by its open address, from one address"
    )
    cp_hourly_answers_all: int = Field(
        10_000, ge=1, description="the same from all addresses in a clock hour"
    )
    cp_hourly_receipts: int = Field(
        200, ge=1, description="tries of codes (entries, posters) from one address in an hour"
    )
    cp_hourly_receipts_all: int = Field(1000, ge=1, description="the same from all addresses")
    cp_hourly_resets: int = Field(
        20,
        ge=1,
        description="mails to choose a new password, asked for from one address in a clock hour",
    )
    cp_hourly_resets_all: int = Field(200, ge=1, description="the same from all addresses")
    cp_hourly_sign_ons: int = Field(
        5000, ge=1, description="ways to the sign-on of the house from one address in a clock hour"
    )
    cp_hourly_sign_ons_all: int = Field(
        20_000, ge=1, description="ways to the sign-on of the house from all addresses"
    )
    cp_hourly_reads: int = Field(
        1000, ge=1, description="answers of the read interface to one token in a clock hour"
    )

    cp_hourly_uploads: int = Field(
        600, ge=1, description="files uploaded without a sign-in from one address in a clock hour"
    )
    cp_hourly_uploads_mb: int = Field(
        3000, ge=12, description="megabytes of them from one address in a clock hour"
    )
    cp_uploads_at_once_mb: int = Field(
        768,
        ge=24,
        description=(
            "megabytes of uploads in memory beyond which strangers wait (from one address, half);"
            " as much apart from them for those who are signed in (one account, an eighth)"
        ),
    )

    cp_offer_days: int = Field(
        3,
        ge=1,
        description="working days for which a freed seat of a training is kept for one person",
    )
    cp_offer_until: int = Field(
        2,
        ge=0,
        description="days before a session from which freed seats go to whoever comes first",
    )
    cp_cancel_days: int = Field(
        5, ge=0, description="days before a session until which a seat is given up without a reason"
    )

    cp_open_data_folder: str = Field(
        "",
        description=(
            "folder into which each round writes what was published, as open data; it must be"
            " there; empty: none"
        ),
    )
    cp_open_data_url: str = Field(
        "", description="address at which that folder is served: what its catalogue names"
    )
    cp_open_data_licence: str = Field("CC BY 4.0", description="licence of the open data")
    cp_open_data_licence_url: str = Field(
        "https://creativecommons.org/licenses/by/4.0/", description="address of that licence"
    )

    cp_backup_folder: str = Field(
        "",
        description=(
            "folder of the backups that the server makes by itself; empty: `sauvegardes` in the"
            " data folder; none: it makes none"
        ),
    )
    cp_backup_hour: int = Field(
        2, ge=0, le=23, description="hour of the town from which the backup of a day is made"
    )
    cp_backup_daily: int = Field(
        14, ge=0, description="days of which the newest backup is kept; the newest of all always is"
    )
    cp_backup_weekly: int = Field(8, ge=0, description="the same for weeks")
    cp_backup_monthly: int = Field(12, ge=0, description="the same for months")
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
    cp_backup_command_minutes: int = Field(
        30, ge=1, description="minutes after which that command is stopped"
    )
    cp_backup_key: str = Field(
        "",
        description=(
            "public key of age (age1…): what goes to the second place is encrypted for it; needs"
            " pyrage, which the lock holds"
        ),
    )

    cp_watch_backup_hours: int = Field(
        26, ge=1, description="hours after which the last backup is told as too old"
    )
    cp_watch_round_minutes: int = Field(
        60,
        ge=1,
        description=(
            "minutes without a round after which it is told as late; at least three times"
            " CP_TICK_MINUTES"
        ),
    )
    cp_watch_failures: int = Field(
        3, ge=1, description="failures in a row after which a task of the round is told"
    )
    cp_watch_mail_days: int = Field(
        1, ge=0, description="days for which a mail may wait before it is told"
    )
    cp_watch_disk_percent: int = Field(
        10,
        ge=0,
        le=90,
        description="share of the data folder's disk below which it is told as full",
    )
    cp_watch_disk_mb: int = Field(
        1024, ge=0, description="megabytes free on that disk below which it is told as full"
    )
    cp_watch_certificate_days: int = Field(
        14, ge=1, description="days before the end of CP_PUBLIC_URL's certificate when it is told"
    )

    cp_log_format: Literal["plain", "json"] = Field(
        "plain", description="lines of the log: plain or json; the same without anybody's words"
    )
    cp_slow_statement_ms: int = Field(
        1000,
        ge=0,
        description="milliseconds from which a read is logged, without values; 0: none",
    )
    cp_metrics_addresses: str = Field(
        "",
        description=(
            "addresses or networks, between commas, that may read /metriques (Prometheus); empty:"
            " nobody, and it answers 404"
        ),
    )

    @field_validator("cp_time_zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        if name not in _time_zones():
            raise ValueError(f"no time zone is called « {name} » (Europe/Brussels, Europe/Paris)")
        return name

    @field_validator("cp_metrics_addresses")
    @classmethod
    def _are_addresses(cls, said: str) -> str:
        for one in filter(None, (part.strip() for part in said.split(","))):
            ip_network(one, strict=False)  # raises ValueError, which pydantic tells
        return said

    @property
    def metrics_addresses(self) -> list[str]:
        """Addresses and networks that may read the measures."""
        return [one for part in self.cp_metrics_addresses.split(",") if (one := part.strip())]

    @property
    def url(self) -> str:
        """The database's address; SQLite in the data folder unless DATABASE_URL says otherwise."""
        return self.database_url or f"sqlite:///{self.cp_data_dir / 'c-possible.db'}"

    @property
    def backup_folder(self) -> Path | None:
        """Where the server makes its backups; None: it makes none."""
        said = self.cp_backup_folder.strip()
        if said.lower() == "none":
            return None
        return Path(said) if said else self.cp_data_dir / BACKUPS

    @property
    def update_days(self) -> float:
        """The period of the milestone reports, in days; a month is the mean one."""
        return self.cp_update_months * 30.4375

    @property
    def public_origin(self) -> str:
        """CP_PUBLIC_URL without a slash at its end; empty where it is not set."""
        return self.cp_public_url.strip().rstrip("/")

    @property
    def hosts(self) -> frozenset[str] | None:
        """The names under which it answers; None: any, since none was said."""
        given = {name.strip().lower().strip("[]") for name in self.cp_hosts.split(",")} - {""}
        known = given or {urlsplit(self.cp_public_url).hostname or ""} - {""}
        return frozenset(known | {*LOOPBACK}) if known else None

    @property
    def cookie_name(self) -> str:
        return "__Host-cp" if self.cp_https else "cp"

    @property
    def device_cookie(self) -> str:
        return f"{self.cookie_name}-device"


@cache
def settings() -> Settings:
    """The settings of this process. Raises Refused where one is misspelt, or their file missing."""
    named = os.environ.get(CONFIG)
    if named and not Path(named).is_file():
        raise Refused(f"Ce fichier de réglages n'existe pas : {named}.")
    files = (named,) if named else (WELL_KNOWN, ".env")
    _require_known_names(files)
    try:
        return Settings(_env_file=files)
    except ValidationError as error:
        wrong = (f"{str(one['loc'][0]).upper()} (« {one['input']} »)" for one in error.errors())
        raise Refused(
            f"Ces valeurs ne conviennent pas : {', '.join(wrong)}. Voyez docs/settings.md."
        ) from error


def _require_known_names(files: tuple[str, ...]) -> None:
    """Raises Refused for a `CP_…` of the environment or of these files that no setting has."""
    known = {name.upper() for name in Settings.model_fields} | {CONFIG}
    sources = EnvSettingsSource(Settings), DotEnvSettingsSource(Settings, env_file=files)
    said = {name.upper() for source in sources for name in source.env_vars}
    unknown = sorted(name for name in said - known if name.startswith("CP_"))
    if unknown:
        told = (name + _near(name, known) for name in unknown)
        raise Refused(
            f"Aucun réglage ne s'appelle ainsi : {', '.join(told)}. Voyez docs/settings.md."
        )


def _near(name: str, known: set[str]) -> str:
    """« (CP_PORT ?) », what was probably meant; empty without any."""
    near = get_close_matches(name, known, n=1)
    return f" ({near[0]} ?)" if near else ""
