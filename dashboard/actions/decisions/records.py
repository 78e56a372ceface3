"""Acts on the points of a body (décisions): submitting them, by a person or with an idea."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, add_record
from dashboard.actions.ideas.facts import idea_to_change, write_fact
from dashboard.actions.ideas.threads import add_link
from dashboard.actions.notices.events import notify_state
from dashboard.queries.decisions.records import register
from dashboard.queries.decisions.sheets import DECISION, GROUP, IDEA, MILESTONE, PROJECT
from dashboard.queries.directions import organisation
from dashboard.queries.ideas.threads import End, end_named
from models.clock import today
from models.decisions import Decision, DecisionEvent, DecisionSheet, DecisionStep, Instance
from models.directions import UnitKind
from models.discussions import Link
from models.idea_events import EventKind
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.programmes import programmes
from models.texts import Refused, clean_text, refuse, too_long

ABOUT = (IDEA, GROUP, MILESTONE, PROJECT)
_CARRIERS = (MILESTONE, PROJECT)


def refuse_closed_subject(session: Session, decision: Decision) -> None:
    """Raises Refused where the point is only about an entry withdrawn, merged or redirected
    since.
    """
    links = session.exec(
        select(Link).filter_by(to_kind=DECISION, to_key=str(decision.id), ended_on=None)
    ).all()
    ideas = [session.get(Idea, int(link.from_key)) for link in links if link.from_kind == IDEA]
    if (
        ideas
        and len(ideas) == len(links)
        and all(IdeaStatus(idea.status).is_off_path for idea in ideas)
    ):
        _refuse(ideas[0])


def _refuse(idea: Idea) -> None:
    """Raises Refused for an entry that is withdrawn, merged or redirected."""
    status = IdeaStatus(idea.status)
    if status.is_off_path:
        raise Refused(
            f"L'idée n° {idea.number} est « {status.label} » : elle ne peut plus être décidée."
        )


TITLE_MAX = 255
TEXT_MAX = 2000


@dataclass(frozen=True)
class PointInput:
    """A point to submit: title, body, owner; `about` names its subject (kind, number or code)."""

    title: str
    instance: Instance
    owner_direction_id: int | None = None
    text: str = ""
    on: date | None = None
    meeting_id: int | None = None
    about: End | None = None


def submit_point(session: Session, reader: Reader, point: PointInput) -> Decision:
    """Inscrire un point: from that day it is pending, and linked to its subject. Raises Invalid per
    field, Refused, also for a withdrawn, merged or redirected entry.
    """
    require(reader, "decision.record")
    kind, typed = point.about or ("", "")
    key = end_named(session, kind, typed) if kind in ABOUT else None
    refuse({"about": kind and key is None and "Rien ne porte ce numéro ou ce code."})
    idea = session.get(Idea, int(key)) if kind == IDEA else None
    if idea:
        _refuse(idea)
    decision = add_point(session, reader, point)
    own = (DECISION, str(decision.id))
    # An idea or a proposal leads to the decision, a milestone or a project carries it out.
    if kind in _CARRIERS:
        add_link(session, reader, own, (kind, key))
    elif kind:
        add_link(session, reader, (kind, key), own)
    idea = idea_to_change(session, idea.number) if idea else None
    if idea and point.instance == Instance.codir and idea.can_become(IdeaStatus.submitted):
        before = idea.status
        write_fact(session, reader, idea, EventKind.status, to=IdeaStatus.submitted)
        text = f"Inscrite au CODIR, point n° {decision.number}."
        notify_state(session, idea, before, text, by=reader.person_id)
    return decision


def add_point(session: Session, reader: Reader, point: PointInput) -> Decision:
    """Adds the point; the caller has checked the right (a group submits its proposal). Raises
    Invalid per field.
    """
    title = clean_text(point.title)
    day = today(session)
    fault = too_long(title, TITLE_MAX, "L'intitulé") if title else "Donnez l'intitulé du point."
    refuse(
        {
            "title": fault,
            "on": fault_of_day(point.on or day, programmes(session).first_day, day),
            "text": too_long(point.text, TEXT_MAX),
        }
    )
    number = (session.scalar(select(func.max(Decision.number))) or 0) + 1
    decision = add_record(
        session,
        Decision(
            number=number,
            title=title,
            instance=point.instance,
            owner_direction_id=point.owner_direction_id,
        ),
    )
    add_fact(
        session,
        reader,
        DecisionEvent(
            decision_id=decision.id,
            what=DecisionStep.submitted,
            on=point.on,
            text=clean_text(point.text),
            meeting_id=point.meeting_id,
        ),
    )
    return decision


def fault_of_day(on: date, first: date, day: date) -> str:
    if first <= on <= day:
        return ""
    return f"La date se trouve entre le {first:%d/%m/%Y} et le {day:%d/%m/%Y}."


def follow_state(session: Session, reader: Reader, idea: Idea, before: str) -> None:
    """Adds the CODIR point of an idea that was just submitted; removes it where it no longer is and
    the point has no other fact. The caller has checked the right.
    """
    if idea.status == before:
        return
    if before == IdeaStatus.submitted:
        _withdraw_point(session, reader, idea)
    if idea.status != IdeaStatus.submitted:
        return
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
        select(Link).filter_by(
            from_kind=IDEA, from_key=str(idea.id), to_kind=DECISION, ended_on=None
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
                what=DecisionStep.undone,
                on=day,
                recorded_on=day,
                by=reader.person_id,
                voids=point.steps[0].id,
            )
        )
        links[point.id].ended_on = day
        session.flush()
