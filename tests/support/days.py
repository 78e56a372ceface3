"""The day of the town (jour de la commune): between its midnight and that of the machine, two."""

from datetime import date

from sqlalchemy import Engine

from models.clock import local_day, now
from models.database import writing
from models.installation import Installation


def town_today() -> date:
    return local_day(now())


def on_day(engine: Engine, day: date) -> None:
    """The demonstration stands on this day from now on."""
    with writing(engine) as session:
        session.get(Installation, 1).frozen_on = day
