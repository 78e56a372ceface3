"""What seats are for: a meeting or a session of a training, as one kind of date with its places."""

from dataclasses import dataclass
from datetime import date

from dashboard import french
from models.academy import Training


@dataclass(frozen=True)
class Where:
    """What a seat is for: a meeting, or a session of the academy."""

    meeting_id: int | None = None
    session_id: int | None = None

    @property
    def address(self) -> str:
        """The page of this date, for whoever has no account too."""
        if self.meeting_id:
            return f"/agenda?reunion={self.meeting_id}"
        return f"/agenda?session={self.session_id}"


@dataclass(frozen=True)
class Event:
    """One date with its seats. `capacity` None: without a limit, 0: not known. `training`: of a
    session; its free seats are offered for some days, those of a meeting are given at once.

    `why` it was called off; `enrols`: one registers for it; `is_open`: to whoever has no account.
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
        """None: without a limit, or not known."""
        return max(self.capacity - self.taken, 0) if self.capacity else None

    @property
    def must_wait(self) -> bool:
        """Whether who comes now waits: the seats are taken, or kept for those in line."""
        return self.free is not None and self.free <= 0

    @property
    def named(self) -> str:
        """« Séance d'information », le 12 septembre 2023, de 09:00 à 10:00, au dépôt."""
        hours = f", de {self.starts} à {self.ends}" if self.starts and self.ends else ""
        place = f", {self.place}" if self.place else ""
        return f"« {self.title} », le {french.day_long(self.day)}{hours}{place}"

    @property
    def href(self) -> str:
        """Where a person reads of it."""
        if self.training:
            return f"/academie?formation={self.training.code}"
        return self.where.address

    @property
    def subject(self) -> str:
        """Whose revision rises with its seats."""
        return "academy" if self.training else "meetings"

    @property
    def key(self) -> str:
        """What notices about it begin with."""
        if self.training:
            return f"session-{self.where.session_id}"
        return f"reunion-{self.where.meeting_id}"

    @property
    def refusal(self) -> str:
        """Why nobody can take a seat any more, or at all; nothing where one can."""
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
    """The number may come out of an address: the database has no room for any other."""
    return 0 < (ident or 0) < 2**31
