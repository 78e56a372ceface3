"""What one reader chose and finds again."""

from typing import ClassVar

from sqlmodel import Field, SQLModel

# Under this name the day of a person's last visit, then that of the one before.
LAST_VISIT = "derniere-visite"


class Preference(SQLModel, table=True):
    """Préférence: what one reader chose and finds again (the directions she looks at), and the day
    of her last visit, which nobody else sees.
    """

    called: ClassVar[tuple[str, str]] = ("préférence", "préférences")

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    name: str = Field(primary_key=True)
    value: str = ""
