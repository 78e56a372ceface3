"""A mail about to be sent (courriel retenu): its recipient and its notices."""

from dataclasses import dataclass

from dashboard.files.mail.messages import News


@dataclass(frozen=True)
class Batch:
    """One mail claimed for sending. `reason` is the closing sentence for a recipient without an
    account or preferences.
    """

    name: str
    address: str
    ids: list[int]
    news: list[News]
    reason: str = ""
    of: str = ""

    @property
    def mark(self) -> str:
        """The basis of its Message-ID: the same when it is sent again after an interruption."""
        return self.of + ",".join(map(str, self.ids))
