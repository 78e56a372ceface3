"""Reading people (le personnel) out of a file: who, in which function and service, from which
day, until which one.
"""

from dashboard.files.registers import RegisterLayout

PEOPLE = RegisterLayout(
    names={
        "matricule": ("matricule", "numéro de matricule", "n° de matricule"),
        "email": ("e-mail", "email", "courriel", "adresse e-mail", "mail"),
        "given_name": ("prénom", "first name"),
        "family_name": ("nom", "nom de famille", "last name"),
        "function": ("fonction", "métier", "function"),
        "family": ("famille", "famille de fonction", "famille de fonctions"),
        "service": ("service", "code du service", "affectation", "unité"),
        "workstation": ("poste informatique", "ordinateur", "poste", "a un poste informatique"),
        "since": ("depuis", "affecté depuis", "en service depuis"),
        "left": ("parti le", "date de départ", "départ", "sortie"),
    },
    needed=("given_name", "family_name", "service"),
    reads={"workstation": "flag", "since": "date", "left": "date"},
    main="family_name",
    instead={"matricule": "email"},
)
