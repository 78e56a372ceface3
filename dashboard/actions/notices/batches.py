"""A mail that is claimed (courriel retenu): for whom, and which notices are in it."""

from dataclasses import dataclass

from dashboard.files.mail.messages import News


@dataclass(frozen=True)
class Batch:
    """One mail that is claimed. `reason` is the sentence for a recipient who has no account, and no
    preferences.
    """

    name: str
    address: str
    ids: list[int]
    news: list[News]
    reason: str = ""
    of: str = ""

    @property
    def mark(self) -> str:
        """What its Message-ID is made of: the same when it is sent again after a cut."""
        return self.of + ",".join(map(str, self.ids))
