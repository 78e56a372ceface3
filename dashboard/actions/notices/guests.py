"""Notices to guests (avis aux invités): what becomes of a seat, told to the address that its guest
left for that alone.

Written in the transaction of what it tells; sent by the round in the same three steps as the mails
of persons. The words go as soon as they have left, the address once the date is past.
"""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import delete
from sqlmodel import Session, select

from dashboard.actions.ideas.codes import code_of
from dashboard.actions.notices.batches import Batch
from dashboard.files.mail.messages import News
from dashboard.queries import guests as query
from dashboard.queries.notices.records import UNSENT, WAITS
from models.guests import Guest, GuestNotice
from models.keeping import NoticeKind, NoticeState
from models.texts import clean_text, clean_title

REASON = (
    "Vous le recevez parce que cette adresse a été donnée à une inscription sans compte. Elle ne"
    " sert qu'à cette date, et s'efface ensuite. Ce n'était pas vous ? Ouvrez le lien et annulez"
    " l'inscription : l'adresse part aussitôt."
)


def tell_guests(
    session: Session, guest_ids: Iterable[int | None], key: str, title: str, text: str
) -> int:
    """Prévenir les invités who left an address, once per key; how many. The caller holds the date
    that they come to.
    """
    ids = sorted({guest for guest in guest_ids if guest is not None})
    notified = select(GuestNotice.guest_id).where(GuestNotice.key == key)
    reachable = session.exec(
        select(Guest.id)
        .where(Guest.id.in_(ids), Guest.email != "", Guest.id.not_in(notified))
        .order_by(Guest.id)
    ).all()
    session.add_all(
        GuestNotice(guest_id=guest, key=key, title=clean_title(title), text=clean_text(text))
        for guest in reachable
    )
    session.flush()
    return len(reachable)


def forget_notices(session: Session, guest_ids: Iterable[int]) -> None:
    """Deletes the notices of guests, sent or waiting."""
    ids = sorted(set(guest_ids))
    session.execute(delete(GuestNotice).where(GuestNotice.guest_id.in_(ids)))


# ── Sending, as persons are written to ────────────────────────────────────────────────────────────


def claim(session: Session, guest_id: int, day: date) -> Batch | None:
    """Takes what leaves for one guest; None where nothing does."""
    # Held: whoever gives the seat up, and with it the address, comes before or after this claim.
    guest = session.get(Guest, guest_id, with_for_update=True, populate_existing=True)
    if guest is None or not guest.email or guest.seed is None:
        return None
    waiting = [one for one in _unsettled(session, guest_id) if query.leaves(one, day)]
    cut = [one for one in waiting if one.state == NoticeState.sending]
    leaving = cut or waiting
    for one in leaving:
        one.state = str(NoticeState.sending)
        session.add(one)
    if not leaving:
        return None
    # The database knows no code: it is made again for the mail.
    href = f"/suivre#{code_of(guest.seed)}"
    news = [News(NoticeKind.task, one.title, one.text, href) for one in leaving]
    ids = [one.id for one in leaving]
    # No word of the form stands in the mail: its address may be somebody else's.
    return Batch("", guest.email, ids, news, REASON, of="guest:")


def mark_sent(session: Session, batch: Batch, day: date) -> None:
    for one in _claimed(session, batch):
        one.state = str(NoticeState.sent)
        one.tried_on = day
        one.title = one.text = one.error = ""
        session.add(one)


def count_failure(session: Session, batch: Batch, day: date, message: str) -> None:
    """One try more: it waits longer each time, and is given up in the end."""
    for one in _claimed(session, batch):
        one.tries += 1
        one.tried_on = day
        one.error = message
        one.state = str(NoticeState.waiting)
        if one.tries >= len(WAITS):
            one.state = str(NoticeState.dropped)
            one.title = one.text = ""
        session.add(one)


def _unsettled(session: Session, guest_id: int) -> list[GuestNotice]:
    return list(
        session.exec(
            select(GuestNotice)
            .where(
                GuestNotice.guest_id == guest_id,
                GuestNotice.state.in_([str(state) for state in UNSENT]),
            )
            .order_by(GuestNotice.id)
            .with_for_update()
        ).all()
    )


def _claimed(session: Session, batch: Batch) -> list[GuestNotice]:
    """What was claimed and is still there: the seat may have been given up meanwhile."""
    return list(
        session.exec(
            select(GuestNotice)
            .where(GuestNotice.id.in_(batch.ids), GuestNotice.state == NoticeState.sending)
            .with_for_update()
        ).all()
    )
