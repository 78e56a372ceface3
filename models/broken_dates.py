"""An invalid date (date illisible), as a manual edit or an interrupted program may leave in SQLite,
which stores dates as text.
"""

from datetime import date


class _NoDate(date):
    """Sorts before all days, so that comparisons still work; no fact is valid from it."""


# Earlier than any day of an import file; a backup writes it as a day, which must not be a plausible
# one.
NO_DATE = _NoDate(1000, 1, 1)
