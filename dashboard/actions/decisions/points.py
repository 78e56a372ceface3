"""What a point before a body speaks of: an idea, the proposition of a group, a milestone, a
project; and that it may still be decided.
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


def about_of(session: Session, about: End | None) -> End | None:
    """The record that a point speaks of, from what was typed. Raises Invalid where there is
    none, Refused for an entry that is gone.
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


def put_in_thread(session: Session, reader: Reader, decision: Decision, about: End) -> None:
    """Links both: an idea and a proposition lead to the decision, a milestone or a project carries
    it out. The author of an idea reads « Soumise ».
    """
    here = (DECISION, str(decision.id))
    if about[0] in _CARRIERS:
        add_link(session, reader, here, about)
        return
    add_link(session, reader, about, here)
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


def refuse_gone(session: Session, decision: Decision) -> None:
    """Refused where all that the point speaks of is an entry that is gone: withdrawn, merged or
    redirected meanwhile.
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
    """What is no longer an entry of its own cannot be decided."""
    status = IdeaStatus(idea.status)
    if status.is_off_path:
        raise Refused(
            f"L'idée n° {idea.number} est « {status.label} » : elle ne peut plus être décidée."
        )
