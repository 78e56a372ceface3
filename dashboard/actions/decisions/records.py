"""Acts on the points of a body (décisions): submitting them, by a person or with an idea."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, add_record
from dashboard.actions.ideas.facts import idea_to_change, write_fact
from dashboard.actions.ideas.threads import add_link
from dashboard.actions.notices.ideas import notify_state
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
from models.texts import Invalid, Refused, clean_text, refuse, too_long

ABOUT = (IDEA, GROUP, MILESTONE, PROJECT)
_CARRIERS = (MILESTONE, PROJECT)


def _subject_of(session: Session, kind: str, typed: str) -> End:
    """The record a point is about, from what was typed. Raises Invalid where there is none, Refused
    for a withdrawn, merged or redirected entry.
    """
    key = end_named(session, kind, typed) if kind in ABOUT else None
    if key is None:
        raise Invalid({"about": "Rien ne porte ce numéro ou ce code."})
    if kind == IDEA:
        _refuse(session.get(Idea, int(key)))
    return kind, key


def _submit_idea(session: Session, reader: Reader, decision: Decision, idea_id: int) -> None:
    idea = idea_to_change(session, session.get(Idea, idea_id).number)
    if decision.instance == Instance.codir and idea.can_become(IdeaStatus.submitted):
        before = idea.status
        write_fact(session, reader, idea, EventKind.status, to=IdeaStatus.submitted)
        notify_state(
            session,
            idea,
            before,
            f"Inscrite au CODIR, point n° {decision.number}.",
            by=reader.person_id,
        )


def refuse_closed_subject(session: Session, decision: Decision) -> None:
    """Raises Refused where the point is only about an entry withdrawn, merged or redirected
    since.
    """
    links = session.exec(
        select(Link).where(
            Link.to_kind == DECISION, Link.to_key == str(decision.id), Link.ended_on.is_(None)
        )
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
    field, Refused.
    """
    require(reader, "decision.record")
    about = point.about and _subject_of(session, *point.about)
    decision = add_point(session, reader, point)
    own = (DECISION, str(decision.id))
    # An idea or a proposal leads to the decision, a milestone or a project carries it out.
    if about and about[0] in _CARRIERS:
        add_link(session, reader, own, about)
    elif about:
        add_link(session, reader, about, own)
        if about[0] == IDEA:
            _submit_idea(session, reader, decision, int(about[1]))
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
    number = (session.exec(select(func.max(Decision.number))).one() or 0) + 1
    decision = Decision(
        number=number,
        title=title,
        instance=str(point.instance),
        owner_direction_id=point.owner_direction_id,
    )
    add_record(session, decision)
    step = DecisionEvent(
        decision_id=decision.id,
        what=str(DecisionStep.submitted),
        on=point.on,
        text=clean_text(point.text),
        meeting_id=point.meeting_id,
    )
    add_fact(session, reader, step)
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
