"""Acts on the sheet of a decision (fiche de décision): what the body reads before it decides;
the rest is made from the data.
"""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.edit_conflicts import refuse_conflict
from dashboard.actions.journal import note
from dashboard.queries.edit_conflicts import LastWrite
from models.clock import today
from models.decisions import Decision, DecisionEvent, DecisionSheet, DecisionStep
from models.errors import Invalid, Refused
from models.facts import live
from models.texts import clean_text

# What two pages hold beside what is made from the data.
TEXT_MAX = 3000
_TEXTS = ("problem", "options", "concerned", "objections")


@dataclass(frozen=True)
class SheetInput:
    """The texts of a sheet, each of which may stay empty, what it would cost (€) and take (ETP)."""

    problem: str = ""
    options: str = ""
    concerned: str = ""
    objections: str = ""
    cost: float | None = None
    fte: float | None = None


def sheet_stands(sheet: DecisionSheet | None) -> dict[str, object]:
    """What a sheet holds, as its form shows it."""
    held = sheet or DecisionSheet()
    return {name: getattr(held, name) or "" for name in _TEXTS} | {
        "cost": held.cost,
        "fte": held.fte,
    }


def write_sheet(
    session: Session,
    reader: Reader,
    decision_id: int,
    given: SheetInput,
    *,
    read: str | None = None,
) -> DecisionSheet:
    """Préparer la fiche, until the point is decided: then it stays as it was read. Raises
    Invalid per field, Refused, EditConflict.
    """
    require(reader, "decision.record")
    decision = session.get(Decision, decision_id, with_for_update=True)
    if decision is None:
        raise Refused("Cette décision n'existe pas.")
    day = today(session)
    _refuse_decided(session, decision, day)
    before = session.get(DecisionSheet, decision_id)
    last = LastWrite(before.by, before.on) if before else LastWrite()
    refuse_conflict(session, reader, read, sheet_stands(before), last)
    values = {name: clean_text(getattr(given, name)) for name in _TEXTS} | {
        "cost": given.cost,
        "fte": given.fte,
    }
    _check(values)
    found = before or DecisionSheet(decision_id=decision_id, on=day)
    for name, value in values.items():
        held = getattr(found, name)
        if held != value:
            field = f"fiche : {name}"
            note(session, reader, day, "decision", decision.number, field, held or None, value)
            setattr(found, name, value)
    found.on = day
    found.by = reader.person_id
    session.add(found)
    session.flush()
    return found


def _refuse_decided(session: Session, decision: Decision, day: date) -> None:
    taken = select(DecisionEvent.id).where(
        DecisionEvent.decision_id == decision.id,
        DecisionEvent.what == DecisionStep.decided,
        live(DecisionEvent, day),
    )
    if session.exec(taken).first():
        raise Refused(
            f"La décision n° {decision.number} est prise : sa fiche reste telle qu'elle a été lue."
        )


def _check(values: dict[str, object]) -> None:
    errors = {
        name: f"Le texte peut compter {TEXT_MAX} caractères au plus : la fiche tient en deux pages."
        for name in _TEXTS
        if len(values[name]) > TEXT_MAX
    }
    errors |= {
        name: "Donnez un nombre positif, ou laissez vide."
        for name in ("cost", "fte")
        if values[name] is not None and not 0 <= values[name] < 1e9
    }
    if errors:
        raise Invalid(errors)
