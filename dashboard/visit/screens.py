"""The places (lieux) of the product and their views (vues): one place is one file of `pages/`, one
entry of the menu and one row of tabs; a view has its own address.
"""

from dataclasses import dataclass
from pathlib import Path

from models.settings import ROOT

PAGES = ROOT / "pages"
PARTICIPATE, STEER, MANAGE, YOU = "Participer", "Piloter", "Gérer", "Vous"


@dataclass(frozen=True)
class Screen:
    """A view: its address, title, the right it needs, and the filters it applies."""

    url: str
    title: str
    right: str = "page.everyone"
    filters: frozenset[str] = frozenset()
    is_tab: bool = True  # False: reached only from another view
    shorter: str = ""  # its name in the bar of a phone
    is_block: bool = False  # True: the page draws its filters and its body as one element

    @property
    def function(self) -> str:
        """The name of the function of `dashboard/views/` that draws it."""
        return f"{self.url.replace('-', '_') or FRONT}_view"

    @property
    def short(self) -> str:
        return self.shorter or self.title

    @property
    def href(self) -> str:
        return f"/{self.url}"


@dataclass(frozen=True)
class Place:
    """A place: its file in `pages/`, title, icon, heading in the menu, what one does there, and
    its views. Without a heading it is not in the menu.
    """

    name: str
    title: str
    icon: str
    heading: str
    purpose: str
    views: tuple[Screen, ...]

    @property
    def file(self) -> Path:
        return PAGES / f"{self.name}.py"


ALL = frozenset({"direction", "ambition", "au", "depuis"})
WHEN = frozenset({"au"})
WHERE_AND_WHEN = frozenset({"direction", "au"})
OF_IDEAS = frozenset({"direction", "ambition", "au"})

PLACES = (
    Place(
        "accueil",
        "Accueil",
        "home",
        PARTICIPATE,
        "Ce qui vous attend, où en est le programme, ce qui arrive.",
        (
            Screen("", "Accueil", "page.open"),
            Screen("actualites", "Actualités", "page.open"),
            Screen("a-prevenir", "À prévenir", "notice.tell", frozenset({"direction"})),
        ),
    ),
    Place(
        "idees",
        "Idées",
        "lightbulb",
        PARTICIPATE,
        "Lire, soutenir et commenter les idées ; y répondre.",
        (
            Screen("idees", "Idées", filters=OF_IDEAS),
            Screen(
                "reception",
                "À traiter",
                "page.inbox",
                frozenset({"direction", "ambition"}),
            ),
            Screen("ce-que-vous-dites", "Ce que vous dites", filters=OF_IDEAS, is_block=True),
            Screen(
                "lots", "Regroupements et thèmes", "idea.sort", OF_IDEAS, shorter="Regroupements"
            ),
        ),
    ),
    Place(
        "deposer",
        "Déposer une idée",
        "edit_square",
        PARTICIPATE,
        "Une idée, un constat, un problème : deux minutes suffisent.",
        (Screen("deposer", "Déposer une idée", "page.open", shorter="Déposer"),),
    ),
    Place(
        "suivre",
        "Suivre mon idée",
        "key",
        PARTICIPATE,
        "Avec le code reçu au dépôt : où en est votre idée, et votre réponse.",
        (Screen("suivre", "Suivre mon idée", "page.open"),),
    ),
    Place(
        "agenda",
        "Agenda",
        "event",
        PARTICIPATE,
        "Les réunions, les séances, les ateliers ; s'y inscrire.",
        (
            Screen("agenda", "Agenda", filters=frozenset({"direction"})),
            Screen("atelier", "Atelier", "workshop.run"),
            Screen("mur", "Le mur de l'atelier", is_tab=False),
        ),
    ),
    Place(
        "academie",
        "Académie",
        "school",
        PARTICIPATE,
        "Les formations, leurs sessions, vos inscriptions ; les savoir-faire des collègues.",
        (
            Screen("academie", "Académie", filters=OF_IDEAS),
            Screen("savoir-faire", "Savoir-faire"),
        ),
    ),
    Place(
        "communautes",
        "Communautés",
        "groups",
        PARTICIPATE,
        "Les réseaux d'agents, les groupes de progrès, les bonnes pratiques.",
        (
            Screen("communautes", "Communautés", filters=WHERE_AND_WHEN),
            Screen("groupes", "Groupes de progrès", filters=OF_IDEAS),
            Screen("bonnes-pratiques", "Bonnes pratiques", "practice.share"),
            Screen("marques-interet", "Marques d'intérêt", "page.open"),
        ),
    ),
    Place(
        "feuille_de_route",
        "Feuille de route",
        "timeline",
        STEER,
        "Les chantiers et leurs jalons, ce qui glisse et pourquoi ; les ambitions.",
        (
            Screen(
                "feuille-de-route",
                "Feuille de route",
                filters=frozenset({"direction", "au", "depuis"}),
                shorter="Route",
            ),
            Screen("ambitions", "Ambitions", filters=ALL, is_block=True),
            Screen("projet", "Le projet"),
        ),
    ),
    Place(
        "pilotage",
        "Pilotage",
        "monitoring",
        STEER,
        "Où en est le programme, direction par direction ; les cibles et les relevés.",
        (
            Screen(
                "tableau-de-bord",
                "Pilotage",
                "page.cockpit",
                ALL,
                is_block=True,
            ),
            Screen(
                "ma-direction",
                "Ma direction",
                "page.cockpit",
                frozenset({"direction"}),
                is_tab=False,
            ),
            Screen(
                *("voix", "Quelles voix manquent", "page.cockpit", WHERE_AND_WHEN),
                shorter="Voix",
                is_block=True,
            ),
            Screen("cibles", "Cibles et relevés", "page.cockpit", WHEN),
        ),
    ),
    Place(
        "seance",
        "Séance",
        "gavel",
        STEER,
        "Préparer la séance, voir ce qui a bougé, décider, publier.",
        (
            Screen(
                *("preparer", "Préparer la séance", "page.cockpit", WHERE_AND_WHEN),
                shorter="Préparer",
                is_block=True,
            ),
            Screen("en-seance", "En séance", "page.cockpit", is_tab=False),
            Screen("decisions", "Décisions", "page.cockpit", WHERE_AND_WHEN),
            Screen("depuis", "Depuis la séance", "page.cockpit", WHERE_AND_WHEN, is_tab=False),
            Screen("rapport", "Rapport", "page.cockpit", ALL),
            Screen("publication", "Publier", "publication.make", WHEN),
        ),
    ),
    Place(
        "enquetes",
        "Enquêtes",
        "ballot",
        STEER,
        "Les questionnaires et leurs résultats ; les questions posées au terrain.",
        (
            Screen("concertation", "Enquêtes", "survey.read", WHERE_AND_WHEN),
            Screen("campagnes", "Campagnes"),
            Screen("questionnaires", "Questionnaires", "survey.make"),
        ),
    ),
    Place(
        "mes_services",
        "Mes services",
        "diversity_3",
        MANAGE,
        "Transmettre les réponses à ceux qui n'ont pas d'écran ; les affiches.",
        (
            Screen("mes-services", "Mes services", "answer.carry", shorter="Services"),
            Screen("affiches", "Affiches", "poster.make"),
        ),
    ),
    Place(
        "programme",
        "Programme",
        "account_tree",
        MANAGE,
        "Les chantiers, les jalons, les référentiels ; importer des fichiers.",
        (
            Screen("programme", "Programme", "milestone.revise"),
            Screen("referentiels", "Référentiels", "page.references"),
            Screen("imports", "Imports", "idea.import"),
        ),
    ),
    Place(
        "administration",
        "Administration",
        "manage_accounts",
        MANAGE,
        "Les comptes, la mise en route, le journal, l'état du système.",
        (
            Screen("comptes", "Comptes", "account.manage"),
            Screen("mise-en-route", "Mise en route", "account.manage"),
            Screen("journal", "Journal", "journal.read"),
            Screen("etat-du-systeme", "État du système", "system.check"),
        ),
    ),
    Place(
        "mon_espace",
        "Mon espace",
        "account_circle",
        YOU,
        "Vos idées, vos inscriptions, vos avis, vos données.",
        (
            Screen("mon-espace", "Mon espace"),
            Screen("vos-donnees", "Vos données", "page.open"),
        ),
    ),
    Place(
        "tout",
        "Chercher",
        "search",
        YOU,
        "Un écran, une idée, un jalon, une formation, une décision.",
        (Screen("tout", "Chercher"),),
    ),
    # Reached from another place alone: a figure's reason, what others embed, a link of a mail.
    Place(
        "pourquoi",
        "Pourquoi ce chiffre ?",
        "help",
        "",
        "Ce que compte un chiffre, et d'où il vient.",
        (Screen("pourquoi", "Pourquoi ce chiffre ?", filters=ALL, is_tab=False),),
    ),
    Place(
        "integrer",
        "Intégrer",
        "code_blocks",
        "",
        "Montrer un chiffre, un graphique ou le formulaire sur une autre page.",
        (
            Screen("integrer", "Intégrer", filters=OF_IDEAS),
            Screen("extrait", "Un chiffre ou un graphique", "page.open", is_tab=False),
        ),
    ),
    Place(
        "cle",
        "Choisir mon mot de passe",
        "password",
        "",
        "La page du lien d'une invitation.",
        (Screen("cle", "Choisir mon mot de passe", "page.open", is_tab=False),),
    ),
    Place(
        "mentions",
        "Mentions",
        "fact_check",
        "",
        "Le registre des traitements et la déclaration d'accessibilité.",
        (
            Screen("registre", "Registre", "page.open"),
            Screen("accessibilite", "Accessibilité", "page.open"),
        ),
    ),
)

SCREENS = tuple(view for place in PLACES for view in place.views)
_BY_URL = {screen.url: screen for screen in SCREENS}
_PLACES = {screen.url: place for place in PLACES for screen in place.views}

FRONT = "accueil"  # the address of the front page by name
_ADDRESSES = frozenset(_BY_URL) | {FRONT}


def addresses() -> frozenset[str]:
    """Every address of a view, without its slash."""
    return _ADDRESSES


def screen_at(url: str) -> Screen:
    return _BY_URL[url]


def place_of(screen: Screen) -> Place:
    """The place of a view; that of an unknown address is nowhere."""
    return _PLACES.get(screen.url, _NOWHERE)


def missing(url: str) -> Screen:
    """The view of an unknown address: open to everybody, in no menu."""
    return Screen(url, "Cette page n'existe pas", "page.open", is_tab=False)


_NOWHERE = Place("", "", "search_off", "", "", ())
