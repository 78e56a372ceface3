"""Acts on ideas: filing one, reading and publishing one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import ValidationError
from sqlalchemy import insert
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.ideas.codes import code_of, hash_of_code
from dashboard.actions.ideas.entries import new_entry
from dashboard.actions.ideas.facts import idea_to_change, write_fact
from dashboard.actions.ideas.photos import Picture, attach
from dashboard.actions.keeping import form_tokens, limits
from dashboard.actions.notices.ideas import notify_filed
from dashboard.queries.ideas.filing import FilingFacts, facts_for_filing
from models.clock import now as clock_now
from models.comments import Link, LinkRole
from models.database import leave_no_trace
from models.directions import Headcount, Tree
from models.errors import Invalid, Refused
from models.facts import live, random_id
from models.idea_events import EventKind
from models.ideas import TITLE_MAX, Channel, Idea, IdeaInput, IdeaStatus, Receipt
from models.ledger import Ledger
from models.settings import settings
from models.texts import clean_text

# A service of twenty people or fewer would tell who wrote an anonymous entry.
HANDFUL = 20


class AlreadyFiled(Refused):
    """A form that was sent before: a double click, a reload, a reconnect."""


@dataclass(frozen=True)
class FilingOutcome:
    """What the author is told: the number, the day of the promised answer, the receipt code of
    an anonymous entry.
    """

    number: int
    due_on: date
    receipt: str | None
    is_relayed: bool = False  # for a colleague, who is to be handed the number
    title: str = ""


@dataclass(frozen=True)
class Circumstances:
    """How an entry came, beside what it says: for a colleague without a computer (`relayed`, with
    her consent and her service), said in a meeting, about a record, with photos (`paper`: of the
    paper sheet), written in the answers to a `survey`; from which `address`, which is only counted.
    """

    relayed: bool = False
    consent: bool = False
    service_id: int | None = None
    meeting_id: int | None = None
    about: tuple[str, str] | None = None
    photos: Sequence[Picture] = ()
    paper: bool = False
    survey: bool = False
    address: str | None = None


_ALONE = Circumstances()
_RECEIPT = insert(Receipt.__table__)


def checked_input(**fields: object) -> IdeaInput:
    """The input of the form, cleaned. Raises Invalid with one sentence per field."""
    try:
        return IdeaInput.model_validate(fields)
    except ValidationError as error:
        raise Invalid({str(e["loc"][0]): _sentence(e) for e in error.errors()}) from error


def _sentence(error: dict) -> str:
    own = error.get("ctx", {}).get("error")
    return str(own) if own else "Cette valeur n'est pas possible."


def file_idea(
    session: Session, reader: Reader, idea: IdeaInput, token: str, how: Circumstances = _ALONE
) -> FilingOutcome:
    """Déposer: one entry, once per form token, with its promise of an answer.

    For a colleague: no author, the relay is kept, and the answer goes through her. Raises Invalid
    for an ambition or a direction that does not exist or a consent that is missing, Refused for a
    form already sent, or where strangers have filed too many in this hour.
    """
    require(reader, "idea.file")
    now, code = clock_now(), code_of(token)
    facts = _facts(session, idea, how, hash_of_code(code), now)
    day = facts.day
    if reader.is_stranger:
        limits.count(session, limits.Act.idea, how.address, now, facts.key_of_day)
    _check_references(facts)
    _check_circumstances(facts, reader, how)
    # The receipt outlives the token of the day.
    if facts.is_filed or not form_tokens.spend(session, token, day):
        raise AlreadyFiled("Cette idée est déjà enregistrée.")
    anonymous = not how.relayed and (idea.anonymous or not reader.is_known)
    unnamed = anonymous or how.relayed
    if unnamed:
        # Of an entry without a name not even its place in the order of acts may stay in the
        # database's log.
        leave_no_trace(session)
    ledger = Ledger(session)
    author = None if unnamed else reader.person_id
    relay = reader.person_id if how.relayed else None
    record = new_entry(
        session,
        ledger,
        idea,
        by=author or relay,
        day=day,
        due_on=facts.workdays.add(day, settings().cp_answer_days),
        origin_id=None if how.survey else _origin_of(session, reader, how, unnamed, day),
        channel=_channel(how),
        anonymous=anonymous,
        author_id=author,
        relay_id=relay,
        meeting_id=how.meeting_id,
        published=not anonymous,
    )
    ledger.write(day=day)
    attach(session, record, how.photos, how.paper)
    if how.about:
        session.add(_link(record, how.about, day))
    notify_filed(session, record)
    # Out of a survey a person who has read the answers files it: the code would be in her hands.
    receipt = _receipt(session, record, code) if anonymous and not how.survey else None
    return FilingOutcome(record.number, record.due_on, receipt, how.relayed, record.title)


def _facts(
    session: Session, idea: IdeaInput, how: Circumstances, receipt: str, now: datetime
) -> FilingFacts:
    return facts_for_filing(
        session,
        receipt,
        now,
        ambition=idea.ambition_id,
        concerned=idea.concerns_id,
        service=how.service_id,
        meeting=how.meeting_id,
    )


def _link(record: Idea, about: tuple[str, str], day: date) -> Link:
    """From the entry to what it speaks of."""
    return Link(
        id=random_id(day),
        from_kind="idee",
        from_key=str(record.id),
        to_kind=about[0],
        to_key=about[1],
        role=str(LinkRole.about),
        on=day,
    )


def _origin_of(
    session: Session, reader: Reader, how: Circumstances, unnamed: bool, day: date
) -> int | None:
    service = how.service_id if how.relayed else reader.service_id
    return _origin(session, service, unnamed, day)


def _channel(how: Circumstances) -> Channel:
    if how.meeting_id is not None:
        return Channel.workshop
    if how.survey:
        return Channel.survey
    return Channel.relay if how.relayed else Channel.form


def _check_circumstances(facts: FilingFacts, reader: Reader, how: Circumstances) -> None:
    if how.relayed:
        require(reader, "idea.relay")
        if not how.consent:
            raise Invalid(
                {"consent": "Cochez l'accord de votre collègue, ou déposez en votre nom."}
            )
    if "service" in facts.missing:
        raise Invalid({"service": "Ce service n'existe pas."})
    if "meeting" in facts.missing:
        raise Refused("Cette rencontre n'existe pas.")


def _check_references(facts: FilingFacts) -> None:
    errors = {}
    if "ambition" in facts.missing:
        errors["ambition_id"] = "Cette ambition n'existe pas."
    if "concerned" in facts.missing:
        errors["concerns_id"] = "Cette direction n'existe pas."
    if errors:
        raise Invalid(errors)


def _origin(session: Session, service_id: int | None, unnamed: bool, day: date) -> int | None:
    """The author's service; for an entry without a name only where the service is more than a
    handful of people.
    """
    if service_id is None or not unnamed:
        return service_id
    agents = session.exec(
        select(Headcount.agents)
        .where(Headcount.service_id == service_id, live(Headcount, day))
        .order_by(Headcount.on.desc(), Headcount.id.desc())
    ).first()
    return service_id if agents and agents > HANDFUL else None


def _receipt(session: Session, idea: Idea, code: str) -> str:
    """The code of an anonymous entry, stored hashed: the only way back to it."""
    session.execute(_RECEIPT, {"code": hash_of_code(code), "idea_id": idea.id})
    return code


def filed_before(session: Session, token: str) -> FilingOutcome | None:
    """What became of a form without a name that was sent already: the same number and code, however
    often it is sent again; None where it was not.
    """
    code = code_of(token)
    receipt = session.get(Receipt, hash_of_code(code))
    if receipt is None:
        return None
    idea = session.get(Idea, receipt.idea_id)
    return FilingOutcome(idea.number, idea.due_on, code, title=idea.title)


def publish_idea(session: Session, reader: Reader, number: int, tree: Tree) -> None:
    """« Lue, publier »: an entry that waited is read, and shown to all. Raises Refused where it
    cannot be.
    """
    idea = idea_to_change(session, number)
    require(reader, "idea.publish", idea, tree)
    if idea.published:
        raise Refused("Cette idée est déjà publiée.")
    if idea.status == IdeaStatus.redirected:
        raise Refused("Une idée réorientée ne se publie pas.")
    idea.published = True
    write_fact(
        session,
        reader,
        idea,
        EventKind.published,
        to=IdeaStatus.read if idea.status == IdeaStatus.received else None,
    )


def withdraw_idea(session: Session, reader: Reader, number: int, reason: str = "") -> None:
    """Retirer: the author takes the entry back; it stays to be read. Raises Refused for anybody
    else, or once it is decided.
    """
    idea = idea_to_change(session, number)
    require(reader, "idea.withdraw", idea)
    withdraw(session, reader, idea, reason)


def withdraw(session: Session, reader: Reader, idea: Idea, reason: str) -> None:
    """The same for an author known by the receipt."""
    if not idea.can_become(IdeaStatus.withdrawn):
        raise Refused(f"Une idée « {IdeaStatus(idea.status).label} » ne se retire plus.")
    write_fact(
        session,
        reader,
        idea,
        EventKind.status,
        to=IdeaStatus.withdrawn,
        text=clean_text(reason)[:TITLE_MAX] or None,
    )
