"""Reads for the people who answer: templates, answers to similar ideas, and possible owners."""

from dataclasses import dataclass

from sqlmodel import Session, select

from dashboard.access import may
from dashboard.queries.decisions.moves import official_words
from dashboard.queries.ideas.similar import similar_ideas
from dashboard.scope import Scope
from models.facts import last_values
from models.idea_events import IdeaEvent
from models.idea_states import IdeaStatus
from models.ideas import AnswerTemplate, Idea
from models.people import Assignment, Person

_LONGEST_LIST = 300


@dataclass(frozen=True)
class Wording:
    """A text to start an answer from: its origin in words, the text, and the state (IdeaStatus)
    that it explains, if any.
    """

    name: str
    text: str
    status: str | None = None

    def suits(self, status: IdeaStatus | None) -> bool:
        """Whether it fits this state; any text does while none is chosen."""
        return status is None or self.status in (None, status)


def templates(session: Session) -> list[AnswerTemplate]:
    """The templates and the motifs, by name."""
    return list(
        session.exec(
            select(AnswerTemplate).order_by(AnswerTemplate.motive, AnswerTemplate.name)
        ).all()
    )


def wordings(session: Session, scope: Scope, idea: Idea) -> list[Wording]:
    """Texts to start from: decisions about this entry, answers to similar ideas that the reader may
    see, then templates and motifs.
    """
    if not may(scope.reader, "idea.answer", idea, scope.tree):
        return []
    found = [Wording(name, text) for name, text in official_words(session, idea)]
    found += [
        Wording(f"Réponse à l'idée n° {number} : {title}", text)
        for number, title, text in _answers_alike(session, scope, idea)
    ]
    return found + templates_to_start_from(session)


def templates_to_start_from(session: Session) -> list[Wording]:
    """The templates, then the motifs."""
    return [
        Wording(t.name if t.motive else f"Modèle — {t.name}", t.text, t.status)
        for t in templates(session)
    ]


def _answers_alike(session: Session, scope: Scope, idea: Idea) -> list[tuple[int, str, str]]:
    alike = [
        item
        for item in similar_ideas(session, scope, idea.title, idea.body)
        if item.number != idea.number
    ]
    if not alike:
        return []
    rows = session.exec(
        select(Idea.number, Idea.title, IdeaEvent.text)
        .join(IdeaEvent, IdeaEvent.idea_id == Idea.id)
        .where(
            Idea.number.in_([item.number for item in alike]),
            IdeaEvent.text.is_not(None),
            IdeaEvent.first_answer.is_(True),
        )
        .order_by(IdeaEvent.seq)
    ).all()
    return [(number, title, text) for number, title, text in rows]


def colleagues(session: Session, scope: Scope, idea: Idea) -> dict[int, str]:
    """Person id → label of the people who work today in the direction that the entry concerns;
    empty for a reader who may not answer it.
    """
    if idea.concerns_id is None or not may(scope.reader, "idea.answer", idea, scope.tree):
        return {}
    services = sorted(scope.tree.under(idea.concerns_id))
    ever_assigned = select(Assignment.person_id).where(Assignment.service_id.in_(services))
    wanted = Assignment.person_id.in_(ever_assigned)
    current_services = last_values(session, Assignment.service_id, scope.on, wanted)
    ids = [person for person, service in current_services.items() if service in services]
    rows = session.exec(
        select(Person)
        .where(Person.id.in_(ids), Person.erased_on.is_(None))
        .order_by(Person.family_name, Person.given_name)
        .limit(_LONGEST_LIST)
    ).all()
    return {
        person.id: person.label(scope.tree.name_of(current_services[person.id])) for person in rows
    }
