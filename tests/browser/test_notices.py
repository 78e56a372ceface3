"""Didier brings the news to those whom no mail reaches: says it, takes the list away, prints it
whole.
"""

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def after_a_round(served) -> None:
    """Whoever comes before its end would find less."""
    served.tick()
