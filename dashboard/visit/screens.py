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
    purpose: str  # what one does there, in one sentence under its title
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
    """A place: its file in `pages/`, title, icon, heading in the menu, and its views. Without a
    heading it is not in the menu.
    """

    name: str
    title: str
    icon: str
    heading: str
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
        (
            Screen(
                "",
                "Accueil",
                "Ce qui vous attend, puis où en est le programme.",
                "page.open",
            ),
            Screen(
                "actualites",
                "Actualités",
                "Annoncé par l'équipe du programme, le plus récent d'abord.",
                "page.open",
            ),
            Screen(
                "a-prevenir",
                "À prévenir",
                "Qui prévenir, et de quoi. « C'est dit » retire la personne de la liste.",
                "notice.tell",
                frozenset({"direction"}),
            ),
        ),
    ),
    Place(
        "idees",
        "Idées",
        "lightbulb",
        PARTICIPATE,
        (
            Screen(
                "idees",
                "Idées",
                "Lisez, soutenez, commentez : la direction concernée répond et dit pourquoi.",
                filters=OF_IDEAS,
            ),
            Screen(
                "reception",
                "À traiter",
                "Ouvrez une idée, écrivez la réponse : son auteur la reçoit.",
                "page.inbox",
                frozenset({"direction", "ambition"}),
            ),
            Screen(
                "ce-que-vous-dites",
                "Ce que vous dites",
                "Vos priorités, ce qui va et ce qui ne va pas, d'après idées et mains levées.",
                filters=OF_IDEAS,
                is_block=True,
            ),
            Screen(
                "lots",
                "Regroupements et thèmes",
                "Réunissez les idées qui disent la même chose, donnez-leur un thème.",
                "idea.sort",
                OF_IDEAS,
                shorter="Regroupements",
            ),
        ),
    ),
    Place(
        "deposer",
        "Déposer une idée",
        "edit_square",
        PARTICIPATE,
        (
            Screen(
                "deposer",
                "Déposer une idée",
                "Deux minutes suffisent. Chaque idée est lue et reçoit une réponse écrite.",
                "page.open",
                shorter="Déposer",
            ),
        ),
    ),
    Place(
        "suivre",
        "Suivre mon idée",
        "key",
        PARTICIPATE,
        (
            Screen(
                "suivre",
                "Suivre mon idée",
                "Avec le code reçu au dépôt : où en est votre idée, et la réponse.",
                "page.open",
            ),
        ),
    ),
    Place(
        "agenda",
        "Agenda",
        "event",
        PARTICIPATE,
        (
            Screen(
                "agenda",
                "Agenda",
                "Rencontres et formations à venir : ouvrez-en une pour la lire ou vous y inscrire.",
                filters=frozenset({"direction"}),
            ),
            Screen(
                "atelier",
                "Atelier",
                "Choisissez la réunion, notez ce qui s'y dit, puis envoyez tout d'un coup.",
                "workshop.run",
            ),
            Screen(
                "mur",
                "Le mur de l'atelier",
                "Ce que l'atelier a noté, pour la salle.",
                is_tab=False,
            ),
        ),
    ),
    Place(
        "academie",
        "Académie",
        "school",
        PARTICIPATE,
        (
            Screen(
                "academie",
                "Académie",
                "Inscrivez-vous ; s'il faut un accord, votre responsable a trois jours, puis un"
                " rappel.",
                filters=OF_IDEAS,
            ),
            Screen(
                "savoir-faire",
                "Savoir-faire",
                "Ce que des collègues proposent de transmettre ou cherchent à apprendre.",
            ),
        ),
    ),
    Place(
        "communautes",
        "Communautés",
        "groups",
        PARTICIPATE,
        (
            Screen(
                "communautes",
                "Communautés",
                "Les réseaux d'agents : qui en est, dans quelles directions, comment s'y joindre.",
                filters=WHERE_AND_WHEN,
            ),
            Screen(
                "groupes",
                "Groupes de progrès",
                "De petites équipes qui règlent un problème précis, du mandat au résultat.",
                filters=OF_IDEAS,
            ),
            Screen(
                "bonnes-pratiques",
                "Bonnes pratiques",
                "Ce qui marche ailleurs dans la maison, et peut se reprendre chez vous.",
                "practice.share",
            ),
            Screen(
                "marques-interet",
                "Marques d'intérêt",
                "Dites ce qui vous intéresse : le relais de votre direction vous répond.",
                "page.open",
            ),
        ),
    ),
    Place(
        "feuille_de_route",
        "Feuille de route",
        "timeline",
        STEER,
        (
            Screen(
                "feuille-de-route",
                "Feuille de route",
                "Où en est chaque chantier, d'après ses porteurs. Ouvrez-en un, puis un jalon.",
                filters=frozenset({"direction", "au", "depuis"}),
                shorter="Route",
            ),
            Screen(
                "ambitions",
                "Ambitions",
                "Ouvrez une ambition : ses idées, ses projets, ses chiffres à la date choisie.",
                filters=ALL,
                is_block=True,
            ),
            Screen(
                "projet",
                "Le projet",
                "Comment le programme a commencé, et comment il avance avec les agents.",
            ),
        ),
    ),
    Place(
        "pilotage",
        "Pilotage",
        "monitoring",
        STEER,
        (
            Screen(
                "tableau-de-bord",
                "Pilotage",
                "Où en est le programme, et pourquoi.",
                "page.cockpit",
                ALL,
                is_block=True,
            ),
            Screen(
                "ma-direction",
                "Ma direction",
                "Les chiffres de votre direction à côté de ceux de toute l'administration.",
                "page.cockpit",
                frozenset({"direction"}),
                is_tab=False,
            ),
            Screen(
                "voix",
                "Quelles voix manquent",
                "Qui s'exprime moins que sa part dans l'effectif, à la date choisie.",
                "page.cockpit",
                WHERE_AND_WHEN,
                shorter="Voix",
                is_block=True,
            ),
            Screen(
                "cibles",
                "Cibles et relevés",
                "Ouvrez un chiffre : sa cible, qui l'a décidée, ce qui a été relevé.",
                "page.cockpit",
                WHEN,
            ),
        ),
    ),
    Place(
        "seance",
        "Séance",
        "gavel",
        STEER,
        (
            Screen(
                "preparer",
                "Préparer la séance",
                "Ouvrez un point ; dessous, ce qui a glissé.",
                "page.cockpit",
                WHERE_AND_WHEN,
                shorter="Préparer",
                is_block=True,
            ),
            Screen(
                "en-seance",
                "En séance",
                "Un point à la fois, pour la salle.",
                "page.cockpit",
                is_tab=False,
            ),
            Screen(
                "decisions",
                "Décisions",
                "Ouvrez un point : devant quelle instance, qui le porte, ce qui en est fait.",
                "page.cockpit",
                WHERE_AND_WHEN,
            ),
            Screen(
                "depuis",
                "Depuis la séance",
                "Ce qui a bougé entre la dernière séance et aujourd'hui.",
                "page.cockpit",
                WHERE_AND_WHEN,
                is_tab=False,
            ),
            Screen(
                "rapport",
                "Rapport",
                "Choisissez un document : il montre les directions et la date choisies en haut.",
                "page.cockpit",
                ALL,
            ),
            Screen(
                "publication",
                "Publier",
                "Relisez, puis publiez : l'accueil public le montre aussitôt, avec votre mot.",
                "publication.make",
                WHEN,
            ),
        ),
    ),
    Place(
        "enquetes",
        "Enquêtes",
        "ballot",
        STEER,
        (
            Screen(
                "concertation",
                "Enquêtes",
                "Ce que les agents ont répondu. Ouvrez une enquête, question par question.",
                "survey.read",
                WHERE_AND_WHEN,
            ),
            Screen(
                "campagnes",
                "Campagnes",
                "Ouvrez une question pour y répondre, ou pour lire ce qui a suivi.",
            ),
            Screen(
                "questionnaires",
                "Questionnaires",
                "Écrivez, ouvrez, clôturez. Les réponses sont celles reçues à ce jour.",
                "survey.make",
            ),
        ),
    ),
    Place(
        "mes_services",
        "Mes services",
        "diversity_3",
        MANAGE,
        (
            Screen(
                "mes-services",
                "Mes services",
                "Ce que vous avez à dire de vive voix à vos collègues.",
                "answer.carry",
                shorter="Services",
            ),
            Screen(
                "affiches",
                "Affiches",
                "Imprimez une affiche par site : son code ouvre les réponses, sans compte.",
                "poster.make",
            ),
        ),
    ),
    Place(
        "programme",
        "Programme",
        "account_tree",
        MANAGE,
        (
            Screen(
                "programme",
                "Programme",
                "Ouvrez un chantier, puis un jalon à modifier ; l'auteur et la date sont gardés.",
                "milestone.revise",
            ),
            Screen(
                "referentiels",
                "Référentiels",
                "Choisissez une liste, corrigez-la : l'auteur et la date sont gardés.",
                "page.references",
            ),
            Screen(
                "imports",
                "Imports",
                "Choisissez un fichier : il est d'abord vérifié, et enregistré après votre accord.",
                "idea.import",
            ),
        ),
    ),
    Place(
        "administration",
        "Administration",
        "manage_accounts",
        MANAGE,
        (
            Screen(
                "comptes",
                "Comptes",
                "Qui a un compte aujourd'hui, et quel rôle.",
                "account.manage",
            ),
            Screen(
                "mise-en-route",
                "Mise en route",
                "Les étapes d'une nouvelle installation, dans l'ordre.",
                "account.manage",
            ),
            Screen(
                "journal",
                "Journal",
                "Qui a fait quoi, quel jour, le plus récent d'abord. Rien ne s'y modifie.",
                "journal.read",
            ),
            Screen(
                "etat-du-systeme",
                "État du système",
                "Ce qui va en ce moment, et ce qui demande une action.",
                "system.check",
            ),
        ),
    ),
    Place(
        "mon_espace",
        "Mon espace",
        "account_circle",
        YOU,
        (
            Screen(
                "mon-espace",
                "Mon espace",
                "Vos idées, vos inscriptions, vos réglages. Cette page n'est montrée qu'à vous.",
            ),
            Screen(
                "vos-donnees",
                "Vos données",
                "Ce qui est conservé de vous, pourquoi, et jusqu'à quand.",
                "page.open",
            ),
        ),
    ),
    Place(
        "tout",
        "Chercher",
        "search",
        YOU,
        (
            Screen(
                "tout",
                "Chercher",
                "Un écran, une idée, un jalon, une formation, une décision : tapez un mot.",
            ),
        ),
    ),
    # Reached from another place alone: a figure's reason, what others embed, a link of a mail.
    Place(
        "pourquoi",
        "Pourquoi ce chiffre ?",
        "help",
        "",
        (
            Screen(
                "pourquoi",
                "Pourquoi ce chiffre ?",
                "Ce que compte un chiffre, et d'où il vient.",
                filters=ALL,
                is_tab=False,
            ),
        ),
    ),
    Place(
        "integrer",
        "Intégrer",
        "code_blocks",
        "",
        (
            Screen(
                "integrer",
                "Intégrer",
                "Montrez un chiffre, un graphique ou le formulaire sur une autre page.",
                filters=OF_IDEAS,
            ),
            Screen("extrait", "Un chiffre ou un graphique", "", "page.open", is_tab=False),
        ),
    ),
    Place(
        "cle",
        "Choisir mon mot de passe",
        "password",
        "",
        (
            Screen(
                "cle",
                "Choisir mon mot de passe",
                "La page du lien d'une invitation.",
                "page.open",
                is_tab=False,
            ),
        ),
    ),
    Place(
        "mentions",
        "Mentions",
        "fact_check",
        "",
        (
            Screen(
                "registre",
                "Registre",
                "Les traitements de données personnelles, comme le RGPD les demande.",
                "page.open",
            ),
            Screen(
                "accessibilite",
                "Accessibilité",
                "Ce qui est conforme, ce qui ne l'est pas encore, à qui l'écrire.",
                "page.open",
            ),
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
    return Screen(url, "Cette page n'existe pas", "", "page.open", is_tab=False)


_NOWHERE = Place("", "", "search_off", "", ())
