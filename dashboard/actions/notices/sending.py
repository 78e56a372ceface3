"""Sending (envoi): one mail per person for all her pending notices, each once.

Three steps, so that no transaction is open during the network call: the notices are claimed, the
mail is sent, the notices are marked as sent. A round that dies between the last two leaves them
claimed; the next round sends the same mail again, under the same Message-ID. So every notice is
sent at least once, and twice only after such a failure. Rounds are exclusive on a database
(`models.database.alone`), so that no claimed notice belongs to another round.
"""

import smtplib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import Engine, delete, literal_column, update
from sqlmodel import Session, select

from dashboard.actions.ideas.filing import code_of
from dashboard.actions.notices import records
from dashboard.actions.operations.mixing import ShortAct, in_batches
from dashboard.actions.people import links
from dashboard.actions.surveys import answering
from dashboard.files import mail as mails, mail as smtp
from dashboard.queries.directions import organisation
from dashboard.queries.notices import records as query, records as recipients
from models import installation
from models.clock import is_demonstration, now
from models.database import reading, writing
from models.notices import OF_DIGEST, Notice, NoticeKind, NoticeState, Rhythm
from models.people import Person, Preference
from models.seats import Seat
from models.settings import LOOPBACK, Settings
from models.texts import Refused

# Notices emptied per round; the rest follows in the next one.
_MOST_A_ROUND = 10_000
TO_A_GUEST = (
    "Vous le recevez parce que cette adresse a été donnée à une inscription sans compte. Elle ne"
    " sert qu'à cette date, et s'efface ensuite. Ce n'était pas vous ? Ouvrez le lien et annulez"
    " l'inscription : l'adresse part aussitôt."
)


@dataclass(frozen=True)
class Batch:
    """One mail claimed for sending. `reason` is the closing sentence for a recipient without an
    account or preferences; `files` are attached, `note` tells of them.
    """

    name: str
    address: str
    ids: list[int]
    news: list[mails.News]
    reason: str = ""
    of: str = ""
    files: records.Files = field(default_factory=list)
    note: str = ""

    @property
    def mark(self) -> str:
        """The basis of its Message-ID: the same when it is sent again after an interruption."""
        return self.of + ",".join(map(str, self.ids))


@dataclass
class Sent:
    """The result of one round: mails, their notices, refused mails; `message` is why sending
    stopped, in French; `unreachable` where the server failed rather than the settings.
    """

    mails: int = 0
    notices: int = 0
    refused: int = 0
    message: str = ""
    unreachable: bool = False


def mail_problem(session: Session) -> str:
    """Why no mail can be sent at all, in French; empty otherwise. A demonstration sends none."""
    try:
        to = smtp.server()
    except Refused as refusal:
        return str(refusal)
    if to is None:
        return "Aucun serveur de courriel n'est réglé."
    return (
        ""
        if to.cp_smtp_host in LOOPBACK or not is_demonstration(session)
        else "Une démonstration n'envoie de courriels qu'à un serveur de cette machine (127.0.0.1)."
    )


def can_send_mails(session: Session) -> bool:
    return not mail_problem(session)


def send(on: Engine, day: date) -> Sent:
    """Envoyer: sends what is due on this day. Raises Refused for invalid settings. The caller holds
    the lock of the rounds.
    """
    to = smtp.server()
    sent = Sent()
    with reading(on) as session:
        sent.message = mail_problem(session)
    if sent.message:
        return sent
    with writing(on) as session:
        # Who has since chosen « Jamais » still gets what she asked for.
        never = select(Preference.person_id).filter_by(name=recipients.RHYTHM, value=Rhythm.never)
        session.execute(
            delete(Notice)
            .filter_by(address="")
            .where(Notice.state.in_(query.UNSENT), Notice.person_id.in_(never))
            .execution_options(synchronize_session=False)
        )
    with reading(on) as session:
        persons = query.persons_to_mail(session, day)
        guests = query.guests_to_mail(session, day)
    if not persons and not guests:
        return sent
    try:
        with smtp.connected(to) as connection:
            for claim_of, ids in ((claim, persons), (claim_for_guest, guests)):
                for id_ in ids:
                    _write_to(on, connection, to, claim_of, id_, day, sent)
    except smtp.Unreachable as trouble:
        sent.message, sent.unreachable = str(trouble), True
        with writing(on) as session:
            # They remain pending, without counting an attempt.
            session.execute(
                update(Notice)
                .where(Notice.person_id.in_(persons), Notice.state.in_(query.UNSENT))
                .values(error=sent.message)
                .execution_options(synchronize_session=False)
            )
    return sent


def forget_words(session: Session, day: date) -> Iterator[ShortAct]:
    """Empties the texts of old sent notices and of those given up for good; recipient, state and
    day remain. A task of the round.
    """
    finished = Notice.state.in_([NoticeState.sent, NoticeState.handed_over]) | (
        (Notice.state == NoticeState.dropped) & (Notice.tries == 0)
    )
    old = select(Notice.id).where(
        # A constant, not a parameter: the partial index is used only then.
        Notice.title != literal_column("''"),
        Notice.sent_on < day - timedelta(days=installation.MAIL_DAYS),
        finished,
    )
    return in_batches(session.exec(old.limit(_MOST_A_ROUND)).all(), _empty)


def _empty(session: Session, batch: Sequence[int]) -> int:
    emptied = update(Notice).where(Notice.id.in_(batch))
    return session.execute(
        emptied.values(title="", text="", href="", error="").execution_options(
            synchronize_session=False
        )
    ).rowcount


def _write_to(
    on: Engine,
    connection: smtplib.SMTP,
    to: Settings,
    claim: Callable[[Session, int, date], Batch | None],
    whom: int,
    day: date,
    sent: Sent,
) -> None:
    """Sends every mail of one person or guest: first the one that was interrupted, then pending
    notices.
    """
    while True:
        with writing(on) as session:
            # Committed before sending: after an interruption the next round finds the claim and
            # sends it again.
            batch = claim(session, whom, day)
        if batch is None:
            return
        try:
            mail = mails.message(
                *(to, batch.name, batch.address, batch.news, batch.mark, now(), batch.reason),
                *(batch.files, batch.note),
            )
            smtp.hand_over(connection, to, mail, batch.address)
        except smtp.Rejected as refusal:
            sent.refused += 1
            with writing(on) as session:
                _count_failure(session, batch, day, str(refusal))
            # Only this mail failed; those of other persons were not tried.
            if isinstance(refusal, smtp.ConnectionLost):
                raise smtp.Unreachable(str(refusal)) from refusal
            return
        with writing(on) as session:
            for notice in _claimed(session, batch):
                notice.state = NoticeState.sent
                notice.sent_on = day
                notice.error = ""
                # An address is stored on a notice only while it is pending.
                notice.address = ""
                if notice.seat_id:
                    notice.title = notice.text = ""
        sent.mails += 1
        sent.notices += len(batch.ids)


def claim(session: Session, person_id: int, day: date) -> Batch | None:
    """Claims what is to be sent to one person, after checking what she may still read; None where
    nothing is.
    """
    # Locked against an act that erases her or changes her address.
    person = session.get(Person, person_id, with_for_update=True)
    if person is None or person.erased_on is not None:
        return None
    pending = query.pending_notices(session, Notice.person_id == person_id)
    rhythm = recipients.rhythm_of(session, person_id)
    interrupted = [notice for notice in pending if notice.state == NoticeState.sending]
    # An interrupted mail is sent unchanged: its Message-ID is made of these notices.
    leaving = interrupted or [notice for notice in pending if query.leaves(notice, rhythm, day)]
    if not interrupted and query.had_digest(session, person_id, day):
        leaving = [notice for notice in leaving if notice.kind not in OF_DIGEST]
    # A mail with an access link holds nothing else.
    leaving = [notice for notice in leaving if notice.kind in links.MAILED] or leaving
    email = person.email.strip()
    # Some notices have an address of their own: one mail goes to one address.
    address = next((target for notice in leaving if (target := notice.address or email)), "")
    leaving = [n for n in leaving if address and (n.address or email) == address]
    open_notices = query.still_open(session, organisation(session).at(day), person, leaving, day)
    open_notices = [
        notice
        for notice in open_notices
        if links.is_wanted(notice, day) and answering.is_wanted(session, notice)
    ]
    open_ids = {notice.id for notice in open_notices}
    for notice in leaving:
        if notice.id in open_ids:
            notice.state = NoticeState.sending
        else:
            notice.state = NoticeState.dropped
            notice.error = "Cette personne ne peut plus le lire, ou cela ne la concerne plus."
            notice.tries = 0
            notice.sent_on = day
    if not open_notices:
        return None
    ordered = sorted(open_notices, key=lambda notice: (not notice.urgent, notice.id))
    of_ideas = [n for n in ordered if n.kind == NoticeKind.outcome and n.idea_id]
    together = of_ideas if len(of_ideas) > 1 else []
    news = [
        mails.News(notice.kind, notice.title, notice.text, _href_of(session, notice))
        for notice in ordered
        if notice not in together
    ]
    if together:
        title = f"La suite de vos idées : {len(together)} nouvelles"
        text = "\n".join(notice.title for notice in together)
        news.append(mails.News(NoticeKind.outcome, title, text, mails.PREFERENCES))
    files, note = records.attached(session, person, ordered, day)
    ids = [notice.id for notice in ordered]
    return Batch(person.name, address, ids, news, files=files, note=note)


def claim_for_guest(session: Session, seat_id: int, day: date) -> Batch | None:
    """Claims what is to be sent to the guest of one seat; None where nothing is."""
    # Locked against giving up the seat, which deletes the address.
    seat = session.get(Seat, seat_id, with_for_update=True, populate_existing=True)
    if seat is None or not seat.email or seat.seed is None:
        return None
    pending = query.pending_notices(session, Notice.seat_id == seat_id)
    interrupted = [item for item in pending if item.state == NoticeState.sending]
    leaving = interrupted or [item for item in pending if query.leaves(item, Rhythm.at_once, day)]
    for item in leaving:
        item.state = NoticeState.sending
    if not leaving:
        return None
    # The code is not stored: it is derived again for the mail.
    href = f"/suivre#{code_of(seat.seed)}"
    news = [mails.News(NoticeKind.task, item.title, item.text, href) for item in leaving]
    ids = [item.id for item in leaving]
    # The mail repeats nothing from the form: the address may be somebody else's.
    return Batch("", seat.email, ids, news, TO_A_GUEST, of="guest:")


def _href_of(session: Session, notice: Notice) -> str:
    """The address a notice leads to; a secret link is created now."""
    if notice.kind == NoticeKind.questionnaire:
        return answering.href_of(session, notice)
    return links.href_of(session, notice)


def _claimed(session: Session, batch: Batch) -> list[Notice]:
    """The claimed notices that still exist: the person may have been erased since."""
    return list(
        session.exec(
            select(Notice)
            .filter_by(state=NoticeState.sending)
            .where(Notice.id.in_(batch.ids))
            .with_for_update()
        )
    )


def _count_failure(session: Session, batch: Batch, day: date, message: str) -> None:
    """Counts a failed attempt: the delay grows, and in the end the notice is to be passed on in
    person. `sent_on` is the day of the attempt.
    """
    for notice in _claimed(session, batch):
        notice.tries += 1
        notice.sent_on = day
        notice.error = message
        notice.state = (
            NoticeState.dropped if notice.tries >= len(query.WAITS) else NoticeState.waiting
        )
        if notice.seat_id and notice.state == NoticeState.dropped:
            notice.title = notice.text = ""
        if notice.address and notice.state == NoticeState.dropped:
            # It was for this address only.
            session.delete(notice)
