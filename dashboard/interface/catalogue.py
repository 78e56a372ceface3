"""The catalogue of published data (données ouvertes) for open-data portals to harvest: DCAT-AP."""

from dashboard import cached
from dashboard.interface.rows import SETS, OpenSet
from models.settings import settings

_NOBODY = "Administration communale"
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
    publisher = root.name if root else _NOBODY
    agent = {"@type": "foaf:Agent", "foaf:name": _french(publisher)}
    contact = {
        "@type": ["vcard:Kind", "vcard:Organization"],
        "vcard:fn": publisher,
        "vcard:hasEmail": {"@id": f"mailto:{settings().cp_contact}"},
    }
    common = {"dct:publisher": agent, "dct:language": _LANGUAGE, **_modified()}
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
            {**_dataset(name, data_set, address), "dcat:contactPoint": contact, **common}
            for name, data_set in SETS.items()
            if data_set.right is None
        ],
    }


def _dataset(name: str, data_set: OpenSet, address: str) -> dict[str, object]:
    return {
        "@id": f"{address}/catalogue.jsonld#{name}",
        "@type": "dcat:Dataset",
        "dct:identifier": name,
        "dct:title": _french(data_set.title),
        "dct:description": _french(data_set.row.about()),
        "dcat:theme": _THEME,
        "dcat:distribution": [
            _distribution(
                f"{address}/{name}?format={form.lower()}", f"{data_set.title} ({form})", form
            )
            for form in ("CSV", "JSON")
        ],
    }


def _distribution(address: str, title: str, form: str) -> dict[str, object]:
    mime = {"CSV": "text/csv", "JSON": "application/json"}[form]
    return {
        "@type": "dcat:Distribution",
        "dct:title": _french(title),
        "dcat:accessURL": {"@id": address},
        "dcat:downloadURL": {"@id": address},
        "dct:format": {"@id": f"{_EU}/file-type/{form}", "@type": "dct:MediaTypeOrExtent"},
        "dcat:mediaType": {
            "@id": f"https://www.iana.org/assignments/media-types/{mime}",
            "@type": "dct:MediaType",
        },
        "dct:license": _LICENCE,
    }


def _modified() -> dict[str, object]:
    """The day of the latest publication."""
    last = cached.published()
    return {"dct:modified": {"@type": "xsd:date", "@value": str(last.on)}} if last else {}


def _french(text: str) -> dict[str, str]:
    return {"@language": "fr", "@value": text}
