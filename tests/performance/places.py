"""Which pages are measured, at which address, and who reads each."""

from dashboard.access import may
from dashboard.visit.screens import SCREENS, Screen
from seed.demo_cast import CAST
from tests.support.places import reader_of

MONTH_END = "2023-06-30"
COCKPIT = "tableau-de-bord"
WHOLE = f"au={MONTH_END}&direction=ADM&ambition=toutes"
# Those who read most come first.
READERS = tuple(
    dict.fromkeys(["elise", "didier", "farid", "carine", *(part.login for part in CAST)])
)


def addresses(only: frozenset[str] = frozenset()) -> dict[str, tuple[str, str]]:
    """Name → (address, parameters): each screen with something in it; `only` some addresses."""
    found = {
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
    return {name: at for name, at in found.items() if not only or (at[0] or "accueil") in only}


def query_of(more: str, on: str = MONTH_END, direction: str = "ADM") -> str:
    given = dict(part.split("=") for part in more.split("&") if part)
    wanted = {"au": on, "direction": direction, "ambition": "toutes"} | given
    return "&".join(f"{name}={value}" for name, value in wanted.items())


def login_for(url: str) -> str:
    """The first of the readers who may open this screen: a refusal is soon drawn."""
    screen: Screen = next(screen for screen in SCREENS if screen.url == url)
    cast = {part.login: part for part in CAST}
    return next(login for login in READERS if may(reader_of(cast[login]), screen.right))
