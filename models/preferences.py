"""What a reader chose, remembered for her next visit."""

from typing import ClassVar

from sqlmodel import Field, SQLModel

# Under this name the day of a person's last visit and the one before.
LAST_VISIT = "derniere-visite"
# Present once a person has changed her address herself: imports then leave it unchanged.
OWN_ADDRESS = "adresse"


class Preference(SQLModel, table=True):
    """Préférence: a choice of one reader to restore (her directions), and the day of her last
    visit, which only she sees.
    """

    called: ClassVar[tuple[str, str]] = ("préférence", "préférences")

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    name: str = Field(primary_key=True)
    value: str = ""
