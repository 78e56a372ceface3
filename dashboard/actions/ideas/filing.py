"""Acts on ideas: filing one, reading and publishing one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import ValidationError
from sqlmodel import Session, SQLModel

from dashboard.access import Reader, require
from dashboard.actions import form_tokens, limits
from dashboard.actions.decisions.submitted_ideas import follow_state
from dashboard.actions.ideas.codes import code_of, hash_of_code
from dashboard.actions.ideas.entries import NewEntry, drafted, new_entries, promised_day
from dashboard.actions.ideas.facts import idea_to_change, write_fact
from dashboard.actions.ideas.photos import Picture, attach
from dashboard.actions.ideas.threads import new_link
from dashboard.actions.notices.ideas import notify_filed
from models.clock import today
from models.database import leave_no_trace
from models.directions import Direction, Headcount, Tree
from models.errors import Invalid, Refused, refuse
from models.facts import facts_of
from models.idea_events import EventKind
from models.idea_states import Channel, IdeaStatus
from models.ideas import TITLE_MAX, Idea, IdeaInput, Receipt
from models.inserts import insert_new
from models.ledger import Ledger
from models.links import LinkRole
from models.meetings import Meeting
from models.roadmap import Ambition
from models.texts import clean_text

# A service of twenty people or fewer would tell who wrote an anonymous entry.
HANDFUL = 20
_FILED = "Cette idée est déjà enregistrée."


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


@dataclass(frozen=True)
class _Filing:
    """Dépôt: what is said, who sends it, with which token of a form, and how it came."""

    reader: Reader
    idea: IdeaInput
    token: str
    how: Circumstances

    @property
    def is_anonymous(self) -> bool:
        return not self.how.relayed and (self.idea.anonymous or not self.reader.is_known)

    @property
    def is_unnamed(self) -> bool:
        return self.is_anonymous or self.how.relayed

    @property
    def author_id(self) -> int | None:
        return None if self.is_unnamed else self.reader.person_id

    @property
    def relay_id(self) -> int | None:
        return self.reader.person_id if self.how.relayed else None

    @property
    def has_receipt(self) -> bool:
        """Out of a survey a person who has read the answers files it: the code would be hers."""
        return self.is_anonymous and not self.how.survey

    @property
    def code(self) -> str | None:
        return code_of(self.token) if self.has_receipt else None


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
    filing = _Filing(reader, idea, token, how)
    if reader.is_stranger:
        limits.count(session, limits.Act.idea, how.address)
    _check(session, filing)
    day = today(session)
    if not form_tokens.spend(session, token, day):
        raise AlreadyFiled(_FILED)
    if filing.is_unnamed:
        # Of an entry without a name not even its place in the order of acts may stay in the
        # database's log.
        leave_no_trace(session)
    record = _written(session, filing, day)
    if filing.code:
        _store_receipt(session, record, filing.code)
    return FilingOutcome(record.number, record.due_on, filing.code, how.relayed, record.title)


def _written(session: Session, filing: _Filing, day: date) -> NewEntry:
    """The entry in its tables, with its photos, its link and who is notified of it."""
    how = filing.how
    ledger = Ledger(session)
    row = _row(session, filing, day, promised_day(session, day))
    [record] = new_entries(session, ledger, [row], [filing.author_id or filing.relay_id])
    ledger.write()
    attach(session, record, how.photos, how.paper)
    if how.about:
        session.add(new_link(("idee", str(record.id)), how.about, LinkRole.about, day))
    notify_filed(session, record, day)
    return record


def _row(session: Session, filing: _Filing, day: date, due_on: date) -> dict:
    how = filing.how
    return drafted(
        filing.idea,
        day,
        due_on,
        origin_id=None if how.survey else _origin_of(session, filing, day),
        channel=_channel(how).value,
        anonymous=filing.is_anonymous,
        author_id=filing.author_id,
        relay_id=filing.relay_id,
        meeting_id=how.meeting_id,
        published=not filing.is_anonymous,
    )


def _store_receipt(session: Session, record: NewEntry, code: str) -> None:
    """The code of an anonymous entry, stored hashed: the only way back to it. Raises AlreadyFiled
    where it is there: the receipt outlives the token of the day.
    """
    receipt = {"code": hash_of_code(code), "idea_id": record.id}
    if not insert_new(session, Receipt, [receipt]):
        raise AlreadyFiled(_FILED)


def _origin_of(session: Session, filing: _Filing, day: date) -> int | None:
    service = filing.how.service_id if filing.how.relayed else filing.reader.service_id
    return _origin(session, service, filing.is_unnamed, day)


def _channel(how: Circumstances) -> Channel:
    if how.meeting_id is not None:
        return Channel.workshop
    if how.survey:
        return Channel.survey
    return Channel.relay if how.relayed else Channel.form


def _check(session: Session, filing: _Filing) -> None:
    """The rules of one filing. Raises Invalid or Refused."""
    how, idea = filing.how, filing.idea
    refuse(
        {
            "ambition_id": _lacks(session, Ambition, idea.ambition_id)
            and "Cette ambition n'existe pas.",
            "concerns_id": _lacks(session, Direction, idea.concerns_id)
            and "Cette direction n'existe pas.",
        }
    )
    if how.relayed:
        require(filing.reader, "idea.relay")
        agreed = "Cochez l'accord de votre collègue, ou déposez en votre nom."
        refuse({"consent": not how.consent and agreed})
    gone = _lacks(session, Direction, how.service_id)
    refuse({"service": gone and "Ce service n'existe pas."})
    if _lacks(session, Meeting, how.meeting_id):
        raise Refused("Cette rencontre n'existe pas.")


def _lacks(session: Session, table: type[SQLModel], id: int | None) -> bool:
    """Whether an id is given of which there is no row."""
    return id is not None and session.get(table, id) is None


def _origin(session: Session, service_id: int | None, unnamed: bool, day: date) -> int | None:
    """The author's service; for an entry without a name only where the service is more than a
    handful of people.
    """
    if service_id is None or not unnamed:
        return service_id
    return service_id if has_more_than_a_handful(session, service_id, day) else None


def has_more_than_a_handful(session: Session, service_id: int, day: date) -> bool:
    """Whether so many work in a service that an entry without a name may say it came from there."""
    counts = facts_of(session, Headcount, service_id, day)
    return bool(counts) and counts[-1].agents > HANDFUL


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
