"""Notices (avis): the outbox, the kinds of notice, how often a person gets mail."""

from datetime import date

from sqlalchemy import BigInteger, Column, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field

from models.facts import Record
from models.scales import Word


class NoticeKind(Word):
    """Nature d'un avis: its subject."""

    filed = "depot", "Accusé de dépôt"
    answer = "reponse", "Réponse"
    state = "etat", "Changement d'état"
    holding = "attente", "Réponse d'attente"
    comment = "commentaire", "Commentaire ou message"
    merge = "fusion", "Fusion proposée"
    reminder = "relance", "Réponse attendue"
    transfer = "transfert", "Transfert"
    outcome = "suite", "Suite d'une idée, statut d'un chiffre"
    task = "tache", "Tâche"
    address = "adresse", "Adresse changée"
    invitation = "invitation", "Invitation à choisir un mot de passe"
    reset = "oubli", "Mot de passe oublié"
    questionnaire = "questionnaire", "Questionnaire à remplir"
    alert = "alerte", "Alerte sur l'état du système"


# At most one mail a day has these.
OF_DIGEST = (NoticeKind.reminder, NoticeKind.outcome)


class Rhythm(Word):
    """Rythme des courriels: how often a person gets mail."""

    at_once = "immediat", "Dès que possible"
    weekly = "hebdomadaire", "Une fois par semaine, le lundi"
    never = "jamais", "Jamais"


class NoticeState(Word):
    waiting = "a-envoyer", "À envoyer"
    sending = "en-cours", "En cours d'envoi"
    sent = "envoye", "Envoyé"
    handed_over = "transmis", "Transmis de vive voix ou par papier"
    dropped = "abandonne", "Abandonné"


# Those with a text: a round does not reread what was sent long ago.
_WITH_WORDS = {"sqlite_where": text("title <> ''"), "postgresql_where": text("title <> ''")}


class Notice(Record, table=True):
    """Avis (boîte d'envoi): one notification of one person, or the guest of a seat; a mail combines
    the pending ones. A guest's text is deleted once sent.

    `key` makes it unique: one event, one notice per person. Only the day is stored, so that a
    notice cannot date an entry more precisely. `tries` counts failures. `address` is the recipient
    if it is not the person's current one. The text is deleted 90 days after sending; the rest of
    the row stays.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("person_id", "key"),
        UniqueConstraint("seat_id", "key"),
        Index("ix_outbox_waiting", "state", "person_id"),
        Index("ix_outbox_kind", "kind", "key"),
        Index("ix_outbox_words", "sent_on", **_WITH_WORDS),
    )

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
    address: str = ""
    seat_id: int | None = Field(default=None, foreign_key="seat.id")


TITLE_MAX, BODY_MAX, WORD_MAX = 120, 1200, 600


class Post(Record, table=True):
    """Actualité: one short post for every agent; public from `public_on`, hidden from
    `withdrawn_on`.
    """

    on: date = Field(index=True)
    title: str
    body: str = ""
    by: int | None = Field(default=None, foreign_key="person.id")
    public_on: date | None = None
    withdrawn_on: date | None = None


class Publication(Record, table=True):
    """Publication: the situation at `au` as published on `on`, for people without an account.

    `content` is the JSON shown that day and is not recomputed: a later correction of the facts
    needs a new publication. `word` is the Directeur général's sentence.
    """

    on: date = Field(index=True)
    au: date
    by: int | None = Field(default=None, foreign_key="person.id")
    word: str = ""
    content: str = "{}"
    withdrawn_on: date | None = None
