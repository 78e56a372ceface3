"""Acts on communities: joining, changing the services covered, leaving, handing over to a
successor.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from dashboard import french
from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, add_record
from dashboard.actions.notices.records import notify
from dashboard.actions.register_imports import RegisterImport
from dashboard.files.registers import RegisterRow
from dashboard.queries.communities import coverage, own_services
from dashboard.queries.directions import organisation
from dashboard.queries.people.readers import manages, service_of
from models.clock import today
from models.communities import AmbassadorReach, Community, Membership, MembershipEvent
from models.directions import Tree, UnitKind
from models.notices import NoticeKind
from models.people import Person
from models.texts import Refused, refuse


@dataclass(frozen=True)
class JoinInput:
    """The community, the reach, and the other services covered."""

    community: Community
    reach: AmbassadorReach = AmbassadorReach.one_service
    services: frozenset[int] = frozenset()


def join_community(
    session: Session, reader: Reader, join: JoinInput, person_id: int | None = None
) -> Membership:
    """Rejoindre une communauté, or add a person who agreed to it (programme office). Raises Invalid
    per field, Refused.
    """
    person = _person(session, reader, person_id)
    day = today(session)
    own = service_to_join(session, person, join.community, person == reader.person_id)
    covered = _covered(join, own, organisation(session).at(day))
    membership = add_record(
        session,
        Membership(person_id=person, community=join.community, reach=join.reach, joined_on=day),
    )
    _add_facts(session, reader, membership, covered, own, joined=True)
    return membership


def service_to_join(
    session: Session, person: int, community: Community, herself: bool = False
) -> int:
    """The service in which a person joins a community. Raises Refused where she may not."""
    day = today(session)
    own = service_of(session, person, day)
    if own is None:
        raise Refused(
            "Pour rejoindre une communauté, il faut travailler dans un service de l'administration."
        )
    if membership_of(session, person, community):
        raise Refused(
            f"{'Vous faites' if herself else 'Cette personne fait'} déjà partie de cette"
            " communauté."
        )
    if community == Community.managers and not manages(session, person, day):
        raise Refused(
            "La communauté des managers réunit les personnes qui dirigent une direction ou un"
            " service."
        )
    return own


def add_member(session: Session, reader: Reader, community: Community, person_id: int) -> None:
    """Inscrire un membre who agreed: she is notified, and may leave. Raises Refused."""
    require(reader, "community.manage")
    membership = join_community(session, reader, JoinInput(community), person_id)
    label = community.label
    notify(
        session,
        [person_id],
        key=f"adhesion-{membership.id}",
        kind=NoticeKind.state,
        href=f"/communautes?communaute={community}",
        by=reader.person_id,
        title=f"Vous faites partie de la {label[0].lower()}{label[1:]}",
        text="L'équipe du programme a noté votre adhésion. Vous pouvez la quitter sur cet écran,"
        " quand vous voulez.",
    )


def change_reach(session: Session, reader: Reader, join: JoinInput) -> None:
    """Changer sa portée: the services covered from today. Raises Invalid per field, Refused for a
    person who is not a member.
    """
    require(reader, "community.join")
    day = today(session)
    member = _member(session, reader.person_id, join.community, herself=True)
    own = service_of(session, reader.person_id, day)
    if own is None:
        raise Refused("Pour couvrir un service, il faut travailler dans l'administration.")
    before = services_covered(session, member, day)
    after = _covered(join, own, organisation(session).at(day))
    # Services given up end under the service she was counted in; new ones begin under her present
    # one.
    _add_facts(session, reader, member, before - after, _own(session, member, day), joined=False)
    _add_facts(session, reader, member, after - before, own, joined=True)
    member.reach = join.reach


def leave_community(
    session: Session,
    reader: Reader,
    community: Community,
    person_id: int | None = None,
    successor_id: int | None = None,
) -> int:
    """Quitter une communauté; a named successor takes over the services. Returns how many services
    lose their last ambassador.

    Only the programme office may end another person's membership or name a successor. Raises
    Invalid for a successor who is not a member, Refused for a person who is not one.
    """
    person = _person(session, reader, person_id)
    if successor_id is not None:
        require(reader, "community.manage")
    day = today(session)
    membership = _member(session, person, community, herself=person == reader.person_id)
    given_up = services_covered(session, membership, day)
    if successor_id is not None:
        hand_over(session, reader, community, given_up, successor_id, person)
    _add_facts(session, reader, membership, given_up, _own(session, membership, day), joined=False)
    membership.left_on = day
    session.flush()
    if community == Community.ambassadors:
        reached = set().union(*coverage(session, community, day).values())
    else:
        reached = given_up
    return len(given_up - reached)


def hand_over(
    session: Session,
    reader: Reader,
    community: Community,
    services: Iterable[int],
    successor_id: int,
    leaver: int,
) -> None:
    """Passer le relais: the successor also covers these services from today, and is notified."""
    require(reader, "community.manage")
    successor = membership_of(session, successor_id, community)
    stays = "Choisissez une personne qui fait partie de cette communauté et qui y reste."
    refuse({"successor": (successor is None or successor_id == leaver) and stays})
    day = today(session)
    taken = set(services) - services_covered(session, successor, day)
    _add_facts(session, reader, successor, taken, _own(session, successor, day), joined=True)
    if taken:
        successor.reach = AmbassadorReach.several
        session.flush()
        tree = organisation(session).at(day)
        names = ", ".join(tree.by_id[unit].name for unit in sorted(taken) if unit in tree.by_id)
        notify(
            session,
            [successor_id],
            key=f"relais-{leaver}-{day}",
            kind=NoticeKind.state,
            href="/mes-services",
            by=reader.person_id,
            title=f"Vous prenez le relais de {french.counted(len(taken), 'service')}",
            text=names,
        )


def membership_of(
    session: Session, person_id: int | None, community: Community
) -> Membership | None:
    """The active membership, or None."""
    return session.scalar(
        select(Membership).filter_by(person_id=person_id, community=community, left_on=None)
    )


def services_covered(session: Session, membership: Membership, day: date) -> set[int]:
    return coverage(session, Community(membership.community), day).get(membership.person_id, set())


def _own(session: Session, membership: Membership, day: date) -> int | None:
    """The service she was counted in, which may differ from her present one."""
    return own_services(session, Community(membership.community), day).get(membership.person_id)


def _person(session: Session, reader: Reader, person_id: int | None) -> int:
    if person_id is None or person_id == reader.person_id:
        require(reader, "community.join")
        return reader.person_id
    require(reader, "community.manage")
    person = session.get(Person, person_id)
    if person is None or person.erased_on is not None:
        raise Refused("Cette personne n'existe pas.")
    return person_id


def _member(session: Session, person_id: int, community: Community, herself: bool) -> Membership:
    membership = membership_of(session, person_id, community)
    if membership is None:
        raise Refused(
            f"{'Vous ne faites' if herself else 'Cette personne ne fait'} pas partie de cette"
            " communauté."
        )
    return membership


def _covered(join: JoinInput, own: int, tree: Tree) -> set[int]:
    """The member's own service, and the others where she covers several."""
    if join.community == Community.managers or join.reach != AmbassadorReach.several:
        return {own}
    others = join.services - {own}
    none = "Choisissez au moins un autre service que vous couvrez."
    is_unknown = any(
        unit not in tree.by_id or tree.by_id[unit].kind != UnitKind.service for unit in others
    )
    unknown = is_unknown and "L'un de ces services n'existe pas."
    refuse({"services": unknown if others else none})
    return {own, *others}


def _add_facts(
    session: Session,
    reader: Reader,
    membership: Membership,
    services: Iterable[int],
    own: int | None,
    joined: bool,
) -> None:
    about = membership.model_dump(include={"person_id", "community"})
    for service in sorted(services):
        add_fact(
            session,
            reader,
            MembershipEvent(
                membership_id=membership.id,
                service_id=service,
                joined=joined,
                own=service == own,
                **about,
            ),
        )


class MemberImport(RegisterImport):
    """Imports members by their matricule, their e-mail or their name; importing twice changes
    nothing.
    """

    kind = "membres"

    def begin(self) -> None:
        if self.how.community not in list(Community):
            words = ", ".join(Community)
            raise Refused(f"Dites de quelle communauté : {words}.")
        self.community = Community(self.how.community)

    def take(self, row: RegisterRow) -> str:
        person = self.person(row, "matricule", "email", "name")
        self.stop()
        if membership_of(self.session, person.id, self.community):
            return "unchanged"
        try:
            service_to_join(self.session, person.id, self.community)
        except Refused as refusal:
            self.reject("matricule", str(refusal))
        return self.written(
            None, lambda: add_member(self.session, self.reader, self.community, person.id)
        )
