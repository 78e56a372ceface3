"""Keeping (tenue): form tokens, sources, revisions, jobs, notices and the audit of texts. What
knows the time of the day is in `short_lived`.
"""

from datetime import date
from typing import ClassVar

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.words import Word


class Installation(SQLModel, table=True):
    """One row: what this database is. A demonstration never becomes a real one. Entries of the
    days before `mixed_before` keep no order.
    """

    id: int = Field(default=1, primary_key=True)
    demonstration: bool = False
    frozen_on: date | None = None
    mixed_before: date | None = None


class Revision(SQLModel, table=True):
    """One row per subject, raised in each writing transaction: the key of every cache."""

    subject: str = Field(primary_key=True)
    n: int = Field(default=0, sa_type=BigInteger)


class FormToken(SQLModel, table=True):
    """Jeton de formulaire: one filing, once. Names nobody; purged daily."""

    __tablename__ = "form_token"
    __table_args__ = {"sqlite_with_rowid": False}

    token: str = Field(primary_key=True)
    day: date = Field(index=True)


class SourceKey(SQLModel, table=True):
    """Clé d'origine: a record of a source, and ours. `digest` tells whether the source's row has
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


class Change(SQLModel, table=True):
    """Modification: the audit of texts and reference data. Read by no figure."""

    called: ClassVar[tuple[str, str]] = ("ligne du journal", "lignes du journal")
    __table_args__ = (Index("ix_change_subject", "subject", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    on: date = Field(index=True)
    by: int | None = Field(default=None, foreign_key="person.id")
    subject: str
    record: str
    field: str
    before: str | None = None
    after: str | None = None


# Under this name the day of a person's last visit, then that of the one before.
LAST_VISIT = "derniere-visite"


class Preference(SQLModel, table=True):
    """Préférence: what one reader chose and finds again (the directions she looks at), and the day
    of her last visit, which nobody else is told.
    """

    called: ClassVar[tuple[str, str]] = ("préférence", "préférences")

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    name: str = Field(primary_key=True)
    value: str = ""


class JobState(Word):
    waiting = "en-attente", "En attente"
    running = "en-cours", "En cours"
    done = "fait", "Prêt"
    failed = "echoue", "Échoué"


class Job(SQLModel, table=True):
    """Travail: something long (a report, an import, a backup) that a process of its own makes for
    one person; kept a day.

    `id` is 128 random bits in hexadecimal: whoever asks for the result must also be the person who
    asked for it. Only the day is kept here; the hours are in its `SignOfLife`. `upload` is the file
    it works on, `result` the one it made.
    """

    id: str = Field(primary_key=True)
    kind: str
    asked_by: int | None = Field(default=None, foreign_key="person.id")
    asked_on: date = Field(index=True)
    state: str = JobState.waiting
    progress: int = 0
    said: str = ""
    params: str = "{}"
    file_name: str = ""
    upload: bytes | None = Field(default=None, sa_type=LargeBinary)
    result: bytes | None = Field(default=None, sa_type=LargeBinary)


class NoticeKind(Word):
    """Nature d'un avis: what it tells."""

    filed = "depot", "Accusé de dépôt"
    answer = "reponse", "Réponse"
    state = "etat", "Changement d'état"
    holding = "attente", "Réponse d'attente"
    comment = "commentaire", "Commentaire ou message"
    merge = "fusion", "Fusion proposée"
    reminder = "relance", "Réponse attendue"
    transfer = "transfert", "Transfert"
    task = "tache", "Tâche"
    address = "adresse", "Adresse changée"
    invitation = "invitation", "Invitation à choisir un mot de passe"
    reset = "oubli", "Mot de passe oublié"
    questionnaire = "questionnaire", "Questionnaire à remplir"
    alert = "alerte", "Alerte sur l'état du système"


class Rhythm(Word):
    """Rythme des courriels: how often a person is written to. `never` is kept whatever the news."""

    at_once = "immediat", "Dès que possible"
    weekly = "hebdomadaire", "Une fois par semaine, le lundi"
    never = "jamais", "Jamais"


class NoticeState(Word):
    waiting = "a-envoyer", "À envoyer"
    sending = "en-cours", "En cours d'envoi"
    sent = "envoye", "Envoyé"
    told = "transmis", "Transmis de vive voix ou par papier"
    dropped = "abandonne", "Abandonné"


# Those whose words are still there: what was told long ago is walked over once, not at every round.
_WITH_WORDS = {"sqlite_where": text("title <> ''"), "postgresql_where": text("title <> ''")}


class Notice(SQLModel, table=True):
    """Avis (boîte d'envoi): one thing one person, or the guest of a seat, is to be told, once; a
    mail gathers what waits for her. A guest's words go as soon as they have left.

    `key` makes it unique: the same event never tells the same person twice. Only the day is kept:
    nothing here may date an entry more finely. `tries` counts the failures. `address` is where it
    goes when that is not where the person is written to now. The words go 90 days after they
    were told; that they were, and when, stays.
    """

    called: ClassVar[tuple[str, str]] = ("avis à une personne", "avis à des personnes")
    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("person_id", "key"),
        UniqueConstraint("seat_id", "key"),
        Index("ix_outbox_waiting", "state", "person_id"),
        Index("ix_outbox_kind", "kind", "key"),
        Index("ix_outbox_words", "sent_on", **_WITH_WORDS),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    key: str
    kind: str
    on: date
    idea_id: int | None = Field(
        default=None, sa_column=Column(BigInteger, ForeignKey("idea.id"), index=True, nullable=True)
    )
    title: str
    text: str = ""
    href: str = ""
    urgent: bool = Field(
        default=False, description="leaves at the next sending, whatever the person's rhythm"
    )
    state: str = NoticeState.waiting
    sent_on: date | None = None
    tries: int = 0
    error: str = ""
    address: str = Field(default="", sa_column_kwargs={"server_default": ""})
    seat_id: int | None = Field(default=None, foreign_key="seat.id")


class CalendarKey(SQLModel, table=True):
    """Clé d'agenda: the SHA-256 of the random address of one person's calendar feed."""

    called: ClassVar[tuple[str, str]] = ("clé d'agenda", "clés d'agenda")
    __tablename__ = "calendar_key"

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    key: str = Field(unique=True)


class ReaderToken(SQLModel, table=True):
    """Jeton de lecture: opens the read interface to one program. `key` is the SHA-256 of the token,
    which is shown once; `direction_id` the unit whose data it opens (None: the whole
    administration). Only the day of its last use is kept.
    """

    called: ClassVar[tuple[str, str]] = ("jeton de lecture", "jetons de lecture")
    __tablename__ = "reader_token"

    id: int | None = Field(default=None, primary_key=True)
    name: str
    key: str = Field(unique=True)
    direction_id: int | None = Field(default=None, foreign_key="direction.id")
    made_on: date
    until: date | None = None
    used_on: date | None = None
    revoked_on: date | None = None

    def is_open(self, day: date) -> bool:
        return self.revoked_on is None and (self.until is None or self.until >= day)
