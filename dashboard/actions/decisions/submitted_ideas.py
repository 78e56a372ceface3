"""The CODIR point that follows an idea's state « Soumise au CODIR »."""

from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.decisions.records import TITLE_MAX, PointInput, add_point
from dashboard.actions.ideas.threads import add_link
from dashboard.queries.decisions.moves import DECISION, IDEA
from dashboard.queries.decisions.records import register
from dashboard.queries.directions import organisation
from models.clock import today
from models.decisions import DecisionEvent, DecisionSheet, DecisionStep, Instance
from models.directions import UnitKind
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.links import Link
from models.programmes import programmes


def follow_state(session: Session, reader: Reader, idea: Idea, before: str) -> None:
    """Adds the CODIR point of an idea that was just submitted; removes it where it no longer is and
    the point has no other fact. The caller has checked the right.
    """
    if idea.status == before:
        return
    if idea.status == IdeaStatus.submitted:
        _add_point(session, reader, idea)
    elif before == IdeaStatus.submitted:
        _withdraw_point(session, reader, idea)


def _add_point(session: Session, reader: Reader, idea: Idea) -> None:
    day = today(session)
    links = _links(session, idea)
    is_pending = any(d.is_waiting for d in register(session, list(links)).at(day))
    # The register accepts no point before the programme's first day.
    if is_pending or day < programmes(session).first_day:
        return
    title = f"{_named(idea)} : {idea.title}" if idea.published else _named(idea)
    point_input = PointInput(title[:TITLE_MAX], Instance.codir, _owner(session, idea, day))
    point = add_point(session, reader, point_input)
    add_link(session, reader, (IDEA, str(idea.id)), (DECISION, str(point.id)))


def _named(idea: Idea) -> str:
    return f"Idée n° {idea.number}"


def _owner(session: Session, idea: Idea, day: date) -> int | None:
    """The direction responsible for the unit the idea concerns."""
    tree = organisation(session).at(day)
    unit = tree.by_id.get(idea.concerns_id)
    if unit is None or unit.kind != UnitKind.service:
        return unit.id if unit else None
    above = tree.ancestor(unit.id, UnitKind.direction)
    return above.id if above else None


def _links(session: Session, idea: Idea) -> dict[int, Link]:
    """Decision → its link from this idea."""
    links = session.exec(
        select(Link).where(
            Link.from_kind == IDEA,
            Link.from_key == str(idea.id),
            Link.to_kind == DECISION,
            Link.ended_on.is_(None),
        )
    ).all()
    return {int(link.to_key): link for link in links}


def _withdraw_point(session: Session, reader: Reader, idea: Idea) -> None:
    day = today(session)
    links = _links(session, idea)
    for point in register(session, list(links)).at(day):
        is_ours = point.title.split(" : ")[0] == _named(idea) and point.is_waiting
        if not is_ours or len(point.steps) > 1 or session.get(DecisionSheet, point.id):
            continue
        # From today: it was pending until then.
        session.add(
            DecisionEvent(
                decision_id=point.id,
                what=str(DecisionStep.undone),
                on=day,
                recorded_on=day,
                by=reader.person_id,
                voids=point.steps[0].id,
            )
        )
        links[point.id].ended_on = day
        session.flush()
