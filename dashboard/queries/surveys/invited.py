"""Whom a survey invites by mail: everybody who works here and has an address,
but those who want no mail and those who were invited before.
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
    """Person → her direction (None: none known); `key` is the one of the notice that invites."""
    told = select(Notice.person_id).where(
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
            Person.id.not_in(told),
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
    """The persons whose invitation was not used."""
    return list(
        session.exec(
            select(SurveyInvitation.person_id).where(SurveyInvitation.survey_id == survey_id)
        ).all()
    )


def is_told(session: Session, key: str) -> bool:
    """Whether anybody was told this."""
    told = select(Notice.id).where(Notice.kind == str(NoticeKind.questionnaire), Notice.key == key)
    return session.exec(told.limit(1)).first() is not None
