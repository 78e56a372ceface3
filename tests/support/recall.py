"""Recall: what somebody types → the title that ought to be among the first five answers.

Written for the purpose against the texts of the demonstration; the tests hold a floor, the bench
prints what it finds.
"""

from collections.abc import Callable, Iterable
from datetime import date

from sqlmodel import Session

from dashboard.queries.ideas.records import Filters, ideas_page
from dashboard.queries.ideas.search_fallback import second_chance
from dashboard.queries.ideas.similar import similar_ideas
from dashboard.scope import Scope

AT = 5

SEARCHES = {
    # accents and case
    "ecole cimetiere": "Une école du cimetière",
    "CRECHE ANNIVERSAIRES": "Nos anniversaires au mur de la crèche",
    "séchoir dépôt": "Le séchoir du dépôt",
    "echelle baskets": "Baskets de travail noires, pas des sabots",
    "eteindre écrans": "Eteindre les ecrans la nuit",
    "prêter des parapluies": "Preter des parapluies a l'entree",
    "FLÉCHER ENTRÉE PERSONNEL": "FLECHER L'ENTREE DU PERSONNEL",
    "desamiantage": "Apprendre le désamiantage",
    "tetanos": "Vaccin tétanos au dépôt",
    "drapeau maison communale": "Drapeau propre sur la maison communale",
    "oeufs": "Des poules au fond de la cour",
    # stems: plurals, feminines, verbs conjugated
    "douches femmes": "Une vraie douche au dépôt nord pour les femmes",
    "roues chariot": "Des chariots avec de plus grandes roues",
    "moutons talus": "Louer des moutons pour tondre les talus",
    "panneau solaire": "Des panneaux solaires sur le toit du hall omnisports",
    "vélos électriques": "Des vélos électriques de service entre les annexes",
    "casque antibruit": "Des casques antibruit avec radio pour les équipes de souffleurs",
    "gant taille": "des gants taille 7",
    "poubelle débordante parc": "Les poubelles du parc débordent le lundi",
    "vitrine vide": "Vitrines vides",
    "ruche": "Des ruches sur le toit",
    "compteur distance": "Lire les compteurs à distance",
    "baux emphytéotique": "Il n'y a que moi pour les baux emphytéotiques",
    "robinet qui goutte": "Le robinet du vestiaire goutte depuis Pâques",
    "caméra hall": "Les caméras du hall filment le plafond",
    # élisions, apostrophes, hyphens, numbers
    "l'eau chaude coupée": "l eau chaude coupee le weekend",
    "l’horloge du clocher": "Personne ne sait plus régler l'horloge du clocher",
    "qu'on m'explique fiche paie": "Comprendre ce qu'il y a sur ma fiche de paie",
    "d'inscription crèche": (
        "Un formulaire d'inscription en crèche qui ne pose que les questions utiles"
    ),
    "taille haie": "Un taille-haie, ça s'affûte",
    "micro ondes": "MICRO-ONDES POUR L'EQUIPE DU SOIR",
    "vélo cargo": "Remplacer la petite camionnette par un vélo-cargo pour les bibliothèques",
    "140 000 euros": "Un marché public de 140 000 euros pour remplacer un cahier ?",
    "bottes 38": "On manque de bottes en 38",
    "34 degrés": "En juillet, 34 degrés à la blanchisserie",
    "self defense": "Formation self-defense pour les guichets",
    # typing errors
    "chaufage ecole": "Baisser le chauffage des écoles le vendredi à 15 h",
    "imprimente dépot": "Un ordinateur partagé et une imprimante dans chaque dépôt",
    "vestaire égout": "Le vestiaire sent l'égout",
    "bibliotèque paiement": "PAIEMENT PAR CARTE A LA BIBLIOTHEQUE",
    "tronconeuse batterie": (
        "LES NOUVELLES TRONCONNEUSES A BATTERIE PERSONNE NE SAIT LES ENTRETENIR"
    ),
    "defibrilateur": "Former deux personnes par dépôt au défibrillateur",
    "extinteur": "Inviter les pompiers pour un vrai exercice d'extincteur",
    "composteur prac": "Le composteur du parc sent la rose (enfin, presque)",
    "covoiturge": "Covoiturage pour les équipes de nuit",
    "gobelts cafétéria": "Zéro gobelet à la cafétéria",
    "pestcide": "Plus une goutte de pesticide aux cimetières, et les familles s'y font",
    "aspirateru": "Réparer plutôt que remplacer nos aspirateurs",
    "potagre cantine": "Un potager pour la cantine",
    "orthografe": "Du renfort en orthographe, sans honte",
    # derivations
    "nettoyage salles mariage": "Nettoyer les salles de mariage entre deux cérémonies",
    "traduction formulaires": "Traduire les formulaires de base en cinq langues",
    "numérisation plans bâtiments": "Numériser les plans des bâtiments",
    "fermeture intranet": "Fermer l'ancienne version de l'intranet",
    "arrosage canicule": "Arroser avant la canicule, pas pendant",
    "affichage papiers entrée": "Afficher à l'entrée, en grand, les papiers à apporter",
    "location gobelets vaisselle": "Louer les gobelets et la vaisselle aux comités",
    "achat soupe": "Acheter la soupe en vrac",
    "pointage enfants tablette": "Pointer les enfants sur une tablette",
    "bicyclette travail ranger": "Aller au travail en vélo avec un endroit pour le ranger",
    "signature bons de commande": "Signer les bons de commande par voie électronique",
    "ouverture guichet jeudi": "Ouvrir un guichet jusqu'à 19 h un jeudi sur deux",
    # order of words, a beginning, a word too many
    "gratuite collation bio": "Le bio, oui, mais pas au prix de la collation gratuite",
    "secours premiers crèche": (
        "Deux personnes par crèche formées aux premiers secours pédiatriques chaque année"
    ),
    "loge escabeau": "L'escabeau neuf ne passe pas la porte de la loge",
    "toilettes marché samedi": "Des toilettes publiques ouvertes au marché",
    "télétrav demi-journ": "Pouvoir couper le télétravail en demi-journées",
    "blanch": "En juillet, 34 degrés à la blanchisserie",
    "carte impétrants camionnette": "La carte des impétrants visible depuis la camionnette",
    "agenda offert bureau papier cadeau": "Supprimer les agendas de bureau offerts",
}

REWORDED = {
    "De plus grosses roues pour les chariots": "Des chariots avec de plus grandes roues",
    "Chauffer moins les écoles le vendredi": "Baisser le chauffage des écoles le vendredi à 15 h",
    "Mettre un séchoir pour les vestes au dépôt": "Le séchoir du dépôt",
    "Nous avons trop de mots de passe": "Les mots de passe, j'en ai onze",
    "Un banc devant l'annexe pour s'asseoir": "Un banc devant l'annexe",
    "Installer une douche pour les femmes au dépôt nord": (
        "Une vraie douche au dépôt nord pour les femmes"
    ),
    "Un badge unique qui ouvre toutes les portes": "Badge unique pour toutes les portes",
    "Prévoir des gants en petite taille": "des gants taille 7",
    "Vider les poubelles du parc le lundi": "Les poubelles du parc débordent le lundi",
    "Recevoir la fiche de paie sur son GSM": "Ma fiche de paie sur le GSM",
    "Des robinets supplémentaires au cimetière": "ROBINETS AU CIMETIERE",
    "Ouvrir la bibliothèque le dimanche pendant les examens": (
        "Deux dimanches ouverts pendant les examens"
    ),
    "Des vêtements de pluie pour les femmes": (
        "Des vêtements de pluie à la taille des femmes dans les équipes de voirie"
    ),
    "Le télétravail par demi-journée": "Pouvoir couper le télétravail en demi-journées",
    "Donner l'horaire de la semaine plus tôt": (
        "Donner l'horaire de la semaine suivante le mercredi, pas le vendredi soir"
    ),
    "Un SMS de rappel la veille du rendez-vous": (
        "Envoyer un SMS la veille du rendez-vous à l'état civil"
    ),
    "Signature électronique des bons de commande": (
        "Signer les bons de commande par voie électronique"
    ),
    "Placer un micro-ondes pour l'équipe du soir": "MICRO-ONDES POUR L'EQUIPE DU SOIR",
    "Plus de gobelets jetables aux réunions": (
        "Ne plus acheter de gobelets jetables pour les réunions"
    ),
    "Éteindre la lumière du parking la nuit": (
        "Les lumières du parking restent allumées toute la nuit"
    ),
    "Traduction des formulaires en plusieurs langues": (
        "Traduire les formulaires de base en cinq langues"
    ),
    "Payer par carte à la bibliothèque": "PAIEMENT PAR CARTE A LA BIBLIOTHEQUE",
    "Un repas sans viande par semaine à la cantine": (
        "Un repas végétarien par semaine dans les cantines"
    ),
    "Mettre des panneaux solaires sur le hall omnisports": (
        "Des panneaux solaires sur le toit du hall omnisports"
    ),
    "Demander ses congés avec son téléphone": "Demander congé depuis son téléphone",
    "Une aire de jeux pour les enfants dans la salle d'attente": (
        "Aire de jeux pour les enfants qui attendent"
    ),
    "Trier les déchets au réfectoire": "Le tri au réfectoire",
    "Planter des haies autour des écoles": "Planter des haies à la place des clôtures d'école",
    "Un potager pour les cantines scolaires": "Un potager pour la cantine",
    "Réparer les aspirateurs au lieu de les remplacer": (
        "Réparer plutôt que remplacer nos aspirateurs"
    ),
    "Abonnement de bus gratuit pour le personnel": "Un abonnement de bus pour tous les agents",
    "Faire des exercices avec un extincteur": (
        "Inviter les pompiers pour un vrai exercice d'extincteur"
    ),
    "Former des collègues au défibrillateur": "Former deux personnes par dépôt au défibrillateur",
    "Ouvrir les toilettes du parc en hiver": "Ouvrir les toilettes du parc l'hiver",
    "Un agenda commun pour réserver les salles de formation": (
        "Agenda commun des salles de formation"
    ),
    "Une imprimante et un ordinateur à partager dans les dépôts": (
        "Un ordinateur partagé et une imprimante dans chaque dépôt"
    ),
    "Récupérer l'eau de pluie aux serres": (
        "Aux serres, nous récupérons l'eau de pluie pour les bacs à fleurs"
    ),
    "Casiers fermés à clé dans le vestiaire du cimetière": (
        "Casiers à clé aux vestiaires du cimetière"
    ),
    "Changer la fontaine à eau au deuxième étage": "Remplacer la fontaine a eau du deuxieme",
    "Un bouton d'alarme au guichet": "Un bouton d'alarme discret au guichet",
    "Supprimer la climatisation le vendredi soir": "PERSONNE N'ETEINT LA CLIM LE VENDREDI",
    "Prévenir par SMS les riverains d'une rue barrée": (
        "Prévenir les riverains par SMS avant de barrer la rue"
    ),
}


def searched(session: Session, scope: Scope, words: str, today: date) -> list[str]:
    """The first titles of a search, asked once more where nothing is found, as on the page; each
    title once.
    """
    filters = Filters(words=words)
    page = ideas_page(session, scope, filters, 1, today)
    instead = None if page.total else second_chance(session, scope, filters, today)
    if instead:
        page = ideas_page(session, scope, instead, 1, today)
    return once(row.title for row in page.rows)


def alike(session: Session, scope: Scope, title: str, _today: date) -> list[str]:
    """The titles of the ideas nearest to one that is being written."""
    return once(one.title for one in similar_ideas(session, scope, title, limit=AT))


def once(titles: Iterable[str]) -> list[str]:
    """Each title once: the volume repeats them."""
    return list(dict.fromkeys(titles))[:AT]


def recall(pairs: dict[str, str], answers: Callable[[str], list[str]]) -> tuple[float, list[str]]:
    """(the share of the pairs whose title is among the first AT answers, what was typed where it
    is not).
    """
    missed = [typed for typed, title in pairs.items() if title not in answers(typed)]
    return 1 - len(missed) / len(pairs), missed
