"""Where imported records come from."""

from typing import ClassVar

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

OWN_SOURCE = "c-possible"  # of an entry that was filed here


class SourceKey(SQLModel, table=True):
    """Clé d'origine: a record of a source, and ours. `digest` shows whether the source's row has
    changed.
    """

    called: ClassVar[tuple[str, str]] = ("clé d'origine", "clés d'origine")
    __tablename__ = "source_key"
    __table_args__ = (UniqueConstraint("source", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    source: str
    key: str
    subject: str
    record_id: int = Field(sa_type=BigInteger, index=True)
    digest: str


class StoredCorrespondence(SQLModel, table=True):
    """Correspondance: which column of a file of one kind is which field, under a name chosen by the
    town; reused for a file with the same columns. `content` is JSON.
    """

    called: ClassVar[tuple[str, str]] = ("correspondance", "correspondances")
    __tablename__ = "correspondence"
    __table_args__ = (UniqueConstraint("kind", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    name: str
    content: str
