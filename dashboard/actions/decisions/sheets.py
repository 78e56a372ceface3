"""Acts on the sheet of a decision (fiche de décision): the text the body reads before deciding; the
rest is computed.
"""

from datetime import date

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.acts import lock_record, note, refuse_conflict
from dashboard.queries.edit_conflicts import LastWrite
from models.clock import today
from models.decisions import Decision, DecisionEvent, DecisionSheet, DecisionStep
from models.errors import Refused, refuse
from models.facts import facts_of
from models.texts import clean_text, too_long

# Fits on two pages beside the computed parts.
TEXT_MAX = 3000
_TEXTS = ("problem", "options", "concerned", "objections")


def sheet_values(sheet: DecisionSheet | None) -> dict[str, object]:
    """The fields of a sheet's form."""
    row = sheet or DecisionSheet()
    return {name: getattr(row, name) for name in (*_TEXTS, "cost", "fte")}


def write_sheet(
    session: Session,
    reader: Reader,
    decision_id: int,
    typed: DecisionSheet,
    *,
    read: str | None = None,
) -> DecisionSheet:
    """Préparer la fiche, until the point is decided. Raises Invalid per field, Refused,
    EditConflict.
    """
    require(reader, "decision.record")
    decision = lock_record(session, Decision, decision_id, "Cette décision n'existe pas.")
    day = today(session)
    _refuse_decided(session, decision, day)
    before = session.get(DecisionSheet, decision_id)
    last = LastWrite(before.by, before.on) if before else LastWrite()
    refuse_conflict(session, reader, read, sheet_values(before), last)
    values = {name: clean_text(getattr(typed, name)) for name in _TEXTS}
    values |= {"cost": typed.cost, "fte": typed.fte}
    _check(values)
    row = before or DecisionSheet(decision_id=decision_id, on=day)
    for name, value in values.items():
        was = getattr(row, name)
        if was != value:
            field = f"fiche : {name}"
            note(session, reader, day, "decision", decision.number, field, was or None, value)
            setattr(row, name, value)
    row.on = day
    row.by = reader.person_id
    session.add(row)
    session.flush()
    return row


def _refuse_decided(session: Session, decision: Decision, day: date) -> None:
    steps = facts_of(session, DecisionEvent, decision.id, day)
    if any(step.what == DecisionStep.decided for step in steps):
        raise Refused(
            f"La décision n° {decision.number} est prise : sa fiche reste telle qu'elle a été lue."
        )


def _check(values: dict[str, object]) -> None:
    number = "Donnez un nombre positif, ou laissez vide."
    numbers = {name: values[name] for name in ("cost", "fte") if values[name] is not None}
    refuse(
        {name: too_long(values[name], TEXT_MAX) for name in _TEXTS}
        | {name: not 0 <= value < 1e9 and number for name, value in numbers.items()}
    )
