"""Where imported records come from."""

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from models.records import Record

OWN_SOURCE = "c-possible"  # of an entry that was filed here


class SourceKey(Record, table=True):
    """Clé d'origine: a record of a source, and ours. `digest` shows whether the source's row has
    changed.
    """

    __table_args__ = (UniqueConstraint("source", "key"),)

    source: str
    key: str
    subject: str
    record_id: int = Field(sa_type=BigInteger, index=True)
    digest: str


class StoredCorrespondence(Record, table=True):
    """Correspondance: which column of a file of one kind is which field, under a name chosen by the
    town; reused for a file with the same columns. `content` is JSON.
    """

    __tablename__ = "correspondence"
    __table_args__ = (UniqueConstraint("kind", "name"),)

    kind: str
    name: str
    content: str
