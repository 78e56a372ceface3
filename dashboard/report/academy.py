"""PDFs of the academy: the attendance sheet to be signed, the certificates of attendance."""

from sqlmodel import Session

from dashboard import french
from dashboard.access import may, require
from dashboard.queries.academy.attendance import AttendanceRow, AttendanceSheet, sheet_of
from dashboard.report.pdf import paper
from dashboard.report.wording import printable
from dashboard.scope import Scope
from models.errors import Refused
from models.seats import ATTENDED, Seat, SeatState

_S = SeatState


def presence_sheet(session: Session, scope: Scope, session_id: int) -> bytes:
    """« Feuille de présence »: those with a seat, by name, with space to sign. Raises Refused
    without the right.
    """
    sheet = _sheet(session, session_id)
    require(scope.reader, "training.hold", sheet)
    seats = str(len(sheet.lines))
    if sheet.session.capacity:
        seats = f"{seats} sur {sheet.session.capacity}"
    facts = [
        ("Jour", french.day_long(sheet.session.on)),
        ("Heures", _hours(sheet)),
        ("Lieu", sheet.session.place),
        ("Formateur", sheet.training.trainer),
        ("Places", seats),
    ]
    lines = [
        {
            "rank": str(line.rank),
            "name": printable(line.name),
            "mark": line.status.label if line.status != _S.booked else "",
        }
        for line in sheet.lines
    ]
    return paper(
        "presence.typ",
        scope,
        {
            "title": printable(sheet.training.title),
            "lines": lines,
            "facts": [[term, printable(text)] for term, text in facts if text],
        },
    )


def attestations(session: Session, scope: Scope, session_id: int, own: bool = False) -> bytes:
    """« Attestation »: one page per person who attended; `own`: only the reader's. Raises Refused
    if there is none.
    """
    sheet = _sheet(session, session_id)
    if own or not may(scope.reader, "training.hold", sheet):
        lines = [
            line
            for line in sheet.lines
            if session.get(Seat, line.seat_id).person_id == scope.reader.person_id
            and scope.reader.person_id is not None
        ]
    else:
        lines = list(sheet.lines)
    # Only persons of the register: the name on a certificate must be verified.
    there = [line for line in lines if line.status in ATTENDED and not line.is_guest]
    if not there:
        raise Refused("Il n'y a pas d'attestation : aucune présence n'est encodée.")
    hours = f" ({_hours(sheet)})" if _hours(sheet) else ""
    return paper(
        "attestation.typ",
        scope,
        {
            "title": printable(sheet.training.title),
            "when": f"le {french.day_long(sheet.session.on)}{hours}",
            "where": f", {printable(sheet.session.place)}" if sheet.session.place else "",
            "people": [_person(line, sheet) for line in there],
        },
    )


def _person(line: AttendanceRow, sheet: AttendanceSheet) -> dict:
    part = line.status == _S.partial
    hours = sheet.training.hours / 2 if part else sheet.training.hours
    return {
        "name": printable(line.name),
        "followed": "a suivi en partie la formation" if part else "a suivi la formation",
        "hours": printable(french.counted(hours, "heure")),
    }


def _hours(sheet: AttendanceSheet) -> str:
    if sheet.session.starts and sheet.session.ends:
        return f"de {sheet.session.starts} à {sheet.session.ends}"
    return ""


def _sheet(session: Session, session_id: int) -> AttendanceSheet:
    sheet = sheet_of(session, session_id)
    if sheet is None:
        raise Refused("Cette session n'existe pas.")
    return sheet
