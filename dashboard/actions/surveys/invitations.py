"""Inviting to a survey by mail (inviter), each person with a link of her own, once;
reminding those whose link was not used, once.

The mails leave through the outbox; the link is made when one leaves and stands nowhere else.
"""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import insert
from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.journal import note
from dashboard.actions.notices.records import notify
from dashboard.actions.notices.sending import mail_problem
from dashboard.actions.surveys.invitation_codes import code_for, kept_as, notice_key
from dashboard.actions.surveys.making import SUBJECT, locked
from dashboard.french import counted, day_long
from dashboard.queries.directions import organisation
from dashboard.queries.surveys.invited import not_answered, to_invite, was_notified
from models.clock import today
from models.errors import Refused
from models.notices import NoticeKind
from models.settings import settings
from models.surveys import InvitedCount, Survey, SurveyInvitation

_ONCE = (
    "Le lien de ce courriel est le vôtre et sert une fois. Il ouvre le questionnaire sans dire qui"
    " vous êtes : ni votre nom, ni l'heure, ni l'ordre des réponses ne sont gardés."
)


def invite_all(session: Session, reader: Reader, survey_id: int) -> int:
    """Inviter: whoever works here, has an address and was not invited yet; how many are. Raises
    Refused where no mail leaves.
    """
    require(reader, "survey.make")
    found = _open_to_agents(session, survey_id)
    tree = organisation(session).at(today(session))
    key = notice_key(found)
    persons = to_invite(session, tree, key)
    if not persons:
        raise Refused("Toutes les personnes qui ont une adresse sont déjà invitées.")
    _write(session, found, persons)
    notify(
        session,
        persons,
        key=key,
        kind=NoticeKind.questionnaire,
        title=f"Votre avis : {found.title}",
        text=f"{found.introduction}\n{_ONCE}\n{_until(found)}",
        urgent=True,
    )
    _note(session, reader, found, "invitations", len(persons))
    return len(persons)


def remind_all(session: Session, reader: Reader, survey_id: int) -> int:
    """Rappeler, once: those whose link was not used; how many are."""
    require(reader, "survey.make")
    found = _open_to_agents(session, survey_id)
    key = notice_key(found, again=True)
    if was_notified(session, key):
        raise Refused("Le rappel est déjà parti : il n'y en a qu'un.")
    persons = not_answered(session, found.id)
    if not persons:
        raise Refused("Il n'y a personne à qui le rappeler.")
    reminded = notify(
        session,
        persons,
        key=key,
        kind=NoticeKind.questionnaire,
        title=f"Rappel : {found.title}",
        text=f"Vous n'avez pas encore répondu, et c'est votre choix.\n{_ONCE}\n{_until(found)}",
        urgent=True,
    )
    _note(session, reader, found, "rappels", reminded)
    return reminded


def why_no_invitation(session: Session) -> str:
    """Why no invitation can leave, in French; nothing where they leave."""
    if why := mail_problem(session):
        return why
    if not settings().public_origin:
        return "Les courriels ne portent pas de lien : CP_PUBLIC_URL n'est pas réglé."
    return ""


def _open_to_agents(session: Session, survey_id: int) -> Survey:
    found = locked(session, survey_id)
    if not found.takes_answers(today(session)):
        raise Refused("Ce questionnaire n'est pas ouvert.")
    if not found.agents:
        raise Refused("Ce questionnaire s'adresse à des citoyens : nous n'avons pas d'adresses.")
    if why := why_no_invitation(session):
        raise Refused(why)
    return found


def _write(session: Session, found: Survey, persons: Mapping[int, int | None]) -> None:
    rows = [
        {
            "code": kept_as(code_for(found, person)),
            "survey_id": found.id,
            "person_id": person,
            "direction_id": direction,
        }
        for person, direction in persons.items()
    ]
    session.execute(insert(SurveyInvitation.__table__), rows)
    for direction, more in Counter(persons.values()).items():
        place = direction or 0
        row = session.get(InvitedCount, (found.id, place))
        row = row or InvitedCount(survey_id=found.id, direction_id=place)
        row.invited += more
        session.add(row)


def _until(found: Survey) -> str:
    return f"Ouvert jusqu'au {day_long(found.closes_on)}."


def _note(session: Session, reader: Reader, found: Survey, what: str, many: int) -> None:
    told = counted(many, "personne")
    note(session, reader, today(session), SUBJECT, found.reference, what, None, told)
