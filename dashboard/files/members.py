"""Reading the members of a community out of a file: their matricule, or their address."""

from dashboard.files.registers import RegisterLayout

MEMBERS = RegisterLayout(
    names={
        "matricule": ("matricule", "numéro de matricule", "n° de matricule"),
        "email": ("e-mail", "email", "courriel", "adresse e-mail", "mail"),
    },
    needed=("matricule",),
    reads={},
    main="matricule",
    instead={"matricule": "email"},
)
