"""Reads campaigns (campagnes): who is asked what, how many answered, and what follows from it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_
from sqlmodel import Session, select

from dashboard import french
from dashboard.access import counted_units
from dashboard.queries.directions import agents_of, headcounts
from dashboard.queries.figures.small_cells import protect_parts
from dashboard.queries.meetings.records import calendar
from dashboard.scope import Scope
from models.clock import today
from models.clusters import Campaign, Cluster, Outcome
from models.directions import Tree, Unit, UnitKind
from models.facts import live
from models.idea_events import IdeaEvent
from models.idea_states import ANSWERS, GONE, IdeaStatus
from models.ideas import Idea
from models.meetings import Meeting, MeetingState
from models.people import Account, Person, open_account

_OTHERS = (
    "{} autre réponse : elle reçoit la sienne.",
    "{} autres réponses : chacune reçoit la sienne.",
)


@dataclass(frozen=True)
class Progress:
    """How far a campaign is. `places`: direction, answers about it (None: too few to be shown),
    agents. The meetings of the campaign are counted together.
    """

    answers: int
    agents: int
    places: list[tuple[Unit, int | None, int]]
    meetings: int
    held: int
    present: int
    said_there: int


# ── The campaigns ───────────────────────────────────────────────────────────────────────────────


def campaigns(session: Session) -> list[Campaign]:
    """All campaigns, newest first."""
    newest = select(Campaign).order_by(Campaign.opens_on.desc(), Campaign.id.desc())
    return list(session.exec(newest).all())


def campaign_at(session: Session, key: str) -> Campaign | None:
    """The campaign at this public address."""
    return session.exec(select(Campaign).where(Campaign.key == key)).first()


def asked_directions(campaign: Campaign, tree: Tree) -> list[Unit]:
    """The directions that are asked, in the order of the chart."""
    ids = campaign.direction_ids
    return [unit for unit in tree.directions() if not ids or unit.id in ids]


def asks(campaign: Campaign, scope: Scope) -> bool:
    """Whether the reader's direction is asked."""
    ids = campaign.direction_ids
    place = scope.tree.ancestor(scope.reader.service_id, UnitKind.direction)
    return not ids or (place is not None and place.id in ids)


def sponsors(session: Session) -> dict[int, str]:
    """Person → name and function of everybody with an open account."""
    rows = session.exec(
        select(Person)
        .join(Account, Account.person_id == Person.id)
        .where(open_account(today(session)), Person.erased_on.is_(None))
        .order_by(Person.family_name, Person.given_name, Person.id)
    ).all()
    return {person.id: person.label() for person in rows}


# ── Its progress ────────────────────────────────────────────────────────────────────────────────


def progress(session: Session, scope: Scope, campaign: Campaign) -> Progress:
    """The answers of a campaign against the headcount of its directions, and its meetings."""
    tree = scope.tree
    units = asked_directions(campaign, tree)
    rows = session.execute(
        select(Idea.concerns_id, Idea.meeting_id.is_not(None), func.count())
        .where(Idea.campaign_id == campaign.id, Idea.status != IdeaStatus.withdrawn)
        .group_by(Idea.concerns_id, Idea.meeting_id.is_not(None))
    ).all()
    by_unit: Counter[int | None] = Counter()
    for concerns, _, n in rows:
        unit = tree.ancestor(concerns, UnitKind.direction)
        by_unit[unit.id if unit else None] += n
    agents = agents_of(headcounts(session, min(campaign.closes_on, scope.on)))
    sizes = {unit.id: sum(agents.get(id, 0) for id in tree.under(unit.id)) for unit in units}
    parts = {unit.id: (by_unit[unit.id],) for unit in units}
    hidden = protect_parts((by_unit.total(),), parts, zero_is_shown=True)
    open_to = counted_units(scope.reader, tree)
    ids = session.exec(select(Meeting.id).where(Meeting.campaign_id == campaign.id)).all()
    meetings = [
        meeting
        for meeting in calendar(session, only=ids).at(scope.on)
        if meeting.state is not MeetingState.cancelled
    ]
    return Progress(
        by_unit.total(),
        sum(sizes.values()),
        [
            (unit, None if unit.id in hidden else by_unit[unit.id], sizes[unit.id])
            for unit in units
            if open_to is None or unit.id in open_to
        ],
        len(meetings),
        sum(meeting.state is MeetingState.held for meeting in meetings),
        sum(meeting.present for meeting in meetings),
        sum(n for _, was_met, n in rows if was_met),
    )


# ── What follows ────────────────────────────────────────────────────────────────────────────────


def _is_shown(campaign_id: int) -> ColumnElement[bool]:
    """Entries of the campaign that everybody may read."""
    return and_(Idea.campaign_id == campaign_id, Idea.published.is_(True), Idea.status.not_in(GONE))


def restitution(session: Session, campaign_id: int) -> list[tuple[Cluster | None, int]]:
    """The clusters of a campaign with their number of published entries, those of most first; last
    the entries in no cluster (None). A cluster that has an outcome belongs to one campaign.
    """
    is_of_it = and_(
        Idea.cluster_id == Cluster.id,
        Cluster.dropped_on.is_(None),
        or_(Cluster.campaign_id.is_(None), Cluster.campaign_id == campaign_id),
    )
    rows = session.execute(
        select(Cluster, func.count())
        .select_from(Idea)
        .outerjoin(Cluster, is_of_it)
        .where(_is_shown(campaign_id))
        .group_by(Cluster.id)
        .order_by(Cluster.id.is_(None), func.count().desc(), Cluster.id)
    ).all()
    return [(cluster, n) for cluster, n in rows]


def outcome_in_words(cluster: Cluster) -> str:
    """« À l'étude jusqu'au 31 décembre 2023 »; empty without an outcome."""
    label = Outcome(cluster.outcome).label if cluster.outcome else ""
    return f"{label} {french.day_long(cluster.until)}" if cluster.until else label


def restitution_in_words(rows: Sequence[tuple[Cluster | None, int]]) -> list[tuple[str, ...]]:
    """What was said, by how many, the outcome, its text; of entries in no cluster a text alone."""
    return [
        (c.title, french.counted(n, "réponse"), outcome_in_words(c), c.answer)
        if c
        else ("", "", "", french.plural(n, *_OTHERS).format(n))
        for c, n in rows
    ]


def entries_of(session: Session, campaign_id: int, cluster_id: int) -> list[Idea]:
    """The published entries of the campaign that a cluster holds."""
    entries = select(Idea).where(_is_shown(campaign_id), Idea.cluster_id == cluster_id)
    return list(session.exec(entries.order_by(Idea.id)).all())


def drafted(session: Session, campaign_id: int, cluster_id: int) -> dict[str, str]:
    """The fields of an outcome as the last answer given to an entry of the cluster proposes them;
    none without an answer.
    """
    found = session.exec(
        select(IdeaEvent)
        .join(Idea, Idea.id == IdeaEvent.idea_id)
        .where(
            _is_shown(campaign_id),
            Idea.cluster_id == cluster_id,
            IdeaEvent.to_status.in_(ANSWERS),
            IdeaEvent.text != "",
            live(IdeaEvent, date.max),
        )
        .order_by(IdeaEvent.on.desc(), IdeaEvent.id.desc())
    ).first()
    if found is None:
        return {}
    status = IdeaStatus(found.to_status)
    undone = Outcome.refused if status.is_decided else Outcome.studied
    return {"outcome": Outcome.doing if status.is_retained else undone, "answer": found.text}


def outcome_of(session: Session, idea: Idea) -> str:
    """What follows from the cluster of an entry, once the restitution is published."""
    campaign = session.get(Campaign, idea.campaign_id) if idea.campaign_id else None
    cluster = session.get(Cluster, idea.cluster_id) if idea.cluster_id else None
    if not (campaign and cluster and campaign.restituted_on and cluster.campaign_id == campaign.id):
        return ""
    return f"« {campaign.question} » {outcome_in_words(cluster)} : {cluster.answer}"
