"""Acts on campaigns (campagnes): putting a question, saying what follows, publishing it."""

import json
import re
import secrets

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import lock_record, note, refuse_conflict, write_changes
from dashboard.actions.notices.records import notify
from dashboard.queries.campaigns import campaign_at, restitution, sponsors
from dashboard.queries.edit_conflicts import last_change
from models.clock import today
from models.clusters import Campaign, Cluster, Outcome
from models.directions import Direction
from models.idea_states import GONE
from models.ideas import Idea
from models.notices import NoticeKind
from models.texts import Refused, clean_text, clean_title, refuse, too_long

SUBJECT, OUTCOME = "campagne", "suite d'un lot"
QUESTION_MAX, INTRODUCTION_MAX, ANSWER_MAX = 160, 2000, 2000
NO_SUCH = "Cette campagne n'existe pas."
_KEY = re.compile(r"[a-z0-9-]{3,40}")
_FORM_OF_KEY = "L'adresse s'écrit en minuscules, chiffres et traits d'union, de 3 à 40 signes."
_FIELDS = ("question", "introduction", "sponsor_id", "directions", "opens_on", "closes_on")


# ── The question ────────────────────────────────────────────────────────────────────────────────


def save_campaign(
    session: Session,
    reader: Reader,
    typed: Campaign,
    campaign_id: int | None = None,
    read: str | None = None,
) -> Campaign:
    """Poser une question au terrain, or correct it until its restitution; its address stays, as it
    is printed. Raises Invalid per field, EditConflict.
    """
    require(reader, "campaign.make")
    key = typed.key.strip().lower() or secrets.token_hex(4)
    taken = campaign_at(session, key) and "Cette adresse est déjà prise."
    campaign, fault = Campaign(key=key), taken or (not _KEY.fullmatch(key) and _FORM_OF_KEY)
    if campaign_id is not None:
        campaign, fault = _unpublished(session, campaign_id), None
        last = last_change(session, SUBJECT, campaign.key)
        refuse_conflict(session, reader, read, campaign_values(campaign), last)
    values = _checked(session, typed, fault)
    write_changes(session, reader, (SUBJECT, campaign.key), campaign, values)
    return campaign


def campaign_values(campaign: Campaign) -> dict[str, object]:
    """The fields of a campaign's form."""
    return campaign.model_dump(include=set(_FIELDS)) | {"directions": campaign.direction_ids}


def _unpublished(session: Session, campaign_id: int) -> Campaign:
    campaign = lock_record(session, Campaign, campaign_id, NO_SUCH)
    if campaign.restituted_on:
        raise Refused("La restitution est publiée : cette campagne ne change plus.")
    return campaign


def _checked(session: Session, typed: Campaign, key: object) -> dict[str, object]:
    """The values as stored. Raises Invalid per field."""
    question, introduction = clean_title(typed.question), clean_text(typed.introduction)
    ids = sorted(set(typed.direction_ids))
    is_unknown = any(session.get(Direction, id) is None for id in ids)
    has_days = typed.opens_on and typed.closes_on
    refuse(
        {
            "key": key,
            "question": too_long(question, QUESTION_MAX, "La question")
            if question
            else "Écrivez la question.",
            "introduction": too_long(introduction, INTRODUCTION_MAX, "L'introduction"),
            "sponsor_id": typed.sponsor_id not in sponsors(session)
            and "Choisissez une personne qui a un compte.",
            "directions": is_unknown and "Une de ces directions n'existe pas.",
            "opens_on": typed.opens_on is None and "Donnez le premier jour.",
            "closes_on": "Le dernier jour est avant le premier."
            if has_days and typed.closes_on < typed.opens_on
            else typed.closes_on is None and "Donnez le dernier jour.",
        }
    )
    cleaned = {"question": question, "introduction": introduction, "directions": json.dumps(ids)}
    return {name: getattr(typed, name) for name in _FIELDS} | cleaned


def refuse_answer(session: Session, campaign_id: int, concerns_id: int | None) -> None:
    """Refuses an answer outside the days or the directions of its campaign. Raises Refused,
    Invalid.
    """
    campaign = session.get(Campaign, campaign_id)
    if campaign is None or not campaign.is_open(today(session)):
        raise Refused("Cette question n'est pas ouverte aujourd'hui : rien n'est enregistré.")
    ids = campaign.direction_ids
    is_asked = concerns_id is None or not ids or concerns_id in ids
    refuse({"concerns_id": not is_asked and "La question n'est pas posée à cette direction."})


# ── What follows ────────────────────────────────────────────────────────────────────────────────


def write_outcome(
    session: Session,
    reader: Reader,
    campaign_id: int,
    typed: Cluster,
    read: str | None = None,
) -> None:
    """Dire la suite of the cluster `typed.id`, which then belongs to the campaign; its sponsor may.
    Raises Invalid per field, EditConflict.
    """
    require(reader, "campaign.outcome", session.get(Campaign, campaign_id))
    _unpublished(session, campaign_id)
    if typed.id not in {cluster.id for cluster, _ in restitution(session, campaign_id) if cluster}:
        raise Refused("Ce regroupement n'est pas de cette campagne.")
    cluster = lock_record(session, Cluster, typed.id, "Ce regroupement n'existe plus.")
    about = OUTCOME, str(cluster.id)
    refuse_conflict(session, reader, read, outcome_values(cluster), last_change(session, *about))
    answer = clean_text(typed.answer)
    until = typed.until if typed.outcome == Outcome.studied else None
    is_past = typed.outcome == Outcome.studied and (until is None or until <= today(session))
    refuse(
        {
            "outcome": typed.outcome not in list(Outcome) and "Choisissez la suite.",
            "answer": too_long(answer, ANSWER_MAX) if answer else "Écrivez la réponse.",
            "until": is_past and "Donnez un jour à venir.",
        }
    )
    values = {"outcome": str(typed.outcome), "answer": answer, "until": until}
    write_changes(session, reader, about, cluster, values)
    cluster.campaign_id = campaign_id


def outcome_values(cluster: Cluster) -> dict[str, object]:
    """The fields of a cluster's outcome."""
    return cluster.model_dump(include={"outcome", "answer", "until"})


def restitute(session: Session, reader: Reader, campaign_id: int) -> Campaign:
    """Publier la restitution, once the question is closed and every cluster has its outcome;
    notifies the named authors and those who relayed. Raises Refused.
    """
    require(reader, "campaign.make")
    campaign = _unpublished(session, campaign_id)
    day = today(session)
    if day <= campaign.closes_on:
        raise Refused("La question est encore ouverte : la restitution se publie ensuite.")
    clusters = [cluster for cluster, _ in restitution(session, campaign_id) if cluster]
    if not clusters or not all(cluster.outcome for cluster in clusters):
        raise Refused("Chaque regroupement reçoit d'abord sa suite ; il en faut un au moins.")
    campaign.restituted_on = day
    note(session, reader, SUBJECT, campaign.key, "restituée", None, day)
    # In the daily digest; whoever gave no name reads it on the page of her receipt.
    answers = (
        select(Idea.author_id, Idea.relay_id)
        .filter_by(campaign_id=campaign.id)
        .where(Idea.status.not_in(GONE))
    )
    notify(
        session,
        {person for pair in session.exec(answers) for person in pair if person},
        key=f"campagne-{campaign.id}",
        kind=NoticeKind.outcome,
        title="Vous avez répondu : voici ce qui suit",
        text=f"« {campaign.question} » : ce qui se fait, ce qui ne se fera pas et pourquoi.",
        href=f"/campagnes?campagne={campaign.key}",
    )
    return campaign
