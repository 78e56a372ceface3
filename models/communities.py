"""Communities (communautés): ambassadors and managers, whose membership is public by their consent;
what colleagues offer and would like to learn.
"""

from datetime import date

from sqlalchemy import Index
from sqlmodel import Field

from models.facts import Fact, Record
from models.scales import Word


class Community(Word):
    ambassadors = "ambassadeurs", "Communauté des Ambassadeurs"
    managers = "managers", "Communauté des Managers"


class AmbassadorReach(Word):
    """Portée: the area an ambassador covers, in the words of the presentation."""

    informal = "informel", "Ambassadeur informel"
    one_service = "service", "Ambassadeur au sein d'un service"
    several = "plusieurs", "Ambassadeur au sein de plusieurs services"


class Membership(Record, table=True):
    """Adhésion: one person in one community, today; derived from the events."""

    person_id: int = Field(foreign_key="person.id", index=True)
    community: str = Field(index=True)
    reach: str = AmbassadorReach.one_service
    joined_on: date
    left_on: date | None = None


class MembershipEvent(Fact, table=True):
    """Fait d'adhésion: from `on`, this person covers that service for that community, or no longer
    does.

    A membership that covers several services has one row per service; `own` marks the member's own
    service.
    """

    membership_id: int = Field(foreign_key="membership.id", index=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    community: str
    service_id: int = Field(foreign_key="direction.id", index=True)
    joined: bool = True
    own: bool = True


class InterestKind(Word):
    """Nature of an offer or a wish."""

    activity = "activite", "Participer à une activité"
    teaches = "transmettre", "Transmettre un savoir-faire"
    learns = "apprendre", "Apprendre un savoir-faire"
    practice = "pratique", "Partager une bonne pratique"


class InterestState(Word):
    new = "nouveau", "Nouveau"
    contacted = "contacte", "Contacté"
    joined = "integre", "Intégré"
    dropped = "sans-suite", "Sans suite"


class Interest(Record, table=True):
    """Offre ou souhait: what somebody can teach, would like to learn, shares with the managers; or
    an activity she would take part in (marque d'intérêt), with a role if given: only that kind is
    followed up, and has the state of its last fact.

    Without an account there is no person, only the name and contact given.
    """

    # Serves the work list, by state and with all its filters.
    __table_args__ = (Index("ix_interest_pipeline", "state", "on", "id", "direction_id"),)

    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    name: str = ""
    contact: str = ""
    kind: str = InterestKind.activity
    title: str = ""
    activity: str = ""
    role: str = ""
    reach: str = ""
    direction_id: int | None = Field(default=None, foreign_key="direction.id")
    group_id: int | None = Field(default=None, foreign_key="progress_group.id")
    training_id: int | None = Field(default=None, foreign_key="training.id")
    text: str = ""
    on: date
    ended_on: date | None = None
    owner_id: int | None = Field(default=None, foreign_key="person.id")
    state: str | None = InterestState.new


class InterestEvent(Fact, table=True):
    """Fait d'une marque d'intérêt: from `on` it is in this state."""

    interest_id: int = Field(foreign_key="interest.id", index=True)
    state: str
    text: str = ""
