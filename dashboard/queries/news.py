"""Reads the news: posts (actualités) and the last published situation, with rights checked inside
each query.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from sqlmodel import Session, select

from dashboard.access import Reach, Reader, reach
from dashboard.queries.readable import Readable
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.notices import Post, Publication
from models.roadmap import no_index


def posts(session: Session, reader: Reader, on: date, limit: int = 20) -> list[Post]:
    """The posts up to `on`, newest first; without an account, only public ones."""
    statement = select(Post).where(Post.on <= on, Post.withdrawn_on.is_(None))
    if reach(reader, "page.everyone") == Reach.none:
        statement = statement.where(Post.public_on <= on)
    return list(session.exec(statement.order_by(Post.on.desc(), Post.id.desc()).limit(limit)).all())


@dataclass(frozen=True)
class PublicFigure:
    """One figure as published: no target, status, forecast or comment."""

    code: str
    label: str
    definition: str
    unit: str
    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    fresh_on: date | None = None


@dataclass(frozen=True)
class PublicWorkstream:
    """One workstream (chantier): progress in per cent of its weight, milestones reached and their
    total.
    """

    number: int
    name: str
    done: float | None
    reached: int
    total: int


@dataclass(frozen=True)
class PublicMilestone:
    """One milestone (jalon): its due date, and the day it was reached (None: not yet)."""

    number: str
    title: str
    due: date
    reached_on: date | None = None


@dataclass(frozen=True)
class Situation:
    """The complete content of a publication."""

    figures: tuple[PublicFigure, ...] = ()
    workstreams: tuple[PublicWorkstream, ...] = ()
    milestones: tuple[PublicMilestone, ...] = ()
    # Numbers of implemented ideas; their texts are read from those still published.
    ideas: tuple[int, ...] = ()
    # The table of the quality of participation, its headings first, where it is published.
    quality: tuple[tuple[str, ...], ...] = ()

    def as_json(self) -> str:
        return json.dumps(self, default=_plain, ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> "Situation | None":
        """The stored situation; None if it can no longer be read."""
        try:
            stored = json.loads(text)
            return cls(
                tuple(PublicFigure(**_dated(row, "fresh_on")) for row in stored.get("figures", ())),
                tuple(PublicWorkstream(**row) for row in stored.get("workstreams", ())),
                tuple(
                    PublicMilestone(**_dated(row, "due", "reached_on"))
                    for row in stored.get("milestones", ())
                ),
                tuple(stored.get("ideas", ())),
                tuple(map(tuple, stored.get("quality", ()))),
            )
        except (ValueError, TypeError, AttributeError):
            return None


def _plain(thing: object) -> object:
    return thing.isoformat() if isinstance(thing, date) else vars(thing)


def _dated(row: Mapping[str, object], *names: str) -> dict[str, object]:
    return dict(row) | {
        name: date.fromisoformat(row[name]) if row.get(name) else None for name in names
    }


class DoneIdea(NamedTuple):
    """One implemented idea, with its answer."""

    number: int
    title: str
    answer: str


@dataclass(frozen=True)
class LastPublication:
    """The last publication: its date, the day it describes, its introduction, and its content."""

    id: int
    on: date
    au: date
    word: str
    situation: Situation = field(default_factory=Situation)
    done: tuple[DoneIdea, ...] = ()


def published(session: Session, on: date) -> LastPublication | None:
    """The publication that is public at `on`, or None."""
    return next(iter(last_published(session, on)), None)


def last_published(session: Session, on: date) -> Readable[LastPublication]:
    """The publication that is public at `on` (none or one): the last readable one that is not
    withdrawn. Open to everybody, so it takes no reader.
    """
    return every_published(session, on, most=1)


def every_published(
    session: Session, on: date, most: int | None = None
) -> Readable[LastPublication]:
    """The publications that are public at `on`, newest first; of several about one day only the
    newest, which corrects the others. Implemented ideas are those of the first.
    """
    found = Readable[LastPublication]()
    for stored in session.exec(
        select(Publication)
        .where(Publication.on <= on, Publication.withdrawn_on.is_(None))
        .order_by(Publication.on.desc(), Publication.id.desc())
    ).all():
        if len(found) == most or stored.au in {publication.au for publication in found}:
            continue
        situation = Situation.read(stored.content)
        if situation is None:
            found.leave_out(f"publication {stored.id}")
            continue
        done = () if found else ideas_done(session, situation.ideas)
        found.append(LastPublication(stored.id, stored.on, stored.au, stored.word, situation, done))
    return found


def publications(session: Session) -> list[Publication]:
    """The last publications, withdrawn ones included, newest first, for readers who publish."""
    newest = select(Publication).order_by(Publication.on.desc(), Publication.id.desc())
    return list(session.exec(newest.limit(20)).all())


def ideas_done(session: Session, numbers: tuple[int, ...]) -> tuple[DoneIdea, ...]:
    """The ideas among these that are still published and « Réalisée », in the given order."""
    rows = session.execute(
        select(Idea.number, Idea.title, IdeaEvent.text)
        .join(IdeaEvent, IdeaEvent.idea_id == Idea.id)
        .where(
            Idea.number.in_(numbers),
            no_index(Idea.published.is_(True)),
            no_index(Idea.status == IdeaStatus.implemented),
            IdeaEvent.what == EventKind.status,
            IdeaEvent.to_status == IdeaStatus.implemented,
        )
        .order_by(IdeaEvent.on, IdeaEvent.id)
    ).all()
    found = {number: DoneIdea(number, title, answer or "") for number, title, answer in rows}
    return tuple(found[number] for number in numbers if number in found)
