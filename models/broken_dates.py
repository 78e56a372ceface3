"""A date that is no date (date illisible): what a hand in the database, or a program that was cut,
may leave in SQLite, which holds dates as texts.
"""

from datetime import date


class _NoDate(date):
    """It comes before all days, so that comparing and sorting go on; nothing is true from
    it.
    """


# Earlier than any day that a file may bring, so that a backup, which writes it as a day, makes none
# of it that could be meant.
NO_DATE = _NoDate(1000, 1, 1)
