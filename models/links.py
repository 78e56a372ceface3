"""Links (liens): the steps of a thread from a remark to a decision and its effect."""

from datetime import date
from typing import ClassVar

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from models.ideas import NO_HIDDEN_ORDER
from models.words import Word


class LinkRole(Word):
    """Rôle d'un lien: what the first end is to the second."""

    source = "source", "est à l'origine de"
    answers = "repond", "répond à"
    carried = "porte-par", "est portée par"
    decided = "decidee-par", "est décidée par"
    measured = "mesure-par", "se mesure par"
    alike = "proche", "ressemble à"
    about = "a-propos", "parle de"


class Link(SQLModel, table=True):
    """Lien: one step of the thread of an idea (fil de l'idée), from one record to another, in both
    directions.

    Ids are random: sequential ones would date the link of an anonymous entry. An end is (kind,
    key): idee (its id), decision, jalon, projet, groupe, formation (their id or code) or chiffre
    (its code).
    """

    called: ClassVar[tuple[str, str]] = ("lien", "liens")
    __table_args__ = (
        Index("ix_link_from", "from_kind", "from_key"),
        Index("ix_link_to", "to_kind", "to_key"),
        NO_HIDDEN_ORDER,
    )

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    from_kind: str
    from_key: str
    to_kind: str
    to_key: str
    role: str = LinkRole.source
    on: date
    by: int | None = Field(default=None, foreign_key="person.id")
    ended_on: date | None = None
