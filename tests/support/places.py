"""What there is to look at: every screen as who sees most of it, and the states that an address
alone does not show.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace

from playwright.sync_api import Page, expect

from dashboard.access import RIGHTS, Reader, may, reach
from dashboard.visit.screens import SCREENS, Screen
from models.people import Role
from seed.demo_people import CAST, ROOT_CODE
from tests.support.hands import sign, unfold_filters
from tests.support.windows import idle

# What an address needs so that the screen shows what it is for.
QUERIES = {"pourquoi": "chiffre=reponse.tenue"}


@dataclass(frozen=True)
class Place:
    """An address, who stands there (None: a stranger), and what was done before one looks."""

    name: str
    address: str
    login: str | None
    act: Callable[[Page], None] | None = None
    narrow_only: bool = False
    # What it is made of stands on a screen or in another state: `make audit` looks at this one
    # too.
    is_like_another: bool = False

    @property
    def is_fleeting(self) -> bool:
        """Whether what was done shows only in a window that stays as it is: an open list closes
        when its window is turned, and a button stands elsewhere on a phone.
        """
        return self.act not in (None, _unfold_all)


def reader_of(part: SimpleNamespace) -> Reader:
    """What a member of the cast may do, from her roles alone."""
    roles = {Role.agent, *part.stored} | {
        role for role in (Role.ambassadeur,) if role.label == part.role
    }
    if part.mandate:
        roles |= {Role.manager} | ({Role.directeur} if part.mandate == ROOT_CODE else set())
    return Reader(
        person_id=1, roles=frozenset(roles), mandates=frozenset({1} if part.mandate else ())
    )


def richest(screen: Screen) -> str:
    """Who sees most on this screen: of those who may open it, the one whose rights reach
    furthest.
    """
    able = [part for part in CAST if may(reader_of(part), screen.right)]
    return max(able, key=lambda part: sum(reach(reader_of(part), right) for right in RIGHTS)).login


@cache
def screens() -> list[Place]:
    """Every screen as its richest role: a new line in `screens.SCREENS` is looked at from its
    first day.
    """
    return [place_of(screen, richest(screen)) for screen in SCREENS]


def place_of(screen: Screen, login: str | None) -> Place:
    return Place(
        screen.url or "accueil", f"/{screen.url}?{QUERIES.get(screen.url, '')}".rstrip("?"), login
    )


def for_everybody() -> list[Place]:
    """Every screen for every role that may open it; without an account, what is open."""
    found = [
        place_of(screen, part.login)
        for part in CAST
        for screen in SCREENS
        if may(reader_of(part), screen.right)
    ]
    return found + [place_of(screen, None) for screen in SCREENS if screen.right == "page.open"]


# ── States ────────────────────────────────────────────────────────────────────────────────────────


def _press(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("button", name=name, exact=True).first.click()


def _unfold_all(page: Page) -> None:
    closed = page.locator("main details:not([open]):visible")
    while closed.count():
        volet = closed.first.element_handle()
        volet.query_selector("summary").press("Enter")  # it may still be moving down
        page.wait_for_function("volet => volet.open", arg=volet)
        idle(page)  # some are filled once they are open, with further ones


def _file(page: Page) -> None:
    sign(page)
    page.get_by_label("Votre idée, votre constat", exact=True).fill(
        "Une rampe à l'entrée de la salle des fêtes"
    )
    page.get_by_label("Votre idée, votre constat", exact=True).press("Tab")
    expect(
        page.get_by_label("Titre (proposé d'après la première ligne)", exact=True)
    ).not_to_have_value("")
    _press("Envoyer")(page)
    expect(page.locator(".cp-thanks")).to_be_visible()


def _refused(page: Page) -> None:
    _press("Envoyer")(page)
    expect(page.locator(".cp-error").first).to_be_visible()


def _wrong_password(page: Page) -> None:
    page.get_by_label("Identifiant", exact=True).fill("elise")
    page.get_by_label("Mot de passe", exact=True).fill("pas le bon")
    _press("Se connecter")(page)
    expect(page.get_by_test_id("stAlert")).to_be_visible()


def _first_idea(page: Page) -> None:
    page.locator(".cp-desk li a").first.click()
    expect(page.locator("article.cp-idea")).to_be_visible()


def _open_list(page: Page) -> None:
    unfold_filters(page)
    expect(page.get_by_role("list", name="Directions et services")).to_be_visible()


def _open_calendar(page: Page) -> None:
    page.get_by_text("Prévoir une réunion", exact=True).first.click()
    page.get_by_test_id("stDateInputCalendarButton").first.click()
    expect(page.get_by_role("grid").first).to_be_visible()


def _open_menu(page: Page) -> None:
    _press("Menu")(page)
    expect(
        page.get_by_test_id("stSidebar").get_by_role("link", name="Idées", exact=True)
    ).to_be_visible()


def _plan(page: Page) -> None:
    _unfold_all(page)  # folded as soon as there is a workshop
    page.get_by_role("button", name="Préparer", exact=True).press(
        "Enter"
    )  # it may still be moving down
    expect(page.locator(".cp-atelier-save")).to_be_visible()


def _type_and_file(page: Page) -> None:
    """A line filed and on the wall, another one being typed, a third with its mistake; the
    opening unfolded.
    """
    _plan(page)
    page.locator(".cp-atelier-toggle input").check()
    field = page.locator(".cp-atelier-cell.is-here textarea").last
    field.fill("Un seul numéro pour tout le quartier")
    page.locator(".cp-atelier-save").click()
    expect(page.locator(".cp-atelier-saved li")).to_have_count(1)
    page.locator(".cp-atelier-wall").click()
    expect(page.locator(".cp-atelier-wall.is-shown")).to_have_count(1)
    page.locator(".cp-atelier-cell.is-here textarea").last.fill("Une ligne à corriger")
    page.locator(".cp-atelier-cell.is-here .cp-atelier-typed .cp-atelier-voices").first.fill("-3")
    page.locator(".cp-atelier-save").click()
    expect(page.locator(".cp-atelier-typed .cp-error:visible")).to_be_visible()
    _unfold_all(page)


def _wall(page: Page) -> None:
    _type_and_file(page)
    page.get_by_role("link", name="Ouvrir le mur").click()
    expect(page.locator(".cp-mur-lines li")).to_be_visible()


def _coming_meeting(page: Page) -> None:
    page.get_by_role("link", name="La rentrée de la feuille de route").first.click()
    expect(page.get_by_role("heading", name="Les inscriptions", exact=True)).to_be_visible()
    _unfold_all(idle(page))  # drawn again, a fold would close


def _account(page: Page) -> None:
    page.get_by_role("link", name="carine", exact=True).click()
    expect(page.get_by_role("heading", name="Mandats", exact=True)).to_be_visible()
    _unfold_all(page)


_ANIMATEUR, _AGENT, _ADMINISTRATOR = "didier", "alice", "farid"
STATES = (
    Place("connexion", "/idees", None, is_like_another=True),
    Place("mot de passe refusé", "/idees", None, _wrong_password),
    Place("page refusée", "/tableau-de-bord", _AGENT),
    Place("formulaire avec erreurs", "/deposer", _AGENT, _refused),
    Place("remerciement", "/deposer", _ADMINISTRATOR, _file),
    Place(
        "pourquoi, volets ouverts",
        "/pourquoi?chiffre=reponse.tenue",
        _ANIMATEUR,
        _unfold_all,
        is_like_another=True,
    ),
    Place(
        "filtres choisis",
        "/idees?etat=non-retenue&direction=VC-JSP&ambition=bien-etre",
        _ANIMATEUR,
        is_like_another=True,
    ),
    Place("liste vide", "/idees?q=hippopotame", _AGENT, is_like_another=True),
    Place("une idée", "/idees", _ANIMATEUR, _first_idea),
    Place("une ambition", "/ambitions?ambition=bien-etre", _ANIMATEUR, is_like_another=True),
    Place("un jalon, volets ouverts", "/feuille-de-route?jalon=1.7", _ANIMATEUR, _unfold_all),
    Place("un projet", "/programme?projet=SNB", _ANIMATEUR),
    Place("un chantier", "/feuille-de-route?chantier=2", _ANIMATEUR, is_like_another=True),
    Place("dates probables", "/feuille-de-route?volet=previsions", _ANIMATEUR),
    Place(
        "mises à jour attendues",
        "/feuille-de-route?volet=attendues",
        _ANIMATEUR,
        is_like_another=True,
    ),
    Place("révisions", "/feuille-de-route?volet=revisions", _ANIMATEUR, is_like_another=True),
    Place("face au PST, volets ouverts", "/feuille-de-route?volet=pst", _ANIMATEUR, _unfold_all),
    Place("une cible", "/cibles?chiffre=couverture", _ANIMATEUR, _unfold_all),
    Place("décisions, volets ouverts", "/decisions", _ANIMATEUR, _unfold_all, is_like_another=True),
    Place("une décision", "/decisions?decision=1", _ANIMATEUR, is_like_another=True),
    Place(
        "une décision en attente, volets ouverts", "/decisions?decision=28", _ANIMATEUR, _unfold_all
    ),
    Place(
        "communautés, volets ouverts", "/communautes", _ANIMATEUR, _unfold_all, is_like_another=True
    ),
    Place(
        "une marque d'intérêt, volets ouverts", "/marques-interet?marque=3", _ANIMATEUR, _unfold_all
    ),
    *(
        Place(
            f"{name} en lignes",
            f"/{address}rang=0",
            login,
            is_like_another=name != "idées",
        )
        for name, address, login in (
            ("idées", "idees?vue=en-retard&", _ANIMATEUR),
            ("marques d'intérêt", "marques-interet?", _ANIMATEUR),
            ("décisions", "decisions?liste=toutes&", _ANIMATEUR),
            ("comptes", "comptes?", _ADMINISTRATOR),
            ("cibles", "cibles?", _ANIMATEUR),
            ("sessions à tenir", "academie?vue=gestion&liste=sessions&", _ANIMATEUR),
        )
    ),
    Place("plusieurs comptes", "/comptes?choix=1,2", _ADMINISTRATOR, is_like_another=True),
    Place("un groupe, volets ouverts", "/groupes?groupe=G05", _ANIMATEUR, _unfold_all),
    Place("un groupe clos", "/groupes?groupe=G01", _AGENT, _unfold_all, is_like_another=True),
    Place("un atelier", "/atelier", _ANIMATEUR, _type_and_file, is_like_another=True),
    Place("l'agenda, volets ouverts", "/agenda", _ANIMATEUR, _unfold_all, is_like_another=True),
    Place("un mois de l'agenda", "/agenda?mois=2023-06&vue=mois", _AGENT),
    Place("une réunion, volets ouverts", "/agenda?genre=information", _ANIMATEUR, _coming_meeting),
    Place("le mur d'un atelier", "/atelier", _ANIMATEUR, _wall, is_like_another=True),
    Place(
        "les comptes, volets ouverts", "/comptes", _ADMINISTRATOR, _unfold_all, is_like_another=True
    ),
    Place("un compte, volets ouverts", "/comptes", _ADMINISTRATOR, _account, is_like_another=True),
    Place("une clé qui n'ouvre rien", "/cle?jeton=0", None),
    Place("liste de choix ouverte", "/idees", _ANIMATEUR, _open_list),
    Place("calendrier ouvert", "/agenda", _ANIMATEUR, _open_calendar, is_like_another=True),
    Place("adresse inconnue", "/nulle-part", _AGENT, is_like_another=True),
    Place("menu ouvert", "/idees", _AGENT, _open_menu, narrow_only=True),
)
