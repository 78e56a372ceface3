"""Reads interests (marques d'intérêt): the pipeline with its delays, the reader's own, and
candidates to cover a service without an ambassador.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, case, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, select

from dashboard.access import require
from dashboard.queries.columns import Column, Sort, by_word, order_by
from dashboard.queries.communities import coverage_map, load
from dashboard.scope import Scope
from models.academy import Training
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
from models.people import Person
from models.roadmap import Activity
from models.workdays import workdays

ACADEMY = "academie"
GROUPS = "groupes"
COMMUNITIES = {"ambassadeurs": Community.ambassadors, "managers": Community.managers}
OPEN = (str(InterestState.new), str(InterestState.contacted))
_LIMIT = 100
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


def _by_owner(_scope: Scope) -> ColumnElement[str]:
    return func.lower(_OWNER.given_name + " " + _OWNER.family_name)


COLUMNS: tuple[Column[Scope], ...] = (
    Column("qui", "Nom", _by_name),
    Column("activite", "Activité", lambda _scope: Activity.name),
    Column("precision", "Précision", _by_precision),
    Column("etat", "État", lambda _scope: by_word(Interest.state, InterestState)),
    Column("responsable", "Responsable", _by_owner),
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
    limit: int = _LIMIT,
    offset: int = 0,
    sort: Sort | None = None,
) -> list[InterestRow]:
    """The interests of the scope's directions, by state and then oldest first: `limit` of them,
    from `offset` on; or sorted by one of COLUMNS. Raises Refused without the right.
    """
    require(scope.reader, "interest.follow")
    states = list(InterestState) if state is None else [state]
    order = order_by(COLUMNS, sort, scope)
    if order:
        ids = _in_order(session, scope, states, order, limit, offset)
    else:
        ids = _state_by_state(session, scope, states, limit, offset)
    found = {
        item.record.id: item for item in _with_names(session, _rows().where(Interest.id.in_(ids)))
    }
    return [found[ident] for ident in ids]


def _in_order(
    session: Session,
    scope: Scope,
    states: Sequence[InterestState],
    order: Sequence[ColumnElement],
    limit: int,
    offset: int,
) -> list[int]:
    # Ids only: tables that the order does not use are read only for the rows shown.
    wanted = (
        _rows()
        .with_only_columns(Interest.id)
        .where(
            Interest.state.in_([str(state) for state in states]), *scope.of(Interest.direction_id)
        )
        .order_by(*order, Interest.id)
        .offset(offset)
        .limit(limit)
    )
    return list(session.execute(wanted).scalars())


def _state_by_state(
    session: Session, scope: Scope, states: Sequence[InterestState], limit: int, offset: int
) -> list[int]:
    """The ids state by state, each read in the order of its index, without a sort."""
    per_state = counts(session, scope)
    found: list[int] = []
    for state in states:
        if offset < per_state[state] and len(found) < limit:
            wanted = (
                select(Interest.id)
                .where(Interest.state == state, *scope.of(Interest.direction_id))
                .order_by(Interest.on, Interest.id)
                .offset(offset)
                .limit(limit - len(found))
            )
            found += session.exec(wanted).all()
        offset = max(offset - per_state[state], 0)
    return found


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
    notes = _last_notes(session, [i.id for i, *_ in rows])
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


def _last_notes(session: Session, ids: list[int]) -> dict[int, str]:
    wanted = InterestEvent.interest_id.in_(ids), InterestEvent.text != ""
    return last_values(session, InterestEvent.text, date.max, *wanted)


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
    if not gaps:
        return []
    willing = _interested_by_direction(session, scope)
    near = _ambassadors_by_direction(session, scope)
    found = []
    for row in gaps:
        direction = scope.tree.ancestor(row.service.id, UnitKind.direction)
        key = direction.id if direction else None
        found.append(
            Suggestion(
                row.service, row.agents, tuple([*willing.get(key, ()), *near.get(key, ())][:most])
            )
        )
    return found


def _interested_by_direction(
    session: Session, scope: Scope
) -> dict[int | None, list[CoverCandidate]]:
    rows = _with_names(
        session,
        _rows()
        .where(Interest.activity == "ambassadeurs", Interest.state.in_(OPEN))
        .order_by(Interest.on, Interest.id),
    )
    found = defaultdict(list)
    for row in rows:
        direction = (
            scope.tree.ancestor(row.record.direction_id, UnitKind.direction)
            if row.record.direction_id
            else None
        )
        found[direction.id if direction else None].append(
            CoverCandidate(row.name, "a posé une marque d'intérêt", row.record.id)
        )
    return found


def _ambassadors_by_direction(
    session: Session, scope: Scope
) -> dict[int | None, list[CoverCandidate]]:
    found = defaultdict(list)
    for item in sorted(load(session, scope.whole()), key=lambda item: item.share):
        direction = None
        if item.member.own_service:
            direction = scope.tree.ancestor(item.member.own_service, UnitKind.direction)
        found[direction.id if direction else None].append(
            CoverCandidate(
                item.member.name,
                f"ambassadeur de la même direction, couvre déjà {item.services}"
                f" service{'s' if item.services > 1 else ''}",
            )
        )
    return found
