"""The package of a point for iA.Délib (paquet pour le Collège): a ZIP with the body of its
`POST @item`, the annexes as files and the way to send it. Nothing is sent from here.

The names of the fields are those of plonemeeting.restapi, checked by `iadelib.schema.json`.
"""

import base64
import io
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from zipfile import ZIP_DEFLATED, ZipFile

from sqlmodel import Session

from dashboard.files import csvout
from dashboard.queries.decisions.sheets import SheetOf
from dashboard.rendering import render
from dashboard.report.decision import facts, found_sheet, printed_sheet
from dashboard.scope import Scope
from models.decisions import Instance
from models.settings import settings

BODIES = {
    Instance.college: "meeting-config-college",
    Instance.city_council: "meeting-config-council",
}
# In the data folder: [organes] college = "…", [organisations] VC-JSP = "…", annexe = "…", categorie
# = "…".
CORRESPONDENCE = "iadelib.toml"
_READ_ME = """\
Point n° {number} pour iA.Délib : rien n'est encore envoyé.

1. Relisez point.json : organe « {config_id} », service proposant « {proposingGroup} ». Chaque
   commune a ses noms : le fichier iadelib.toml du dossier des données donne les vôtres.
2. Envoyez-le avec le compte de la personne qui introduit les points :
   curl -u IDENTIFIANT -H "Accept: application/json" -H "Content-Type: application/json" \\
     --data @point.json https://VOTRE-IADELIB/@item
   La réponse 201 contient le point créé ; 400 dit quel champ est à corriger.
   Les annexes partent avec lui ; les fichiers joints sont les mêmes, pour les relire.
3. Après la séance, https://VOTRE-IADELIB/@item?externalIdentifier={number} donne la décision :
   inscrivez-la sous « Décisions », point n° {number}, « Étape suivante ».
"""


def package(session: Session, scope: Scope, number: int) -> bytes:
    """The package of the point of this number. Raises Refused without the right, or for an unknown
    point.
    """
    sheet = _of_everybody(found_sheet(session, scope, number))
    table = io.BytesIO()
    owner = scope.tree.by_id.get(sheet.decision.owner_direction_id)
    csvout.write(("Donnée", "Valeur"), filter(all, facts(sheet, scope, owner)), table)
    annexes = {
        f"fiche-decision-{number}.pdf": printed_sheet(sheet, scope),
        f"chiffres-{number}.csv": table.getvalue(),
    }
    body = item(sheet, owner.code if owner else "", annexes, _correspondence())
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as files:
        files.writestr("point.json", json.dumps(body, ensure_ascii=False, indent=1))
        files.writestr("LISEZMOI.txt", _READ_ME.format(number=number, **body))
        for name, content in annexes.items():
            files.writestr(name, content)
    return out.getvalue()


def _of_everybody(sheet: SheetOf) -> SheetOf:
    """Without entries that were not published: the package leaves the house."""
    return replace(
        sheet,
        evidence=tuple(e for e in sheet.evidence if e.published),
        objections=tuple(e for e in sheet.objections if e.published),
        followed=tuple(node for node in sheet.followed if node.kind != "idee"),
    )


def _correspondence() -> dict:
    """How the town's iA.Délib calls bodies, organisations, annexes and categories."""
    path = settings().cp_data_dir / CORRESPONDENCE
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def item(sheet: SheetOf, owner: str, annexes: Mapping[str, bytes], names: Mapping) -> dict:
    """The body of `POST @item`; `owner` is the code of the unit that carries the point."""
    d = sheet.decision
    body = {
        "config_id": names.get("organes", {}).get(d.instance) or BODIES[d.instance],
        "title": d.title,
        "proposingGroup": names.get("organisations", {}).get(owner, owner.lower()),
        "externalIdentifier": str(d.number),
        "motivation": _motivation(sheet),
        "decision": _html([("", sheet.proposition or sheet.options)]),
        "ignore_not_used_data": True,
        "__children__": [_annex(name, annexes[name], names) for name in annexes],
    }
    return body | ({"category": names["categorie"]} if "categorie" in names else {})


def _annex(name: str, content: bytes, names: Mapping) -> dict:
    data = base64.b64encode(content).decode("ascii")
    file = {"filename": name, "encoding": "base64", "data": data}
    category = {"content_category": names["annexe"]} if "annexe" in names else {}
    return {"@type": "annex", "title": name, "file": file} | category


def _motivation(sheet: SheetOf) -> str:
    shown = "\n".join(f"N° {e.number} : {e.title}" for e in sheet.evidence)
    return _html(
        [
            ("Le problème", sheet.problem),
            ("Ce qui le montre", shown),
            ("Les options", sheet.options),
            ("Qui est concerné", sheet.concerned),
            ("Les objections", sheet.objected),
        ]
    )


def _html(parts: Sequence[tuple[str, str]]) -> str:
    """(title, text) of parts as HTML, a line as a paragraph; nothing of a part without a text."""
    lines = [(title, text.split("\n")) for title, text in parts if text.strip()]
    return str(render("decisions/iadelib.html", parts=lines))
