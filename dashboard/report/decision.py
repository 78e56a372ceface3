"""The sheet of a decision (fiche de décision): two pages, made from the data, that a body reads
before it decides.
"""

import base64
import io
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from zipfile import ZIP_DEFLATED, ZipFile

from sqlmodel import Session

from dashboard import french
from dashboard.access import require
from dashboard.files import csvout
from dashboard.queries.decisions.records import decision_numbered
from dashboard.queries.decisions.sheets import SheetOf, sheet_of
from dashboard.queries.discussions.threads import Objected
from dashboard.rendering import render
from dashboard.report.pdf import fitted, frame, more
from dashboard.report.wording import printable
from dashboard.scope import Scope
from models.clock import now
from models.decisions import Instance
from models.directions import Unit
from models.idea_states import IdeaKind, IdeaStatus
from models.ideas import Idea
from models.settings import settings
from models.texts import Refused

PAGES = 2
# Entries, characters of a text, size: tried in order until the sheet fits two pages.
_FITS = (
    (8, 3000, 1.25),
    (8, 3000, 1.1),
    (8, 1400, 1.0),
    (6, 1000, 0.95),
    (5, 700, 0.9),
    (4, 500, 0.85),
    (3, 350, 0.8),
    (2, 200, 0.75),
)


def decision_sheet(session: Session, scope: Scope, number: int) -> bytes:
    """« Fiche de décision » of the point with this number, as PDF. Raises Refused without the
    right, or for an unknown point.
    """
    return printed_sheet(found_sheet(session, scope, number), scope)


def found_sheet(session: Session, scope: Scope, number: int) -> SheetOf:
    """The content of that sheet. Raises the same."""
    require(scope.reader, "report.make")
    decision = decision_numbered(session, number, scope.on)
    if decision is None:
        raise Refused("Cette décision n'existe pas à cette date.")
    return sheet_of(session, scope, decision)


def printed_sheet(sheet: SheetOf, scope: Scope) -> bytes:
    made_at = now()
    attempts = (
        frame(scope, made_at, "") | content(sheet, scope, most, letters) | {"scale": scale}
        for most, letters, scale in _FITS
    )
    return fitted("decision.typ", attempts, PAGES, made_at)


def content(sheet: SheetOf, scope: Scope, most: int, letters: int) -> dict:
    """The data of the template; `most` entries of a list, `letters` characters of a text."""
    d = sheet.decision
    owner = scope.tree.by_id.get(d.owner_direction_id) if d.owner_direction_id else None
    return {
        "title": printable(d.title),
        "number": str(d.number),
        "instance": d.instance.label,
        "state": d.state(scope.on),
        "facts": [[term, printable(text)] for term, text in facts(sheet, scope, owner) if text],
        "problem": _paragraphs(sheet.problem, letters),
        "evidence": [_entry(e) for e in sheet.evidence[:most]],
        "more-evidence": more(len(sheet.evidence) - most, "autre", "autres"),
        "options": _paragraphs(sheet.options, letters),
        "proposition": _paragraphs(sheet.proposition, letters),
        "concerned": _paragraphs(sheet.concerned, letters // 2),
        "objections": _paragraphs(sheet.objected, letters // 2),
        "objected": [_entry(e, IdeaStatus(e.status).label) for e in sheet.objections[:most]],
        "spoken-words": objections_in_words(sheet.spoken),
        "spoken": [_objection(objection, letters // 4) for objection in sheet.spoken[:most]],
        "more-spoken": more(len(sheet.spoken) - most, "autre objection", "autres objections"),
        "spread": [[printable(name), french.number(n)] for name, n in sheet.spread[0]],
        "spread-words": _spread_in_words(sheet),
        "followed": [
            [printable(node.title), printable(node.state)] for node in sheet.followed[:most]
        ],
    }


def facts(sheet: SheetOf, scope: Scope, owner: Unit | None) -> Sequence[tuple[str, str]]:
    d, cost, fte = sheet.decision, sheet.cost, sheet.fte
    since, decided, time = french.day_long(d.submitted_on), "", "non chiffré"
    if d.is_waiting:
        days = french.counted((scope.on - d.submitted_on).days, "jour")
        since = f"{since} (attend depuis {days})"
    if d.decided and d.outcome:
        decided = f"{d.outcome.label}, le {french.day_long(d.decided.on)}"
    if fte is not None:
        time = f"{french.number(fte)} ETP (équivalents temps plein)"
    return (
        ("Porteur", owner.name if owner else ""),
        ("Inscrit le", since),
        ("Décision", decided),
        ("Coût estimé", f"{french.number(cost)} €" if cost is not None else "non chiffré"),
        ("Temps de travail", time),
        ("Groupe de progrès", ", ".join(f"{g.code}, {g.title}" for g in sheet.groups)),
    )


def _paragraphs(text: str, letters: int) -> list[str]:
    return [printable(line) for line in printable(text, letters).splitlines() if line.strip()]


def objections_in_words(objections: Sequence[Objected]) -> str:
    """« 3 objections ont été dites, dont 1 encore ouverte. »"""
    if not objections:
        return ""
    counted = french.counted(len(objections), "objection a été dite", "objections ont été dites")
    pending = sum(objection.is_open for objection in objections)
    rest = (
        f"dont {french.counted(pending, 'encore ouverte', 'encore ouvertes')}"
        if pending
        else "et aucune n'est encore ouverte"
    )
    return printable(f"{counted}, {rest}.")


def _objection(objection: Objected, letters: int) -> dict:
    """An objection, its subject and its outcome; no names on paper."""
    outcome = objection.remark.outcomes[-1] if objection.remark.outcomes else None
    became = f"{french.day(outcome.on)} : {outcome.reason}" if outcome else ""
    return {
        "about": printable(f"Sur {objection.about.words}, le {french.day(objection.remark.on)}"),
        "text": printable(" ".join(objection.remark.text.split()), letters),
        "state": objection.remark.state.label,
        "became": printable(" ".join(became.split()), letters),
    }


def _entry(e: Idea, state: str = "") -> dict:
    kind = IdeaKind(e.kind).label
    counted = [french.counted(e.supports, "soutien")] if e.supports else []
    counted += [french.counted(e.voices, "voix")] if e.voices else []
    return {
        "number": str(e.number),
        "kind": f"{kind}, {state.lower()}" if state else kind,
        "title": printable(e.title, 200),
        "body": printable(" ".join(e.body.split()), 240),
        "counts": " · ".join(counted),
    }


def _spread_in_words(sheet: SheetOf) -> str:
    _, persons, some_hidden = sheet.spread
    if persons is None:
        # Too few to disclose their origin.
        return ""
    hidden = " Les directions de moins de cinq personnes ne sont pas montrées."
    rest = hidden if some_hidden else ""
    return printable(
        f"{french.counted(persons, 'personne')} ont signé ou soutenu ce qui mène à cette"
        f" décision.{rest}"
    )


BODIES = {
    Instance.college: "meeting-config-college",
    Instance.city_council: "meeting-config-council",
}
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
    sheet = found_sheet(session, scope, number)
    # The package leaves the house: without entries that were not published.
    sheet = replace(
        sheet,
        evidence=tuple(e for e in sheet.evidence if e.published),
        objections=tuple(e for e in sheet.objections if e.published),
        followed=tuple(node for node in sheet.followed if node.kind != "idee"),
    )
    table = io.BytesIO()
    owner = scope.tree.by_id.get(sheet.decision.owner_direction_id)
    csvout.write(("Donnée", "Valeur"), filter(all, facts(sheet, scope, owner)), table)
    annexes = {
        f"fiche-decision-{number}.pdf": printed_sheet(sheet, scope),
        f"chiffres-{number}.csv": table.getvalue(),
    }
    path = settings().cp_data_dir / "iadelib.toml"
    names = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    body = item(sheet, owner.code if owner else "", annexes, names)
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as files:
        files.writestr("point.json", json.dumps(body, ensure_ascii=False, indent=1))
        files.writestr("LISEZMOI.txt", _READ_ME.format(number=number, **body))
        for name, content in annexes.items():
            files.writestr(name, content)
    return out.getvalue()


def item(sheet: SheetOf, owner: str, annexes: Mapping[str, bytes], names: Mapping) -> dict:
    """The body of `POST @item`; `owner` is the code of the unit that carries the point, `names` how
    the town's iA.Délib calls bodies ([organes] college = "…"), [organisations], annexe, categorie.
    """
    d = sheet.decision
    shown = "\n".join(f"N° {e.number} : {e.title}" for e in sheet.evidence)
    motivation = (
        ("Le problème", sheet.problem),
        ("Ce qui le montre", shown),
        ("Les options", sheet.options),
        ("Qui est concerné", sheet.concerned),
        ("Les objections", sheet.objected),
    )
    category = {"content_category": names["annexe"]} if "annexe" in names else {}
    children = []
    for name, content in annexes.items():
        data = base64.b64encode(content).decode("ascii")
        file = {"filename": name, "encoding": "base64", "data": data}
        children.append({"@type": "annex", "title": name, "file": file} | category)
    body = {
        "config_id": names.get("organes", {}).get(d.instance) or BODIES[d.instance],
        "title": d.title,
        "proposingGroup": names.get("organisations", {}).get(owner, owner.lower()),
        "externalIdentifier": str(d.number),
        "motivation": _html(motivation),
        "decision": _html([("", sheet.proposition or sheet.options)]),
        "ignore_not_used_data": True,
        "__children__": children,
    }
    return body | ({"category": names["categorie"]} if "categorie" in names else {})


def _html(parts: Sequence[tuple[str, str]]) -> str:
    """(title, text) of parts as HTML, a line as a paragraph; nothing of a part without a text."""
    lines = [(title, text.split("\n")) for title, text in parts if text.strip()]
    return str(render("decisions/iadelib.html", parts=lines))
