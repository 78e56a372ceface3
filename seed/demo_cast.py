"""The cast (les personnages) of the demonstration: the accounts one can sign in with, and the
mandates.
"""

import re
from dataclasses import dataclass
from datetime import date

import bcrypt

from models.people import LAST_VISIT, Account, Mandate, Preference, Role
from seed.stage import START, Agent, Stage

DEMO_PASSWORD = "chaque-petite-action"
# A fixed salt, so that two loads are identical; the password is public anyway.
_SALT = b"$2b$10$cPossibleDemonstratioe"
_CHIEFS = 30
_LAST_VISIT = date(2023, 6, 5)


@dataclass(frozen=True)
class Part:
    """One account of the demonstration: login, service, and the sentence that says what to
    look at.
    """

    login: str
    given_name: str
    family_name: str
    service: str
    function: str
    role: str
    sentence: str
    is_woman: bool = True
    has_workstation: bool = True
    stored: tuple[Role, ...] = ()
    mandate: str | None = None


CAST = (
    Part(
        "alice",
        "Alice",
        "Lambotte",
        "VC-JSP-1",
        "Maître-nageuse",
        "Agent",
        "dépose une idée, la suit, s'inscrit à une formation",
        has_workstation=False,
    ),
    Part(
        "bruno",
        "Bruno",
        "Ferrero",
        "AD-VER-1",
        "Jardinier",
        "Ambassadeur",
        "relaie les idées de collègues sans ordinateur et leur rapporte les réponses",
        is_woman=False,
        has_workstation=False,
    ),
    Part(
        "carine",
        "Carine",
        "Delvaux",
        "VC-JSP-3",
        "Directrice de la Jeunesse et des Sports",
        "Manager",
        "répond aux idées qui concernent sa direction (Jeunesse et sports)",
        mandate="VC-JSP",
    ),
    Part(
        "didier",
        "Didier",
        "Masson",
        "DG-RAT-2",
        "Animateur de la cellule transformation",
        "Animateur",
        "trie et modère les idées, tient les communautés et l'académie",
        is_woman=False,
        stored=(Role.animateur,),
    ),
    Part(
        "elise",
        "Élise",
        "Vandamme",
        "DG-SEC-1",
        "Directrice générale adjointe",
        "CODIR",
        "pilote la feuille de route au comité de direction",
        stored=(Role.codir,),
    ),
    Part(
        "farid",
        "Farid",
        "Benali",
        "RI-INF-1",
        "Administrateur systèmes",
        "Administrateur",
        "tient les comptes, les référentiels et l'état du système",
        is_woman=False,
        stored=(Role.admin,),
    ),
    Part(
        "gaelle",
        "Gaëlle",
        "Thonnard",
        "DG-SEC-1",
        "Directrice générale",
        "Directeur général",
        "préside le CODIR et publie la situation de la feuille de route",
        stored=(Role.codir,),
        mandate="ADM",
    ),
)
DEMO_ACCOUNTS: tuple[tuple[str, str, str], ...] = tuple(
    (part.login, part.role, part.sentence) for part in CAST
)

# The service of the head of a department.
_DEPARTMENT_HEADS = {"DF": "DF-BUD-1", "AD": "AD-URB-1", "RI": "RI-GRH-1", "VC": "VC-POP-1"}
_FEMININE = (
    ("Directeur financier", "Directrice financière"),
    ("Directeur", "Directrice"),
    ("Inspecteur général", "Inspectrice générale"),
    ("Secrétaire général", "Secrétaire générale"),
    ("Chef ", "Cheffe "),
)


def give_roles(stage: Stage) -> None:
    """Turns some agents into the cast and the managers; called before the agents are written."""
    for part in CAST:
        agent = _pick(stage, part.service, part.has_workstation)
        agent.given_name = part.given_name
        agent.family_name = part.family_name
        agent.function = part.function
        agent.is_woman = part.is_woman
        stage.cast[part.login] = agent
        if part.mandate:
            stage.managers[part.mandate] = agent
    for code, service in _DEPARTMENT_HEADS.items():
        _promote(stage, code, service, stage.heads[code])
    directions = dict.fromkeys(service.direction for service in stage.services.values())
    for code in directions:
        if code not in stage.managers:
            first = next(
                service.code for service in stage.services.values() if service.direction == code
            )
            _promote(stage, code, first, stage.heads[code])
    for service in sorted(stage.services.values(), key=lambda service: -service.agents)[:_CHIEFS]:
        _promote(stage, service.code, service.code, f"Chef de service, {service.name}")


def write_accounts(stage: Stage) -> None:
    hashed = bcrypt.hashpw(DEMO_PASSWORD.encode(), _SALT).decode()
    for part in CAST:
        person = stage.cast[part.login].id
        roles = ",".join(part.stored)
        stage.add(Account, person_id=person, login=part.login, password_hash=hashed, roles=roles)
        stage.add(Preference, person_id=person, name=LAST_VISIT, value=_LAST_VISIT.isoformat())
    for code, agent in stage.managers.items():
        stage.add(Mandate, person_id=agent.id, direction_id=stage.units[code], since=START)


def _promote(stage: Stage, code: str, service: str, function: str) -> None:
    agent = _pick(stage, service, has_workstation=True)
    agent.function = function
    if agent.is_woman:
        for man, woman in _FEMININE:
            agent.function = re.sub(f"^{man}", woman, agent.function)
    stage.managers[code] = agent


def _pick(stage: Stage, service: str, has_workstation: bool) -> Agent:
    """The first agent of the service, employed since the beginning, without a role yet."""
    with_role = {agent.id for agent in (*stage.cast.values(), *stage.managers.values())}
    return next(
        agent
        for agent in stage.agents
        if agent.places == [(START, service)]
        and agent.has_workstation == has_workstation
        and agent.id not in with_role
    )


def manager_of(stage: Stage, concerns: str | None, day: date) -> Agent:
    """The manager of a unit: its own, else the nearest one above; the programme's office for
    entries without a unit.
    """
    code = concerns
    while code:
        manager = stage.managers.get(code)
        if manager and manager.service_on(day):
            return manager
        code = code.rpartition("-")[0]
    return stage.cast["didier"]


WOMEN = (
    "Adeline Agnès Aïcha Alessia Alexandra Alison Amandine Amel Amélie Amina Anaïs Andrea Angélique"
    " Anissa Anja Anke Ann Anna Annick Annie Antonella Asma Audrey Aurélie Aurore Ayse Aysegül"
    " Barbara Béatrice Bénédicte Benedetta Bernadette Brigitte Camille Carla Caroline Catherine"
    " Cécile Céline Chantal Charlotte Christelle Christine Cindy Claire Clara Claudine Coralie"
    " Corinne Daniela Danielle Deborah Delphine Derya Dominique Dounia Eline Elena Élisabeth Elke"
    " Elodie Els Emel Emilie Emma Esra Estelle Evelyne Fabienne Fanny Farida Fatima Fatma Florence"
    " Françoise Frédérique Géraldine Giulia Greet Gulsen Hafida Hanane Hasna Hatice Hélène Hilde"
    " Ilaria Ilse Imane Ingrid Isabelle Jamila Jessica Joëlle Johanna Josiane Julie Justine Karima"
    " Karine Katia Khadija Kristel Laetitia Lara Laura Laurence Leïla Liesbeth Linda Loredana"
    " Louise Lucia Lucie Ludivine Lut Magali Malika Manon Maria Mariam Marianne Marie Marijke"
    " Marine Martine Mathilde Maud Melanie Meryem Micheline Mireille Monique Muriel Myriam Nadège"
    " Nadia Naïma Nancy Nathalie Nele Nicole Noémie Nora Nour Olivia Ozlem Pascale Patricia Pauline"
    " Rachida Régine Rita Rosa Sabine Sabrina Salima Samira Sandra Sarah Selma Sevda Séverine"
    " Silvia Siham Sofia Sonia Sophie Stéphanie Sylvie Tania Teresa Valérie Vanessa Véronique"
    " Vinciane Virginie Viviane Yasmina Yvette Zeynep Zineb Zohra"
).split()

MEN = (
    "Abdel Achille Adil Adrien Ahmed Alain Albert Aldo Alessandro Alexandre Ali Amine André Anthony"
    " Antoine Antonio Arnaud Arthur Axel Aziz Bart Bastien Benjamin Benoît Bernard Bilal Burak Bram"
    " Brahim Cédric Charles Christian Christophe Claude Claudio Cyril Damien Daniel Dario David"
    " Denis Dimitri Dirk Domenico Dylan Emmanuel Emre Enzo Eric Erwin Fabian Fabio Fabrice Farouk"
    " Filip Florian Franck François Frédéric Gaëtan Gauthier Geert Geoffrey Georges Gérard Gianni"
    " Gilles Giovanni Giuseppe Grégory Guillaume Guy Hakan Hamza Hans Hassan Henri Hicham Hubert"
    " Hugues Ibrahim Ismaël Ivan Jacques Jamal Jan Jean Jérémy Jérôme Jonathan Joris Joseph Julien"
    " Kamel Karim Kevin Khalid Koen Kris Kurt Laurent Léon Lionel Loïc Luc Luca Ludovic Luigi Marc"
    " Marcel Marco Mario Mathieu Maxime Mehdi Mehmet Michaël Michel Mohamed Mourad Murat Mustafa"
    " Nabil Nicolas Noël Nordine Olivier Omar Orhan Pascal Patrice Patrick Paul Peter Philippe"
    " Pierre Pietro Pino Quentin Rachid Raoul Raphaël Redouane Régis Renaud Rik Robert Roberto"
    " Rodolphe Roger Romain Rudy Said Salvatore Samir Samuel Sébastien Serge Serkan Simon Stefano"
    " Steve Sven Tarik Thibault Thierry Thomas Tom Tristan Valentin Vincent Walter Wim Xavier"
    " Yassine Yves Yusuf Younes Zakaria"
).split()

FAMILY_NAMES = (
    "Adam Aerts Aksoy Alaoui Albert Amrani André Antoine Arnould Arslan Aydin Azzouzi Baert Bailly"
    " Barbieri Bastin Baudoux Beckers Belhaj Bellini Benali Benmoussa Bernard Bertrand Bianchi"
    " Blaise Bodart Boland Bonnet Bosmans Bouchard Boulanger Bouzid Brasseur Bruno Burton Callens"
    " Carlier Caruso Casagrande Celik Charlier Chevalier Cherif Claes Claessens Claude Clerbois"
    " Closset Colin Collard Collignon Colombo Conti Coppens Cools Coulon Cornet Cuvelier Daems"
    " Dagnelie Danloy Dardenne Daoudi David Debacker Deblander Declercq Defays Degroot Dehon"
    " Dejardin Delcourt Delfosse Delhaye Delvaux Demir Demoulin Denis Depret Deroo Derycke Descamps"
    " Desmet Detaille Devos Dewael Dewit Dierickx Dieudonné Docquier Dogan Dony Doumont Drion"
    " Dubois Dufour Dumont Dupont Durant Duvivier Elbaz Elmi Erdem Evrard Fabbri Fassin Fauconnier"
    " Ferrara Ferrari Fievet Finet Fontaine Fontana Foucart Fournier Franck François Gallo Garcia"
    " Gaspard Gauthier Geerts George Georges Gérard Germain Gilbert Gilles Gillet Giordano Godart"
    " Goffin Goossens Gregoire Grosjean Guillaume Gunes Haddad Halleux Hamdi Hannecart Hanssens"
    " Hardy Hendrickx Henrard Herman Hermans Heyvaert Hoste Hubert Hubin Huysmans Idrissi Istace"
    " Jacob Jacquemin Jacques Jadot Janssen Janssens Jaspar Joly Jonckheere Joris Kaya Kesteloot"
    " Kilic Klein Koch Kurt Labeye Lacroix Lahaye Lambert Lambrecht Lamine Lannoy Lardinois Laurent"
    " Leblanc Leclercq Lecomte Ledent Lefebvre Legrand Lejeune Lemaire Lemmens Lenaerts Lenoir"
    " Leonard Leroy Lhoest Libert Lombardi Louis Luyten Maes Magnée Mahieu Maréchal Mariani Marchal"
    " Martens Martin Martini Massart Masson Mathieu Mathy Mazzoni Meert Melis Mercier Mertens"
    " Messina Meunier Michaux Michiels Minet Monti Moreau Moretti Morel Mottet Moulin Mouton Naert"
    " Nicolas Nihoul Noël Nollet Noordin Olivier Orban Orlando Ouali Ozdemir Ozturk Pauwels Peeters"
    " Pellegrini Petit Philippe Pierard Pierre Piette Pirard Piron Poncelet Poncin Putzeys Quinet"
    " Raes Rahmani Raskin Remacle Renard Renson Ricci Rinaldi Rizzo Robert Roland Rolland Romano"
    " Rossi Rousseau Russo Sahin Salmon Santoro Sauvage Schmitz Segers Sels Serra Servais Simon"
    " Smets Smits Sohier Somers Stassen Stevens Stas Storms Tahiri Tasset Thiry Thomas Thys Tilman"
    " Timmermans Toussaint Tordeur Urbain Valentin Vanbeneden Vandamme Vandenberghe Vandevelde"
    " Vanherck Vanhove Verbeke Verhaegen Verlinden Vermeulen Verstraete Vervoort Villani Vincent"
    " Vitale Vranckx Warnier Wauters Wéry Willems Wilmet Wouters Yildirim Yilmaz Zaidi Zimmer"
).split()
