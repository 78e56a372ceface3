"""Reading notices (avis): who is told of an entry, what waits for a mail, what she may still be
told, what is told by voice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, select

from dashboard.access import Reach, Reader, idea_conditions, may, reach, require
from dashboard.queries.ideas.records import awaits_reply
from dashboard.queries.people.readers import reader_of
from dashboard.scope import Scope
from models.clock import today
from models.comments import Comment, Follow, Voice
from models.directions import Tree, UnitKind
from models.facts import live
from models.ideas import OPEN, Idea, IdeaStatus
from models.keeping import Notice, NoticeKind, NoticeState, Preference, Rhythm
from models.people import Account, Assignment, Mandate, Person, Role, open_account

TO_CONFIRM = "adresse-a-confirmer"  # a preference too: its last day and the address
RHYTHM = "courriels"  # the name of the preference
COMMENT_KEY = "commentaire-"
# Days to wait after so many failures; the first one is tried again at the next round, after the
# last one we give up.
WAITS = (0, 0, 1, 2, 4, 7)
NOTIFIED_WITHIN = timedelta(days=14)  # a message that no round has told by then is old news
UNSENT = (NoticeState.waiting, NoticeState.sending)


# ── Who answers, who follows ──────────────────────────────────────────────────────────────────────


def animateurs(session: Session) -> list[int]:
    """The persons of the programme office, by their accounts."""
    accounts = session.exec(
        select(Account)
        .where(Account.roles.contains(Role.animateur), open_account(today(session)))
        .order_by(Account.person_id)
    ).all()
    return [account.person_id for account in accounts if Role.animateur in account.role_list]


def heads(session: Session, unit_id: int | None, on: date) -> list[int]:
    """The persons with a mandate on this very unit."""
    return list(
        session.exec(
            select(Mandate.person_id)
            .join(Person, Person.id == Mandate.person_id)
            .where(
                Mandate.direction_id == unit_id,
                Mandate.since <= on,
                Mandate.until.is_(None) | (Mandate.until > on),
                Person.erased_on.is_(None),
            )
            .order_by(Mandate.person_id)
        ).all()
    )


def managers_of(session: Session, tree: Tree, unit_id: int | None, on: date) -> list[int]:
    """Who answers for a unit: its own heads, or those of the nearest unit above it up to its
    direction.
    """
    unit = tree.by_id.get(unit_id) if unit_id else None
    while unit:
        found = heads(session, unit.id, on)
        if found or unit.kind != UnitKind.service:
            return found
        unit = tree.by_id.get(unit.parent) if unit.parent else None
    return []


def in_charge(session: Session, tree: Tree, idea: Idea, on: date) -> list[int]:
    """The person who prepares the answer, else the managers of the unit concerned, else the
    animateurs.
    """
    owner = session.get(Person, idea.owner_id) if idea.owner_id else None
    if owner is not None and owner.erased_on is None:
        return [owner.id]
    return managers_of(session, tree, idea.concerns_id, on) or animateurs(session)


def followers(session: Session, tree: Tree, idea: Idea, on: date) -> list[int]:
    """Those who follow an entry and may still read it."""
    persons = session.exec(
        select(Person)
        .join(Follow, Follow.person_id == Person.id)
        .where(Follow.idea_id == idea.id, Person.erased_on.is_(None))
        .order_by(Person.id)
    ).all()
    if idea.published:
        return [person.id for person in persons]
    return [
        person.id
        for person in persons
        if _reads(session, reader_of_person(session, person, on), tree, idea.id)
    ]


def due_by(session: Session, day: date) -> list[Idea]:
    """The entries without an answer that one was promised for by this day, the nearest promise
    first.
    """
    return list(
        session.exec(
            select(Idea)
            .where(
                Idea.answered_on.is_(None),
                Idea.status.in_([str(s) for s in OPEN]),
                Idea.due_on <= day,
            )
            .order_by(Idea.due_on, Idea.id)
        ).all()
    )


def put_off_until(session: Session, day: date) -> list[Idea]:
    """The entries that were put off to this day or an earlier one."""
    return list(
        session.exec(
            select(Idea)
            .where(Idea.status == IdeaStatus.postponed, Idea.postponed_until <= day)
            .order_by(Idea.id)
        ).all()
    )


def written_without_name(session: Session, day: date) -> list[tuple[Idea, Comment]]:
    """Per entry, the last message that its anonymous author wrote in the fortnight before this
    day and nobody has answered yet.
    """
    rows = session.exec(
        select(Idea, Comment)
        .join(Idea, Idea.id == Comment.idea_id)
        .where(
            Comment.person_id.is_(None),
            Comment.on < day,
            Comment.on >= day - NOTIFIED_WITHIN,
            awaits_reply(),
            Idea.anonymous,
            Idea.status != IdeaStatus.withdrawn,
        )
        .order_by(Idea.id, Comment.seq)
    ).all()
    return list({idea.id: (idea, comment) for idea, comment in rows}.values())


def notified_keys(session: Session, kind: NoticeKind) -> frozenset[str]:
    """The keys of what was told before, whoever was told."""
    return frozenset(session.exec(select(Notice.key).where(Notice.kind == kind).distinct()).all())


def notifiable_persons(session: Session, person_ids: Iterable[int]) -> list[int]:
    """Of these, those who are still known and have not asked to be left alone."""
    rows = session.execute(
        core_select(Person.id)
        .outerjoin(Preference, _rhythm_of_person())
        .where(Person.id.in_(sorted(set(person_ids))), Person.erased_on.is_(None), _wants_mail())
        .order_by(Person.id)
    )
    return list(rows.scalars())


def _rhythm_of_person() -> ColumnElement[bool]:
    return and_(Preference.person_id == Person.id, Preference.name == RHYTHM)


def _wants_mail() -> ColumnElement[bool]:
    return func.coalesce(Preference.value, "") != Rhythm.never


def rhythm_of(session: Session, person_id: int) -> Rhythm:
    """How often this person is written to: at once, unless she chose."""
    stored = session.get(Preference, (person_id, RHYTHM))
    return Rhythm(stored.value) if stored and stored.value in list(Rhythm) else Rhythm.at_once


@dataclass(frozen=True)
class Mailbox:
    """Where and how often a reader is written to: « » where no address is known, where none
    waits to be confirmed.
    """

    rhythm: Rhythm
    address: str
    to_confirm: str
    until: date | None


def mailbox(session: Session, reader: Reader) -> Mailbox:
    """The reader's own."""
    person = session.get(Person, reader.person_id)
    to_confirm, until = address_to_confirm(session, reader.person_id)
    return Mailbox(
        rhythm_of(session, reader.person_id), person.email if person else "", to_confirm, until
    )


def address_to_confirm(session: Session, person_id: int) -> tuple[str, date | None]:
    """The address that a person gave and that waits for her to open the mail sent there, and the
    last day for it; none once it is past.
    """
    stored = session.get(Preference, (person_id, TO_CONFIRM))
    if stored is None:
        return "", None
    until, address = stored.value.split(" ", 1)
    last = date.fromisoformat(until)
    return (address, last) if today(session) <= last else ("", None)


# ── What may still be told ────────────────────────────────────────────────────────────────────────


def reader_of_person(session: Session, person: Person, on: date) -> Reader | None:
    """The reader a person is, with or without an account; None where her account is closed."""
    account = session.exec(select(Account).where(Account.person_id == person.id)).first()
    if account is None:  # mandates and memberships hold without one
        account = Account(person_id=person.id, login="", password_hash="")
    return reader_of(session, account, on) if account.is_open(on) else None


def still_open(
    session: Session, tree: Tree, person: Person, notices: Sequence[Notice], on: date
) -> list[Notice]:
    """Of what waits for a person, what she may be told now: entries she may read, duties that
    are still hers to do.
    """
    reader = reader_of_person(session, person, on)
    if reader is None or person.erased_on is not None:
        return []
    ideas = _readable(
        session, reader, tree, {notice.idea_id for notice in notices if notice.idea_id}
    )
    return [
        notice
        for notice in notices
        if notice.idea_id is None
        or (
            notice.idea_id in ideas and _holds(session, reader, tree, ideas[notice.idea_id], notice)
        )
    ]


def _readable(session: Session, reader: Reader, tree: Tree, ids: set[int]) -> dict[int, Idea]:
    found = session.exec(
        select(Idea).where(Idea.id.in_(sorted(ids)), idea_conditions(reader, tree))
    ).all()
    return {idea.id: idea for idea in found}


def _reads(session: Session, reader: Reader | None, tree: Tree, idea_id: int) -> bool:
    return reader is not None and bool(_readable(session, reader, tree, {idea_id}))


def _holds(session: Session, reader: Reader, tree: Tree, idea: Idea, notice: Notice) -> bool:
    """Whether what a notice says of a readable entry is still so, and still for her."""
    if notice.kind == NoticeKind.reminder:
        return waits_for_answer(idea) and _answers_for(reader, tree, idea)
    if notice.kind in (NoticeKind.transfer, NoticeKind.task):
        return _answers_for(reader, tree, idea)
    if notice.kind == NoticeKind.comment:
        return _comment_is_hers(session, reader, tree, idea, notice.key)
    return True


def waits_for_answer(idea: Idea) -> bool:
    return idea.answered_on is None and IdeaStatus(idea.status).is_open


def _answers_for(reader: Reader, tree: Tree, idea: Idea) -> bool:
    return (
        reader.person_id == idea.owner_id
        or Role.animateur in reader.roles
        or (idea.concerns_id is not None and idea.concerns_id in reader.own_units(tree))
    )


def _comment_is_hers(session: Session, reader: Reader, tree: Tree, idea: Idea, key: str) -> bool:
    """A comment that stands, in a conversation she is part of."""
    comment = session.get(Comment, int(key.removeprefix(COMMENT_KEY)))
    if comment is None or comment.hidden:
        return False
    if comment.voice in (Voice.note, Voice.author):
        return _answers_for(reader, tree, idea)
    return comment.voice == Voice.public or reader.person_id in (idea.author_id, idea.relay_id)


# ── What leaves by mail ───────────────────────────────────────────────────────────────────────────


def leaves(notice: Notice, rhythm: Rhythm, day: date) -> bool:
    """Whether a waiting notice may leave by mail on this day.

    The weekly mail holds what is older than this week's Monday: it leaves with Monday's first
    round, or the next one that runs. After a failure `sent_on` is the day of the last try.
    """
    if (
        rhythm is Rhythm.never and not notice.address
    ):  # what concerns an address alone was asked for by the person herself
        return False
    if notice.state == NoticeState.sending:
        return True  # a round was cut before it could say whether this mail had left
    if (
        notice.tries
        and notice.sent_on
        and day < notice.sent_on + timedelta(days=WAITS[min(notice.tries, len(WAITS) - 1)])
    ):
        return False
    return (
        notice.urgent or rhythm is Rhythm.at_once or notice.on < day - timedelta(days=day.weekday())
    )


def persons_to_mail(session: Session, day: date) -> list[int]:
    """The persons with an address for whom something leaves on this day, in the order of their
    ids.
    """
    rows = session.execute(
        core_select(Notice, func.coalesce(Preference.value, ""))
        .join(Person, Person.id == Notice.person_id)
        .outerjoin(Preference, _rhythm_of_person())
        .where(
            Notice.state.in_(UNSENT),
            or_(Person.email != "", Notice.address != ""),
            Person.erased_on.is_(None),
        )
    )
    return sorted(
        {
            notice.person_id
            for notice, message in rows.all()
            if leaves(notice, Rhythm(message) if message in list(Rhythm) else Rhythm.at_once, day)
        }
    )


def unsettled(session: Session, person_id: int) -> list[Notice]:
    """What waits for one person, or was on its way when a round was cut, oldest first; locked
    until the act ends.
    """
    return list(
        session.exec(
            select(Notice)
            .where(Notice.person_id == person_id, Notice.state.in_(UNSENT))
            .order_by(Notice.id)
            .with_for_update()
        ).all()
    )


# ── What is told by voice or on paper ─────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class PersonToNotify:
    """One person for whom news waits that no mail brings, with her service and direction where
    she has one.
    """

    id: int
    name: str
    service: str
    direction: str
    why: str
    position: int


@dataclass(frozen=True)
class NewsToNotify:
    """One piece of news for one person. `is_open` says whether the reader may know it; where
    not, the texts are empty.
    """

    id: int
    person_id: int
    on: date
    is_open: bool
    title: str = ""
    text: str = ""
    href: str = ""


def units_to_notify(reader: Reader, tree: Tree) -> frozenset[int] | None:
    """The services whose persons the reader brings news to: all (None), own services, services
    covered.
    """
    how_far = reach(reader, "notice.tell")
    if how_far == Reach.all:
        return None
    covered = reader.covered if Role.ambassadeur in reader.roles else frozenset()
    return covered | (reader.own_units(tree) if Role.manager in reader.roles else frozenset())


def _by_voice(by_mail: bool) -> ColumnElement[bool]:
    """What no mail brings: no address or no mail server, or a mail given up after failures."""
    unreached = Notice.state.in_(UNSENT)
    if by_mail:
        unreached = unreached & (Person.email == "")
    # What was for an address alone is told nowhere else.
    return or_(unreached, (Notice.state == NoticeState.dropped) & (Notice.tries > 0)) & (
        Notice.address == ""
    )


def persons_to_notify(session: Session, scope: Scope, by_mail: bool) -> list[PersonToNotify]:
    """Whom the reader may bring news to, in the order of the chart, then by name. `by_mail`:
    mails leave at all.
    """
    require(scope.reader, "notice.tell")
    rows = session.execute(
        core_select(Person, func.max(Notice.tries))
        .join(Notice, Notice.person_id == Person.id)
        .outerjoin(Preference, _rhythm_of_person())
        .where(_by_voice(by_mail), Person.erased_on.is_(None), _wants_mail())
        .group_by(Person)
    ).all()
    places = _services(session, scope.on)
    allowed = units_to_notify(scope.reader, scope.tree)
    found = [
        _person(scope.tree, person, places.get(person.id), tries, by_mail)
        for person, tries in rows
        if (allowed is None or places.get(person.id) in allowed)
        and (scope.is_whole or places.get(person.id) in scope.counted)
    ]
    return sorted(found, key=lambda person: (person.position, person.name, person.id))


def _services(session: Session, on: date) -> dict[int, int | None]:
    """Person with news → her service."""
    rows = session.execute(
        core_select(Assignment.person_id, Assignment.service_id)
        .where(
            live(Assignment, on),
            Assignment.person_id.in_(
                core_select(Notice.person_id).where(
                    Notice.state.in_([*UNSENT, NoticeState.dropped])
                )
            ),
        )
        .order_by(Assignment.on, Assignment.id)
    ).all()
    return dict(tuple(row) for row in rows)


def _person(
    tree: Tree, person: Person, service_id: int | None, tries: int, by_mail: bool
) -> PersonToNotify:
    unit = tree.by_id.get(service_id) if service_id else None
    above = tree.ancestor(service_id, UnitKind.direction)
    why = "courriel refusé" if tries and person.email else "sans adresse" if by_mail else ""
    return PersonToNotify(
        person.id,
        person.name,
        unit.name if unit else "",
        above.name if above else "Sans direction",
        why,
        unit.position if unit else 10**6,
    )


def news_to_notify(
    session: Session, scope: Scope, person_ids: Sequence[int], by_mail: bool
) -> list[NewsToNotify]:
    """The news for these persons, oldest first, as far as each may still be told it.

    That somebody is the author of an entry is not for everyone to know: a colleague who brings the
    news reads it only where she relayed the entry or may know its author; else she says that news
    waits.
    """
    allowed = {person.id for person in persons_to_notify(session, scope, by_mail)}
    wanted = sorted(allowed & set(person_ids))
    rows = session.execute(
        core_select(Notice, Person)
        .join(Person, Person.id == Notice.person_id)
        .where(Notice.person_id.in_(wanted), _by_voice(by_mail))
        .order_by(Notice.id)
    ).all()
    waiting: dict[int, tuple[Person, list[Notice]]] = {}
    for notice, person in rows:
        waiting.setdefault(person.id, (person, []))[1].append(notice)
    return [
        _news(session, scope, notice)
        for person, notices in waiting.values()
        for notice in still_open(session, scope.tree, person, notices, scope.on)
    ]


def _news(session: Session, scope: Scope, notice: Notice) -> NewsToNotify:
    if not _may_know(session, scope, notice):
        return NewsToNotify(notice.id, notice.person_id, notice.on, False)
    return NewsToNotify(
        notice.id, notice.person_id, notice.on, True, notice.title, notice.text, notice.href
    )


def _may_know(session: Session, scope: Scope, notice: Notice) -> bool:
    reader = scope.reader
    if reach(reader, "notice.tell") == Reach.all or notice.person_id == reader.person_id:
        return True
    idea = session.get(Idea, notice.idea_id) if notice.idea_id else None
    return (
        idea is not None
        and reach(reader, "idea.read_author") > Reach.none
        and may(reader, "idea.read_author", idea, scope.tree)
    )


# ── The state of the outbox ───────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class MailState:
    """What the administrator reads of the outbox: counts, the oldest day, and each error with
    how often; no name, no text.
    """

    waiting: int
    oldest: date | None
    given_up: int
    errors: list[tuple[str, int]]


def mail_state(session: Session, reader: Reader) -> MailState:
    """The outbox of those who have an address. Raises Refused without the right."""
    require(reader, "system.check")
    unsent = Notice.state.in_(UNSENT)
    outbox = core_select(func.count(), func.min(Notice.on)).join(
        Person, Person.id == Notice.person_id
    )
    waiting, oldest = session.execute(outbox.where(unsent, Person.email != "")).one()
    given_up = session.execute(
        core_select(func.count())
        .select_from(Notice)
        .where(Notice.state == NoticeState.dropped, Notice.tries > 0)
    ).scalar_one()
    errors = session.execute(
        core_select(Notice.error, func.count())
        .where(Notice.error != "", or_(unsent, Notice.tries > 0), Notice.state != NoticeState.told)
        .group_by(Notice.error)
        .order_by(func.count().desc(), Notice.error)
        .limit(10)
    ).all()
    return MailState(waiting, oldest, given_up, [tuple(row) for row in errors])
