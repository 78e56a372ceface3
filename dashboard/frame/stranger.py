"""The front page and the sign-in inside the application, for a reader without an account."""

from dashboard import cached
from dashboard.screens.public import public_head, situation
from dashboard.ui.components import note_unread
from dashboard.visit.sign_in_screen import sign_in_form
from seed.demonstration import DEMO_ACCOUNTS, DEMO_PASSWORD


def front() -> None:
    """What is public, and the sign-in."""
    note_unread(cached.last_published())
    publication = cached.published()
    public_head(publication)
    sign_in("Se connecter", level=2)
    if publication:
        situation(publication)


def sign_in(heading: str, level: int = 1) -> None:
    """The sign-in on the page; the demonstration accounts are listed on a demonstration database
    only.
    """
    if cached.installation().demonstration:
        sign_in_form(heading, DEMO_ACCOUNTS, DEMO_PASSWORD, level)
    else:
        sign_in_form(heading, level=level)
