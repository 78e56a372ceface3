"""A question put to the field, its answers, and a cluster of them."""

import secrets
from datetime import timedelta

from sqlalchemy import Engine, update
from sqlmodel import select

from dashboard.access import Reader
from dashboard.actions.campaigns import save_campaign
from dashboard.actions.ideas.filing import Circumstances, FilingOutcome, checked_input, file_idea
from models.clusters import Campaign, Cluster
from models.database import writing
from models.directions import Direction
from models.idea_states import IdeaKind
from models.ideas import Idea
from tests.support.transactions import select_one, write_with
from tests.support.troupe import FROZEN, cast_in

WEEK = timedelta(days=7)


def unit(engine: Engine, code: str) -> int:
    return select_one(engine, select(Direction.id).where(Direction.code == code))


def typed(reader: Reader, **more: object) -> Campaign:
    return Campaign(
        **{
            "key": "vestiaires",
            "question": "Que changer d'abord dans les vestiaires ?",
            "sponsor_id": reader.person_id,
            "opens_on": FROZEN,
            "closes_on": FROZEN + WEEK,
        }
        | more
    )


def put(engine: Engine, **more: object) -> Campaign:
    """Didier puts a question for Élise."""
    cast = cast_in(engine)
    return write_with(engine, save_campaign, cast.didier, typed(cast.elise, **more))


def answer(
    engine: Engine, reader: Reader, campaign: Campaign, text: str, **more: object
) -> FilingOutcome:
    how = Circumstances(campaign_id=campaign.id, **more.pop("how", {}))
    idea = checked_input(title=text, kind=IdeaKind.suggestion, **more)
    return write_with(engine, file_idea, reader, idea, secrets.token_urlsafe(24), how)


def group(engine: Engine, campaign: Campaign, title: str, *numbers: int) -> Cluster:
    """A cluster of these entries of a campaign."""
    with writing(engine) as session:
        cluster = Cluster(title=title, on=FROZEN)
        session.add(cluster)
        session.flush()
        session.execute(update(Idea).where(Idea.number.in_(numbers)).values(cluster_id=cluster.id))
        return cluster
