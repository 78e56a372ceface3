"""The lists of the read API and the catalogue of the published ones. A list and its fields are
declared in `lists.toml`: the data dictionary, the CSV columns and the OpenAPI document follow.

Every field is a plain value, so that a JSON row equals a CSV line. No field names a person.
"""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, create_model, field_validator

from dashboard import cached
from dashboard.figures import REGISTRY
from models.settings import settings

R = TypeVar("R", bound="Row")


class Row(BaseModel):
    """One row of a list."""

    model_config = ConfigDict(frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _whole(cls, value: object) -> object:
        """Writes a whole number without decimals: 12, not 12.0."""
        return int(value) if isinstance(value, float) and value.is_integer() else value

    @classmethod
    def columns(cls) -> list[str]:
        return list(cls.model_fields)

    def values(self) -> list[object]:
        return [getattr(self, name) for name in self.columns()]


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


# ── The lists ───────────────────────────────────────────────────────────────────────────────────

_TYPES = {"texte": str, "nombre": int | float, "entier": int, "date": date, "oui-non": bool}
# The subjects of all figures and of their targets and statuses.
_FIGURES = {part for figure in REGISTRY.values() for part in figure.subjects} | {"roadmap"}
_DECLARED = tomllib.loads(Path(__file__).with_name("lists.toml").read_text("utf-8"))


def _row_of(declared: dict) -> type[Row]:
    """The model of the rows of a list, as the file declares it."""
    fields = {}
    for name, (kind, title, description) in declared["fields"].items():
        of = _TYPES[kind.rstrip("?")]
        about = Field(title=title, description=description)
        fields[name] = (of | None if kind.endswith("?") else of, about)
    return create_model(declared["row"], __base__=Row, __doc__=declared["about"], **fields)


@dataclass(frozen=True)
class OpenSet:
    """One data set (jeu de données), read as JSON and as CSV. `subjects`: the revisions it depends
    on; `title`: of published sets, which anybody may read.
    """

    row: type[Row]
    about: str
    subjects: Iterable[str]
    title: str


SETS: dict[str, OpenSet] = {
    name: OpenSet(
        _row_of(declared),
        declared["about"],
        declared.get("subjects", _FIGURES),
        declared.get("title", ""),
    )
    for name, declared in _DECLARED.items()
}


def dictionary() -> Iterator[Row]:
    """Every field of every list."""
    row = SETS["dictionnaire"].row
    for name, declared in _DECLARED.items():
        for field, (kind, title, description) in declared["fields"].items():
            yield row(
                list=name,
                field=field,
                title=title,
                type=kind.rstrip("?"),
                may_be_empty=kind.endswith("?"),
                description=description,
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
                "dct:description": _french(data_set.about),
                "dcat:theme": _THEME,
                "dcat:distribution": [
                    _distribution(f"{address}/{name}", data_set.title, form)
                    for form in ("CSV", "JSON")
                ],
                "dcat:contactPoint": contact,
                **common,
            }
            for name, data_set in SETS.items()
            if data_set.title
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
