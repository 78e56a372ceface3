"""The page of one idea: its record, its history, and its author if the reader may know."""

import json
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader, idea_conditions, may
from dashboard.queries.ideas.records import Filters, matching_ids
from dashboard.queries.ideas.similar import similar_ideas
from dashboard.queries.readable import Readable, readable
from dashboard.scope import Scope
from models.facts import not_undone
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import OFF_PATH, Channel, IdeaKind, IdeaStatus
from models.ideas import Draft, Idea
from models.people import Person


@dataclass(frozen=True)
class IdeaCard:
    """One entry in full, as the reader may see it; `author` is empty if she may not know it."""

    idea: Idea
    author: str
    steps: Readable[IdeaEvent]
    may_publish: bool
    may_answer: bool = False
    owner: str = ""


def idea_by_number(session: Session, scope: Scope, number: int) -> Idea | None:
    """The entry of this number, if the reader may see it."""
    return session.exec(
        select(Idea).where(Idea.number == number, idea_conditions(scope.reader, scope.tree))
    ).first()


def idea_card(session: Session, scope: Scope, number: int) -> IdeaCard | None:
    """The card of an entry; None both if there is none and if the reader may not see it."""
    idea = idea_by_number(session, scope, number)
    if idea is None or not _is_readable(idea):
        return None
    steps = steps_of(session, idea)
    publish = (
        not idea.published
        and idea.status != IdeaStatus.redirected
        and may(scope.reader, "idea.publish", idea, scope.tree)
    )
    owner = session.get(Person, idea.owner_id) if idea.owner_id else None
    return IdeaCard(
        idea,
        _author(session, scope, idea),
        steps,
        publish,
        may(scope.reader, "idea.answer", idea, scope.tree),
        owner.name if owner else "",
    )


def _is_readable(idea: Idea) -> bool:
    """Whether its page can be shown: all its codes are known."""
    return bool(
        readable(
            [idea],
            lambda entry: (IdeaKind(entry.kind), IdeaStatus(entry.status), Channel(entry.channel)),
            lambda entry: f"idea {entry.number}",
        )
    )


def steps_of(session: Session, idea: Idea) -> Readable[IdeaEvent]:
    """The timeline of an entry that the reader may see: its facts that were not voided, oldest
    first.
    """
    events = session.exec(
        select(IdeaEvent).where(IdeaEvent.idea_id == idea.id).order_by(IdeaEvent.seq)
    ).all()
    return readable(
        [event for event in not_undone(events) if event.to_status],
        _with_known_words,
        lambda event: f"idea_event {event.id}",
    )


def _with_known_words(event: IdeaEvent) -> IdeaEvent:
    EventKind(event.what)
    if event.to_status != event.from_status:
        IdeaStatus(event.to_status)
    return event


def _author(session: Session, scope: Scope, idea: Idea) -> str:
    """The author's name if the reader may know it: her own entries, those she relayed, those she is
    responsible for.
    """
    if idea.author_id is None:
        return ""
    mine = scope.reader.person_id == idea.author_id
    allowed = mine or may(scope.reader, "idea.read_author", idea, scope.tree)
    person = session.get(Person, idea.author_id) if allowed else None
    return person.name if person else ""


def draft(session: Session, reader: Reader, form: str) -> dict[str, object] | None:
    """The reader's draft of a form, or None."""
    found = session.get(Draft, (reader.person_id, form)) if reader.is_known else None
    stored = [found] if found else []
    return next(iter(readable(stored, lambda row: json.loads(row.content), _name)), None)


def drafts(session: Session, reader: Reader) -> list[tuple[Draft, str]]:
    """The reader's drafts of ideas, each with its first words, newest first."""
    if not reader.is_known:
        return []
    rows = session.exec(
        select(Draft)
        .where(Draft.person_id == reader.person_id)
        .order_by(Draft.on.desc(), Draft.form)
    ).all()
    return readable(
        [row for row in rows if not row.form.startswith("atelier-")],
        lambda row: (row, _title(json.loads(row.content))),
        _name,
    )


def _name(row: Draft) -> str:
    return f"draft {row.form} of person {row.person_id}"


def _title(fields: dict[str, object]) -> str:
    lines = str(fields.get("title") or fields.get("body") or "").strip().splitlines()
    return lines[0][:120] if lines else "Sans titre"


_MOST = 6
_OFF_PATH = [str(status) for status in OFF_PATH]


def merge_candidates(
    session: Session, scope: Scope, idea: Idea, words: str, today: date
) -> dict[int, str]:
    """Number → title of the entries that `idea` may be merged into: those with these words (or this
    number) in any direction, or without words the similar ones. Empty for a reader who may not
    merge.
    """
    if not may(scope.reader, "idea.merge"):
        return {}
    may_join = select(Idea.number, Idea.title).where(
        Idea.id != idea.id, Idea.published.is_(True), Idea.status.not_in(_OFF_PATH)
    )
    if not words.strip():
        near = similar_ideas(session, scope, idea.title, idea.body, idea.number, _MOST)
        numbers = [item.number for item in near]
        titles = dict(session.exec(may_join.where(Idea.number.in_(numbers))).all())
        return {number: titles[number] for number in numbers if number in titles}
    everywhere = scope.whole().of_every_ambition()
    found = matching_ids(session, everywhere, Filters(words), today)
    if found is None:
        return {}
    newest = may_join.where(Idea.id.in_(found)).order_by(Idea.filed_on.desc(), Idea.id.desc())
    return dict(session.exec(newest.limit(_MOST)).all())
