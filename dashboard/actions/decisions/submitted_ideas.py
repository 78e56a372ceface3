"""The point before the CODIR that an idea « Soumise au CODIR » is, by itself."""

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
    """Puts an idea that was just submitted before the CODIR; takes the point back where it is
    submitted no more and nobody wrote on it. For an act that has asked its own right.
    """
    if idea.status == before:
        return
    if idea.status == IdeaStatus.submitted:
        _put(session, reader, idea)
    elif before == IdeaStatus.submitted:
        _take_back(session, reader, idea)


def _put(session: Session, reader: Reader, idea: Idea) -> None:
    day = today(session)
    links = _links(session, idea)
    waits = any(d.is_waiting for d in register(session, list(links)).at(day))
    # Before the programme's first day the register takes no point.
    if waits or day < programmes(session).first_day:
        return
    title = f"{_named(idea)} : {idea.title}" if idea.published else _named(idea)
    point_input = PointInput(title[:TITLE_MAX], Instance.codir, _owner(session, idea, day))
    point = add_point(session, reader, point_input)
    add_link(session, reader, (IDEA, str(idea.id)), (DECISION, str(point.id)))


def _named(idea: Idea) -> str:
    return f"Idée n° {idea.number}"


def _owner(session: Session, idea: Idea, day: date) -> int | None:
    """The unit that the idea concerns; a service is answered for by its direction."""
    tree = organisation(session).at(day)
    unit = tree.by_id.get(idea.concerns_id)
    if unit is None or unit.kind != UnitKind.service:
        return unit.id if unit else None
    above = tree.ancestor(unit.id, UnitKind.direction)
    return above.id if above else None


def _links(session: Session, idea: Idea) -> dict[int, Link]:
    """Decision → the link that leads to it from this idea."""
    found = session.exec(
        select(Link).where(
            Link.from_kind == IDEA,
            Link.from_key == str(idea.id),
            Link.to_kind == DECISION,
            Link.ended_on.is_(None),
        )
    ).all()
    return {int(link.to_key): link for link in found}


def _take_back(session: Session, reader: Reader, idea: Idea) -> None:
    day = today(session)
    links = _links(session, idea)
    for point in register(session, list(links)).at(day):
        is_ours = point.title.split(" : ")[0] == _named(idea) and point.is_waiting
        if not is_ours or len(point.steps) > 1 or session.get(DecisionSheet, point.id):
            continue
        # From today on: until then it did wait.
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
