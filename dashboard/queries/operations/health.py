"""Health (santé): the state of every background function, determined only here; the screen,
`/sante` and the mail to the administrators show it. And how one browser reaches the product.

It contains no name and no text of any person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Row, and_, case, func, or_, select as core_select
from sqlmodel import Session

from dashboard import french
from dashboard.access import Reader, require
from dashboard.queries.notices.records import UNSENT, rhythm_of_person, wants_mail
from dashboard.queries.operations.setup import has_room, size_of
from models.clock import TOWN, frozen_on, is_demonstration, local, local_day, today
from models.installation import Heartbeat
from models.notices import Notice, Rhythm
from models.people import Person, Preference
from models.scales import Word
from models.settings import settings
from models.short_lived import Pulse

ROUND, BACKUP, CHECK = "round", "backup", "check"
COPY, REHEARSAL = "backup_copy", "rehearsal"
# Recorded by themselves, on the days when they are due, with their own tiles.
OF_BACKUPS = (BACKUP, COPY, REHEARSAL)
# A month, and some days without a backup.
_SECOND_PLACE = "CP_BACKUP_COPY ou CP_BACKUP_COMMAND"
BACKUP_LASTS = timedelta(hours=26)
_LEAST_FREE_PERCENT, _LEAST_FREE = 10, 2**30  # of the disk of the data, and bytes
_LOG = "lire le journal (journalctl -u c-possible)"


class Level(Word):
    """Severity (niveau): whether action is needed, and the status it is drawn as
    (`theme.STATUSES`).
    """

    good = "bien", "Bien", "a-jour"
    watch = "a-surveiller", "À surveiller", "a-surveiller"
    bad = "a-corriger", "À corriger", "en-difficulte"
    unknown = "nd", "n.d.", "sans-donnee"

    status: str

    def __new__(cls, code: str, label: str, status: str):
        word = str.__new__(cls, code)
        word._value_ = code
        word.label, word.status = label, status
        return word


@dataclass(frozen=True)
class HealthState:
    """One tile (état). `message` is one French sentence; `remedy`: commands and settings, for who
    runs the server.
    """

    code: str
    name: str
    value: str
    level: Level
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class HealthInputs:
    """The environment of the database: the data disk in bytes, the end of the certificate, why no
    mail is sent and whether that is an error of the settings, and whether the backups, second copy
    included, are on the data disk (None if unknown).
    """

    now: datetime
    disk_total: int
    disk_free: int
    has_certificate: bool = False
    certificate_until: datetime | None = None
    no_mail: str = ""
    mail_is_wrong: bool = False
    backup_on_data_disk: bool | None = None


def health(session: Session, around: HealthInputs) -> list[HealthState]:
    """Every state, in the order of the tiles."""
    rows = session.execute(
        core_select(Heartbeat.__table__, Pulse.good_at).outerjoin(
            Pulse, Pulse.task == Heartbeat.task
        )
    )
    ends = {row.task: row for row in rows}
    tiles = (
        ("horloge", "Horloge", _clock(session, around.now)),
        ("passages", "Passages", _rounds(ends.get(ROUND), around.now)),
        ("taches", "Tâches", _tasks(ends)),
        ("courriels", "Courriels", _mails(session, around)),
        ("sauvegarde", "Dernière sauvegarde", _backup(session, ends, around)),
        ("restauration", "Essai de restauration", _rehearsal(session, ends, around.now)),
        ("disque", "Disque", _disk(session, around)),
        ("certificat", "Certificat", _certificate(around)),
    )
    return [HealthState(code, name, *state) for code, name, state in tiles]


# The value, the level and the message of one tile, and its remedy if any.
State = tuple[str, Level, str] | tuple[str, Level, str, str]


# ── The clock ─────────────────────────────────────────────────────────────────────────────────────


def clock_went_back(session: Session, now: datetime) -> str:
    """What to do if the clock is before the day of the last round; else empty."""
    last, day = session.get(Heartbeat, ROUND), local_day(now)
    if last is None or last.good_on is None or day >= last.good_on:
        return ""
    return (
        f"L'horloge dit {french.day(day)}, alors que le dernier passage est du"
        f" {french.day(last.good_on)} : aucun passage n'a lieu. Remettez-la à l'heure, tout reprend"
        " seul ; si ce jour est le bon, lancez « c-possible tick --confirm-day »."
    )


def _clock(session: Session, now: datetime) -> State:
    if went_back := clock_went_back(session, now):
        return french.moment(local(now)), Level.bad, went_back
    frozen = frozen_on(session) is not None
    how = "Jour figé de la démonstration" if frozen else "Suit le temps qui passe"
    return french.day(today(session)), Level.good, how


# ── Tasks ─────────────────────────────────────────────────────────────────────────────────────────


def _good_at(end: Row | None) -> datetime | None:
    """When a task last ended well; without an hour, the beginning of the day: rather too early than
    too late.
    """
    if end and end.good_at:
        return end.good_at.replace(tzinfo=end.good_at.tzinfo or UTC)
    return datetime.combine(end.good_on, time(), TOWN) if end and end.good_on else None


def late_after() -> timedelta:
    """The time without a round after which it is late; at least three intervals."""
    return max(timedelta(hours=1), timedelta(minutes=3 * settings().cp_tick_minutes))


def _rounds(last: Row | None, now: datetime) -> State:
    good_at = _good_at(last)
    if good_at is None and last and last.failure:
        message = "Aucun passage n'a encore abouti : aucun courriel ne part."
        return "Aucun", Level.bad, message, f"{last.failure} : {_LOG}"
    if good_at is None:
        return (
            "Aucun",
            Level.watch,
            "Aucun passage encore : le serveur en fait un à son démarrage",
        )
    when = french.moment(local(good_at))
    if now - good_at > late_after():
        return (
            when,
            Level.bad,
            "Les passages se sont arrêtés : plus aucun courriel ne part.",
            f"vérifier que le service ou le minuteur tourne, {_LOG}, puis c-possible tick",
        )
    return when, Level.good, "Le dernier qui a abouti"


def _tasks(ends: dict[str, Row]) -> State:
    """The parts of the round, and the check; backups have their own tiles."""
    failing = [end for end in ends.values() if _still_fails(end, ends.get(ROUND))]
    # Three in a row; of the check one is enough: it is made once a day.
    lasting = [end for end in failing if end.task == CHECK or end.in_a_row >= 3]
    if lasting:
        return (
            f"{french.number(len(lasting))} en échec",
            Level.bad,
            "Une tâche du serveur ne réussit plus.",
            f"{_named(lasting)} : {_LOG} à ce nom, corriger, puis c-possible tick ou check",
        )
    if failing:
        return (
            f"{french.number(len(failing))} en échec",
            Level.watch,
            "Une tâche a échoué : le passage suivant essaie de nouveau",
            _named(failing),
        )
    return "Toutes aboutissent", Level.good, "Au dernier passage"


def _still_fails(end: Row, last_round: Row | None) -> bool:
    """Whether a task still fails; a part that was removed from the round does not."""
    if not end.in_a_row or end.task in (ROUND, *OF_BACKUPS):
        return False
    round_at = _good_at(last_round)
    if end.task == CHECK or round_at is None:
        return True
    return end.failed_on >= local_day(round_at) - timedelta(days=1)


def _named(ends: Sequence[Row]) -> str:
    return ", ".join(
        f"« {end.task} » ({end.failure}, {french.number(end.in_a_row)} fois)" for end in ends[:3]
    )


# ── Mails ─────────────────────────────────────────────────────────────────────────────────────────


def _mails(session: Session, around: HealthInputs) -> State:
    if around.no_mail:
        if around.mail_is_wrong:
            message = "Le courriel est mal réglé : rien ne part."
            return Level.unknown.label, Level.bad, message, around.no_mail
        return Level.unknown.label, Level.unknown, around.no_mail, "CP_SMTP_HOST"
    day = today(session)
    since = waiting_since(session, day)
    if since is None:
        return "Rien n'attend", Level.good, "Tout est parti"
    value = f"Depuis le {french.day(since)}"
    if day - since > timedelta(days=1):
        return (
            value,
            Level.bad,
            "Des courriels attendent depuis trop longtemps : leur serveur ne les prend pas.",
            "vérifier le serveur de courriel et CP_SMTP_…, puis c-possible tick",
        )
    return value, Level.good, "Partent au prochain passage"


def waiting_since(session: Session, day: date) -> date | None:
    """The day since when the oldest pending mail could have been sent. One refused by its server is
    retried, and not counted.
    """
    monday = day - timedelta(days=day.weekday())
    prompt, weekly = session.execute(
        core_select(
            func.min(case((~_is_weekly(), Notice.on))),
            func.min(case((and_(_is_weekly(), Notice.on < monday), Notice.on))),
        )
        .join(Person, Person.id == Notice.person_id)
        .outerjoin(Preference, rhythm_of_person())
        .where(
            Notice.state.in_(UNSENT),
            Notice.tries == 0,
            Person.erased_on.is_(None),
            or_(Notice.address != "", and_(Person.email != "", wants_mail())),
        )
    ).one()
    next_monday = weekly + timedelta(days=7 - weekly.weekday()) if weekly else None
    return min((found for found in (prompt, next_monday) if found), default=None)


def _is_weekly() -> ColumnElement[bool]:
    return and_(func.coalesce(Preference.value, "") == Rhythm.weekly, ~Notice.urgent)


# ── Backup ────────────────────────────────────────────────────────────────────────────────────────


def last_backup(session: Session, reader: Reader) -> date | None:
    """The day of the last backup made here. Raises Refused without the right."""
    require(reader, "system.check")
    beat = session.get(Heartbeat, BACKUP)
    return beat.good_on if beat else None


def _backup(session: Session, ends: dict[str, Row], around: HealthInputs) -> State:
    end = ends.get(BACKUP)
    made_at = _good_at(end)
    value = french.moment(local(made_at)) if made_at else "Aucune"
    if end and end.in_a_row:
        return (
            value,
            Level.bad,
            f"La sauvegarde échoue ({french.number(end.in_a_row)} fois).",
            f"{end.failure} : c-possible backup, et lire ce qu'elle dit",
        )
    if made_at is None:
        return value, Level.watch if is_demonstration(session) else Level.bad, *_NO_BACKUP
    if around.now - made_at > BACKUP_LASTS:
        return (
            value,
            Level.bad,
            "La dernière sauvegarde a plus d'un jour.",
            "vérifier que les passages du serveur (ou le minuteur) ont lieu, ou c-possible backup",
        )
    return value, *_where(end, ends.get(COPY), around.backup_on_data_disk)


_NO_BACKUP = (
    "Aucune sauvegarde encore : faites-en une, et gardez le fichier sur une autre machine.",
    "CP_BACKUP_FOLDER dit où ; c-possible backup en fait une",
)


def _where(end: Row, copy: Row | None, on_data_disk: bool | None) -> tuple[Level, str, str]:
    """Where a backup and its copy are, and whether that is good."""
    where = "Par l'écran ou par la commande"
    if end.place:
        where = f"{french.size(end.amount)} dans {end.place}"
    copies = settings().cp_backup_copy.strip() or settings().cp_backup_command.strip()
    if copies and copy and copy.in_a_row:
        return (
            Level.bad,
            f"{where} ; mais sa copie échoue ({french.number(copy.in_a_row)} fois).",
            f"{copy.failure} : vérifier {_SECOND_PLACE}, puis c-possible backup",
        )
    if on_data_disk:
        return (
            Level.watch,
            f"{where}, sur le même disque que les données : il faut un second endroit.",
            _SECOND_PLACE,
        )
    return Level.good, f"{where}, et copiée" if copies and _good_at(copy) else where, ""


def _rehearsal(session: Session, ends: dict[str, Row], now: datetime) -> State:
    """Whether a backup was successfully restored as a test."""
    end = ends.get(REHEARSAL)
    if end and end.in_a_row:
        return (
            french.day(end.failed_on),
            Level.bad,
            "La dernière sauvegarde ne se restaure pas comme il faut.",
            f"{end.failure} : c-possible check, puis restore dans un dossier vide",
        )
    if end is None or end.good_on is None:
        is_due = settings().backup_folder is not None and not is_demonstration(session)
        return (
            "Aucun",
            Level.watch if is_due else Level.unknown,
            "Aucun encore : le serveur en fait un par mois, après sa sauvegarde",
        )
    value = french.day(end.good_on)
    if local_day(now) - end.good_on > timedelta(days=40):
        return (
            value,
            Level.watch,
            "Aucun depuis plus d'un mois : le serveur le fait après sa sauvegarde",
            "CP_BACKUP_FOLDER",
        )
    rows = french.counted(end.amount, "ligne")
    return value, Level.good, f"La sauvegarde s'est restaurée et vérifiée : {rows}"


# ── Disk and certificate ──────────────────────────────────────────────────────────────────────────


def _disk(session: Session, around: HealthInputs) -> State:
    """The tile of the disk: nearly full, or without room for the next backup."""
    share = 100 * around.disk_free / around.disk_total if around.disk_total else 0
    is_near = (
        share < _LEAST_FREE_PERCENT
        or around.disk_free < _LEAST_FREE
        or not has_room(around.disk_free, size_of(session))
    )
    value = f"{french.size(around.disk_free)} libres"
    if is_near:
        return (
            value,
            Level.bad,
            f"Le disque du dossier des données est presque plein ({french.percent(share)} libres) :"
            " libérez de la place ou agrandissez-le avant la prochaine sauvegarde.",
        )
    return value, Level.good, f"{french.percent(share)} du disque des données"


def _certificate(around: HealthInputs) -> State:
    until = around.certificate_until
    if until is None:
        why = "Pas joint d'ici" if around.has_certificate else "L'adresse n'est pas en https"
        return Level.unknown.label, Level.unknown, why
    value = f"Jusqu'au {french.day(local_day(until))}"
    if until - around.now < timedelta(days=14):
        return (
            value,
            Level.bad,
            "Le certificat de l'adresse publique arrive à son terme : sans un nouveau, les"
            " navigateurs la refusent.",
            "sur le mandataire : certbot renew, ou Caddy",
        )
    return value, Level.good, "De l'adresse publique"


# ── How one browser reaches the product (accès) ───────────────────────────────────────────────────


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
    return (urlsplit(origin).hostname or "") in frozenset({"localhost", "127.0.0.1", "::1"})


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
    if seen.address in {"127.0.0.1", "::1", *_addresses(settings().cp_proxies)}:
        return (
            "Cachée",
            Level.bad,
            "Tous les visiteurs semblent n'en faire qu'un : une limite les bloquerait ensemble.",
            "le mandataire doit transmettre X-Forwarded-For",
        )
    return "Connue", Level.good, f"{seen.address}, vue sans mandataire"


def _addresses(listed: str) -> Sequence[str]:
    return [address.strip() for address in listed.split(",") if address.strip()]
