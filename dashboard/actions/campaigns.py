"""Acts on campaigns (campagnes): putting a question, saying what follows, publishing it. Entries
that say the same are put together in clusters (lots), and get a theme of the codebook.
"""

import json
import re
import secrets
from collections.abc import Collection, Sequence

from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_record, lock_record, note, refuse_conflict, write_changes
from dashboard.actions.ideas.facts import idea_to_change
from dashboard.actions.notices.records import notify
from dashboard.queries.campaigns import campaign_at, restitution, sponsors
from dashboard.queries.journal import last_change
from models.clock import today
from models.clusters import Campaign, Cluster, Coding, Outcome, Theme, is_mixed
from models.directions import Direction
from models.idea_states import GONE
from models.ideas import TITLE_MAX, Idea
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


# ── Clusters and themes ───────────────────────────────────────────────────────────────────────────


_GONE = "Ce regroupement n'existe pas, ou il est déjà défait."


def save_cluster(
    session: Session,
    reader: Reader,
    title: str,
    numbers: Collection[int],
    cluster_id: int | None = None,
    shown: Collection[int] = (),
) -> Cluster:
    """Garder un lot of these entries, which leave the lots that they were in. `shown`: the numbers
    of the lot as the reader saw it; others that came meanwhile stay. Raises Invalid per field,
    Refused.
    """
    require(reader, "idea.sort")
    title = clean_title(title)
    refuse({"title": too_long(title, TITLE_MAX) if title else "Donnez un titre au regroupement."})
    entries = _published(session, numbers)
    is_as_proposed = set(numbers) == set(shown)
    new = Cluster(on=today(session), by=reader.person_id, proposed=is_as_proposed)
    cluster = _open(session, cluster_id) if cluster_id else new
    write_changes(session, reader, ("lot", title), cluster, {"title": title})
    before = session.exec(select(Idea).filter_by(cluster_id=cluster.id)).all()
    moved = [idea for idea in entries if idea.cluster_id != cluster.id]
    gone = [idea for idea in before if idea.number in shown and idea not in entries]
    if is_mixed(idea.good for idea in [*before, *entries] if idea not in gone):
        raise Refused(
            "Des dépôts disent « ça va », d'autres « ça ne va pas » : ils ne disent pas la même"
            " chose."
        )
    changed = {idea.cluster_id for idea in moved} - {None}
    if cluster_id and (moved or gone):
        changed.add(cluster.id)
    for lot in session.exec(select(Cluster).where(Cluster.id.in_(changed))).all():
        _refuse_answered(lot)
        if lot.dropped_on is None:
            lot.proposed = False
    for idea in [*gone, *moved]:
        idea.cluster_id = cluster.id if idea in moved else None
    return cluster


def drop_cluster(
    session: Session, reader: Reader, numbers: Collection[int], cluster_id: int | None = None
) -> Cluster:
    """Écarter un lot: its entries, proposed or kept together, do not say the same and are not
    proposed together again. Raises Refused once it has its outcome, or they are kept elsewhere.
    """
    require(reader, "idea.sort")
    day = today(session)
    entries = _published(session, numbers)
    new = Cluster(title=entries[0].title, on=day, by=reader.person_id, proposed=True)
    cluster = _open(session, cluster_id) if cluster_id else new
    _refuse_answered(cluster)
    kept = select(Cluster.id).filter_by(dropped_on=None)
    if {idea.cluster_id for idea in entries} & {*session.exec(kept)} - {cluster.id}:
        raise Refused("Un de ces dépôts est entre-temps dans un regroupement gardé.")
    write_changes(session, reader, ("lot", cluster.title), cluster, {"dropped_on": day})
    for idea in entries:
        idea.cluster_id = cluster.id
    return cluster


# --- themes ---------------------------------------------------------------------------------------


def code_entry(
    session: Session, reader: Reader, number: int, theme_id: int, proposed: Collection[int] = ()
) -> Theme:
    """Donner un thème to an entry, instead of the one that the reader gave it before; `proposed`:
    the themes that the machine proposed for it. Raises Refused.
    """
    require(reader, "idea.sort")
    idea = idea_to_change(session, number)
    day = today(session)
    theme = lock_record(session, Theme, theme_id, "Ce thème n'existe pas.")
    if not idea.published or (theme.ended_on and theme.ended_on <= day):
        raise Refused("Donnez un thème encore ouvert à un dépôt publié.")
    coding = session.get(Coding, (idea.id, reader.person_id)) or Coding(
        idea_id=idea.id, person_id=reader.person_id, theme_id=theme.id, on=day
    )
    coding.theme_id = theme.id
    coding.proposed = theme.id in proposed if proposed else None
    add_record(session, coding)
    return theme


def take_back(session: Session, reader: Reader, number: int) -> None:
    """Reprendre un thème: the reader's own coding of this entry goes."""
    require(reader, "idea.sort")
    coding = session.get(Coding, (idea_to_change(session, number).id, reader.person_id))
    if coding is None:
        raise Refused("Vous n'avez pas donné de thème à ce dépôt.")
    session.delete(coding)


# --- rules ----------------------------------------------------------------------------------------


def _open(session: Session, cluster_id: int) -> Cluster:
    cluster = lock_record(session, Cluster, cluster_id, _GONE)
    if cluster.dropped_on:
        raise Refused(_GONE)
    return cluster


def _refuse_answered(cluster: Cluster) -> None:
    if cluster.outcome:
        raise Refused(
            f"Une suite est déjà donnée au regroupement « {cluster.title} » : il reste tel quel."
        )


def _published(session: Session, numbers: Collection[int]) -> Sequence[Idea]:
    """The published entries of these numbers, locked. Raises Refused for fewer than two."""
    entries = select(Idea).where(Idea.number.in_(numbers), Idea.published.is_(True))
    found = session.exec(entries.order_by(Idea.id).with_for_update()).all()
    if len(found) < 2:
        raise Refused("Un regroupement réunit au moins deux dépôts.")
    return found
