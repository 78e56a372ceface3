"""Reads interests (marques d'intérêt), offers and wishes: the pipeline with its delays, the
reader's own, and candidates to cover a service without an ambassador.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, case, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, select

from dashboard import french
from dashboard.access import idea_conditions, require
from dashboard.queries.columns import Column, Sort, by_word, order_by
from dashboard.queries.communities import coverage_map, load
from dashboard.scope import Scope
from models.academy import Training
from models.clock import workdays
from models.communities import (
    AmbassadorReach,
    Community,
    Interest,
    InterestEvent,
    InterestKind,
    InterestState,
)
from models.directions import Unit, UnitKind
from models.facts import last_values
from models.groups import ProgressGroup
from models.idea_states import OPEN
from models.ideas import Idea
from models.people import Person
from models.roadmap import Activity, Ambition
from models.search import parsed, stems

ACADEMY = "academie"
GROUPS = "groupes"
COMMUNITIES = {"ambassadeurs": Community.ambassadors, "managers": Community.managers}
OPEN_INTERESTS = (str(InterestState.new), str(InterestState.contacted))
_CONTACTED_WITHIN = 10  # working days
_OWNER = aliased(Person)


def _by_name(_scope: Scope) -> ColumnElement[str]:
    return func.lower(func.coalesce(func.nullif(Interest.name, ""), Person.family_name))


def _by_precision(_scope: Scope) -> ColumnElement[str]:
    """The order of the « Précision » column: reach, role, then the group or training, as the row
    shows them.
    """
    reach = case({reach.value: reach.label for reach in AmbassadorReach}, value=Interest.reach)
    about = func.coalesce(ProgressGroup.title, Training.title, "")
    return func.nullif(func.lower(func.coalesce(reach, "") + Interest.role + about), "")


COLUMNS: tuple[Column[Scope], ...] = (
    Column("qui", "Nom", _by_name),
    Column("activite", "Activité", lambda _scope: Activity.name),
    Column("precision", "Précision", _by_precision),
    Column("etat", "État", lambda _scope: by_word(Interest.state, InterestState)),
    Column(
        "responsable",
        "Responsable",
        lambda _scope: func.lower(_OWNER.given_name + " " + _OWNER.family_name),
    ),
    Column("posee", "Posée le", lambda _scope: Interest.on),
)


@dataclass(frozen=True)
class InterestRow:
    """One interest in full: who, for what, since when, the day by which she is to be contacted, and
    the last note.
    """

    record: Interest
    name: str
    activity_name: str
    about: str
    due_on: date
    owner: str
    last_note: str

    @property
    def state(self) -> InterestState:
        return InterestState(self.record.state)

    def is_late(self, on: date) -> bool:
        """Whether the promised contact is overdue."""
        return self.state == InterestState.new and self.due_on < on


def pipeline(
    session: Session,
    scope: Scope,
    state: InterestState | None = None,
    limit: int = 100,
    offset: int = 0,
    sort: Sort | None = None,
) -> list[InterestRow]:
    """The interests of the scope's directions, by state and then oldest first: `limit` of them,
    from `offset` on; or sorted by one of COLUMNS. Raises Refused without the right.
    """
    require(scope.reader, "interest.follow")
    states = list(InterestState) if state is None else [state]
    order = order_by(COLUMNS, sort, scope) or [by_word(Interest.state, states), Interest.on]
    wanted = (
        _rows()
        .where(
            Interest.state.in_([str(state) for state in states]), *scope.of(Interest.direction_id)
        )
        .order_by(*order, Interest.id)
        .offset(offset)
        .limit(limit)
    )
    return _with_names(session, wanted)


def late(session: Session, scope: Scope) -> list[InterestRow]:
    """The interests of the whole whose promised contact is overdue."""
    waiting = pipeline(session, scope.whole(), InterestState.new)
    return [item for item in waiting if item.is_late(scope.on)]


def interest(session: Session, scope: Scope, interest_id: int) -> InterestRow | None:
    """One interest. Raises Refused without the right to follow interests."""
    require(scope.reader, "interest.follow")
    return next(iter(_with_names(session, _rows().where(Interest.id == interest_id))), None)


def my_interests(session: Session, scope: Scope) -> list[InterestRow]:
    """The reader's own interests, newest first."""
    if not scope.reader.is_known:
        return []
    return _with_names(
        session,
        _rows()
        .where(Interest.person_id == scope.reader.person_id)
        .order_by(Interest.on.desc(), Interest.id.desc()),
    )


def counts(session: Session, scope: Scope) -> dict[InterestState, int]:
    """How many interests are in each state."""
    require(scope.reader, "interest.follow")
    wanted = (
        select(Interest.state, func.count())
        .where(*scope.of(Interest.direction_id))
        .group_by(Interest.state)
    )
    found = dict(session.exec(wanted).all())
    return {state: found.get(str(state), 0) for state in InterestState}


def _rows():
    return (
        select(
            Interest,
            Person.given_name,
            Person.family_name,
            Activity.name,
            ProgressGroup.code,
            ProgressGroup.title,
            Training.code,
            Training.title,
        )
        .join(Person, Person.id == Interest.person_id, isouter=True)
        .join(Activity, Activity.code == Interest.activity, isouter=True)
        .join(ProgressGroup, ProgressGroup.id == Interest.group_id, isouter=True)
        .join(Training, Training.id == Interest.training_id, isouter=True)
        .join(_OWNER, _OWNER.id == Interest.owner_id, isouter=True)
        .where(Interest.kind == InterestKind.activity)
    )


def _with_names(session: Session, wanted) -> list[InterestRow]:
    rows = session.exec(wanted).all()
    days = workdays(session)
    owners = dict(
        session.exec(
            select(Person.id, Person.given_name + " " + Person.family_name).where(
                Person.id.in_({i.owner_id for i, *_ in rows if i.owner_id})
            )
        ).all()
    )
    of_them = InterestEvent.interest_id.in_([i.id for i, *_ in rows]), InterestEvent.text != ""
    notes = last_values(session, InterestEvent.text, date.max, *of_them)
    return [
        InterestRow(
            i,
            i.name
            or f"{given or ''} {family or ''}".strip()
            or ("Personne effacée" if i.person_id else "Sans compte"),
            activity or i.activity,
            " — ".join(filter(None, (group or code, title or training))),
            days.add(i.on, _CONTACTED_WITHIN),
            owners.get(i.owner_id, ""),
            notes.get(i.id, ""),
        )
        for i, given, family, activity, group, title, code, training in rows
    ]


# --- candidates for services without an ambassador -----------------------------------------------


@dataclass(frozen=True)
class CoverCandidate:
    """One person who could cover a service, and the reason; `interest_id` is her own interest, if
    she expressed one.
    """

    name: str
    why: str
    interest_id: int | None = None


@dataclass(frozen=True)
class Suggestion:
    """One service without an ambassador, its agents, and who could cover it."""

    service: Unit
    agents: int
    candidates: tuple[CoverCandidate, ...]


def suggestions(session: Session, scope: Scope, most: int = 3) -> list[Suggestion]:
    """For each uncovered service of the scope: people of its direction who expressed an interest,
    then the ambassadors of the same direction with the smallest load.
    """
    require(scope.reader, "interest.follow")
    gaps = [row for row in coverage_map(session, scope) if not row.ambassadors]

    def direction_of(unit_id: int | None) -> Unit | None:
        return scope.tree.ancestor(unit_id, UnitKind.direction) if unit_id else None

    candidates: dict[Unit | None, list[CoverCandidate]] = defaultdict(list)
    is_willing = Interest.activity == "ambassadeurs", Interest.state.in_(OPEN_INTERESTS)
    willing = _rows().where(*is_willing).order_by(Interest.on, Interest.id)
    for row in _with_names(session, willing):
        candidates[direction_of(row.record.direction_id)].append(
            CoverCandidate(row.name, "a posé une marque d'intérêt", row.record.id)
        )
    for item in sorted(load(session, scope.whole()), key=lambda item: item.share):
        covers = french.counted(item.services, "service")
        why = f"ambassadeur de la même direction, couvre déjà {covers}"
        candidates[direction_of(item.member.own_service)].append(
            CoverCandidate(item.member.name, why)
        )
    return [
        Suggestion(row.service, row.agents, tuple(candidates[direction_of(row.service.id)][:most]))
        for row in gaps
    ]


_OTHER_SIDE = {
    InterestKind.teaches: InterestKind.learns,
    InterestKind.learns: InterestKind.teaches,
}
# The stems of a title, and those of title and text.
_Words = tuple[frozenset[str], frozenset[str]]


@dataclass(frozen=True)
class Offered:
    """One offer or wish with the name of its author; `meets` are the matching ones of the other
    side.
    """

    record: Interest
    name: str
    function: str
    meets: tuple[str, ...] = ()


def _offered(
    session: Session, kinds: Collection[InterestKind], *conditions: ColumnElement[bool]
) -> list[Offered]:
    """The offers of these kinds, newest first."""
    rows = session.exec(
        select(Interest, Person)
        .join(Person, Person.id == Interest.person_id, isouter=True)
        .where(Interest.kind.in_([str(kind) for kind in kinds]), *conditions)
        .order_by(Interest.on.desc(), Interest.id.desc())
    ).all()
    return [
        Offered(record, person.name if person else "", person.function if person else "")
        for record, person in rows
    ]


# ── Offers and wishes ─────────────────────────────────────────────────────────────────────────────


def open_skills(session: Session) -> list[Offered]:
    """The open offers and wishes, newest first, each with the people it matches."""
    shown = _open_skills(session, _OTHER_SIDE)
    # Stemmed once: every skill is compared with every other one.
    words = {skill.record.id: _words(skill.record.title, skill.record.text) for skill in shown}

    def meets(record: Interest) -> tuple[str, ...]:
        others = [
            f"{other.name} (« {other.record.title} »)"
            for other in shown
            if other.record.kind != record.kind
            and other.record.person_id != record.person_id
            and _are_near(words[record.id], words[other.record.id])
        ]
        return tuple(dict.fromkeys(others))

    return [
        Offered(skill.record, skill.name, skill.function, meets(skill.record)) for skill in shown
    ]


def matching(session: Session, record: Interest) -> list[Interest]:
    """The open offers of others that match this wish, or the wishes that match this offer."""
    mine = _words(record.title, record.text)
    others = [
        other.record
        for other in _open_skills(session, [_OTHER_SIDE[InterestKind(record.kind)]])
        if other.record.person_id != record.person_id
    ]
    return [other for other in others if _are_near(mine, _words(other.title, other.text))]


def _open_skills(session: Session, kinds: Collection[InterestKind]) -> list[Offered]:
    is_known = Person.id.is_not(None) & Person.erased_on.is_(None)
    return _offered(session, kinds, Interest.ended_on.is_(None), is_known)


def _words(title: str, text: str = "") -> _Words:
    first = frozenset(word for word in stems(title) if len(word) > 2)
    return first, first | frozenset(word for word in stems(text) if len(word) > 2)


def _are_near(first: _Words, other: _Words) -> bool:
    """Whether at least half (and at least one) of the words of the shorter title occur in the other
    text.
    """
    shorter, whole = (
        (first[0], other[1]) if len(first[0]) <= len(other[0]) else (other[0], first[1])
    )
    common = shorter & whole
    return bool(common) and 2 * len(common) >= len(shorter)


@dataclass(frozen=True)
class Revealed:
    """An open entry that shows a missing skill, and the people who could teach it (« Nom («
    savoir-faire ») »).
    """

    number: int
    title: str
    meets: tuple[str, ...]


def revealed(session: Session, scope: Scope, most: int = 10) -> list[Revealed]:
    """The open entries about skills (ambition « Actualisation des compétences ») that the reader
    may see: those that a colleague could answer first, then the newest.
    """
    rows = session.exec(
        select(Idea)
        .join(Ambition, Ambition.id == Idea.ambition_id)
        .where(
            Ambition.code == "competences",
            Idea.status.in_([str(s) for s in OPEN]),
            idea_conditions(scope.reader, scope.tree),
        )
        .order_by(Idea.id.desc())
        .limit(200)
    ).all()
    taught = [
        (
            f"{skill.name} (« {skill.record.title} »)",
            _words(skill.record.title, skill.record.text),
        )
        for skill in _open_skills(session, [InterestKind.teaches])
    ]
    found = []
    for idea in rows:
        title = _words(idea.title)
        meets = tuple(who for who, words in taught if _are_near(words, title))
        found.append(Revealed(idea.number, idea.title, meets))
    return sorted(found, key=lambda item: not item.meets)[:most]


# ── What managers share ───────────────────────────────────────────────────────────────────────────


def practices(session: Session, scope: Scope, words: str = "") -> list[Offered]:
    """The practice notes as of the day of the scope, newest first; with `words`, those that match
    the search. Raises Refused for a reader who is not a manager.

    They are a few hundred, matched in memory without an index.
    """
    require(scope.reader, "practice.share")
    shown = or_(Interest.ended_on.is_(None), Interest.ended_on > scope.on)
    notes = _offered(session, [InterestKind.practice], Interest.on <= scope.on, shown)
    if not words.strip():
        return notes
    query = parsed(words)
    return [
        note
        for note in notes
        if query and query.is_answered_by(f"{note.record.title} {note.record.text}")
    ]
