"""Reads the tokens of the read interface (jetons de lecture): the reader of one, and the list for
administrators.
"""

from datetime import date

from sqlalchemy import Date, Row, String, bindparam, or_
from sqlmodel import Session, select

from dashboard.access import Reader, require
from models.directions import Direction
from models.people import Role
from models.sign_on import ReaderToken


def tokens(session: Session, reader: Reader) -> list[tuple[ReaderToken, str]]:
    """Every token with the code of its unit (empty for the whole), active ones first, by name.
    Raises Refused without the right.
    """
    require(reader, "token.manage")
    rows = session.execute(
        select(ReaderToken, Direction.code)
        .outerjoin(Direction, Direction.id == ReaderToken.direction_id)
        .order_by(ReaderToken.revoked_on.is_not(None), ReaderToken.name, ReaderToken.id)
    ).all()
    return [(token, code or "") for token, code in rows]


# Run at each request: compiled once.
_ACTIVE = (
    select(
        ReaderToken.id,
        ReaderToken.name,
        ReaderToken.used_on,
        ReaderToken.direction_id,
        Direction.code.label("unit"),
    )
    .outerjoin(Direction, Direction.id == ReaderToken.direction_id)
    .where(
        ReaderToken.key == bindparam("hashed", type_=String()),
        ReaderToken.revoked_on.is_(None),
        or_(ReaderToken.until.is_(None), ReaderToken.until >= bindparam("day", type_=Date())),
    )
)


def active_token(session: Session, hashed: str, day: date) -> Row | None:
    """The active token with this hash on this day, with the code of its unit."""
    return session.execute(_ACTIVE, {"hashed": hashed, "day": day}).first()


def reader_of(token: Row) -> Reader:
    """The reader behind a token: no person, at most one unit."""
    return Reader(name=token.name, roles=frozenset({Role.token}), only=token.direction_id)
