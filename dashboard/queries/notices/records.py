"""Reads notices (avis) and their recipients: what is due, what is to be mailed, what a person may
still be notified of, the people whom a colleague notifies in person, and who follows a subject.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from functools import reduce
from operator import add

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    or_,
    select as core_select,
    true,
)
from sqlmodel import Session, select

from dashboard.access import Reach, Reader, answers_for, idea_conditions, may, reach, require
from dashboard.queries.directions import organisation
from dashboard.queries.discussions.subjects import SubjectAt, subject_at, subjects_at
from dashboard.queries.ideas import waiting
from dashboard.queries.people.readers import account_of_person, reader_of
from dashboard.scope import Scope
from models.clock import today
from models.directions import Tree, UnitKind
from models.discussions import Contribution, ContributionKind, Subject, SubjectFollow, idea_of
from models.facts import last_values
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.notices import OF_DIGEST, Notice, NoticeKind, NoticeState, Rhythm
from models.people import Account, Assignment, Mandate, Person, Preference, Role, open_account
from models.roadmap import no_index
from models.seats import Seat

# Stored as a preference: the last day and the address.
TO_CONFIRM = "adresse-a-confirmer"
RHYTHM = "courriels"  # the name of the preference


def rhythm_of_person() -> ColumnElement[bool]:
    return and_(Preference.person_id == Person.id, Preference.name == RHYTHM)


def wants_mail() -> ColumnElement[bool]:
    return func.coalesce(Preference.value, "") != Rhythm.never


def rhythm_of(session: Session, person_id: int) -> Rhythm:
    """How often this person gets mail; at once by default."""
    stored = session.get(Preference, (person_id, RHYTHM))
    return Rhythm(stored.value) if stored and stored.value in list(Rhythm) else Rhythm.at_once


def address_of(session: Session, reader: Reader) -> str:
    """The reader's own address; empty if none is known."""
    person = session.get(Person, reader.person_id)
    return person.email if person else ""


def address_to_confirm(session: Session, person_id: int) -> tuple[str, date | None]:
    """The address that a person still has to confirm by opening the mail sent there, and the last
    day for it; empty once that day is past.
    """
    stored = session.get(Preference, (person_id, TO_CONFIRM))
    if stored is None:
        return "", None
    until, address = stored.value.split(" ", 1)
    last = date.fromisoformat(until)
    return (address, last) if today(session) <= last else ("", None)


def animateurs(session: Session) -> list[int]:
    """The persons of the programme office, by their accounts."""
    return _in_role(session, Role.animateur)


def administrators(session: Session) -> list[int]:
    """The administrators, by their accounts."""
    return _in_role(session, Role.admin)


def _in_role(session: Session, role: Role) -> list[int]:
    accounts = session.exec(
        select(Account)
        .where(Account.roles.contains(role), open_account(today(session)))
        .order_by(Account.person_id)
    ).all()
    return [account.person_id for account in accounts if role in account.role_list]


def heads_by_unit(session: Session, on: date) -> dict[int, list[int]]:
    """Unit → the persons with a mandate on exactly this unit."""
    found = defaultdict(list)
    rows = session.execute(
        select(Mandate.direction_id, Mandate.person_id)
        .join(Person, Person.id == Mandate.person_id)
        .where(
            Mandate.since <= on,
            Mandate.until.is_(None) | (Mandate.until > on),
            Person.erased_on.is_(None),
        )
        .order_by(Mandate.person_id)
    ).all()
    for unit, person in rows:
        found[unit].append(person)
    return dict(found)


def heads_above(tree: Tree, heads: Mapping[int, list[int]], unit_id: int | None) -> list[int]:
    """The people responsible for a unit: its heads, or those of the nearest unit above it up to its
    direction.
    """
    unit = tree.by_id.get(unit_id) if unit_id else None
    while unit:
        found = heads.get(unit.id, [])
        if found or unit.kind != UnitKind.service:
            return found
        unit = tree.by_id.get(unit.parent) if unit.parent else None
    return []


def managers_of(session: Session, tree: Tree, unit_id: int | None, on: date) -> list[int]:
    """The people responsible for one unit, read from the database."""
    return heads_above(tree, heads_by_unit(session, on), unit_id) if unit_id else []


def in_charge(session: Session, tree: Tree, idea: Idea, on: date) -> list[int]:
    """The person who prepares the answer, else the managers of the unit concerned,
    else the animateurs.
    """
    owner = session.get(Person, idea.owner_id) if idea.owner_id else None
    if owner is not None and owner.erased_on is None:
        return [owner.id]
    return managers_of(session, tree, idea.concerns_id, on) or animateurs(session)


def notifiable_persons(session: Session, person_ids: Iterable[int]) -> list[int]:
    """The persons among these who are not erased and have not opted out of mail."""
    rows = session.execute(_NOTIFIABLE, {"persons": sorted(set(person_ids))})
    return list(rows.scalars())


# Compiled once: each filing runs it.
_NOTIFIABLE = (
    core_select(Person.id)
    .outerjoin(Preference, rhythm_of_person())
    .where(
        Person.id.in_(bindparam("persons", expanding=True)),
        Person.erased_on.is_(None),
        wants_mail(),
    )
    .order_by(Person.id)
)


CONTRIBUTION_KEY = "contribution-"
# Days to wait after so many failures; the first retry is at the next round, the last one gives up.
WAITS = (0, 0, 1, 2, 4, 7)
# A message that was not sent within this time is outdated.
UNSENT = (NoticeState.waiting, NoticeState.sending)


class EscalationLevel(IntEnum):
    """Escalation level (échelon) of an entry without an answer, and who is notified in addition."""

    arrived = 1  # who prepares the answer, or the managers of the direction concerned
    halfway = 2  # the animateurs
    department = 3  # the inspecteur général
    top = 4  # the Directeur général


def reminder_key(idea: Idea, level: EscalationLevel) -> str:
    """The key of a reminder: a new due date restarts all levels but the first."""
    begun = idea.filed_on if level == EscalationLevel.arrived else idea.due_on
    return f"relance-{idea.id}-{level}-{begun}"


def to_remind(
    session: Session, level: EscalationLevel, after: date, last: date, day: date
) -> Iterator[Idea]:
    """The unanswered entries filed before `day` that are due in (`after`, `last`] and have no
    reminder of this level, nearest due date first.
    """
    begun = Idea.filed_on if level == EscalationLevel.arrived else Idea.due_on
    key = _key("relance-", Idea.id, f"-{level}-", begun)
    due = select(Idea).where(
        *waiting.waits_for_answer(),
        Idea.due_on > after,
        Idea.due_on <= last,
        no_index(Idea.filed_on < day),
        ~_was_notified(NoticeKind.reminder, key),
    )
    return _in_order(session, due, Idea.due_on, Idea.id)


def resumption_key(idea: Idea) -> str:
    return f"reprise-{idea.id}-{idea.postponed_until}"


def to_resume(session: Session, day: date) -> Iterator[Idea]:
    """The entries postponed until `day` or earlier, without a notice about it."""
    key = _key("reprise-", Idea.id, "-", Idea.postponed_until)
    due = select(Idea).where(
        Idea.status == IdeaStatus.postponed,
        Idea.postponed_until <= day,
        ~_was_notified(NoticeKind.task, key),
    )
    return _in_order(session, due, Idea.postponed_until, Idea.id)


def _in_order(session: Session, statement: Select, *order: ColumnElement) -> Iterator[Idea]:
    """The rows in this order, streamed in batches."""
    streamed = statement.order_by(*order).execution_options(yield_per=500)
    return iter(session.exec(streamed))


def _key(*parts: object) -> ColumnElement[str]:
    """The key of a notice, concatenated by the database."""
    texts = (literal(part) if isinstance(part, str) else cast(part, String) for part in parts)
    return reduce(add, texts)


def _was_notified(kind: NoticeKind, key: ColumnElement[str]) -> ColumnElement[bool]:
    return exists().where(Notice.kind == str(kind), Notice.key == key)


def written_without_name(session: Session, day: date) -> list[tuple[Idea, Contribution]]:
    """Per entry, the last unanswered message that its anonymous author wrote in the fortnight
    before this day.
    """
    rows = session.exec(
        select(Idea, Contribution)
        .join(Idea, Idea.id == idea_of(Contribution))
        .where(
            Contribution.person_id.is_(None),
            Contribution.on < day,
            Contribution.on >= day - timedelta(days=14),
            waiting.awaits_reply(),
            Idea.anonymous,
            Idea.status != IdeaStatus.withdrawn,
        )
        .order_by(Idea.id, Contribution.seq)
    ).all()
    return list({idea.id: (idea, comment) for idea, comment in rows}.values())


# ── What may still be notified ────────────────────────────────────────────────────────────────────


def reader_of_person(session: Session, person: Person, on: date) -> Reader | None:
    """The reader for a person, with or without an account; None if her account is closed."""
    account = account_of_person(session, person.id)
    # Mandates and memberships do not need an account.
    if account is None:
        account = Account(person_id=person.id, login="", password_hash="")
    return reader_of(session, account, on) if account.is_open(on) else None


def still_open(
    session: Session, tree: Tree, person: Person, notices: Sequence[Notice], on: date
) -> list[Notice]:
    """The pending notices that the person may still read: about entries open to her, and about
    duties she still has.
    """
    reader = reader_of_person(session, person, on)
    if reader is None or person.erased_on is not None:
        return []
    ids = {notice.idea_id for notice in notices if notice.idea_id}
    ideas = _readable(session, reader, tree, ids)
    return [
        notice
        for notice in notices
        if (notice.idea_id is None and _contribution_is_readable(session, reader, tree, notice, on))
        or (
            notice.idea_id in ideas
            and _still_concerns(session, reader, tree, ideas[notice.idea_id], notice)
        )
    ]


def _contribution_is_readable(
    session: Session, reader: Reader, tree: Tree, notice: Notice, on: date
) -> bool:
    """Whether the contribution of a notice still exists, on a subject open to her."""
    if not notice.key.startswith(CONTRIBUTION_KEY):
        return True
    found = _contribution(session, notice.key)
    if found is None:
        return False
    return subject_at(session, reader, tree, Subject(found.subject), found.key, on) is not None


def _contribution(session: Session, key: str) -> Contribution | None:
    """The contribution that a notice is about, unless it is hidden now."""
    found = session.get(Contribution, int(key.removeprefix(CONTRIBUTION_KEY)))
    return None if found is None or found.hidden else found


def _readable(session: Session, reader: Reader, tree: Tree, ids: set[int]) -> dict[int, Idea]:
    found = session.exec(
        select(Idea).where(Idea.id.in_(sorted(ids)), idea_conditions(reader, tree))
    ).all()
    return {idea.id: idea for idea in found}


def _still_concerns(
    session: Session, reader: Reader, tree: Tree, idea: Idea, notice: Notice
) -> bool:
    """Whether a notice about a readable entry is still true, and still concerns her."""
    if notice.kind == NoticeKind.reminder:
        return waits_for_answer(idea) and answers_for(reader, idea, tree)
    if notice.kind in (NoticeKind.transfer, NoticeKind.task):
        return answers_for(reader, idea, tree)
    if notice.kind == NoticeKind.comment:
        found = _contribution(session, notice.key)
        if found is None:
            return False
        if found.kind in (ContributionKind.note, ContributionKind.author):
            return answers_for(reader, idea, tree)
        is_public = ContributionKind(found.kind).is_public
        return is_public or reader.person_id in (idea.author_id, idea.relay_id)
    return True


def waits_for_answer(idea: Idea) -> bool:
    return idea.answered_on is None and IdeaStatus(idea.status).is_open


# ── What leaves by mail ───────────────────────────────────────────────────────────────────────────


def leaves(notice: Notice, rhythm: Rhythm, day: date) -> bool:
    """Whether a pending notice may be mailed on this day.

    The weekly mail contains what is older than this week's Monday: it is sent in Monday's first
    round, or the next one that runs. After a failure `sent_on` is the day of the last try.
    """
    # A notice about an address was requested by the person herself.
    if rhythm is Rhythm.never and not notice.address:
        return False
    if notice.state == NoticeState.sending:
        # A round was interrupted before it recorded whether this mail was sent.
        return True
    if (
        notice.tries
        and notice.sent_on
        and day < notice.sent_on + timedelta(days=WAITS[min(notice.tries, len(WAITS) - 1)])
    ):
        return False
    return (
        notice.urgent or rhythm is Rhythm.at_once or notice.on < day - timedelta(days=day.weekday())
    )


def had_digest(session: Session, person_id: int, day: date) -> bool:
    """Whether a mail of this day already was her digest: once a day."""
    found = select(Notice.id).where(
        Notice.person_id == person_id,
        Notice.kind.in_(OF_DIGEST),
        Notice.state == str(NoticeState.sent),
        Notice.sent_on == day,
    )
    return session.exec(found.limit(1)).first() is not None


def count_of_day(session: Session, person_id: int, kind: NoticeKind) -> int:
    """How many notices of this kind a person got today."""
    of_today = select(func.count(Notice.id)).where(
        Notice.person_id == person_id, Notice.kind == str(kind), Notice.on == today(session)
    )
    return session.exec(of_today).one()


def persons_to_mail(session: Session, day: date) -> list[int]:
    """The persons with an address who have something to receive on this day, by id."""
    rows = session.execute(
        core_select(Notice, func.coalesce(Preference.value, ""))
        .join(Person, Person.id == Notice.person_id)
        .outerjoin(Preference, rhythm_of_person())
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


def guests_to_mail(session: Session, day: date) -> list[int]:
    """The seats of the guests who have a mail to receive on this day."""
    rows = session.exec(
        select(Notice)
        .join(Seat, Seat.id == Notice.seat_id)
        .where(Notice.state.in_(UNSENT), Seat.email != "")
        .order_by(Notice.seat_id)
    ).all()
    return list(
        dict.fromkeys(notice.seat_id for notice in rows if leaves(notice, Rhythm.at_once, day))
    )


def pending_notices(session: Session, of: ColumnElement[bool]) -> list[Notice]:
    """The pending notices of one person or guest, oldest first, those of an interrupted round
    included; locked until the end of the transaction.
    """
    return list(
        session.exec(
            select(Notice).where(of, Notice.state.in_(UNSENT)).order_by(Notice.id).with_for_update()
        ).all()
    )


# ── The state of the outbox ───────────────────────────────────────────────────────────────────────


def mail_state(
    session: Session, reader: Reader
) -> tuple[int, date | None, int, list[tuple[str, int]]]:
    """The outbox of people with an address and of guests: number pending, oldest day, number given
    up, and each error with its count. No name, no text. Raises Refused without the right.
    """
    require(reader, "system.check")
    unsent = Notice.state.in_(UNSENT)
    waiting, oldest = session.execute(
        core_select(func.count(), func.min(Notice.on))
        .outerjoin(Person, Person.id == Notice.person_id)
        .where(unsent, or_(Person.email != "", Notice.seat_id.is_not(None)))
    ).one()
    given_up = session.execute(
        core_select(func.count())
        .select_from(Notice)
        .where(Notice.state == NoticeState.dropped, Notice.tries > 0)
    ).scalar_one()
    errors = session.execute(
        core_select(Notice.error, func.count())
        .where(
            Notice.error != "",
            or_(unsent, Notice.tries > 0),
            Notice.state != NoticeState.handed_over,
        )
        .group_by(Notice.error)
        .order_by(func.count().desc(), Notice.error)
        .limit(10)
    ).all()
    return waiting, oldest, given_up, [tuple(row) for row in errors]


@dataclass(frozen=True)
class PersonToNotify:
    """One person with pending news that no mail delivers, with her service and direction if she has
    one.
    """

    id: int
    name: str
    service: str
    direction: str
    why: str
    position: int


@dataclass(frozen=True)
class NewsToNotify:
    """One notice for one person. `is_open`: the reader may know its content; otherwise the texts
    are empty.
    """

    id: int
    person_id: int
    on: date
    is_open: bool
    title: str = ""
    text: str = ""
    href: str = ""


def units_to_notify(reader: Reader, tree: Tree) -> frozenset[int] | None:
    """The services whose people the reader may notify in person: all (None), or own and covered
    services.
    """
    if reach(reader, "notice.tell") == Reach.all:
        return None
    covered = reader.covered if Role.ambassadeur in reader.roles else frozenset()
    return covered | (reader.own_units(tree) if Role.manager in reader.roles else frozenset())


def _not_by_mail(by_mail: bool) -> ColumnElement[bool]:
    """The notices that no mail delivers: no address, no mail server, or a mail given up after
    failures.
    """
    unreached = Notice.state.in_(UNSENT)
    if by_mail:
        unreached = unreached & (Person.email == "")
    # A notice about an address, or with a personal link, is not passed on in person.
    return (
        or_(unreached, (Notice.state == NoticeState.dropped) & (Notice.tries > 0))
        & (Notice.address == "")
        & (Notice.kind != str(NoticeKind.questionnaire))
    )


def persons_to_notify(
    session: Session, scope: Scope, by_mail: bool, among: Collection[int] | None = None
) -> list[PersonToNotify]:
    """The people whom the reader may notify in person, in the order of the chart, then by name.
    `by_mail`: mail is enabled; `among`: only these people.
    """
    require(scope.reader, "notice.tell")
    wanted = Person.id.in_(sorted(among)) if among is not None else true()
    rows = session.execute(
        core_select(Person, func.max(Notice.tries))
        .join(Notice, Notice.person_id == Person.id)
        .outerjoin(Preference, rhythm_of_person())
        .where(wanted, _not_by_mail(by_mail), Person.erased_on.is_(None), wants_mail())
        .group_by(Person)
    ).all()
    found_ids = Assignment.person_id.in_([person.id for person, _ in rows])
    places = last_values(session, Assignment.service_id, scope.on, found_ids)
    allowed = units_to_notify(scope.reader, scope.tree)
    found = [
        _person(scope.tree, person, places.get(person.id), tries, by_mail)
        for person, tries in rows
        if (allowed is None or places.get(person.id) in allowed)
        and scope.has(places.get(person.id))
    ]
    return sorted(found, key=lambda person: (person.position, person.name, person.id))


def _person(
    tree: Tree, person: Person, service_id: int | None, tries: int, by_mail: bool
) -> PersonToNotify:
    unit = tree.by_id.get(service_id) if service_id else None
    above = tree.ancestor(service_id, UnitKind.direction)
    if tries and person.email:
        why = "courriel refusé"
    elif by_mail:
        why = "sans adresse"
    else:
        why = ""
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
    """The pending news for these persons, oldest first, if each may still read it.

    A colleague who passes on news must not learn who wrote an entry: she sees its content only if
    she relayed the entry or may know its author, and otherwise only that news is pending.
    """
    allowed = persons_to_notify(session, scope, by_mail, person_ids)
    wanted = sorted(person.id for person in allowed)
    if not wanted:
        return []
    rows = session.execute(
        core_select(Notice, Person)
        .join(Person, Person.id == Notice.person_id)
        .where(Notice.person_id.in_(wanted), _not_by_mail(by_mail))
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
    href = notice.href if notice.href.startswith("/") else ""
    return NewsToNotify(
        notice.id, notice.person_id, notice.on, True, notice.title, notice.text, href
    )


def _may_know(session: Session, scope: Scope, notice: Notice) -> bool:
    reader = scope.reader
    if reach(reader, "notice.tell") == Reach.all or notice.person_id == reader.person_id:
        return True
    idea = session.get(Idea, notice.idea_id) if notice.idea_id else None
    return idea is not None and may(reader, "idea.read_author", idea, scope.tree)


def followers_of(
    session: Session, subject: Subject, key: str, on: date, *, is_shown: bool = False
) -> list[int]:
    """The followers of a subject who may still open it; `is_shown`: an idea that everybody may
    read.
    """
    persons = session.exec(
        select(Person)
        .join(SubjectFollow, SubjectFollow.person_id == Person.id)
        .where(
            SubjectFollow.subject == subject,
            SubjectFollow.key == key,
            Person.erased_on.is_(None),
        )
        .order_by(Person.id)
    ).all()
    if is_shown:
        return [person.id for person in persons]
    tree = organisation(session).at(on)
    readers = {person.id: reader_of_person(session, person, on) for person in persons}
    return [
        person_id
        for person_id, reader in readers.items()
        if reader is not None and subject_at(session, reader, tree, subject, key, on) is not None
    ]


def followed_by(session: Session, reader: Reader, on: date) -> list[SubjectAt]:
    """The subjects other than ideas that the reader follows and may still open, the last first."""
    if not reader.is_known:
        return []
    rows = session.exec(
        select(SubjectFollow)
        .where(SubjectFollow.person_id == reader.person_id, SubjectFollow.subject != Subject.idea)
        .order_by(SubjectFollow.on.desc(), SubjectFollow.subject, SubjectFollow.key)
    ).all()
    tree = organisation(session).at(on)
    ends = [(row.subject, row.key) for row in rows]
    found = subjects_at(session, reader, tree, ends, on)
    return [found[end] for end in ends if end in found]
