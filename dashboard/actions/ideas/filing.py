"""Acts on ideas: filing, publishing and withdrawing them; what the holder of a receipt may do."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel

from dashboard.access import NOBODY, Reader, require
from dashboard.actions import limits, tokens
from dashboard.actions.campaigns import refuse_answer
from dashboard.actions.decisions.records import follow_state
from dashboard.actions.discussions import add_contribution
from dashboard.actions.ideas.entries import (
    NewEntry,
    answer_proposed_merge,
    drafted,
    new_entries,
    pending_merge,
    promised_day,
)
from dashboard.actions.ideas.facts import idea_to_change, write_fact
from dashboard.actions.ideas.photos import Picture, attach, show_idea
from dashboard.actions.ideas.threads import new_link
from dashboard.actions.notices.events import notify_filed
from dashboard.queries.discussions.subjects import idea_subject
from dashboard.queries.figures.small_cells import HANDFUL
from models.clock import today
from models.database import leave_no_trace, writing
from models.directions import Direction, Headcount, Tree
from models.discussions import Contribution, ContributionKind, LinkRole
from models.facts import facts_of
from models.idea_events import EventKind
from models.idea_states import Channel, IdeaStatus
from models.ideas import TITLE_MAX, Idea, IdeaInput, Merge, Receipt
from models.inserts import insert_new
from models.ledger import Ledger
from models.meetings import Meeting
from models.roadmap import Ambition
from models.scales import drawn, read, without_spacing
from models.texts import Invalid, Refused, clean_text, refuse

_LENGTH = 16
# Codes of earlier versions: 128 bits in hexadecimal.
_OLDER_LENGTH, _OLDER_SIGNS = 32, frozenset("0123456789abcdef")


def code_of(token: str) -> str:
    """The code of the entry filed with this form token: « 7K3M-Q9XA-01ZT-B5WC »."""
    return drawn(f"receipt:{token}", _LENGTH)


def hash_of_code(code: str) -> str:
    """The stored hash of a code, whatever its spacing and case; codes of earlier versions keep
    their format.
    """
    typed = without_spacing(code)
    is_older = len(typed) == _OLDER_LENGTH and _OLDER_SIGNS.issuperset(typed.lower())
    text = typed.lower() if is_older else read(code)
    return hashlib.sha256(text.encode()).hexdigest()


_FILED = "Cette idée est déjà enregistrée."


class AlreadyFiled(Refused):
    """The form was already sent: a double click, a reload, a reconnection."""


@dataclass(frozen=True)
class FilingOutcome:
    """What the author is shown: the number, the promised day, the receipt code of an anonymous
    entry.
    """

    number: int
    due_on: date
    receipt: str | None
    is_relayed: bool = False  # filed for a colleague, who needs the number
    title: str = ""


@dataclass(frozen=True)
class Circumstances:
    """How an entry was filed: for a colleague without a computer (`relayed`, with her consent and
    service), in a meeting, about a record, with photos (`paper`: of a paper form), from the answers
    to a `survey`, to the question of a campaign; `address` is the network address, only counted.
    """

    relayed: bool = False
    consent: bool = False
    service_id: int | None = None
    meeting_id: int | None = None
    about: tuple[str, str] | None = None
    photos: Sequence[Picture] = ()
    paper: bool = False
    survey: bool = False
    campaign_id: int | None = None
    address: str | None = None


_ALONE = Circumstances()


def checked_input(**fields: object) -> IdeaInput:
    """The form's input, cleaned. Raises Invalid with one sentence per field."""
    try:
        return IdeaInput.model_validate(fields)
    except ValidationError as error:
        impossible = "Cette valeur n'est pas possible."
        faults = {
            str(fault["loc"][0]): str(fault.get("ctx", {}).get("error") or impossible)
            for fault in error.errors()
        }
        raise Invalid(faults) from error


def file_idea(
    session: Session, reader: Reader, idea: IdeaInput, token: str, how: Circumstances = _ALONE
) -> FilingOutcome:
    """Déposer: files one entry, once per form token, with its promised day.

    For a colleague: no author, the relay is stored, and the answer goes through her. Raises Invalid
    for an unknown ambition or direction or a missing consent, Refused for a form already sent, or
    past the hourly limit for anonymous filings.
    """
    require(reader, "idea.file")
    if reader.is_stranger:
        limits.count(session, limits.Act.idea, how.address)
    _check(session, reader, idea, how)
    day = today(session)
    if not tokens.spend(session, token, day):
        raise AlreadyFiled(_FILED)
    is_anonymous = not how.relayed and (idea.anonymous or not reader.is_known)
    is_unnamed = is_anonymous or how.relayed
    if is_unnamed:
        # The database's log would reveal when an anonymous entry was filed.
        leave_no_trace(session)
    row = drafted(
        idea,
        day,
        promised_day(session, day),
        origin_id=_origin(session, how.service_id if how.relayed else reader.service_id, is_unnamed)
        if not how.survey
        else None,
        channel=_channel(how).value,
        anonymous=is_anonymous,
        author_id=None if is_unnamed else reader.person_id,
        relay_id=reader.person_id if how.relayed else None,
        meeting_id=how.meeting_id,
        campaign_id=how.campaign_id,
        published=not is_anonymous,
    )
    record = _store_entry(session, row, how)
    # The reader who takes an entry from a survey would get its author's code.
    code = code_of(token) if is_anonymous and not how.survey else None
    if code:
        receipt = {"code": hash_of_code(code), "idea_id": record.id}
        # Receipts outlive the tokens of the day.
        if not insert_new(session, Receipt, [receipt]):
            raise AlreadyFiled(_FILED)
    return FilingOutcome(record.number, record.due_on, code, how.relayed, record.title)


def _store_entry(session: Session, row: dict, how: Circumstances) -> NewEntry:
    """Inserts the entry with its photos and its link, and notifies those concerned."""
    if how.meeting_id and not how.campaign_id:
        row["campaign_id"] = session.get(Meeting, how.meeting_id).campaign_id
    ledger = Ledger(session)
    [record] = new_entries(session, ledger, [row], [row["author_id"] or row["relay_id"]])
    ledger.write()
    attach(session, record, how.photos, how.paper)
    if how.about:
        about = new_link(("idee", str(record.id)), how.about, LinkRole.about, record.filed_on)
        session.add(about)
    notify_filed(session, record, record.filed_on)
    return record


def _channel(how: Circumstances) -> Channel:
    if how.meeting_id is not None:
        return Channel.workshop
    if how.survey:
        return Channel.survey
    return Channel.relay if how.relayed else Channel.form


def _check(session: Session, reader: Reader, idea: IdeaInput, how: Circumstances) -> None:
    """Checks the rules of one filing. Raises Invalid or Refused."""
    refuse(
        {
            "ambition_id": _lacks(session, Ambition, idea.ambition_id)
            and "Cette ambition n'existe pas.",
            "concerns_id": _lacks(session, Direction, idea.concerns_id)
            and "Cette direction n'existe pas.",
        }
    )
    if how.relayed:
        require(reader, "idea.relay")
        agreed = "Cochez l'accord de votre collègue, ou déposez en votre nom."
        refuse({"consent": not how.consent and agreed})
    is_unknown = _lacks(session, Direction, how.service_id)
    refuse({"service": is_unknown and "Ce service n'existe pas."})
    if _lacks(session, Meeting, how.meeting_id):
        raise Refused("Cette rencontre n'existe pas.")
    if how.campaign_id is not None:
        refuse_answer(session, how.campaign_id, idea.concerns_id)


def _lacks(session: Session, table: type[SQLModel], id: int | None) -> bool:
    """Whether the id is given and no such row exists."""
    return id is not None and session.get(table, id) is None


def _origin(session: Session, service_id: int | None, is_unnamed: bool) -> int | None:
    """The author's service; for an anonymous entry only where the service is large enough."""
    if service_id is None or not is_unnamed:
        return service_id
    return service_id if has_more_than_a_handful(session, service_id, today(session)) else None


def has_more_than_a_handful(session: Session, service_id: int, day: date) -> bool:
    """Whether a service is large enough for its anonymous entries to name it."""
    counts = facts_of(session, Headcount, service_id, day)
    return bool(counts) and counts[-1].agents > HANDFUL


def filed_before(session: Session, token: str) -> FilingOutcome | None:
    """The outcome of an anonymous form that was already sent, with the same number and code; None
    where it was not.
    """
    code = code_of(token)
    receipt = session.get(Receipt, hash_of_code(code))
    if receipt is None:
        return None
    idea = session.get(Idea, receipt.idea_id)
    return FilingOutcome(idea.number, idea.due_on, code, title=idea.title)


def publish_idea(session: Session, reader: Reader, number: int, tree: Tree) -> None:
    """« Lue, publier »: marks a pending entry as read and publishes it. Raises Refused where that
    is not possible.
    """
    idea = idea_to_change(session, number)
    require(reader, "idea.publish", idea, tree)
    to = IdeaStatus.read if idea.status == IdeaStatus.received else None
    show_idea(session, reader, idea, to)


def withdraw_idea(session: Session, reader: Reader, number: int, reason: str = "") -> None:
    """Retirer: the author withdraws the entry. Raises Refused for anybody else, or once it is
    decided.
    """
    idea = idea_to_change(session, number)
    require(reader, "idea.withdraw", idea)
    withdraw(session, reader, idea, reason)


def withdraw(session: Session, reader: Reader, idea: Idea, reason: str) -> None:
    """Withdraws an entry whose author's right was already checked."""
    if not idea.can_become(IdeaStatus.withdrawn):
        raise Refused(f"Une idée « {IdeaStatus(idea.status).label} » ne se retire plus.")
    before = idea.status
    write_fact(
        session,
        reader,
        idea,
        EventKind.status,
        to=IdeaStatus.withdrawn,
        text=clean_text(reason)[:TITLE_MAX] or None,
    )
    follow_state(session, reader, idea, before)


# ── Without an account, by the receipt ──────────────────────────────────────────────────────────

NO_SUCH = (
    "Ce code de suivi ne correspond à aucun dépôt ni à aucune inscription : vérifiez-le, ou"
    " recopiez-le en entier."
)


def idea_of_receipt(session: Session, code: str, to_change: bool = False) -> Idea:
    """The entry of a receipt code, whatever its spacing. Raises Refused for an unknown code."""
    receipt = session.get(Receipt, hash_of_code(code)) if code else None
    if receipt is None:
        raise Refused(NO_SUCH)
    if to_change:
        # The database's log records the order of acts, which could identify an anonymous author.
        leave_no_trace(session)
    return session.get(Idea, receipt.idea_id, with_for_update=to_change)


def count_try(engine: Engine, address: str | None) -> None:
    """Counts an attempt to open a receipt code, before it is checked. Raises Refused past the
    hourly limit.
    """
    with writing(engine) as session:
        limits.count(session, limits.Act.receipt, address)


def write_with_receipt(
    session: Session, code: str, text: str, address: str | None = None
) -> Contribution:
    """A message of the author to those who answer. Raises Invalid for the text, Refused for the
    code or past the hourly limit of this `address` or of all.
    """
    limits.count(session, limits.Act.message, address)
    idea = idea_of_receipt(session, code, to_change=True)
    if idea.status == IdeaStatus.withdrawn:
        raise Refused("Cette idée est retirée : plus personne ne lit ses messages.")
    return add_contribution(session, idea_subject(idea), text, ContributionKind.author, None)


def agree_with_receipt(session: Session, code: str, merge_id: int, agrees: bool) -> Merge:
    """The author's answer to a proposed merge. Raises Refused where it is not about this entry, or
    is over.
    """
    idea = idea_of_receipt(session, code, to_change=True)
    merge = pending_merge(session, merge_id)
    if idea.id not in (merge.idea_id, merge.into_id):
        raise Refused("Cette proposition de fusion n'est plus ouverte.")
    side = "one_says" if merge.idea_id == idea.id else "other_says"
    return answer_proposed_merge(session, merge, [side], agrees)


def withdraw_with_receipt(session: Session, code: str) -> Idea:
    """Retirer: the author withdraws the entry."""
    idea = idea_of_receipt(session, code, to_change=True)
    withdraw(session, NOBODY, idea, "")
    return idea
