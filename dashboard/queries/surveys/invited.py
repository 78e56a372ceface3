"""The people whom a survey invites by mail: everybody who works here and has an address, except
those who want no mail and those already invited.
"""

from sqlmodel import Session, select

from dashboard.queries.notices.preferences import rhythm_of_person, wants_mail
from models.clock import today
from models.directions import Tree, UnitKind
from models.facts import live
from models.notices import Notice, NoticeKind
from models.people import Assignment, Person
from models.preferences import Preference
from models.surveys import SurveyInvitation


def to_invite(session: Session, tree: Tree, key: str) -> dict[int, int | None]:
    """Person → her direction (None: unknown), for the people to invite; `key` is the key of the
    invitation notice.
    """
    already_notified = select(Notice.person_id).where(
        Notice.kind == str(NoticeKind.questionnaire), Notice.key == key
    )
    rows = session.execute(
        select(Person.id, Assignment.service_id)
        .join(Assignment, Assignment.person_id == Person.id)
        .outerjoin(Preference, rhythm_of_person())
        .where(
            live(Assignment, today(session)),
            Person.email != "",
            Person.erased_on.is_(None),
            wants_mail(),
            Person.id.not_in(already_notified),
        )
        .order_by(Assignment.on, Assignment.id)
    ).all()
    # The last assignment counts; without a service a person has left.
    services = dict(tuple(row) for row in rows)
    above = {
        person: tree.ancestor(service, UnitKind.direction)
        for person, service in services.items()
        if service is not None
    }
    return {person: unit.id if unit else None for person, unit in above.items()}


def not_answered(session: Session, survey_id: int) -> list[int]:
    """The persons whose invitation is unused."""
    return list(
        session.exec(
            select(SurveyInvitation.person_id).where(SurveyInvitation.survey_id == survey_id)
        ).all()
    )


def was_notified(session: Session, key: str) -> bool:
    """Whether a notice with this key was sent to anybody."""
    already_notified = select(Notice.id).where(
        Notice.kind == str(NoticeKind.questionnaire), Notice.key == key
    )
    return session.exec(already_notified.limit(1)).first() is not None
