"""What stored rows (enregistrements) have in common: the name of their table, mostly a number."""

import re

from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

# SQLite would store a hidden row number in the order of insertion, which would date an anonymous
# entry to the minute.
NO_HIDDEN_ORDER = {"sqlite_with_rowid": False}


class Stored(SQLModel):
    """A row of the table that is named after its class: `PlanReport` is stored in `plan_report`."""

    @declared_attr
    def __tablename__(cls) -> str:
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()


class Record(Stored):
    """A row that the database numbers."""

    id: int | None = Field(default=None, primary_key=True)
