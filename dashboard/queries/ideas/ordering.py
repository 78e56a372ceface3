"""The order of a list of ideas: by a column, or random."""

from sqlalchemy import Select, func
from sqlalchemy import select as core_select
from sqlmodel import Session

from dashboard.queries.columns import Column, by_unit, by_word
from dashboard.scope import Scope
from models.idea_states import IdeaKind, IdeaStatus
from models.ideas import Idea

COLUMNS: tuple[Column[Scope], ...] = (
    Column("titre", "Titre", lambda _scope: func.lower(Idea.title)),
    Column("etat", "État", lambda _scope: by_word(Idea.status, IdeaStatus)),
    Column("direction", "Direction concernée", lambda scope: by_unit(scope, Idea.concerns_id)),
    Column("genre", "Genre", lambda _scope: by_word(Idea.kind, IdeaKind)),
    Column("ambition", "Ambition", lambda _scope: Idea.ambition_id),
    Column("depot", "Date de dépôt", lambda _scope: Idea.filed_on),
    Column("echeance", "Réponse attendue", lambda _scope: Idea.due_on),
    Column("voix", "Voix en réunion", lambda _scope: Idea.voices),
    Column("soutiens", "Soutiens", lambda _scope: Idea.supports),
    Column("commentaires", "Commentaires", lambda _scope: Idea.comments),
)


def from_number(
    session: Session, answering: Select, seed: int, first: int, size: int
) -> list[Idea]:
    """Entries in a random order: numbers are random, so their order is too; `seed` sets the
    start.
    """
    start = session.exec(
        answering.with_only_columns(Idea.number)
        .order_by(None)
        .order_by(Idea.number)
        # A prime, so that consecutive seeds start far apart.
        .where(Idea.number >= 10_000 + seed * 7919 % 90_000)
        .limit(1)
    ).first()
    start = start[0] if start is not None and not isinstance(start, int) else start or 0
    found = list(
        session.exec(answering.where(Idea.number >= start).offset(first).limit(size)).all()
    )
    if len(found) < size:
        after = session.exec(
            core_select(func.count()).select_from(
                answering.where(Idea.number >= start)
                .with_only_columns(Idea.id)
                .order_by(None)
                .subquery()
            )
        ).scalar_one()
        # Wraps around at the highest number, so that each entry comes once.
        found += session.exec(
            answering.where(Idea.number < start)
            .offset(max(first - after, 0))
            .limit(size - len(found))
        ).all()
    return found
