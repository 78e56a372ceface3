"""PDFs of a workshop: the sheet to fill in by hand (A4, A5), and the minutes (PV) to read out at
the end.
"""

import io
from collections.abc import Sequence

import segno
from sqlmodel import Session

from dashboard import french, theme
from dashboard.access import require
from dashboard.queries.directions import ambitions
from dashboard.queries.meetings.records import Hands, MeetingAt, hands, lines
from dashboard.queries.roadmap import ambition_colours
from dashboard.report.pdf import paper
from dashboard.report.wording import printable, without_scheme
from dashboard.scope import Choice, Scope
from models.directions import Unit
from models.idea_states import IdeaKind
from models.ideas import Idea
from models.meetings import OpeningQuestion

# Printed characters of a line; the entry itself contains the rest.
LINE_MAX = 900


# A paper: its name for Typst, and its scale relative to A4.
Size = tuple[str, float]
A4: Size = ("a4", 1.0)
A5: Size = ("a5", 0.7)


def qr(
    address: str, alt: str = "Code QR : ouvrir « Déposer une idée » sur un téléphone"
) -> dict[str, str]:
    """The QR code of an address as an image, with its text alternative."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out,
        kind="svg",
        scale=8,
        border=1,
        xmldecl=False,
        svgns=True,
        dark="#16233A",
        light="#FFFFFF",
    )
    return {"svg": out.getvalue().decode("utf-8"), "alt": alt}


def sheet(
    session: Session,
    scope: Scope,
    units: Sequence[Unit],
    size: Size,
    address: str,
    meeting: MeetingAt | None = None,
) -> bytes:
    """« Fiche d'atelier »: one page per service, to be filled in by hand. Raises Refused without
    the right.
    """
    of_workshop = (meeting,) if meeting else ()
    require(scope.reader, "workshop.run", *of_workshop)
    return paper(
        "fiche.typ",
        scope,
        {
            "paper": size[0],
            "unit": size[1],
            "images": {"qr": qr(address)},
            "address": without_scheme(address),
            "when": french.day_long(meeting.day) if meeting else "",
            "where": printable(meeting.place) if meeting else "",
            "questions": [printable(q.label) for q in OpeningQuestion],
            "ambitions": [
                {"code": choice.code, "name": printable(choice.name)}
                for choice in ambitions(session)
            ],
            "colours": theme.on_paper(ambition_colours(session)),
            "sheets": [{"service": printable(unit.name), "code": unit.code} for unit in units],
        },
    )


# --- the PV -------------------------------------------------------------------------------------


def minutes(session: Session, scope: Scope, meeting: MeetingAt, address: str) -> bytes:
    """« PV de l'atelier »: the number of participants, every line with its number and votes, the
    promised day.
    """
    require(scope.reader, "workshop.run", meeting)
    counted = hands(session, meeting.id)
    filed = [line for line, _ in lines(session, scope, meeting.id)]
    return paper(
        "seance.typ",
        scope,
        {
            "title": printable(meeting.label),
            "kind": meeting.kind.label,
            "facts": _facts(meeting, counted, scope),
            "blocks": _blocks(ambitions(session), filed),
            "count": french.counted(len(filed), "ligne enregistrée", "lignes enregistrées"),
            "promise": _promise(filed),
            "images": {"qr": qr(address)},
            "address": without_scheme(address),
        },
    )


def _facts(meeting: MeetingAt, counted: Hands, scope: Scope) -> list[list[str]]:
    unit = scope.tree.by_id.get(meeting.direction_id) if meeting.direction_id else None
    crafts = ", ".join(f"{name} ({n})" for name, n in counted.crafts.items())
    facts = [
        ("Jour", french.day_long(meeting.day)),
        ("Lieu", meeting.place or "non précisé"),
        ("Direction ou service", unit.name if unit else ""),
    ]
    if counted.present is not None:
        facts.append(("Dans la salle", french.counted(counted.present, "personne")))
    facts += [
        (q.label, french.counted(n, "main levée", "mains levées"))
        for q, n in counted.questions.items()
    ]
    facts.append(("Métiers", crafts))
    return [[printable(term), printable(text)] for term, text in facts if text]


def _blocks(choices: Sequence[Choice], filed: Sequence[Idea]) -> list[dict]:
    """The lines of each ambition: improvements, then ideas, then findings; those without an
    ambition last.
    """
    blocks = []
    for code, name, ident in [
        *((c.code, c.name, c.id) for c in choices),
        ("", "Sans ambition", None),
    ]:
        mine = [line for line in filed if line.ambition_id == ident]
        parts = []
        for title, belongs in _PARTS:
            lines = [_line(line) for line in mine if belongs(line)]
            if lines:
                parts.append({"name": title, "lines": lines})
        if mine:
            blocks.append({"code": code, "name": printable(name), "parts": parts})
    return blocks


_PARTS = (
    ("Améliorations concrètes en cours", lambda line: line.kind == IdeaKind.improvement),
    ("Idées concrètes", lambda line: line.kind not in (IdeaKind.improvement, IdeaKind.finding)),
    ("Ça va", lambda line: line.kind == IdeaKind.finding and line.good is True),
    ("Ça ne va pas", lambda line: line.kind == IdeaKind.finding and line.good is False),
    ("Constats", lambda line: line.kind == IdeaKind.finding and line.good is None),
)


def _line(line: Idea) -> dict:
    return {
        "text": printable(line.body or line.title, LINE_MAX),
        "number": str(line.number),
        "voices": french.counted(line.voices, "voix") if line.voices is not None else "",
    }


def _promise(filed: Sequence[Idea]) -> str:
    days = sorted({line.due_on for line in filed if line.due_on})
    if not days:
        return ""
    if len(days) == 1:
        until = f"pour le {french.day_long(days[0])}"
    else:
        until = f"entre le {french.day_long(days[0])} et le {french.day_long(days[-1])}"
    return printable(
        f"Une réponse est promise {until} au plus tard ; elle sera affichée aux valves du service."
    )
