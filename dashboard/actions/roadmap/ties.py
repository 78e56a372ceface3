"""Act on the figure that a milestone is tied to: its report then proposes the progress."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.edit_conflicts import refuse_conflict
from dashboard.actions.journal import note
from dashboard.actions.roadmap.records import held_milestone, is_positive
from dashboard.queries.edit_conflicts import last_change
from dashboard.queries.roadmap import Record
from models.clock import today
from models.errors import Invalid
from models.ledger import bump
from models.roadmap import Milestone


@dataclass(frozen=True)
class TieInput:
    """The value of a figure a milestone is tied to (None: to none), and the threshold it is
    compared with.
    """

    figure: str | None
    threshold: float | None = None
    by_count: bool = False


def tie_stands(milestone: Milestone | Record) -> dict[str, object]:
    """The figure that a milestone is tied to, as its form shows it."""
    return {name: getattr(milestone, name) for name in ("figure", "threshold", "by_count")}


def tie_milestone(
    session: Session,
    reader: Reader,
    milestone_id: int,
    tie: TieInput,
    allowed: Collection[str],
    *,
    read: str | None = None,
) -> None:
    """Ties a milestone to the value of a figure and a threshold, or to none; `allowed` are the
    values that may be named.

    Those of the roadmap itself are not among them: progress would follow from progress. Raises
    Invalid per field, EditConflict.
    """
    require(reader, "milestone.revise")
    day = today(session)
    milestone = held_milestone(session, milestone_id)
    written = last_change(session, "milestone", milestone.number)
    refuse_conflict(session, reader, read, tie_stands(milestone), written)
    _check_tie(tie, allowed)
    wanted = {
        "figure": tie.figure,
        "by_count": bool(tie.figure) and tie.by_count,
        "threshold": float(tie.threshold) if tie.figure else None,
    }
    for name, value in wanted.items():
        before = getattr(milestone, name)
        if before != value:
            note(session, reader, day, "milestone", milestone.number, name, before, value)
            setattr(milestone, name, value)
    session.flush()
    bump(session, "roadmap")


def _check_tie(tie: TieInput, allowed: Collection[str]) -> None:
    errors = {}
    if tie.figure is not None and tie.figure not in allowed:
        errors["figure"] = (
            "Ce chiffre ne peut pas servir : il n'existe pas, ou il vient de la feuille de route"
            " elle-même."
        )
    if tie.figure is not None and not is_positive(tie.threshold):
        errors["threshold"] = "Donnez un seuil plus grand que zéro."
    if errors:
        raise Invalid(errors)
