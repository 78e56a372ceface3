"""The folder of open data (données ouvertes): each set as CSV and JSON, what its fields mean, and a
catalogue that portals read (DCAT-AP, JSON-LD).
"""

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from dashboard.files import csvout
from models.errors import Refused

CATALOGUE, DICTIONARY = "catalogue.jsonld", "dictionnaire.csv"
_MISSING = "Le dossier des données ouvertes n'est pas là : {}."
_EU = "http://publications.europa.eu/resource/authority"
_TYPES = {
    ".csv": (f"{_EU}/file-type/CSV", "text/csv"),
    ".json": (f"{_EU}/file-type/JSON", "application/json"),
}
_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
# A portal checks by shapes: what something is stands beside it, and a sum has its kind.
_FRENCH = {"@id": f"{_EU}/language/FRA", "@type": "dct:LinguisticSystem"}


@dataclass(frozen=True)
class OpenField:
    """One field of a set: its name in the files, its title and its meaning."""

    name: str
    title: str
    description: str


@dataclass(frozen=True)
class OpenSet:
    """One set of data (jeu de données): `modified` is the day of what was published last."""

    name: str
    title: str
    description: str
    fields: tuple[OpenField, ...]
    rows: tuple[tuple[object, ...], ...] = ()
    modified: date | None = None

    @property
    def columns(self) -> list[str]:
        return [field.name for field in self.fields]

    def as_json(self) -> bytes:
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return _json(rows)


@dataclass(frozen=True)
class Publisher:
    """Who publishes, under which licence, at which address the folder is served (empty: not known,
    addresses are then those beside the catalogue).
    """

    name: str
    contact: str
    licence: str
    licence_address: str
    address: str = ""


def files_of(sets: Sequence[OpenSet], publisher: Publisher) -> dict[str, bytes]:
    """Name → content; the catalogue comes last, as it is to be written."""
    found: dict[str, bytes] = {}
    for one in sets:
        found[f"{one.name}.csv"] = csvout.as_bytes(one.columns, one.rows)
        found[f"{one.name}.json"] = one.as_json()
    found[DICTIONARY] = csvout.as_bytes(("set", "field", "title", "description"), _meanings(sets))
    found[CATALOGUE] = _json(_catalogue(sets, publisher, found))
    return found


def _meanings(sets: Iterable[OpenSet]) -> Iterable[tuple[str, str, str, str]]:
    return (
        (one.name, field.name, field.title, field.description)
        for one in sets
        for field in one.fields
    )


# ── The catalogue ─────────────────────────────────────────────────────────────────────────────────


def _catalogue(
    sets: Sequence[OpenSet], publisher: Publisher, files: Mapping[str, bytes]
) -> dict[str, object]:
    agent = {"@type": "foaf:Agent", "foaf:name": _french(publisher.name)}
    last = max((one.modified for one in sets if one.modified), default=None)
    return {
        "@context": _CONTEXT,
        "@id": _address(publisher, CATALOGUE),
        "@type": "dcat:Catalog",
        "dct:title": _french("Données ouvertes de la transformation"),
        "dct:description": _french(
            "Ce que l'administration a publié de sa transformation : chiffres, chantiers, jalons,"
            " idées réalisées."
        ),
        "dct:publisher": agent,
        "dct:language": _FRENCH,
        "dct:license": _licence(publisher),
        **_modified(last),
        "dcat:dataset": [_dataset(one, agent, publisher, files) for one in sets],
    }


def _dataset(
    one: OpenSet, agent: object, publisher: Publisher, files: Mapping[str, bytes]
) -> dict[str, object]:
    contact = {
        "@type": ["vcard:Kind", "vcard:Organization"],
        "vcard:fn": publisher.name,
        "vcard:hasEmail": {"@id": f"mailto:{publisher.contact}"},
    }
    return {
        "@id": _address(publisher, f"{CATALOGUE}#{one.name}"),
        "@type": "dcat:Dataset",
        "dct:identifier": one.name,
        "dct:title": _french(one.title),
        "dct:description": _french(one.description),
        "dct:publisher": agent,
        "dcat:contactPoint": contact,
        "dcat:theme": {
            "@id": f"{_EU}/data-theme/GOVE",
            "@type": "skos:Concept",
            "skos:prefLabel": _french("Gouvernement et secteur public"),
        },
        "dct:accrualPeriodicity": {"@id": f"{_EU}/frequency/IRREG", "@type": "dct:Frequency"},
        "dct:language": _FRENCH,
        **_modified(one.modified),
        "dcat:distribution": [
            _distribution(f"{one.name}{suffix}", one, publisher, files) for suffix in _TYPES
        ],
    }


def _distribution(
    name: str, one: OpenSet, publisher: Publisher, files: Mapping[str, bytes]
) -> dict[str, object]:
    kind, mime = _TYPES[Path(name).suffix]
    address = {"@id": _address(publisher, name)}
    return {
        "@type": "dcat:Distribution",
        "dct:title": _french(f"{one.title} ({Path(name).suffix[1:].upper()})"),
        "dcat:accessURL": address,
        "dcat:downloadURL": address,
        "dct:format": {"@id": kind, "@type": "dct:MediaTypeOrExtent"},
        "dcat:mediaType": {
            "@id": f"https://www.iana.org/assignments/media-types/{mime}",
            "@type": "dct:MediaType",
        },
        "dct:license": _licence(publisher),
        "dct:rights": {
            "@type": "dct:RightsStatement",
            "rdfs:label": _french(publisher.licence),
        },
        "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(len(files[name]))},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {
                "@type": "xsd:hexBinary",
                "@value": sha256(files[name]).hexdigest(),
            },
        },
    }


def _licence(publisher: Publisher) -> dict[str, object]:
    return {"@id": publisher.licence_address, "@type": "dct:LicenseDocument"}


def _modified(on: date | None) -> dict[str, object]:
    return {"dct:modified": {"@type": "xsd:date", "@value": on.isoformat()}} if on else {}


def _address(publisher: Publisher, name: str) -> str:
    return f"{publisher.address.rstrip('/')}/{name}" if publisher.address else name


def _french(text: str) -> dict[str, str]:
    return {"@language": "fr", "@value": text}


def _json(thing: object) -> bytes:
    return (json.dumps(thing, default=str, ensure_ascii=False, indent=1) + "\n").encode()


# ── The folder ────────────────────────────────────────────────────────────────────────────────────


def write_folder(folder: Path, files: Mapping[str, bytes]) -> int:
    """Puts what has changed into the folder; how many files that were. All of them are written
    beside it first: none is ever seen half-written, and none where the disk is full. Raises
    Refused.
    """
    if not folder.is_dir():
        raise Refused(_MISSING.format(folder))
    changed = {name: body for name, body in files.items() if _content(folder / name) != body}
    if not changed:
        return 0
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".nouveau-") as beside:
            for name, body in changed.items():
                _write(Path(beside) / name, body)
            for name in changed:
                os.replace(Path(beside) / name, folder / name)
    except OSError as error:
        raise Refused(f"« {folder} » ne peut pas être écrit : {error.strerror}.") from error
    return len(changed)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _write(path: Path, body: bytes) -> None:
    with path.open("wb") as out:
        out.write(body)
        out.flush()
        os.fsync(out.fileno())
    # For whoever serves the folder: all of it is public.
    path.chmod(0o644)
