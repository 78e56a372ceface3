"""Every right of the product: RIGHTS says who has it, and how far.

A page hides with `may`, an act refuses with `require`, a query limits with `idea_conditions`,
`counted_units` and `listed_units`. Hiding a page is never the protection.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol, runtime_checkable

from sqlalchemy import ColumnElement, and_, false, or_, true

from models.directions import Tree, UnitKind
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.people import Role
from models.roadmap import no_index
from models.texts import Refused


class Reach(IntEnum):
    """Scope of a right (portée): nothing, one's own records, one's own directions, everything."""

    none = 0
    own = 1
    directions = 2
    all = 3


@dataclass(frozen=True)
class Reader:
    """The person who reads or acts, with roles, service, mandates and covered services; `only` is
    the one unit that a read token is limited to (None: no limit).
    """

    person_id: int | None = None
    name: str = ""
    login: str = ""
    roles: frozenset[Role] = frozenset({Role.nobody})
    service_id: int | None = None
    mandates: frozenset[int] = field(default_factory=frozenset)
    covered: frozenset[int] = field(default_factory=frozenset)
    only: int | None = None

    @property
    def is_known(self) -> bool:
        return self.person_id is not None

    @property
    def is_stranger(self) -> bool:
        """Whether the reader has no account; the operator is not a stranger."""
        return Role.nobody in self.roles

    def own_units(self, tree: Tree) -> frozenset[int]:
        """The units that the manager is responsible for, with everything below them."""
        return frozenset().union(*(tree.under(unit) for unit in self.mandates))


NOBODY = Reader()
# A visitor who typed the word of a site's poster (affiche).
PASSER_BY = Reader(roles=frozenset({Role.nobody, Role.poster}))
# The command line: its user owns the database; small cells stay protected all the same.
OPERATOR = Reader(name="Opérateur", roles=frozenset({Role.operator}))

# Those with an account, and among them everybody but the command line.
_PEOPLE = "agent ambassadeur manager directeur animateur secretaire codir admin"
_GROUPS = {"people": _PEOPLE, "signed-in": f"{_PEOPLE} operator"}

# Roles that read the entries submitted to the CODIR.
_OF_MEETING = frozenset({Role.codir, Role.secretaire})


def is_of_meeting(roles: Iterable[Role]) -> bool:
    """Whether one of these roles reads what is submitted to the CODIR, and receives its report."""
    return not _OF_MEETING.isdisjoint(roles)


# One line per right; a role that is not named does not have it, and one without a reach has it for
# everything. The tests compare it with a second table, written by hand.
_RIGHTS = {
    "page.everyone": "signed-in",
    "page.open": "signed-in nobody",
    "page.cockpit": "codir secretaire animateur admin manager operator",
    "page.references": "animateur admin operator",
    "page.inbox": "animateur manager",
    "figures.by_direction": (
        "codir secretaire animateur admin manager operator token agent:own ambassadeur:own"
    ),
    "rows.by_name": "animateur operator manager:directions",
    "idea.file": "signed-in nobody",
    # A poster or a token gives access to published entries only.
    "idea.read": "signed-in poster token",
    "idea.read_unpublished": (
        "animateur operator agent:own ambassadeur:own manager:directions codir:own secretaire:own"
    ),
    "idea.relay": "animateur ambassadeur manager",
    "idea.answer": "animateur manager:directions codir:own agent:own ambassadeur:own",
    "idea.withdraw": "agent:own ambassadeur:own",
    "idea.take_part": "people",
    "idea.moderate": "animateur",
    "idea.merge": "animateur",
    # Entries that say the same put together, themes given to them.
    "idea.sort": "animateur",
    "idea.link": "animateur manager:directions",
    "template.write": "animateur",
    "idea.read_author": "animateur ambassadeur:own manager:directions",
    "idea.publish": "animateur manager:directions",
    "idea.import": "animateur operator",
    "idea.export": "signed-in",
    "milestone.report": "animateur manager:directions",
    "milestone.revise": "animateur operator",
    "status.impose": "codir animateur",
    "target.decide": "animateur",
    "measure.record": "animateur operator",
    "figure.verify": "animateur manager:directions",
    # Without an account: what is open to all agents; with a poster, also the sessions of the
    # academy.
    "agenda.read": "signed-in nobody:own token:own poster:directions",
    "poster.make": "animateur",
    # The points and the PV of the CODIR; other bodies' are read with the cockpit.
    "codir.read": "codir secretaire animateur admin directeur operator",
    "meeting.record": "secretaire animateur",
    "workshop.run": "animateur ambassadeur:own",
    "answer.carry": "ambassadeur:own",
    "decision.record": "secretaire animateur directeur",
    "decision.follow": "secretaire animateur manager:directions",
    "seat.register": "people",
    "training.register_for": "animateur ambassadeur:own manager:directions",
    "training.approve": "animateur manager:directions",
    "training.manage": "animateur",
    "training.hold": "animateur agent:own",
    "material.read": "animateur agent:own",
    "training.import": "animateur operator",
    # A person with an account registers in her own name.
    "seat.take": "nobody",
    "group.join": "people",
    "group.manage": "animateur agent:own",
    "community.join": "people",
    "community.manage": "animateur",
    "practice.share": "animateur manager",
    "interest.file": "signed-in nobody",
    "interest.follow": "animateur",
    "survey.read": "signed-in",
    "survey.import": "animateur operator",
    "survey.make": "animateur operator",
    "campaign.make": "codir animateur",
    "campaign.outcome": "codir animateur agent:own",
    "survey.answer": "signed-in nobody",
    "people.import": "admin operator",
    "report.make": "codir secretaire animateur admin manager operator",
    "post.write": "animateur",
    "notice.tell": "animateur ambassadeur:own manager:directions",
    "publication.make": "directeur",
    "person.export": "admin operator",
    "person.export_own": "people",
    "person.erase": "admin operator",
    "account.manage": "admin operator",
    "mandate.give": "admin operator",
    "backup.make": "admin operator",
    "system.check": "admin operator",
    "journal.read": "admin operator",
    "token.manage": "admin operator",
    "data.read": "token",
}


def _to(words: str) -> dict[Role, Reach]:
    """« people token manager:directions »: the reach of each role named, also by its group."""
    reaches = {}
    for word in words.split():
        name, _, how_far = word.partition(":")
        for role in _GROUPS.get(name, name).split():
            reaches[Role[role]] = Reach[how_far or "all"]
    return reaches


RIGHTS: dict[str, dict[Role, Reach]] = {right: _to(words) for right, words in _RIGHTS.items()}


def reach(reader: Reader, right: str) -> Reach:
    """The widest reach that any of the reader's roles gives for this right."""
    granted = RIGHTS[right]
    return max((granted.get(role, Reach.none) for role in reader.roles), default=Reach.none)


@runtime_checkable
class OfPersons(Protocol):
    """A record of some persons: the planner of a workshop, the facilitators of a group, the
    trainers of a session, the sponsor of a campaign.
    """

    @property
    def responsible(self) -> frozenset[int | None]: ...


@runtime_checkable
class OfUnit(Protocol):
    """A record of one unit of the organisation."""

    @property
    def owner_direction_id(self) -> int | None: ...


_ANY = object()  # no record is meant; None is one that was not found


def may(reader: Reader, right: str, thing: object = _ANY, tree: Tree | None = None) -> bool:
    """Whether one of the reader's roles gives this right, on this record if one is passed. One that
    was not found is only of those who have the right for everything.
    """
    granted = {RIGHTS[right].get(role, Reach.none) for role in reader.roles} - {Reach.none}
    if thing is _ANY or Reach.all in granted:
        return bool(granted)
    if thing is None:
        return False
    if isinstance(thing, OfPersons):
        # A stranger's id is None: nothing is hers.
        return bool(granted) and reader.is_known and reader.person_id in thing.responsible
    in_own_units = (
        tree is not None
        and Reach.directions in granted
        and _owner_unit(thing) in reader.own_units(tree)
    )
    return in_own_units or (
        bool(granted) and isinstance(thing, Idea) and _has_personal_right(reader, right, thing)
    )


def require(reader: Reader, right: str, thing: object = _ANY, tree: Tree | None = None) -> None:
    """Raises Refused, with a one-sentence message, where `may` is False."""
    if may(reader, right, thing, tree):
        return
    if reader.is_known:
        raise Refused("Vous n'avez pas le droit de faire cela.")
    raise Refused("Connectez-vous pour continuer.")


def _owner_unit(thing: object) -> int | None:
    """The unit responsible for a record: an idea's direction, a milestone's owner."""
    if isinstance(thing, Idea):
        return thing.concerns_id
    if isinstance(thing, OfUnit):
        return thing.owner_direction_id
    raise TypeError(f"no owner known for {type(thing).__name__}")


def _has_personal_right(reader: Reader, right: str, idea: Idea) -> bool:
    """Whether the reader has this right through her part in the idea: its author, its relay, the
    person responsible for its answer, or the CODIR while it is submitted. Being the author gives no
    right to publish or answer; a right not listed here is refused.
    """
    if reader.person_id is None:
        return False
    author = reader.person_id == idea.author_id
    relay = reader.person_id == idea.relay_id and Role.ambassadeur in reader.roles
    responsible = reader.person_id == idea.owner_id
    is_submitted = idea.status == IdeaStatus.submitted
    of_codir = is_submitted and Role.codir in reader.roles
    of_meeting = is_submitted and is_of_meeting(reader.roles)
    return {
        "idea.read": author or relay,
        "idea.read_author": author or relay,
        "idea.withdraw": author,
        "idea.read_unpublished": author or relay or responsible or of_meeting,
        "idea.answer": responsible or of_codir,
    }.get(right, False)


def answers_for(reader: Reader, idea: Idea, tree: Tree) -> bool:
    """Whether the reader must answer this entry: she prepares the answer, is responsible for the
    unit concerned, or belongs to the programme office. Narrower than « idea.answer »: the CODIR may
    answer an entry submitted to it, but gets no reminder of it.
    """
    is_responsible = reader.person_id is not None and reader.person_id == idea.owner_id
    is_office = Role.animateur in reader.roles
    return is_responsible or is_office or idea.concerns_id in reader.own_units(tree)


def idea_conditions(reader: Reader, tree: Tree) -> ColumnElement[bool]:
    """The condition under which the reader may see an entry; every list, search, count and
    export carries it.
    """
    if reach(reader, "idea.read") == Reach.none:
        return false()
    if reader.only is not None:
        only = Idea.concerns_id.in_(sorted(tree.under(reader.only)))
        return no_index(and_(Idea.published.is_(True), only))
    unpublished = reach(reader, "idea.read_unpublished")
    if unpublished == Reach.all:
        return true()
    allowed = [Idea.published.is_(True)]
    if reader.person_id is not None:
        allowed += [Idea.author_id == reader.person_id, Idea.owner_id == reader.person_id]
    if Role.ambassadeur in reader.roles:
        allowed.append(Idea.relay_id == reader.person_id)
    if reader.mandates:
        allowed.append(Idea.concerns_id.in_(sorted(reader.own_units(tree))))
    if is_of_meeting(reader.roles):
        allowed.append(Idea.status == IdeaStatus.submitted)
    return no_index(or_(*allowed))


def sees_all_published(reader: Reader) -> bool:
    """Whether `idea_conditions` lets the reader see every published entry."""
    return reach(reader, "idea.read") != Reach.none and reader.only is None


def counted_units(reader: Reader, tree: Tree) -> frozenset[int] | None:
    """The units whose aggregates the reader may see separately (None: all)."""
    how_far = reach(reader, "figures.by_direction")
    if reader.only is not None:
        return tree.under(reader.only) if how_far else frozenset()
    if how_far == Reach.all:
        return None
    if how_far == Reach.none:
        return frozenset()
    services = {reader.service_id}
    if Role.ambassadeur in reader.roles:
        services |= reader.covered
    own = [tree.ancestor(service, UnitKind.direction) for service in services if service]
    return frozenset().union(*(tree.under(unit.id) for unit in own if unit))


def listed_units(reader: Reader, tree: Tree) -> frozenset[int] | None:
    """The units whose persons the reader may list by name (None: all of them)."""
    how_far = reach(reader, "rows.by_name")
    if how_far == Reach.all:
        return None
    return reader.own_units(tree) if how_far == Reach.directions else frozenset()


def registered_units(reader: Reader, tree: Tree) -> frozenset[int] | None:
    """The services whose agents the reader may register for a training: her own and those she
    covers (None: all).
    """
    if reach(reader, "training.register_for") == Reach.all:
        return None
    covered = reader.covered if Role.ambassadeur in reader.roles else frozenset()
    return reader.own_units(tree) | covered
