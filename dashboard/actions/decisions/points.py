"""The subject of a point on a body's agenda (an idea, a group's proposal, a milestone, a project),
and whether it can still be decided.
"""

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.ideas.facts import idea_to_change, write_fact
from dashboard.actions.ideas.threads import add_link
from dashboard.actions.notices.ideas import notify_state
from dashboard.queries.decisions.moves import DECISION, GROUP, IDEA, MILESTONE, PROJECT
from dashboard.queries.ideas.threads import End, end_named
from models.decisions import Decision, Instance
from models.errors import Invalid, Refused
from models.idea_events import EventKind
from models.idea_states import IdeaStatus
from models.ideas import Idea
from models.links import Link

ABOUT = (IDEA, GROUP, MILESTONE, PROJECT)
_CARRIERS = (MILESTONE, PROJECT)


def subject_of(session: Session, about: End | None) -> End | None:
    """The record a point is about, from what was typed. Raises Invalid where there is none, Refused
    for a withdrawn, merged or redirected entry.
    """
    if about is None:
        return None
    kind, typed = about
    key = end_named(session, kind, typed) if kind in ABOUT else None
    if key is None:
        raise Invalid({"about": "Rien ne porte ce numéro ou ce code."})
    if kind == IDEA:
        _refuse(session.get(Idea, int(key)))
    return kind, key


def link_subject(session: Session, reader: Reader, decision: Decision, about: End) -> None:
    """Links both: an idea or a proposal leads to the decision, a milestone or project implements
    it. Submits the idea.
    """
    decision_end = (DECISION, str(decision.id))
    if about[0] in _CARRIERS:
        add_link(session, reader, decision_end, about)
        return
    add_link(session, reader, about, decision_end)
    if about[0] == IDEA:
        _submit_idea(session, reader, decision, int(about[1]))


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
