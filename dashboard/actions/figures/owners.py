"""Acts on the owner of a figure (porteur) and on its definition: naming, verifying, noting a new
one.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact
from dashboard.actions.edit_conflicts import refuse_conflict
from dashboard.actions.journal import note
from dashboard.actions.operations.short_acts import ShortAct, in_batches
from dashboard.actions.roadmap.revisions import OWNER_MAX
from dashboard.queries.directions import organisation
from dashboard.queries.edit_conflicts import last_recorded
from dashboard.queries.figures.declared import Declared, declared_values, owner_of
from models.clock import today
from models.directions import Tree
from models.errors import refuse
from models.facts import last_values
from models.revisions import hold
from models.roadmap import FigureEvent, FigureStep
from models.texts import clean_text


def owner_values(now: FigureEvent | None) -> dict[str, object]:
    """The owner by the fields of its form."""
    return {
        "owner": now.owner if now else "",
        "unit": (now.owner_direction_id if now else None) or 0,
    }


def name_owner(
    session: Session,
    reader: Reader,
    figure: Declared,
    typed: FigureEvent,
    *,
    read: str | None = None,
) -> None:
    """Nommer le porteur d'un chiffre from today: a function and its direction. Raises Invalid per
    field, EditConflict.
    """
    require(reader, "target.decide")
    hold(session, "roadmap")
    day = today(session)
    now = owner_of(session, figure.code, day)
    of_figure = FigureEvent.figure == figure.code, FigureEvent.what == FigureStep.owned
    last = last_recorded(session, FigureEvent, *of_figure)
    refuse_conflict(session, reader, read, owner_values(now), last)
    owner, unit = clean_text(typed.owner), typed.owner_direction_id
    is_named = 0 < len(owner) <= OWNER_MAX
    is_open = unit is None or unit in organisation(session).at(day).by_id
    refuse(
        {
            "owner": not is_named and f"Nommez le porteur, en {OWNER_MAX} caractères au plus.",
            "unit": not is_open and "Cette direction n'existe pas, ou elle est fermée.",
        }
    )
    fact = FigureEvent(figure=figure.code, what=str(FigureStep.owned), owner=owner)
    fact.owner_direction_id = unit
    add_fact(session, reader, fact)
    note(session, reader, day, "chiffre", figure.code, "owner", now and now.owner, owner)


def verify_definition(session: Session, reader: Reader, figure: Declared, tree: Tree) -> None:
    """« Définition vérifiée » today, by the programme's office or the owner's managers."""
    day = today(session)
    owner = owner_of(session, figure.code, day) or FigureEvent()
    require(reader, "figure.verify", owner, tree)
    fact = FigureEvent(figure=figure.code, what=str(FigureStep.verified), mark=figure.mark)
    add_fact(session, reader, fact)
    note(session, reader, day, "chiffre", figure.code, "definition", None, "vérifiée")


def note_definitions(session: Session, day: date) -> Iterator[ShortAct]:
    """Notes the definitions that no round has seen yet, as a release may change them. A task of the
    round.
    """
    is_defined = FigureEvent.what == FigureStep.defined
    seen = last_values(session, FigureEvent.mark, day, is_defined)
    new = [f for f in declared_values(session).values() if f.mark != seen.get(f.code)]
    return in_batches(new, _note_definitions)


def _note_definitions(session: Session, figures: Sequence[Declared]) -> int:
    day, what = today(session), str(FigureStep.defined)
    dates = {"on": day, "recorded_on": day, "what": what}
    session.add_all(FigureEvent(figure=f.code, mark=f.mark, **dates) for f in figures)
    return len(figures)
