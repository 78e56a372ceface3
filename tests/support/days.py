"""The day of the town (jour de la commune): between its midnight and that of the machine, two."""

from datetime import date

from models.clock import local_day, now


def town_today() -> date:
    return local_day(now())
