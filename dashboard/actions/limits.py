"""Limits on acts without an account (limites): per clock hour, for one address and for all
addresses together.

Call `count` in the transaction of the act, after its right: a refused act is then not counted. An
attempt that must count although it fails needs a transaction of its own. Only counts of the present
clock hour are stored.
"""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, text
from sqlmodel import Session

from dashboard.actions.people.logins import key_of_day
from dashboard.queries.people import readers
from models.clock import local, now as clock_now
from models.database import leave_no_trace
from models.scales import Word
from models.settings import settings
from models.short_lived import Tally
from models.texts import Refused

EVERYBODY = "tous"
HOUR = timedelta(hours=1)
# Highest multiplier of a real installation; benchmarks need more.
MOST = 5
# An IPv6 site (/48) may do this many times as much as one address.
SITE = 4
# The last fifth of the common limit is reserved for addresses with fewer acts than this in the
# hour.
FEW = 5


class Act(Word):
    """A limited act. The label begins the sentence of the refusal."""

    idea = "depot", "Beaucoup d'idées arrivent"
    message = "message", "Beaucoup de messages arrivent"
    interest = "interet", "Beaucoup de marques d'intérêt arrivent"
    seat = "place", "Beaucoup d'inscriptions arrivent"
    answer = "reponse", "Beaucoup de réponses arrivent"
    receipt = "code", "Beaucoup de codes de suivi sont essayés"
    poster = "affiche", "Beaucoup de mots d'affiche sont essayés"
    reset = "lien", "Beaucoup de liens sont demandés"
    sign_on = "connexion", "Beaucoup de connexions commencent"


class TooMany(Refused):
    """Trop d'envois: `until` is when one may try again."""

    def __init__(self, act: Act, from_one: bool, since: datetime):
        self.until = since + HOUR
        where = " de votre réseau" if from_one else ""
        super().__init__(f"{act.label}{where} en ce moment : réessayez {after(since)}.")


# Per clock hour: for one address, and for all together.
ALLOWED = dict.fromkeys(Act, (200, 1000)) | {
    Act.answer: (2000, 10_000),
    Act.reset: (20, 200),
    Act.sign_on: (5000, 20_000),
}


def allowed(act: Act) -> tuple[int, int]:
    """The limits of an act in this installation: for one address, for all together."""
    from_one, from_all = ALLOWED[act]
    return of_hour(from_one), of_hour(from_all)


def of_hour(limit: int) -> int:
    """An hourly limit multiplied by the setting; at least one."""
    return max(1, round(limit * settings().cp_hourly_factor))


def count(session: Session, act: Act, address: str | None, now: datetime | None = None) -> None:
    """Counts one act of an address (None: this machine). Raises TooMany where the hour's limit is
    reached for the address, its site or all; the last fifth of the common limit is for addresses
    with few acts.
    """
    now = now or clock_now()
    # The database's log would reveal the order of anonymous acts.
    leave_no_trace(session)
    key, (from_one, limit) = key_of_day(session, now), allowed(act)
    most = {readers.hashed(key, readers.address(address)): from_one}
    if site := readers.site(address):
        most[readers.hashed(key, site)] = from_one * SITE
    # In a fixed order against deadlocks, the common row last, since all writers wait for it.
    counts = [_counted(session, act, who, most[who], now) for who in sorted(most)]
    if None in counts:
        raise TooMany(act, True, hour_of(now))
    from_all = limit if max(counts) <= FEW else limit * 4 // 5
    if _counted(session, act, EVERYBODY, from_all, now) is None:
        raise TooMany(act, False, hour_of(now))


def _counted(session: Session, act: Act, who: str, most: int, now: datetime) -> int | None:
    """The new count of this hour; None where the limit is reached."""
    params = {"who": who, "act": act, "since": hour_of(now), "most": most}
    count = session.scalar(_COUNTING, params)
    # The statement does not check the first act of an hour.
    return count if count is None or count <= most else None


def require_limits() -> None:
    """Checked at the start of a real installation. Raises Refused where limits are disabled."""
    if settings().cp_hourly_factor > MOST:
        raise Refused(
            f"Le réglage CP_HOURLY_FACTOR lèverait les limites : au-delà de {MOST}, il n'est"
            " admis que pour une démonstration."
        )


def hour_of(now: datetime) -> datetime:
    """The beginning of the clock hour."""
    return now.replace(minute=0, second=0, microsecond=0)


def after(since: datetime) -> str:
    """« après 15 h », local time: the end of the clock hour that began at `since`."""
    hour = local(since + HOUR).hour
    return f"après {hour}\N{NO-BREAK SPACE}h" if hour else "après minuit"


# One statement checks and counts: of two concurrent acts at the limit, one is refused.
_COUNTING = text(
    f"INSERT INTO {Tally.__table__.fullname} AS counted (who, act, since, count)"
    " VALUES (:who, :act, :since, 1)"
    " ON CONFLICT (who, act) DO UPDATE SET since = excluded.since,"
    " count = CASE WHEN counted.since = excluded.since THEN counted.count ELSE 0 END"
    " + excluded.count"
    " WHERE counted.since <> excluded.since OR counted.count + excluded.count <= :most"
    " RETURNING count"
).bindparams(bindparam("since", type_=Tally.__table__.c.since.type))


def purge(session: Session, now: datetime | None = None) -> None:
    """Deletes the counts of past hours."""
    session.execute(delete(Tally).where(Tally.since < hour_of(now or clock_now())))
