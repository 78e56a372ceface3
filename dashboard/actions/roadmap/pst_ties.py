"""Tying an element of the PST to a milestone, a workstream or a project (lien)."""

from collections.abc import Collection

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.journal import note
from dashboard.actions.roadmap.pst_imports import SUBJECT
from dashboard.files.pst.reading import read_pst
from dashboard.queries.pst import content_of, statements, ties
from models.clock import today
from models.errors import Invalid
from models.pst import PstTie
from models.revisions import hold


def tie_element(
    session: Session, reader: Reader, element: str, subject: str, allowed: Collection[str]
) -> None:
    """Lier un élément, from today, to a record, or to none (an empty subject); `allowed` are the
    existing subjects. Raises Invalid per field.
    """
    require(reader, "milestone.revise")
    hold(session, "roadmap")
    day = today(session)
    title = _titles(session).get(element)
    if title is None:
        raise Invalid({"element": "Choisissez une action du dernier PST importé."})
    if subject and subject not in allowed:
        raise Invalid({"subject": "Ce jalon, ce chantier ou ce projet n'existe plus."})
    before = ties(session, day).get(element)
    if before is not None and before.subject == subject:
        raise Invalid({"form": "Rien ne change."})
    session.add(
        PstTie(
            element=element,
            title=title,
            subject=subject,
            on=day,
            recorded_on=day,
            by=reader.person_id,
        )
    )
    note(
        session,
        reader,
        day,
        SUBJECT,
        title,
        "lié à",
        before.subject if before else None,
        subject or None,
    )


def _titles(session: Session) -> dict[str, str]:
    """Key → title of the elements of the current file."""
    received = statements(session, today(session))
    if not received:
        return {}
    last = received[-1]
    pst = read_pst(content_of(session, last.id), last.name)
    return {element.key: element.title for element in pst.elements}
