"""A date that is no date (date illisible): what a hand in the database, or a program that was cut,
may leave in SQLite, which holds dates as texts.
"""

from datetime import date


class _NoDate(date):
    """It stands before all days, so that what compares and sorts goes on; nothing is true from
    it.
    """


NO_DATE = _NoDate(1900, 1, 1)
