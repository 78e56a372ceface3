"""Survey invitations by mail (inviter), one personal link each; one reminder for unused links.

Mails are sent through the outbox; the link is created when one is sent and is not stored.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import insert
from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.acts import note
from dashboard.actions.notices.records import notify
from dashboard.actions.notices.sending import mail_problem
from dashboard.actions.surveys.answering import code_for, notice_key, stored_hash
from dashboard.actions.surveys.making import SUBJECT, locked, write_survey
from dashboard.actions.surveys.questions import QuestionInput, write_question
from dashboard.files.words import words_of
from dashboard.french import counted, day_long
from dashboard.queries.directions import organisation
from dashboard.queries.surveys.asked import not_answered, to_invite, was_notified
from models.clock import today
from models.notices import NoticeKind
from models.settings import settings
from models.surveys import InvitedCount, QuestionKind, Survey, SurveyInvitation
from models.texts import Refused

_ONCE = (
    "Le lien de ce courriel est le vôtre et sert une fois. Il ouvre le questionnaire sans dire qui"
    " vous êtes : ni votre nom, ni l'heure, ni l'ordre des réponses ne sont gardés."
)


def invite_all(session: Session, reader: Reader, survey_id: int) -> int:
    """Inviter all staff with an address who were not invited yet; returns how many. Raises Refused
    where no mail can be sent.
    """
    require(reader, "survey.make")
    survey = _open_to_agents(session, survey_id)
    tree = organisation(session).at(today(session))
    key = notice_key(survey)
    persons = to_invite(session, tree, key)
    if not persons:
        raise Refused("Toutes les personnes qui ont une adresse sont déjà invitées.")
    _write(session, survey, persons)
    notify(
        session,
        persons,
        key=key,
        kind=NoticeKind.questionnaire,
        title=f"Votre avis : {survey.title}",
        text=f"{survey.introduction}\n{_ONCE}\nOuvert jusqu'au {day_long(survey.closes_on)}.",
        urgent=True,
    )
    count = counted(len(persons), "personne")
    note(session, reader, SUBJECT, survey.reference, "invitations", None, count)
    return len(persons)


def remind_all(session: Session, reader: Reader, survey_id: int) -> int:
    """Rappeler, once, those whose link is unused; returns how many."""
    require(reader, "survey.make")
    survey = _open_to_agents(session, survey_id)
    key = notice_key(survey, again=True)
    if was_notified(session, key):
        raise Refused("Le rappel est déjà parti : il n'y en a qu'un.")
    persons = not_answered(session, survey.id)
    if not persons:
        raise Refused("Il n'y a personne à qui le rappeler.")
    reminded = notify(
        session,
        persons,
        key=key,
        kind=NoticeKind.questionnaire,
        title=f"Rappel : {survey.title}",
        text=f"Vous n'avez pas encore répondu, et c'est votre choix.\n{_ONCE}\n"
        f"Ouvert jusqu'au {day_long(survey.closes_on)}.",
        urgent=True,
    )
    note(session, reader, SUBJECT, survey.reference, "rappels", None, counted(reminded, "personne"))
    return reminded


def why_no_invitation(session: Session) -> str:
    """Why no invitation can be sent, in French; empty otherwise."""
    if why := mail_problem(session):
        return why
    if not settings().public_origin:
        return "Sans adresse publique, les courriels ne portent pas de lien."
    return ""


def _open_to_agents(session: Session, survey_id: int) -> Survey:
    survey = locked(session, survey_id)
    if not survey.takes_answers(today(session)):
        raise Refused("Ce questionnaire n'est pas ouvert.")
    if not survey.agents:
        raise Refused("Ce questionnaire s'adresse à des citoyens : nous n'avons pas d'adresses.")
    if why := why_no_invitation(session):
        raise Refused(why)
    return survey


def _write(session: Session, survey: Survey, persons: Mapping[int, int | None]) -> None:
    rows = [
        {
            "code": stored_hash(code_for(survey, person)),
            "survey_id": survey.id,
            "person_id": person,
            "direction_id": direction,
        }
        for person, direction in persons.items()
    ]
    session.execute(insert(SurveyInvitation.__table__), rows)
    for direction, more in Counter(persons.values()).items():
        place = direction or 0
        row = session.get(InvitedCount, (survey.id, place))
        row = row or InvitedCount(survey_id=survey.id, direction_id=place)
        row.invited += more
        session.add(row)


# ── The survey on participation ─────────────────────────────────────────────────────────────────

_DAYS = 30  # to answer, until its author sets another last day


def prepare_participation(session: Session, reader: Reader) -> Survey:
    """Préparer le questionnaire sur la participation: a draft of the ten fixed questions, a wave of
    their series. Raises Refused without the right to write a survey.
    """
    fixed, day = words_of("participation"), today(session)
    survey = write_survey(
        session,
        reader,
        Survey(
            title=f"{fixed['title']}, {'1er' if day.month <= 6 else '2e'} semestre {day.year}",
            series=fixed["title"],
            introduction=fixed["introduction"],
            closes_on=day + timedelta(days=_DAYS),
        ),
    )
    asked = [
        QuestionInput(QuestionKind.single, statement, choices=fixed["choices"])
        for statement in fixed["statements"]
    ]
    for typed in (*asked, QuestionInput(QuestionKind.free, fixed["free"])):
        write_question(session, reader, survey.id, typed)
    return survey
