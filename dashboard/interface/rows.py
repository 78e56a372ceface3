"""The rows of the read API: each row a model, each field with its title and description in French.
The data dictionary, the CSV columns and the OpenAPI document are made from them.

Every field is a plain value, so that a JSON row equals a CSV line. No field names a person.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dashboard import cached
from dashboard.figures import REGISTRY
from models.settings import settings

R = TypeVar("R", bound="Row")
Number = int | float


class Row(BaseModel):
    """One row of a list."""

    model_config = ConfigDict(frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _whole(cls, value: object) -> object:
        """Writes a whole number without decimals: 12, not 12.0."""
        return int(value) if isinstance(value, float) and value.is_integer() else value

    @classmethod
    def about(cls) -> str:
        """One sentence that describes a row."""
        return " ".join((cls.__doc__ or "").split())

    @classmethod
    def columns(cls) -> list[str]:
        return list(cls.model_fields)

    def values(self) -> list[object]:
        return [getattr(self, name) for name in self.columns()]


class FigureRow(Row):
    """Un chiffre du programme à une date, pour l'administration ou une direction."""

    au: date = Field(title="Situation au", description="Jour dont parle la valeur")
    direction: str = Field(
        title="Direction",
        description="Code de l'unité dont parle la valeur ; un chiffre qui n'est pas ventilé parle"
        " toujours de toute l'administration",
    )
    code: str = Field(
        title="Code", description="Code stable du chiffre, par exemple « couverture »"
    )
    label: str = Field(title="Nom", description="Nom du chiffre, tel qu'il s'affiche")
    definition: str = Field(
        title="Définition", description="Ce que le chiffre compte, en une phrase"
    )
    theme: str = Field(title="Thème", description="Partie du rapport où il se trouve")
    window: str = Field(title="Période", description="Sur quelle durée il est compté")
    value: Number | None = Field(
        title="Valeur",
        description="Valeur à la date ; vide quand rien n'est connu, ou quand l'effectif est trop"
        " petit pour être montré",
    )
    unit: str = Field(title="Unité", description="Code de l'unité : %, nb, jours, mois, pour-100…")
    numerator: Number | None = Field(title="Numérateur", description="Ce qui est compté, d'un taux")
    denominator: Number | None = Field(
        title="Dénominateur", description="Ce à quoi il est rapporté, d'un taux"
    )
    n: int | None = Field(
        title="n", description="Nombre de cas derrière une moyenne ou une médiane"
    )
    suppressed: bool = Field(
        title="Petit effectif",
        description="Vrai quand la valeur est tue parce qu'elle parle de trop peu de personnes",
    )
    target: Number | None = Field(title="Cible", description="Cible visée à partir de la date")
    upper: Number | None = Field(title="Cible haute", description="L'autre bout d'une fourchette")
    expected: Number | None = Field(
        title="Attendu", description="Valeur attendue à la date sur le chemin de la cible"
    )
    attainment: Number | None = Field(
        title="Atteinte", description="Part du chemin vers la cible, en %"
    )
    status: str | None = Field(
        title="Statut", description="Code du statut : a-jour, a-surveiller, en-difficulte…"
    )
    status_label: str = Field(title="Statut en mots", description="Le statut tel qu'il s'affiche")
    imposed: bool = Field(
        title="Statut imposé", description="Vrai quand une personne a imposé le statut"
    )
    fresh_on: date | None = Field(title="Dernière donnée", description="Jour de la dernière donnée")
    coverage: Number | None = Field(
        title="Complétude", description="Part de ce qui a été reçu de ce qui était attendu, en %"
    )
    received: Number | None = Field(title="Reçu", description="Ce qui a été reçu")
    awaited: Number | None = Field(title="Attendus", description="Ce qui était à recevoir")
    before: Number | None = Field(
        title="Avant", description="Valeur au jour demandé par « depuis » ; vide sans lui"
    )
    change: Number | None = Field(
        title="Évolution", description="Différence entre les deux valeurs"
    )


class WorkstreamRow(Row):
    """Un chantier de la feuille de route à une date ; il est celui de toute l'administration."""

    au: date = Field(title="Situation au", description="Jour dont parle la ligne")
    number: int = Field(title="Numéro", description="Numéro du chantier")
    code: str = Field(title="Code", description="Code du chantier")
    name: str = Field(title="Nom", description="Nom du chantier")
    done_percent: Number | None = Field(
        title="Réalisé", description="Part réalisée du poids de ses jalons, en %"
    )
    planned_percent: Number | None = Field(
        title="Prévu", description="Part qui devait l'être à la date, en %"
    )
    gap: Number | None = Field(
        title="Écart", description="Réalisé moins prévu, en points ; négatif, il est en retard"
    )
    milestones: int = Field(title="Jalons", description="Nombre de ses jalons, sans les annulés")
    reached: int = Field(title="Atteints", description="Nombre de jalons atteints")
    status: str = Field(title="Statut", description="Code du statut")
    status_label: str = Field(title="Statut en mots", description="Le statut tel qu'il s'affiche")


class MilestoneRow(Row):
    """Un jalon de la feuille de route à une date, sans porteur, commentaire ni besoin."""

    au: date = Field(title="Situation au", description="Jour dont parle la ligne")
    number: str = Field(title="Numéro", description="Numéro du jalon, par exemple « 2.7 »")
    title: str = Field(title="Titre", description="Ce qui doit être atteint")
    workstream: int = Field(title="Chantier", description="Numéro du chantier")
    direction: str = Field(
        title="Direction", description="Code de la direction qui en répond ; vide sans elle"
    )
    start: date = Field(title="Début", description="Début prévu, au calendrier en vigueur")
    due: date = Field(title="Échéance", description="Fin prévue, au calendrier en vigueur")
    first_due: date = Field(
        title="Première échéance", description="Fin prévue au premier calendrier"
    )
    forecast: date | None = Field(
        title="Prévision", description="Fin prévue par le dernier rapport"
    )
    reached_on: date | None = Field(title="Atteint le", description="Jour où il a été atteint")
    weight: Number = Field(title="Poids", description="Poids dans l'avancement de son chantier")
    critical: bool = Field(title="Critique", description="Vrai pour un jalon critique")
    state: str = Field(title="État", description="Code de l'état rapporté")
    state_label: str = Field(title="État en mots", description="L'état tel qu'il s'affiche")
    progress_percent: Number = Field(title="Avancement", description="Avancement retenu, en %")
    status: str = Field(title="Statut", description="Code du statut, selon les règles publiées")
    status_label: str = Field(title="Statut en mots", description="Le statut tel qu'il s'affiche")
    reported_on: date | None = Field(title="Rapporté le", description="Jour du dernier rapport")
    waits_for: str = Field(
        title="Attend",
        description="Numéros, séparés par une virgule, des jalons sans lesquels il n'est pas"
        " atteint ; vide sans eux",
    )


class IdeaRow(Row):
    """Une idée publiée, avec ses réponses ; jamais son auteur, ni d'où elle vient."""

    number: int = Field(title="Numéro", description="Numéro de l'idée")
    kind: str = Field(title="Nature", description="Code : idee, constat, suggestion…")
    kind_label: str = Field(title="Nature en mots", description="La nature telle qu'elle s'affiche")
    title: str = Field(title="Titre", description="Titre de l'idée")
    body: str = Field(title="Texte", description="Texte de l'idée, tel qu'il est publié")
    ambition: str = Field(title="Ambition", description="Code de l'ambition ; vide sans elle")
    direction: str = Field(
        title="Direction concernée", description="Code de la direction concernée ; vide sans elle"
    )
    filed_on: date = Field(title="Déposée le", description="Jour du dépôt")
    status: str = Field(title="État", description="Code de l'état d'aujourd'hui")
    status_label: str = Field(title="État en mots", description="L'état tel qu'il s'affiche")
    answered_on: date | None = Field(
        title="Répondue le",
        description="Jour de la première réponse ; vide tant qu'il n'y en a pas",
    )
    answer: str = Field(title="Première réponse", description="Texte de la première réponse")
    last_answer_on: date | None = Field(
        title="Dernière réponse le", description="Jour de la dernière réponse"
    )
    last_answer: str = Field(title="Dernière réponse", description="Texte de la dernière réponse")
    supports: int = Field(title="Soutiens", description="Nombre de soutiens")
    comments: int = Field(title="Commentaires", description="Nombre de commentaires publics")


class DateRow(Row):
    """Une rencontre, ou une séance de formation, ouverte à tous."""

    day: date = Field(title="Jour", description="Jour du rendez-vous")
    starts: str = Field(
        title="De", description="Heure de début, hh:mm ; vide si elle n'est pas dite"
    )
    ends: str = Field(title="À", description="Heure de fin, hh:mm ; vide si elle n'est pas dite")
    kind: str = Field(title="Genre", description="Genre du rendez-vous, en mots")
    label: str = Field(title="Intitulé", description="Ce dont il s'agit")
    training: str = Field(
        title="Formation", description="Code de la formation ; vide d'une rencontre"
    )
    place: str = Field(title="Lieu", description="Où il se tient")
    state: str = Field(title="État", description="Code : prévu, tenu, annulé…")
    state_label: str = Field(title="État en mots", description="L'état tel qu'il s'affiche")
    free_seats: int | None = Field(
        title="Places libres", description="Places encore libres ; vide sans limite de places"
    )


class TrainingRow(Row):
    """Une formation de l'académie, toute l'administration ensemble."""

    code: str = Field(title="Code", description="Code de la formation")
    title: str = Field(title="Titre", description="Titre de la formation")
    ambition: str = Field(title="Ambition", description="Code de l'ambition ; vide sans elle")
    hours: Number = Field(title="Heures", description="Durée, en heures")
    audience: str = Field(title="Public", description="À qui elle s'adresse")
    objectives: str = Field(title="Objectifs", description="Ce que l'on y apprend")
    mandatory: bool = Field(title="Obligatoire", description="Vrai pour une formation obligatoire")
    career: bool = Field(title="De carrière", description="Vrai pour une formation de carrière")
    open_to_all: bool = Field(
        title="Ouverte à tous", description="Vrai quand on s'y inscrit sans compte"
    )
    validity: int = Field(
        title="Validité",
        description="Mois après lesquels elle est à suivre à nouveau ; 0 : elle ne s'éteint pas",
    )
    held: int = Field(
        title="Séances tenues", description="Nombre de séances tenues jusqu'à la date"
    )
    next_on: date | None = Field(
        title="Prochaine séance", description="Jour de la prochaine séance"
    )


class FieldRow(Row):
    """Un champ d'une liste."""

    list: str = Field(title="Liste", description="Dernier mot de l'adresse de la liste")
    field: str = Field(title="Champ", description="Nom du champ, en JSON et en tête de colonne")
    title: str = Field(title="Titre", description="Nom du champ en français")
    type: str = Field(
        title="Type", description="texte, nombre, entier, date (AAAA-MM-JJ) ou oui-non"
    )
    may_be_empty: bool = Field(title="Facultatif", description="Vrai quand il peut être vide")
    description: str = Field(title="Description", description="Ce qu'il veut dire")


class ListOf(BaseModel, Generic[R]):
    """Une liste, et ce dont elle parle."""

    au: date = Field(title="Situation au", description="Jour regardé")
    depuis: date | None = Field(None, title="Depuis", description="Jour comparé, s'il y en a un")
    direction: str = Field(title="Direction", description="Code de l'unité regardée")
    ambition: str | None = Field(None, title="Ambition", description="Code de l'ambition regardée")
    scope: str = Field(title="Périmètre", description="Le même en mots")
    fingerprint: str | None = Field(
        None,
        title="Empreinte",
        description="Des chiffres : l'empreinte SHA-256 que porte aussi leur rapport",
    )
    next: str | None = Field(
        None, title="Suite", description="Adresse de la page suivante ; vide à la dernière"
    )
    rows: list[R] = Field(title="Lignes", description="Les lignes de la liste")


# ── What was published ──────────────────────────────────────────────────────────────────────────


class PublishedRow(Row):
    """Ce qu'une publication de la situation montre."""

    situation_on: date = Field(title="Situation au", description="Jour dont parlent les valeurs")
    published_on: date = Field(title="Publié le", description="Jour de la publication")


class PublishedFigureRow(PublishedRow):
    """Un chiffre de chaque publication de la situation, tel qu'il a été publié."""

    code: str = Field(title="Code", description="Code stable du chiffre")
    label: str = Field(title="Nom", description="Nom du chiffre")
    definition: str = Field(title="Définition", description="Ce que le chiffre compte")
    unit: str = Field(title="Unité", description="Code de l'unité : %, nb, jours, pour-100…")
    value: Number | None = Field(
        title="Valeur", description="Valeur à la date ; vide quand rien n'était connu"
    )
    numerator: Number | None = Field(title="Numérateur", description="Ce qui est compté, d'un taux")
    denominator: Number | None = Field(
        title="Dénominateur", description="Ce à quoi il est rapporté, d'un taux"
    )
    fresh_on: date | None = Field(title="Dernière donnée", description="Jour de la dernière donnée")


class PublishedWorkstreamRow(PublishedRow):
    """L'avancement d'un chantier, à chaque publication de la situation."""

    number: int = Field(title="Numéro", description="Numéro du chantier")
    name: str = Field(title="Nom", description="Nom du chantier")
    done: Number | None = Field(
        title="Réalisé", description="Part réalisée du poids de ses jalons, en %"
    )
    reached: int = Field(title="Jalons atteints", description="Nombre de jalons atteints")
    total: int = Field(title="Jalons", description="Nombre de jalons")


class PublishedMilestoneRow(PublishedRow):
    """Un jalon de la feuille de route, à la dernière publication de la situation."""

    number: str = Field(title="Numéro", description="Numéro du jalon")
    title: str = Field(title="Titre", description="Ce qui doit être atteint")
    due: date = Field(title="Échéance", description="Jour prévu")
    reached_on: date | None = Field(
        title="Atteint le", description="Jour où il a été atteint ; vide s'il ne l'est pas"
    )


class PublishedIdeaRow(PublishedRow):
    """Une idée réalisée que montre la dernière publication, avec la réponse donnée."""

    number: int = Field(title="Numéro", description="Numéro de l'idée")
    title: str = Field(title="Titre", description="Titre de l'idée")
    answer: str = Field(title="Réponse", description="Ce qui a été répondu")


# ── The sets ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class OpenSet:
    """One data set (jeu de données), read as JSON and as CSV. `subjects`: the revisions it depends
    on; `right`: needed to read it, None if published; `title`: of published sets.
    """

    row: type[Row]
    subjects: tuple[str, ...] = ()
    right: str | None = "data.read"
    title: str = ""


# The subjects of all figures and of their targets and statuses.
_FIGURES = tuple({part for figure in REGISTRY.values() for part in figure.subjects} | {"roadmap"})
_PUBLISHED = ("news", "ideas")
SETS: dict[str, OpenSet] = {
    "chiffres": OpenSet(FigureRow, _FIGURES),
    "chantiers": OpenSet(WorkstreamRow, ("roadmap", "directions")),
    "jalons": OpenSet(MilestoneRow, ("roadmap", "directions")),
    "idees": OpenSet(IdeaRow, ("ideas", "directions", "roadmap")),
    "agenda": OpenSet(DateRow, ("meetings", "academy", "groups", "people", "directions")),
    "formations": OpenSet(TrainingRow, ("academy", "roadmap", "directions")),
    "dictionnaire": OpenSet(FieldRow),
    "chiffres-publies": OpenSet(
        PublishedFigureRow, _PUBLISHED, None, "Chiffres de la transformation"
    ),
    "chantiers-publies": OpenSet(
        PublishedWorkstreamRow, _PUBLISHED, None, "Chantiers de la transformation"
    ),
    "jalons-publies": OpenSet(
        PublishedMilestoneRow, _PUBLISHED, None, "Jalons de la transformation"
    ),
    "idees-realisees": OpenSet(PublishedIdeaRow, _PUBLISHED, None, "Idées d'agents réalisées"),
}

_TYPES = {str: "texte", float: "nombre", int: "entier", date: "date", bool: "oui-non"}


def dictionary() -> Iterator[FieldRow]:
    """Every field of every list."""
    for name, data_set in SETS.items():
        for field, declared in data_set.row.model_fields.items():
            kinds = get_args(declared.annotation) or (declared.annotation,)
            yield FieldRow(
                list=name,
                field=field,
                title=declared.title,
                type=next(name for kind, name in _TYPES.items() if kind in kinds),
                may_be_empty=type(None) in kinds,
                description=declared.description,
            )


_LICENCE = {
    "@id": "https://creativecommons.org/licenses/by/4.0/",
    "@type": "dct:LicenseDocument",
}
_EU = "http://publications.europa.eu/resource/authority"
_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
# Portals validate by shapes: each node carries its type.
_LANGUAGE = {"@id": f"{_EU}/language/FRA", "@type": "dct:LinguisticSystem"}
_THEME = {
    "@id": f"{_EU}/data-theme/GOVE",
    "@type": "skos:Concept",
    "skos:prefLabel": {"@language": "fr", "@value": "Gouvernement et secteur public"},
}


def catalogue(address: str) -> dict[str, object]:
    """Every public data set, under the address of the read API."""
    root = cached.tree_at(cached.today()).root
    publisher = root.name if root else "Administration communale"
    last = cached.published()
    agent = {"@type": "foaf:Agent", "foaf:name": _french(publisher)}
    contact = {
        "@type": ["vcard:Kind", "vcard:Organization"],
        "vcard:fn": publisher,
        "vcard:hasEmail": {"@id": f"mailto:{settings().cp_contact}"},
    }
    common = {"dct:publisher": agent, "dct:language": _LANGUAGE}
    if last:
        common["dct:modified"] = {"@type": "xsd:date", "@value": str(last.on)}
    return {
        "@context": _CONTEXT,
        "@id": f"{address}/catalogue.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": _french("Données ouvertes de la transformation"),
        "dct:description": _french(
            "Ce que l'administration a publié de sa transformation : chiffres, chantiers, jalons,"
            " idées réalisées."
        ),
        "dct:license": _LICENCE,
        **common,
        "dcat:dataset": [
            {
                "@id": f"{address}/catalogue.jsonld#{name}",
                "@type": "dcat:Dataset",
                "dct:identifier": name,
                "dct:title": _french(data_set.title),
                "dct:description": _french(data_set.row.about()),
                "dcat:theme": _THEME,
                "dcat:distribution": [
                    _distribution(f"{address}/{name}", data_set.title, form)
                    for form in ("CSV", "JSON")
                ],
                "dcat:contactPoint": contact,
                **common,
            }
            for name, data_set in SETS.items()
            if data_set.right is None
        ],
    }


def _distribution(address: str, title: str, form: str) -> dict[str, object]:
    mime = {"CSV": "text/csv", "JSON": "application/json"}[form]
    link = {"@id": f"{address}?format={form.lower()}"}
    return {
        "@type": "dcat:Distribution",
        "dct:title": _french(f"{title} ({form})"),
        "dcat:accessURL": link,
        "dcat:downloadURL": link,
        "dct:format": {"@id": f"{_EU}/file-type/{form}", "@type": "dct:MediaTypeOrExtent"},
        "dcat:mediaType": {
            "@id": f"https://www.iana.org/assignments/media-types/{mime}",
            "@type": "dct:MediaType",
        },
        "dct:license": _LICENCE,
    }


def _french(text: str) -> dict[str, str]:
    return {"@language": "fr", "@value": text}
