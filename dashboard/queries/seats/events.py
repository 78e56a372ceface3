"""What seats are for: a meeting or a training session, as one kind of event."""

from dataclasses import dataclass
from datetime import date

from dashboard import french
from models.academy import Training


@dataclass(frozen=True)
class Where:
    """The key of what a seat is for: a meeting, or a session of the academy."""

    meeting_id: int | None = None
    session_id: int | None = None

    @property
    def address(self) -> str:
        """The page of this event, open without an account too."""
        if self.meeting_id:
            return f"/agenda?reunion={self.meeting_id}"
        return f"/agenda?session={self.session_id}"


@dataclass(frozen=True)
class Event:
    """One meeting or session with its seats. `capacity` None: unlimited, 0: not known. `training`
    is set for a session, whose free seats are offered for some days; those of a meeting are
    assigned at once.

    `why`: the reason it was cancelled; `enrols`: registration is needed; `is_open`: open to people
    without an account.
    """

    where: Where
    kind: str
    title: str
    day: date
    starts: str
    ends: str
    place: str
    capacity: int | None
    taken: int
    waiting: int
    is_cancelled: bool
    is_over: bool
    enrols: bool
    is_open: bool
    why: str = ""
    training: Training | None = None

    @property
    def free(self) -> int | None:
        """Free seats; None if unlimited or not known."""
        return max(self.capacity - self.taken, 0) if self.capacity else None

    @property
    def must_wait(self) -> bool:
        """Whether a new registration goes to the waiting list: no seat is left, or the rest is
        reserved.
        """
        return self.free is not None and self.free <= 0

    @property
    def named(self) -> str:
        """« Séance d'information », le 12 septembre 2023, de 09:00 à 10:00, au dépôt."""
        hours = f", de {self.starts} à {self.ends}" if self.starts and self.ends else ""
        place = f", {self.place}" if self.place else ""
        return f"« {self.title} », le {french.day_long(self.day)}{hours}{place}"

    @property
    def href(self) -> str:
        """The page of the event for a person with an account."""
        if self.training:
            return f"/academie?formation={self.training.code}"
        return self.where.address

    @property
    def subject(self) -> str:
        """The subject whose revision number changes with its seats."""
        return "academy" if self.training else "meetings"

    @property
    def key(self) -> str:
        """The prefix of the keys of its notices."""
        if self.training:
            return f"session-{self.where.session_id}"
        return f"reunion-{self.where.meeting_id}"

    @property
    def refusal(self) -> str:
        """Why registration is closed; empty if it is open."""
        name = "session" if self.training else "réunion"
        if self.is_cancelled:
            return f"Cette {name} est annulée : choisissez une autre date."
        if self.is_over:
            on = french.day_long(self.day)
            return f"Cette {name} a eu lieu le {on} : on ne peut plus s'y inscrire."
        if not self.enrols:
            return "On ne s'inscrit pas à cette réunion : il suffit d'y venir."
        if self.capacity == 0:
            return (
                "Le nombre de places de cette session n'est pas encore connu : revenez plus tard."
            )
        return ""


def is_number(ident: int | None) -> bool:
    """Whether an id, which may come from an address, fits in the database's integer column."""
    return 0 < (ident or 0) < 2**31
