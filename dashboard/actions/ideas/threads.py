"""Acts on the links of an idea (fil de l'idée): adding and ending links to other records."""

from collections.abc import Collection
from datetime import date

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_record
from dashboard.actions.ideas.facts import idea_to_change
from dashboard.queries.ideas.similar import words_in_vain
from dashboard.queries.ideas.threads import End, end_named
from dashboard.scope import Scope
from models.clock import today
from models.directions import Tree
from models.discussions import Link, LinkRole
from models.facts import random_id
from models.ideas import Idea
from models.search import Query
from models.synonyms import count_in_vain
from models.texts import Refused, refuse

IDEA = "idee"
# Record types an idea can be linked to, and the role of that link.
ROLES = {
    "idee": LinkRole.source,
    "groupe": LinkRole.carried,
    "decision": LinkRole.decided,
    "jalon": LinkRole.carried,
    "projet": LinkRole.carried,
    "formation": LinkRole.carried,
    "chiffre": LinkRole.measured,
}


def link_idea(
    session: Session,
    reader: Reader,
    number: int,
    kind: str,
    key: str,
    tree: Tree,
    figures: Collection[str] = (),
) -> Link:
    """Lier: links the entry to another record. Raises Invalid where there is no such record, or
    where `figures`, the codes of the catalogue, hold no such figure.
    """
    idea = idea_to_change(session, number)
    require(reader, "idea.link", idea, tree)
    end = end_named(session, kind, key, figures) if kind in ROLES else None
    own = (IDEA, str(idea.id))
    itself = (kind, end) == own and "Une idée ne se lie pas à elle-même."
    refuse({"key": itself if end else "Rien ne porte ce numéro ou ce code."})
    return add_link(session, reader, own, (kind, end))


def new_link(origin: End, target: End, role: LinkRole, day: date, by: int | None = None) -> Link:
    """An unsaved link, valid from this day."""
    ends = {"from_kind": origin[0], "from_key": origin[1], "to_kind": target[0]}
    return Link(id=random_id(day), to_key=target[1], role=role, on=day, by=by, **ends)


def add_link(session: Session, reader: Reader, origin: End, target: End) -> Link:
    """Stores the link; the caller has checked the right. Raises Refused where it already exists."""
    same = select(Link).filter_by(
        from_kind=origin[0],
        from_key=origin[1],
        to_kind=target[0],
        to_key=target[1],
        role=ROLES[target[0]],
        ended_on=None,
    )
    if session.scalar(same):
        raise Refused("Ce lien existe déjà.")
    link = new_link(origin, target, ROLES[target[0]], today(session), reader.person_id)
    return add_record(session, link)


def end_link(session: Session, reader: Reader, link_id: int, tree: Tree) -> None:
    """Ends the link from today on; its record remains."""
    link = session.get(Link, link_id, with_for_update=True)
    if link is None or link.ended_on is not None:
        raise Refused("Ce lien n'existe plus.")
    require(
        reader,
        "idea.link",
        session.get(Idea, int(link.from_key)) if link.from_kind == IDEA else None,
        tree,
    )
    link.ended_on = today(session)


def count_words_in_vain(session: Session, scope: Scope, query: Query, today: date) -> None:
    """Counts the words of a search without results, once a day, without the searcher."""
    for word in words_in_vain(session, scope, query, today):
        count_in_vain(session, word, today)
