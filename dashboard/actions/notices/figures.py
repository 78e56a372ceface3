"""Notices about the figures that a person follows: a new status, a target that is reached."""

from collections.abc import Iterator, Sequence
from datetime import date

from sqlmodel import Session, select

from dashboard.actions.notices.records import notify
from dashboard.actions.operations.short_acts import ShortAct, in_batches
from dashboard.queries.figures.declared import STATUSES, declared_values
from models.discussions import Subject, SubjectFollow
from models.notices import NoticeKind


def notify_statuses(session: Session, day: date) -> Iterator[ShortAct]:
    """To each follower of a figure whose status is not the last that she knows. A task of the
    round.
    """
    of_figures = select(SubjectFollow).where(SubjectFollow.subject == Subject.figure)
    follows = session.exec(of_figures).all()
    codes = {follow.key for follow in follows} & declared_values(session).keys()
    found = STATUSES[0](session, day, codes) if codes else {}
    changed = [
        (follow.person_id, follow.key, now, day)
        for follow in follows
        if (now := found.get(follow.key)) and now != follow.status
    ]
    return in_batches(changed, _notify)


def _notify(session: Session, changed: Sequence[tuple[int, str, str, date]]) -> int:
    """Person, code, status on this day: the first one found after « Suivre » is no news, nor is a
    target that is no longer reached while the status stays.
    """
    figures, notified = declared_values(session), 0
    for person_id, code, now, day in changed:
        follow = session.get(SubjectFollow, (str(Subject.figure), code, person_id))
        if follow is None:
            continue
        before, follow.status = follow.status, now
        session.add(follow)
        if before and not before.startswith(now):
            notified += notify(
                session,
                [person_id],
                key=f"suivi-chiffre-{code}-{day}-{now}",
                kind=NoticeKind.outcome,
                title=f"Le chiffre « {figures[code].label} » que vous suivez : {now.lower()}",
                text=f"Jusqu'ici : {before.lower()}.",
                href=f"/pourquoi?chiffre={code}",
            )
    return notified
