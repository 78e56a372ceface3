"""The installation (installation): facts about this database, signs of life of its tasks, the
revisions behind every cache, and how long things are stored.
"""

from datetime import date

from sqlalchemy import BigInteger
from sqlmodel import Field

from models.facts import Stored


class Heartbeat(Stored, table=True):
    """Signe de vie d'une tâche: `failure` is the type of its last error, without its message;
    `in_a_row` the number of failures since the last success. `amount` and `place` are what it left:
    the bytes and the folder of the last backup, the rows of the last restore test.
    """

    task: str = Field(primary_key=True)
    good_on: date | None = None
    failed_on: date | None = None
    failure: str = ""
    in_a_row: int = 0
    amount: int = Field(default=0, sa_type=BigInteger)
    place: str = ""


class Installation(Stored, table=True):
    """One row about this database. A demonstration cannot become real. Entries of the days before
    `mixed_before` have no order.
    """

    id: int = Field(default=1, primary_key=True)
    demonstration: bool = False
    frozen_on: date | None = None
    mixed_before: date | None = None


class Revision(Stored, table=True):
    """One row per subject, raised in each writing transaction: the key of every cache."""

    subject: str = Field(primary_key=True)
    n: int = Field(default=0, sa_type=BigInteger)


MAIL_DAYS = 90  # the text of a notice; the rest of the row stays
DRAFT_DAYS = 90  # a draft that was not continued
CONTACT_MONTHS = 12  # a mark of interest without a contact
GUEST_DAYS = 14  # the details of a guest, after the meeting or session
