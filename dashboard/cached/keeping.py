"""What is kept in memory for those who keep an installation, while they work on one screen: what it
still lacks, whom only paper reaches, its mails and tokens, the tables of references with their
history.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.access import Reader
from dashboard.queries.keeping import reader_tokens, setup
from dashboard.queries.keeping.jobs import last_backup
from dashboard.queries.keeping.reader_tokens import TokenRow
from dashboard.queries.keeping.setup import SetupFacts
from dashboard.queries.notices import records
from dashboard.queries.notices.records import MailState
from dashboard.queries.people import accounts
from dashboard.queries.reference_history import ChangeLine, history, history_length
from dashboard.queries.reference_tables import REFERENCE_TABLES
from models.database import reading


def setup_facts(reader: Reader, on: date) -> tuple[SetupFacts, date | None]:
    """What is there, and when the last backup was made. Raises Refused without the right."""
    with reading() as session:
        return setup.setup_facts(session, reader, on), last_backup(session, reader)


def to_invite_on_paper(reader: Reader, by_mail: bool) -> list[int]:
    """The accounts that no invitation has reached. Raises Refused without the right."""
    with reading() as session:
        return accounts.to_invite_on_paper(session, reader, by_mail)


def mail_state(reader: Reader) -> MailState:
    """The outbox. Raises Refused without the right."""
    with reading() as session:
        return records.mail_state(session, reader)


def tokens(reader: Reader) -> list[TokenRow]:
    """The tokens of the programs that read. Raises Refused without the right."""
    with reading() as session:
        return reader_tokens.tokens(session, reader)


def reference_rows(reader: Reader, code: str, on: date) -> Sequence[tuple[str, ...]]:
    """The rows of a table of references as one types them. Raises Refused without the right."""
    with reading() as session:
        return REFERENCE_TABLES[code].texts(session, reader, on)


@dataclass(frozen=True, slots=True)
class PageOfHistory:
    """One page of what was changed, and how many changes there are in all."""

    lines: list[ChangeLine]
    total: int


def reference_history(
    reader: Reader, code: str, on: date, row: str = "", page: int = 1
) -> PageOfHistory:
    """Of one row of a table of references, or of all. Raises Refused without the right."""
    table = REFERENCE_TABLES[code]
    with reading() as session:
        lines = history(session, reader, table, on, row, page)
        return PageOfHistory(lines, history_length(session, reader, table, on, row))
