"""Pending entries: an answer to give, a comment to read, a reply to write."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, select as core_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, or_, select

from dashboard.access import idea_conditions, may
from dashboard.queries.decisions.moves import official_words
from dashboard.queries.ideas.similar import similar_ideas
from dashboard.scope import Scope
from models.discussions import (
    Contribution,
    ContributionEvent,
    ContributionKind,
    ContributionStep,
    Link,
    LinkRole,
    Subject,
    idea_of,
)
from models.facts import id_after, last_values, live
from models.idea_events import IdeaEvent
from models.idea_states import OPEN, IdeaStatus
from models.ideas import AnswerTemplate, Idea
from models.people import Assignment, Person
from models.roadmap import no_index

WAITED_DAYS = 90


def waits_for_answer() -> list[ColumnElement[bool]]:
    """The conditions for open entries without an answer; with a due date before today they are
    late, as in Idea.is_late (changes together with it).

    The state is tested row by row, not by its index: these entries are scanned by due date.
    """
    return [Idea.answered_on.is_(None), no_index(Idea.status.in_([str(s) for s in OPEN]))]


def past_due(on: date) -> list[ColumnElement[bool]]:
    """The conditions for published entries past their due date without an answer: counted and
    listed as late. An unpublished entry has to be read first.
    """
    return [no_index(Idea.published.is_(True)), *waits_for_answer(), Idea.due_on < on]


def to_be_read() -> list[ColumnElement[bool]]:
    """The conditions for open, unanswered, unpublished entries: to be read with « Lue, publier
    ».
    """
    return [*waits_for_answer(), *unread()]


def due_on(day: date) -> list[ColumnElement[bool]]:
    """The conditions for published entries without an answer that are due on this day."""
    return [*past_due(day + timedelta(days=1)), Idea.due_on == day]


def count_late(session: Session, scope: Scope, on: date | None = None) -> int:
    """The number of published entries of the scope past their due date without an answer, on the
    scope's day or on `on`.

    Published ones only: two readers of one scope see the same number.
    """
    if not may(scope.reader, "idea.read"):
        return 0
    day = on or scope.on
    late = select(func.count()).select_from(Idea).where(*past_due(day))
    # An imported entry may be due before its filing: it was not late then.
    late = late.where(no_index(Idea.filed_on <= day))
    return session.exec(of_scope(late, scope, is_walked=True)).one()


def without_follow_up(on: date) -> list[ColumnElement[bool]]:
    """The conditions for entries accepted for over WAITED_DAYS days, not implemented, and linked to
    nothing.
    """
    accepted = (
        select(IdeaEvent.id)
        .where(
            IdeaEvent.idea_id == Idea.id,
            IdeaEvent.to_status == IdeaStatus.accepted,
            IdeaEvent.from_status != IdeaStatus.accepted,
            live(IdeaEvent, on),
            IdeaEvent.on <= on - timedelta(days=WAITED_DAYS),
        )
        .exists()
    )
    carried = (
        select(Link.id)
        .where(
            Link.from_kind == "idee",
            Link.from_key == cast(Idea.id, String),
            Link.to_kind != "idee",
            Link.role != LinkRole.about,
            Link.ended_on.is_(None),
        )
        .exists()
    )
    return [Idea.status == IdeaStatus.accepted, accepted, ~carried]


def pending_by_age(session: Session, scope: Scope) -> dict[tuple[date, date], int]:
    """(filed, due) → published entries without an answer on the scope's day."""
    if not may(scope.reader, "idea.read"):
        return {}
    waits = or_(and_(*waits_for_answer()), Idea.answered_on > scope.on)
    statement = (
        select(Idea.filed_on, Idea.due_on, func.count())
        .where(
            no_index(Idea.published.is_(True)),
            Idea.filed_on <= scope.on,
            Idea.due_on.is_not(None),
            waits,
        )
        .group_by(Idea.filed_on, Idea.due_on)
    )
    rows = session.exec(of_scope(statement, scope)).all()
    return {(filed, due): n for filed, due, n in rows}


def of_scope(statement: Select, scope: Scope, is_walked: bool = False) -> Select:
    """Limits entries to the directions concerned and the ambition of the scope. `is_walked`: the
    statement scans in an order with a limit, and tests the direction of each row.
    """
    if not scope.is_whole:
        of_units = Idea.concerns_id.in_(sorted(scope.counted))
        statement = statement.where(no_index(of_units) if is_walked else of_units)
    return statement.where(Idea.ambition_id == scope.ambition.id) if scope.ambition else statement


def to_read(session: Session, scope: Scope) -> int:
    """The number of entries of the scope to be read with « Lue, publier », among those the reader
    may see.
    """
    statement = (
        select(func.count())
        .select_from(Idea)
        .where(
            idea_conditions(scope.reader, scope.tree),
            # The id begins with the day of filing.
            Idea.id < id_after(scope.on),
            *to_be_read(),
        )
    )
    return session.exec(of_scope(statement, scope)).one()


def unread() -> list[ColumnElement[bool]]:
    """The conditions for entries not published yet; one hidden by a moderator was read."""
    hidden = select(idea_of(ContributionEvent)).where(
        ContributionEvent.what == ContributionStep.hidden,
        ContributionEvent.subject == Subject.idea,
        ContributionEvent.contribution_id.is_(None),
    )
    return [Idea.published.is_(False), Idea.id.not_in(hidden)]


def awaits_reply() -> ColumnElement[bool]:
    """Whether a contribution is a message of the idea's author without a reply and without « lu,
    rien à répondre ».
    """
    reply = aliased(Contribution)
    read = aliased(Contribution)
    answered = (
        core_select(reply.id)
        .where(
            reply.subject == Contribution.subject,
            reply.key == Contribution.key,
            reply.kind == ContributionKind.office,
            reply.seq > Contribution.seq,
        )
        .exists()
    )
    acknowledged = (
        core_select(ContributionEvent.id)
        .join(read, read.id == ContributionEvent.contribution_id)
        .where(
            ContributionEvent.subject == Contribution.subject,
            ContributionEvent.key == Contribution.key,
            ContributionEvent.what == ContributionStep.acknowledged,
            read.seq >= Contribution.seq,
        )
        .exists()
    )
    is_message = (Contribution.kind == ContributionKind.author) & Contribution.hidden.is_(False)
    return is_message & ~answered & ~acknowledged


def author_wrote() -> ColumnElement[bool]:
    """Whether the author's message is unanswered, and nothing was done on a later day."""
    done = (
        core_select(IdeaEvent.id)
        .where(IdeaEvent.idea_id == idea_of(Contribution), IdeaEvent.on > Contribution.on)
        .exists()
    )
    return Idea.id.in_(core_select(idea_of(Contribution)).where(awaits_reply(), ~done)) & (
        Idea.status != IdeaStatus.withdrawn
    )


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
    order = AnswerTemplate.motive, AnswerTemplate.name
    return [
        Wording(t.name if t.motive else f"Modèle — {t.name}", t.text, t.status)
        for t in session.exec(select(AnswerTemplate).order_by(*order)).all()
    ]


def _answers_alike(session: Session, scope: Scope, idea: Idea) -> list[tuple[int, str, str]]:
    alike = similar_ideas(session, scope, idea.title, idea.body, idea.number)
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
