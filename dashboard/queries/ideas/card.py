"""The page of one idea: its record, its history, and its author if the reader may know; and what
the holder of its receipt, who is its author, may read.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, select

from dashboard.access import Reader, idea_conditions, may
from dashboard.queries.campaigns import outcome_of
from dashboard.queries.discussions.subjects import idea_subject
from dashboard.queries.discussions.threads import Discussion, discussion_at
from dashboard.queries.ideas.clusters import also_said
from dashboard.queries.ideas.records import Filters, matching_ids, readable_ideas
from dashboard.queries.ideas.similar import similar_ideas
from dashboard.queries.ideas.waiting import awaits_reply
from dashboard.queries.readable import Readable, readable
from dashboard.scope import Scope
from models.discussions import MESSAGES, Contribution, ContributionKind, Subject
from models.facts import not_undone
from models.idea_events import EventKind, IdeaEvent
from models.idea_states import OFF_PATH, IdeaStatus
from models.ideas import Draft, Idea, Merge, Photo
from models.people import Account, Mandate, Person, Role, open_account
from models.search import fold


@dataclass(frozen=True)
class IdeaCard:
    """One entry in full, as the reader may see it; `author` is empty if she may not know it."""

    idea: Idea
    author: str
    steps: Readable[IdeaEvent]
    may_publish: bool
    may_answer: bool = False
    owner: str = ""


def idea_card(session: Session, scope: Scope, number: int) -> IdeaCard | None:
    """The card of an entry; None both if there is none and if the reader may not see it."""
    idea = next(iter(_visible(session, scope, Idea.number == number)), None)
    if idea is None:
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


@dataclass(frozen=True)
class MergeProposal:
    """A proposed, done or ended merge, seen from one of its two entries."""

    merge: Merge
    number: int
    title: str
    outgoing: bool
    asked: bool


@dataclass(frozen=True)
class Around:
    """The context of an entry for this reader; `author_waits`: for those who answer, a message of
    its author is unanswered.
    """

    discussion: Discussion
    author_waits: bool
    photos: Sequence[Photo]
    proposals: list[MergeProposal]
    merged_here: list[Idea]
    merged_into: Idea | None
    also_said: list[Idea]


def lineage(session: Session, idea: Idea) -> list[int]:
    """The entry and all those merged into it, directly or not."""
    found = [idea.id]
    last = [idea.id]
    while last:
        last = [
            id_
            for id_ in session.exec(select(Idea.id).where(Idea.merged_into.in_(last))).all()
            if id_ not in found
        ]
        found += last
    return found


def around(session: Session, scope: Scope, idea: Idea, today: date) -> Around:
    """Everything around an entry that the reader may see already."""
    found = discussion_at(session, scope, idea_subject(idea), today)
    author = scope.reader.person_id is not None and scope.reader.person_id == idea.author_id
    sees_all = author or found.answers or may(scope.reader, "idea.publish", idea, scope.tree)
    # The entry that replaces this one, if the reader may see it.
    into = _visible(session, scope, Idea.id == idea.merged_into) if idea.merged_into else []
    return Around(
        found,
        found.answers and unanswered(session, idea) is not None,
        _photos(session, idea, sees_all),
        _proposals(session, scope, idea),
        _visible(session, scope, Idea.merged_into == idea.id),
        next(iter(into), None),
        also_said(session, scope, idea),
    )


def unanswered(session: Session, idea: Idea) -> int | None:
    """The id of its author's last unanswered message."""
    return session.exec(
        select(Contribution.id)
        .where(
            Contribution.subject == Subject.idea,
            Contribution.key == str(idea.id),
            awaits_reply(),
        )
        .order_by(Contribution.seq.desc())
    ).first()


def _photos(session: Session, idea: Idea, everything: bool) -> Sequence[Photo]:
    seen = [] if everything else [Photo.seen.is_(True), Photo.paper.is_(False)]
    return session.execute(
        select(Photo.id, Photo.place, Photo.width, Photo.height, Photo.seen, Photo.paper)
        .where(Photo.idea_id == idea.id, *seen)
        .order_by(Photo.place)
    ).all()


def photo_content(session: Session, scope: Scope, photo_id: str) -> bytes | None:
    """The bytes of one photo, if the reader may see its entry and, before the photo is shown to
    all, answers or wrote it.
    """
    row = session.execute(
        select(Photo, Idea)
        .join(Idea, Idea.id == Photo.idea_id)
        .where(Photo.id == photo_id, idea_conditions(scope.reader, scope.tree))
    ).first()
    if row is None:
        return None
    photo, idea = row
    mine = scope.reader.person_id is not None and scope.reader.person_id == idea.author_id
    insider = mine or any(
        may(scope.reader, right, idea, scope.tree) for right in ("idea.answer", "idea.publish")
    )
    return photo.content if insider or (photo.seen and not photo.paper) else None


def _proposals(session: Session, scope: Scope, idea: Idea) -> list[MergeProposal]:
    """The merge proposals of this entry: open ones for its author and the animateur, ended ones for
    the animateur.
    """
    me = scope.reader.person_id
    rows = session.exec(
        select(Merge)
        .where(or_(Merge.idea_id == idea.id, Merge.into_id == idea.id))
        .order_by(Merge.id)
    ).all()
    found = []
    for merge in rows:
        outgoing = merge.idea_id == idea.id
        other = session.get(Idea, merge.into_id if outgoing else merge.idea_id)
        open_ = merge.done_on is None and merge.ended_on is None
        mine = me is not None and me in (idea.author_id, other.author_id)
        of_idea = merge.one_says
        of_other = merge.other_says
        if not outgoing:
            of_idea, of_other = of_other, of_idea
        # Both, if one person wrote both entries: she answers once for each.
        says = []
        if me == idea.author_id:
            says.append(of_idea)
        if me == other.author_id:
            says.append(of_other)
        if may(scope.reader, "idea.merge") or (mine and open_):
            found.append(
                MergeProposal(
                    merge,
                    other.number,
                    other.title,
                    outgoing,
                    asked=mine and open_ and None in says,
                )
            )
    return found


def _visible(session: Session, scope: Scope, condition: object) -> list[Idea]:
    rows = session.exec(
        select(Idea).where(condition, idea_conditions(scope.reader, scope.tree)).order_by(Idea.id)
    ).all()
    return readable_ideas(rows)


# An @ at the start of a word: a mail address has a letter before it.
_AT = re.compile(r"(?<![\w.])@(?=\w)")
_LONGEST = 80


def note_readers(session: Session, scope: Scope, idea: Idea) -> dict[int, str]:
    """Person → name of the people who may read the notes of this entry, except the reader and the
    author of the entry; empty for a reader who may not.
    """
    if not may(scope.reader, "idea.answer", idea, scope.tree):
        return {}
    rows = session.exec(
        select(Account, Person)
        .join(Person, Person.id == Account.person_id)
        .where(open_account(scope.on), Person.erased_on.is_(None), _answers(scope, idea))
        .order_by(Person.family_name, Person.given_name, Person.id)
    ).all()
    on_mandates = _mandates(scope, idea)
    managers = set(session.exec(select(Mandate.person_id).where(on_mandates)).all())
    roles = {Role.animateur}
    if idea.status == IdeaStatus.submitted:
        roles.add(Role.codir)
    excluded = (scope.reader.person_id, idea.author_id)
    return {
        person.id: person.name
        for account, person in rows
        if person.id not in excluded
        and (person.id in managers or person.id == idea.owner_id or roles & {*account.role_list})
    }


def _answers(scope: Scope, idea: Idea) -> ColumnElement[bool]:
    """The condition for people who may answer an entry, as « idea.answer » defines it; changes
    together with RIGHTS of `dashboard.access`.
    """
    conditions = [
        Account.roles.contains(str(Role.animateur)),
        Account.person_id.in_(select(Mandate.person_id).where(_mandates(scope, idea))),
        Account.person_id == idea.owner_id,
    ]
    if idea.status == IdeaStatus.submitted:
        conditions.append(Account.roles.contains(str(Role.codir)))
    return or_(*conditions)


def _mandates(scope: Scope, idea: Idea) -> ColumnElement[bool]:
    """The mandates on the unit concerned, or above it."""
    units = [
        unit.id
        for unit in scope.tree.by_id.values()
        if idea.concerns_id in scope.tree.under(unit.id)
    ]
    return (
        Mandate.direction_id.in_(units)
        & (Mandate.since <= scope.on)
        & (Mandate.until.is_(None) | (Mandate.until > scope.on))
    )


def named_in(text: str, readers: Mapping[int, str]) -> tuple[set[int], list[str]]:
    """The readers whom a text names; and the first words of mentions that match no reader."""
    persons: set[int] = set()
    unknown = []
    for at in _AT.finditer(text):
        words = text[at.end() : at.end() + _LONGEST]
        found = _named(words, readers)
        persons |= found
        if not found:
            unknown.append(" ".join(words.split()[:2]).strip(" ,;:.!?"))
    return persons, unknown


def _named(text: str, readers: Mapping[int, str]) -> set[int]:
    """The persons with the longest name that the text starts with: « Anne Lambot » is not « Anne
    Lambotte ».
    """
    words = f"{fold(text)} "
    matches = {
        person: name
        for person, name in readers.items()
        if re.match(rf"{re.escape(fold(name))}\b", words)
    }
    longest = max((len(name) for name in matches.values()), default=0)
    return {person for person, name in matches.items() if len(name) == longest}


# A proposed merge, the other entry, and the author's answer.
AskedMerge = tuple[Merge, Idea, bool | None]


@dataclass(frozen=True)
class Followed:
    """An entry as its author sees it with the receipt."""

    idea: Idea
    steps: Readable[IdeaEvent]
    talk: list[tuple[str, date, str]]  # by whom, when, what
    merges: list[AskedMerge]
    photos: int = 0
    photos_shown: int = 0  # of them, those that everybody sees
    outcome: str = ""  # what its campaign says follows


def followed(session: Session, idea: Idea) -> Followed:
    """Everything that the author of this entry may read; the caller has found it by its code."""
    rows = session.execute(
        select(Contribution, Person)
        .join(Person, Person.id == Contribution.person_id, isouter=True)
        .where(
            Contribution.subject == Subject.idea,
            Contribution.key == str(idea.id),
            Contribution.kind.in_([str(kind) for kind in MESSAGES]),
        )
        .order_by(Contribution.seq)
    ).all()
    talk = [(_writer(comment, person), comment.on, comment.text) for comment, person in rows]
    seen = session.exec(
        select(Photo.seen).where(Photo.idea_id == idea.id, Photo.paper.is_(False))
    ).all()
    return Followed(
        idea,
        steps_of(session, idea),
        talk,
        _asked(session, idea),
        len(seen),
        sum(seen),
        outcome_of(session, idea),
    )


def _writer(message: Contribution, person: Person | None) -> str:
    """The writer shown to an author without an account: the function of a colleague, not her
    name.
    """
    if message.kind == ContributionKind.author:
        return "Vous"
    return (person.function or "L'équipe du programme") if person else ""


def _asked(session: Session, idea: Idea) -> list[AskedMerge]:
    merges = session.exec(
        select(Merge)
        .where(
            or_(Merge.idea_id == idea.id, Merge.into_id == idea.id),
            Merge.done_on.is_(None),
            Merge.ended_on.is_(None),
        )
        .order_by(Merge.id)
    ).all()
    found = []
    for merge in merges:
        outgoing = merge.idea_id == idea.id
        other = session.get(Idea, merge.into_id if outgoing else merge.idea_id)
        found.append((merge, other, merge.one_says if outgoing else merge.other_says))
    return found
