"""The screens: one line each (file, title, icon, heading, right needed)."""

from dataclasses import dataclass
from pathlib import Path

from models.settings import ROOT

PAGES = ROOT / "pages"


@dataclass(frozen=True)
class Screen:
    """One screen: its address, file, title, icon, heading in the menu, the right it needs, and the
    filters it applies.
    """

    url: str
    title: str
    icon: str
    heading: str
    right: str = "page.everyone"
    filters: frozenset[str] = frozenset()
    in_menu: bool = True  # False: only on « Tout »
    in_all: bool = True  # False: reached only from another screen
    shorter: str = ""  # its name in the bar of a phone
    is_block: bool = False  # True: the page draws its filters and its body as one element
    has_folded_filters: bool = False  # True: one line summarises them, at any width

    @property
    def file(self) -> Path:
        return PAGES / f"{self.url.replace('-', '_') or 'accueil'}.py"

    @property
    def short(self) -> str:
        return self.shorter or self.title

    @property
    def href(self) -> str:
        return f"/{self.url}"


ALL = frozenset({"direction", "ambition", "au", "depuis"})


WHEN = frozenset({"au"})


SCREENS = (
    Screen("", "Accueil", "home", "Le programme", "page.open"),
    Screen(
        "tableau-de-bord",
        "Tableau de bord",
        "monitoring",
        "Le programme",
        "page.cockpit",
        ALL,
        shorter="Tableau",
        is_block=True,
        has_folded_filters=True,
    ),
    Screen(
        "ma-direction",
        "Ma direction",
        "domain",
        "Le programme",
        "page.cockpit",
        ALL - {"ambition"},
        shorter="Direction",
        is_block=True,
    ),
    Screen(
        "feuille-de-route",
        "Feuille de route",
        "timeline",
        "Le programme",
        filters=frozenset({"direction", "au", "depuis"}),
        shorter="Route",
    ),
    Screen(
        "ambitions",
        "Ambitions",
        "flag",
        "Le programme",
        filters=frozenset({"direction", "au", "depuis", "ambition"}),
        in_menu=False,
        is_block=True,
    ),
    Screen("projet", "Le projet de transformation", "explore", "Le programme", in_menu=False),
    Screen(
        "depuis",
        "Depuis la dernière séance",
        "history",
        "Le programme",
        "page.cockpit",
        frozenset({"direction", "au"}),
        is_block=True,
    ),
    Screen(
        "decisions",
        "Décisions",
        "gavel",
        "Le programme",
        "page.cockpit",
        frozenset({"direction", "au"}),
        in_menu=False,
    ),
    Screen(
        "idees",
        "Idées",
        "lightbulb",
        "Participer",
        filters=frozenset({"direction", "ambition", "au"}),
    ),
    Screen(
        "deposer", "Déposer une idée", "edit_square", "Participer", "page.open", shorter="Déposer"
    ),
    Screen("suivre", "Suivre mon idée", "key", "Participer", "page.open", in_menu=False),
    Screen(
        "ce-que-vous-dites",
        "Ce que vous nous avez dit",
        "record_voice_over",
        "Participer",
        filters=frozenset({"direction", "ambition", "au"}),
        in_menu=False,
        is_block=True,
    ),
    Screen(
        "concertation",
        "Concertation",
        "forum",
        "Participer",
        "survey.read",
        frozenset({"direction", "au"}),
        in_menu=False,
    ),
    Screen(
        "questionnaires",
        "Questionnaires",
        "ballot",
        "Participer",
        "survey.make",
        in_menu=False,
    ),
    Screen(
        "reception",
        "Réception des idées",
        "inbox",
        "Gérer",
        "page.inbox",
        frozenset({"direction", "ambition"}),
        shorter="Réception",
    ),
    Screen(
        "communautes", "Communautés", "groups", "Participer", filters=frozenset({"direction", "au"})
    ),
    Screen(
        "bonnes-pratiques",
        "Bonnes pratiques",
        "menu_book",
        "Participer",
        "practice.share",
        in_menu=False,
    ),
    Screen(
        "marques-interet",
        "Marques d'intérêt",
        "front_hand",
        "Participer",
        "page.open",
        in_menu=False,
    ),
    Screen(
        "academie",
        "Académie",
        "school",
        "Participer",
        filters=frozenset({"direction", "ambition", "au"}),
    ),
    Screen(
        "groupes",
        "Groupes de progrès",
        "diversity_1",
        "Participer",
        filters=frozenset({"direction", "ambition", "au"}),
        in_menu=False,
        shorter="Groupes",
    ),
    Screen(
        "agenda", "Agenda", "event", "Participer", filters=frozenset({"direction"}), in_menu=False
    ),
    Screen("savoir-faire", "Savoir-faire", "handshake", "Participer", in_menu=False),
    Screen(
        "mes-services",
        "Mes services",
        "diversity_3",
        "Participer",
        "answer.carry",
        shorter="Services",
    ),
    Screen("atelier", "Atelier", "co_present", "Participer", "workshop.run"),
    Screen("mur", "Le mur de l'atelier", "cast", "", in_menu=False, in_all=False),
    Screen("actualites", "Actualités", "newspaper", "Participer", "page.open", in_menu=False),
    Screen("rapport", "Rapport", "summarize", "Le programme", "page.cockpit", ALL, in_menu=False),
    Screen(
        "cibles",
        "Cibles et relevés",
        "track_changes",
        "Le programme",
        "page.cockpit",
        WHEN,
        in_menu=False,
    ),
    Screen(
        "publication",
        "Publier la situation",
        "public",
        "Le programme",
        "publication.make",
        WHEN,
        in_menu=False,
    ),
    Screen(
        "a-prevenir",
        "À prévenir",
        "record_voice_over",
        "Gérer",
        "notice.tell",
        frozenset({"direction"}),
        in_menu=False,
    ),
    Screen(
        "programme",
        "Programme",
        "account_tree",
        "Gérer",
        "milestone.revise",
        in_menu=False,
    ),
    Screen(
        "referentiels",
        "Référentiels",
        "table_edit",
        "Gérer",
        "page.references",
        in_menu=False,
    ),
    Screen(
        "mise-en-route",
        "Mise en route",
        "rocket_launch",
        "Gérer",
        "account.manage",
        in_menu=False,
    ),
    Screen("affiches", "Affiches", "qr_code_2", "Gérer", "poster.make", in_menu=False),
    Screen("comptes", "Comptes", "manage_accounts", "Gérer", "account.manage", in_menu=False),
    Screen("imports", "Imports", "upload_file", "Gérer", "idea.import", in_menu=False),
    Screen(
        "etat-du-systeme",
        "État du système",
        "monitor_heart",
        "Gérer",
        "system.check",
        in_menu=False,
    ),
    Screen("journal", "Journal", "history_edu", "Gérer", "journal.read", in_menu=False),
    Screen(
        "pourquoi", "Pourquoi ce chiffre ?", "help", "", filters=ALL, in_menu=False, in_all=False
    ),
    Screen(
        "extrait",
        "Un chiffre ou un graphique",
        "preview",
        "",
        "page.open",
        in_menu=False,
        in_all=False,
    ),
    Screen(
        "cle",
        "Choisir mon mot de passe",
        "password",
        "",
        "page.open",
        in_menu=False,
        in_all=False,
    ),
    Screen("mon-espace", "Mon espace", "account_circle", "Vous"),
    Screen("vos-donnees", "Vos données", "shield_person", "Vous", "page.open", in_menu=False),
    Screen(
        "registre",
        "Registre des traitements",
        "fact_check",
        "Vous",
        "page.open",
        in_menu=False,
        in_all=False,
    ),
    Screen(
        "accessibilite",
        "Déclaration d'accessibilité",
        "accessibility_new",
        "Vous",
        "page.open",
        in_menu=False,
        in_all=False,
    ),
    Screen(
        "integrer",
        "Intégrer",
        "code_blocks",
        "Vous",
        filters=frozenset({"direction", "ambition", "au"}),
        in_menu=False,
    ),
    Screen("tout", "Tout", "apps", "Vous", filters=frozenset(), in_menu=False),
)


FRONT = "accueil"  # the address of the front page by name


_ADDRESSES = frozenset(screen.url for screen in SCREENS) | {FRONT}


def addresses() -> frozenset[str]:
    """Every address of a page, without its slash."""
    return _ADDRESSES


def missing(url: str) -> Screen:
    """The screen of an unknown address: open to everybody, in no menu."""
    return Screen(
        url, "Cette page n'existe pas", "search_off", "", "page.open", in_menu=False, in_all=False
    )


_BY_URL = {screen.url: screen for screen in SCREENS}


def screen_at(url: str) -> Screen:
    return _BY_URL[url]
