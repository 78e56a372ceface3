"""Limits on acts without an account (limites): how many of them one address, and all addresses
together, may do within one clock hour.

`count` belongs into the transaction of the act, after its right: an act that is refused for another
reason is then not counted. A try that must count although it fails has a transaction of its own.
Nothing finer than the clock hour is kept, and nothing longer than it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import TextClause, bindparam, delete, text
from sqlmodel import Session

from dashboard.actions.keeping.day_key import key_of_day
from dashboard.queries.people import tries
from models.clock import local
from models.clock import now as clock_now
from models.database import leave_no_trace
from models.errors import Refused
from models.settings import settings
from models.short_lived import Tally
from models.words import Word

EVERYBODY = "tous"
HOUR = timedelta(hours=1)
# A limit above it is none: a bench needs that, and no town.
MOST = 100_000


class Act(Word):
    """What a stranger may do so often. The label begins the sentence of the refusal."""

    idea = "depot", "Beaucoup d'idées arrivent"
    message = "message", "Beaucoup de messages arrivent"
    interest = "interet", "Beaucoup de marques d'intérêt arrivent"
    seat = "place", "Beaucoup d'inscriptions arrivent"
    answer = "reponse", "Beaucoup de réponses arrivent"
    receipt = "code", "Beaucoup de codes de suivi sont essayés"
    poster = "affiche", "Beaucoup de mots d'affiche sont essayés"
    reset = "lien", "Beaucoup de liens sont demandés"
    sign_on = "connexion", "Beaucoup de connexions commencent"


@dataclass(frozen=True)
class Allowed:
    """How many in a clock hour: from one address, and from all together."""

    from_one: int
    from_all: int


class TooMany(Refused):
    """Trop d'envois: says from when on (`until`) one may try again."""

    def __init__(self, act: Act, from_one: bool, since: datetime):
        self.until = since + HOUR
        where = " de votre réseau" if from_one else ""
        super().__init__(f"{act.label}{where} en ce moment : réessayez {after(since)}.")


def allowed(act: Act) -> Allowed:
    """The limits of an act, from the settings."""
    ours = settings()
    return {
        Act.idea: Allowed(ours.cp_hourly_ideas, ours.cp_hourly_ideas_all),
        Act.message: Allowed(ours.cp_hourly_ideas, ours.cp_hourly_ideas_all),
        Act.interest: Allowed(ours.cp_hourly_interests, ours.cp_hourly_interests_all),
        Act.seat: Allowed(ours.cp_hourly_seats, ours.cp_hourly_seats_all),
        Act.answer: Allowed(ours.cp_hourly_answers, ours.cp_hourly_answers_all),
        Act.receipt: Allowed(ours.cp_hourly_receipts, ours.cp_hourly_receipts_all),
        Act.poster: Allowed(ours.cp_hourly_receipts, ours.cp_hourly_receipts_all),
        Act.reset: Allowed(ours.cp_hourly_resets, ours.cp_hourly_resets_all),
        Act.sign_on: Allowed(ours.cp_hourly_sign_ons, ours.cp_hourly_sign_ons_all),
    }[act]


def count(
    session: Session,
    act: Act,
    address: str | None,
    now: datetime | None = None,
    key: str | None = None,
) -> None:
    """Counts one act of an address (None: this machine). Raises TooMany where the hour is used up
    for the address or for all. `key`: that of the day, where it has just been read.
    """
    count_all(session, act, {address: 1}, now, key)


def count_all(
    session: Session,
    act: Act,
    times: Mapping[str | None, int],
    now: datetime | None = None,
    key: str | None = None,
) -> None:
    """The same for several acts: of each address so many. Raises TooMany where the hour has not
    that many left.
    """
    now = now or clock_now()
    # Counts are of acts without an account: in the log of the database they would stand in order.
    leave_no_trace(session)
    key = key or key_of_day(session, now)
    here: Counter[str] = Counter()
    for address, n in times.items():
        here[tries.hashed(key, tries.address(address))] += n
    # In one order for all writers, and everybody last.
    *others, last = sorted(here)
    limits, since = allowed(act), hour_of(now)
    asked = {
        "everybody": EVERYBODY,
        "act": str(act),
        "since": since,
        "from_one": limits.from_one,
        "from_all": limits.from_all,
    }
    rows = [(_COUNTING_ONE, {"here": who, "times": here[who]}) for who in others]
    rows += [(_COUNTING, {"here": last, "times": here[last], "all": here.total()})]
    counted = [who for row, more in rows for who in session.scalars(row, asked | more)]
    # The first of an hour meets no condition of the statement.
    for who, n in here.items():
        if who not in counted or n > limits.from_one:
            raise TooMany(act, True, since)
    if EVERYBODY not in counted or here.total() > limits.from_all:
        raise TooMany(act, False, since)


def require_limits() -> None:
    """Said at the start of a real installation. Raises Refused where a setting lifts a limit."""
    lifted = [
        name.upper() for name, value in settings() if name.startswith("cp_hourly_") and value > MOST
    ]
    if lifted:
        raise Refused(
            f"Le réglage {lifted[0]} lèverait une limite : au-delà de {MOST} par heure, il n'est"
            " admis que pour une démonstration."
        )


def hour_of(now: datetime) -> datetime:
    """The beginning of the clock hour."""
    return now.replace(minute=0, second=0, microsecond=0)


def after(since: datetime) -> str:
    """« après 15 h », by the clocks of the town: when the clock hour since then is over."""
    hour = local(since + HOUR).hour
    return f"après {hour}\N{NO-BREAK SPACE}h" if hour else "après minuit"


def _counting(*rows: str) -> TextClause:
    return text(
        f"INSERT INTO {Tally.__table__.fullname} AS counted (who, act, since, count)"
        f" VALUES {', '.join(rows)}"
        " ON CONFLICT (who, act) DO UPDATE SET since = excluded.since,"
        " count = CASE WHEN counted.since = excluded.since THEN counted.count ELSE 0 END"
        " + excluded.count"
        " WHERE counted.since <> excluded.since OR counted.count + excluded.count <="
        " CASE WHEN counted.who = :everybody THEN :from_all ELSE :from_one END"
        " RETURNING who"
    ).bindparams(bindparam("since", type_=Tally.__table__.c.since.type))


# One statement counts for the address and for all, and says for whom there was a place: of two at
# once at the last place, one is told no. Everybody last: that row is the one for which others wait.
# As text, since SQLAlchemy keeps no compiled statement of several rows.
_HERE = "(:here, :act, :since, :times)"
_COUNTING_ONE = _counting(_HERE)
_COUNTING = _counting(_HERE, "(:everybody, :act, :since, :all)")


def purge(session: Session, now: datetime | None = None) -> None:
    """The counts of the hours before this one."""
    session.execute(delete(Tally).where(Tally.since < hour_of(now or clock_now())))
