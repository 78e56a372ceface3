"""Which pages are measured, at which address, and who reads each."""

from collections.abc import Sequence

from dashboard.access import may
from dashboard.visit.screens import SCREENS, Screen
from seed.demo_people import CAST
from tests.support.places import reader_of

MONTH_END = "2023-06-30"
COCKPIT = "tableau-de-bord"
WHOLE = f"au={MONTH_END}&direction=ADM&ambition=toutes"
# In the order in which they are asked whether they may open a screen.
_CAST = tuple(part.login for part in CAST)
WORKERS = ("didier", "carine", "farid", *_CAST)
READERS = ("alice", "elise", *_CAST)


def addresses() -> dict[str, tuple[str, str]]:
    """Name → (address, parameters): each screen with something in it."""
    return {
        screen.title: (screen.url, "")
        for screen in SCREENS
        if screen.url not in ("pourquoi", "vos-donnees", "ma-direction")
    } | {
        "Une direction": ("tableau-de-bord", "direction=VC"),
        "Une ambition": ("ambitions", "ambition=bien-etre"),
        "Idées, recherche": ("idees", "q=service"),
        "Un jalon": ("feuille-de-route", "jalon=1.7"),
        "Pourquoi ce chiffre ?": ("pourquoi", "chiffre=reponse.tenue"),
    }


def query_of(more: str, on: str = MONTH_END, direction: str = "ADM") -> str:
    given = dict(part.split("=") for part in more.split("&") if part)
    wanted = {"au": on, "direction": direction, "ambition": "toutes"} | given
    return "&".join(f"{name}={value}" for name, value in wanted.items())


def first_of(logins: Sequence[str], url: str) -> str:
    """The first of them who may open this screen: a refusal is soon drawn."""
    screen: Screen = next(screen for screen in SCREENS if screen.url == url)
    cast = {part.login: part for part in CAST}
    return next(login for login in logins if may(reader_of(cast[login]), screen.right))
