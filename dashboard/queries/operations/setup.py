"""The progress of an installation (mise en route), counted from the database and the settings,
without a stored state.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text
from sqlmodel import Session, SQLModel, func, select

from dashboard.access import Reader, require
from dashboard.queries.directions import organisation
from dashboard.queries.people.accounts import lapsed_invitations
from models.database import is_sqlite
from models.directions import UnitKind
from models.people import Account, Mandate, Person, Preference
from models.roadmap import IS_MILESTONE, Plan, Target
from models.schema import revision
from models.settings import settings

RIGHT = "account.manage"
# The reader's preference: the steps that she postpones, separated by commas.
LATER = "mise-en-route-plus-tard"


@dataclass(frozen=True, slots=True)
class SetupFacts:
    """The current facts: open units without the root, known persons, open accounts, expired
    invitations, mandates in force, milestones, targets, whether other sites may embed, sign-on.
    """

    units: int
    persons: int
    accounts: int
    lapsed: int
    has_sign_on: bool
    mandates: int
    milestones: int
    targets: int
    may_embed: bool
    later: frozenset[str]


def setup_facts(session: Session, reader: Reader, on: date) -> SetupFacts:
    """The facts about the setup. Raises Refused without the right."""
    require(reader, RIGHT)
    units = organisation(session).at(on).units
    ours = settings()
    postponed = session.get(Preference, (reader.person_id, LATER)) if reader.is_known else None
    return SetupFacts(
        units=sum(unit.kind != UnitKind.root for unit in units),
        persons=_count(session, Person, Person.erased_on.is_(None)),
        accounts=_count(session, Account, Account.disabled.is_(False)),
        lapsed=len(lapsed_invitations(session, reader)),
        has_sign_on=bool(ours.cp_oidc_issuer),
        mandates=_count(
            session,
            Mandate,
            (Mandate.since <= on) & (Mandate.until.is_(None) | (Mandate.until > on)),
        ),
        milestones=_count(session, Plan, IS_MILESTONE),
        targets=_count(session, Target),
        may_embed=ours.cp_frame_ancestors != "'none'",
        later=frozenset(postponed.value.split(",")) - {""} if postponed else frozenset(),
    )


def _count(session: Session, table: type[SQLModel], condition: object = None) -> int:
    counted = select(func.count()).select_from(table)
    return session.exec(counted if condition is None else counted.where(condition)).one()


def has_room(free: int, size: int) -> bool:
    """Whether there is room for the next backup, which is not larger than the database."""
    # Below 500 MiB the disk is nearly full.
    return free > max(500 * 2**20, size)


def system(session: Session, reader: Reader) -> tuple[str, str, int]:
    """Engine, migration step of the tables, and bytes of the database. Raises Refused without the
    right.
    """
    require(reader, "system.check")
    engine = "SQLite" if is_sqlite(session) else "PostgreSQL"
    return engine, revision(session.connection()) or "–", size_of(session)


def size_of(on: Session | Connection) -> int:
    """The size of the database in bytes."""
    dialect = (on if isinstance(on, Connection) else on.get_bind()).dialect
    if dialect.name == "postgresql":
        return on.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    pages, page_size = (
        on.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("page_count", "page_size")
    )
    return pages * page_size
