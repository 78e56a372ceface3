"""Where each figure stands: a screen per workstream (chantier) and per ambition, twelve values
at most on each.
"""

BY_WORKSTREAM: dict[str, tuple[str, ...]] = {
    "copilotage": (
        "avancement",
        "avancement.initial",
        "ecart.points",
        "ecart.mois",
        "ecart.jalons",
        "avancement-chantier.1",
        "echeances",
        "echeances.initial",
        "glissement",
        "fraicheur",
        "copilotage",
    ),
    "ambassadeurs": (
        "avancement-chantier.2",
        "couverture",
        "ambassadeurs-actifs",
        "retention",
        "idees.pour-100",
        "idees.auteurs",
        "idees.non-attribuables",
    ),
    "conseil": (
        "avancement-chantier.3",
        "presence-conseil",
        "decisions.taux",
        "decisions.attente",
        "communication",
    ),
    "groupes": (
        "avancement-chantier.4",
        "groupes-delais",
        "groupes-adoption",
        "reponse.ouvertes",
        "reponse.tenue",
        "reponse.mediane",
        "reponse.p90",
        "reponse.ancienne",
        "idees-issue.retenues",
        "idees-issue.realisees",
    ),
    "academie": (
        "avancement-chantier.5",
        "remplissage",
        "presence.taux",
        "presence.non-excusees",
        "formation",
        "heures",
        "attente",
        "satisfaction.taux",
        "satisfaction.nps",
        "satisfaction.reponses",
    ),
    "managers": ("avancement-chantier.6", "managers"),
}
_IDEAS = (
    "idees.pour-100",
    "reponse.ouvertes",
    "reponse.tenue",
    "reponse.mediane",
    "idees-issue.retenues",
    "idees-issue.realisees",
)
BY_AMBITION: dict[str, tuple[str, ...]] = {
    "citoyens": ("citoyens.satisfaits", "citoyens.delai", *_IDEAS),
    "bien-etre": ("bien-etre.favorable", "bien-etre.enps", *_IDEAS),
    "modernisation": ("durable.demarches", "communication", *_IDEAS),
    "competences": ("formation", "heures", "presence.taux", "satisfaction.taux", *_IDEAS),
    "durable": ("durable.actions", "durable.demarches", *_IDEAS),
}
# Typed in or imported now and then: what grows old without anybody noticing.
TYPED = (
    "satisfaction",
    "managers",
    "bien-etre",
    "citoyens",
    "durable",
    "copilotage",
    "presence-conseil",
)
