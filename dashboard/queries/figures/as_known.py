"""« Tel que connu alors »: the day by which a fact must have been recorded to count."""

from datetime import date

from dashboard.scope import Scope


def known_by(scope: Scope, on: date) -> date | None:
    """`on` if the scope only counts what was known then; None: later records count too."""
    return on if scope.known else None
