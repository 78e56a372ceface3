"""Acts on surveys asked here: writing one, opening it, closing it.

Once it is open what is asked stays as it is; its title, its introduction and its last day may still
be put right.
"""

import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from sqlmodel import Session, delete, select

from dashboard.access import OPERATOR, Reader, require
from dashboard.actions.acts import lock_record
from dashboard.actions.edit_conflicts import refuse_conflict
from dashboard.actions.figures.declared import CATALOGUE
from dashboard.actions.journal import note
from dashboard.actions.operations.short_acts import ShortAct
from dashboard.actions.surveys.answers import feed_figure
from dashboard.actions.surveys.entering import enter_rest
from dashboard.actions.surveys.imports import SERIES_MAX
from dashboard.actions.surveys.invitation_codes import notice_key
from dashboard.french import counted
from dashboard.queries.edit_conflicts import last_change
from dashboard.queries.surveys.asked import questions_of, used_by_direction
from dashboard.queries.surveys.results import next_number
from models.clock import today
from models.database import leave_no_trace
from models.errors import Invalid, Refused, refuse
from models.notices import Notice, NoticeKind
from models.revisions import hold
from models.surveys import (
    InvitedCount,
    Question,
    Survey,
    SurveyInvitation,
    SurveyState,
    WaitingSheets,
)
from models.texts import clean_text, clean_title, too_long

SUBJECT = "questionnaire"
TITLE_MAX, INTRODUCTION_MAX = 160, 2000
NO_SUCH = "Ce questionnaire n'existe pas."
NOT_A_DRAFT = "Ce questionnaire est ouvert ou fermé : ses questions ne changent plus."
# What somebody says of a survey, and what may still be put right once it is open.
_SAID_OPEN = ("title", "introduction", "closes_on")
_SAID = (*_SAID_OPEN, "series", "agents", "by_link", "asks_direction")


def locked(session: Session, survey_id: int) -> Survey:
    """A survey asked here, locked until the act ends. Raises Refused where there is none."""
    found = lock_record(session, Survey, survey_id, NO_SUCH)
    if found.key is None:
        raise Refused(NO_SUCH)
    return found


def draft_of(session: Session, survey_id: int) -> Survey:
    """The same, where its questions may still change."""
    found = locked(session, survey_id)
    if found.state != SurveyState.draft:
        raise Refused(NOT_A_DRAFT)
    return found


# ── Writing ───────────────────────────────────────────────────────────────────────────────────────


def write_survey(session: Session, reader: Reader, given: Survey) -> Survey:
    """Écrire un questionnaire: a draft, which nobody else sees. Without a series its title is one.
    Raises Invalid per field.
    """
    require(reader, "survey.make")
    found = _draft(session, _checked(session, given))
    _note(session, reader, found, "écrit", None, found.title)
    return found


def change_survey(
    session: Session, reader: Reader, survey_id: int, given: Survey, read: str | None = None
) -> Survey:
    """Corriger ce qu'un questionnaire dit de lui; of an open one, its title, its introduction and
    its last day alone. Raises Invalid per field, EditConflict.
    """
    require(reader, "survey.make")
    found = locked(session, survey_id)
    before = survey_values(found)
    refuse_conflict(session, reader, read, before, last_change(session, SUBJECT, found.reference))
    if found.state == SurveyState.closed:
        raise Refused("Ce questionnaire est fermé : il ne change plus.")
    given = _checked(session, given)
    for name in _SAID_OPEN if found.state == SurveyState.open else _SAID:
        setattr(found, name, getattr(given, name))
    session.add(found)
    for field, value in survey_values(found).items():
        if before[field] != value:
            _note(session, reader, found, field, before[field], value)
    return found


def survey_values(found: Survey) -> dict[str, object]:
    """What a survey says of itself, by the fields of its form."""
    return {name: getattr(found, name) for name in _SAID if name != "agents"} | {
        "citizens": not found.agents
    }


def drop_survey(session: Session, reader: Reader, survey_id: int) -> None:
    """Supprimer un brouillon: nobody has answered it."""
    require(reader, "survey.make")
    found = draft_of(session, survey_id)
    # The last question first: others may depend on those before.
    for question in reversed(questions_of(session, found.id)):
        session.delete(question)
        session.flush()
    _note(session, reader, found, "supprimé", found.title, None)
    session.delete(found)


def copy_survey(session: Session, reader: Reader, survey_id: int) -> Survey:
    """Reprendre un questionnaire: the next wave of its series, as a draft. Its questions keep their
    codes, so that both waves can be compared.
    """
    require(reader, "survey.make")
    source = locked(session, survey_id)
    copied = _draft(session, Survey(**{name: getattr(source, name) for name in _SAID}))
    copied.closes_on = max(source.closes_on, today(session))
    numbers: dict[int, int] = {}
    for question in questions_of(session, source.id):
        again = Question(**question.model_dump(exclude={"id", "survey_id", "only_if_id"}))
        again.survey_id, again.only_if_id = copied.id, numbers.get(question.only_if_id)
        session.add(again)
        session.flush()
        numbers[question.id] = again.id
    _note(session, reader, copied, "repris", None, copied.title)
    return copied


def _draft(session: Session, found: Survey) -> Survey:
    found.key = found.reference = secrets.token_hex(6)
    found.state = str(SurveyState.draft)
    session.add(found)
    session.flush()
    return found


def _checked(session: Session, given: Survey) -> Survey:
    """What was said, cleaned, as a record of its own. Raises Invalid per field."""
    found = Survey(**{name: getattr(given, name) for name in _SAID})
    found.title = clean_title(given.title)
    found.series = clean_title(given.series) or found.title[:SERIES_MAX]
    found.introduction = clean_text(given.introduction)
    found.asks_direction = given.asks_direction and given.agents
    title = too_long(found.title, TITLE_MAX, "Le titre")
    refuse(
        {
            "title": title if found.title else "Donnez un titre au questionnaire.",
            "series": too_long(found.series, SERIES_MAX, "Le nom de la série"),
            "introduction": too_long(found.introduction, INTRODUCTION_MAX, "L'introduction"),
            "closes_on": _fault_of_end(found.closes_on, today(session)),
        }
    )
    return found


def _fault_of_end(closes_on: date | None, day: date) -> str:
    if closes_on is None:
        return "Donnez le dernier jour pour répondre."
    if closes_on < day:
        return "Le dernier jour pour répondre est passé : choisissez-en un à venir."
    return ""


def _note(session: Session, reader: Reader, found: Survey, what: str, before, after) -> None:
    note(session, reader, today(session), SUBJECT, found.reference, what, before, after)
    session.flush()


# ── Opening ───────────────────────────────────────────────────────────────────────────────────────


def open_survey(session: Session, reader: Reader, survey_id: int) -> Survey:
    """Ouvrir: from now on it can be answered, and what is asked stays. It is a wave of its series,
    read by nobody before the close.
    """
    require(reader, "survey.make")
    # Of two that open at once the second finds the number of the first.
    hold(session, "surveys")
    found = draft_of(session, survey_id)
    day = today(session)
    if not questions_of(session, found.id):
        raise Refused("Ce questionnaire n'a pas encore de question.")
    if fault := _fault_of_end(found.closes_on, day):
        raise Refused(fault)
    found.on, found.number = day, next_number(session, found.series, day)
    found.state = str(SurveyState.open)
    session.add_all([found, WaitingSheets(survey_id=found.id)])
    _note(session, reader, found, "ouvert", None, found.title)
    return found


# ── Closing ───────────────────────────────────────────────────────────────────────────────────────


def close_survey(session: Session, reader: Reader, survey_id: int) -> Survey:
    """Fermer: what still waits enters with the rest, and all of it is written anew in the order of
    random ids; invitations and their mails go, how many were used stays.
    """
    require(reader, "survey.make")
    found = locked(session, survey_id)
    if found.state != SurveyState.open:
        raise Refused("Ce questionnaire n'est pas ouvert.")
    leave_no_trace(session)
    enter_rest(session, found)
    _count_used(session, found)
    of_it = Notice.key.in_([notice_key(found), notice_key(found, again=True)])
    session.execute(delete(Notice).where(Notice.kind == str(NoticeKind.questionnaire), of_it))
    found.state, found.closed_on = str(SurveyState.closed), today(session)
    session.add(found)
    _note(session, reader, found, "fermé", None, counted(found.answered, "réponse"))
    _feed(session, reader, found)
    return found


def _feed(session: Session, reader: Reader, found: Survey) -> None:
    """What questions of the bank say becomes a measure of the day of the wave; where too few have
    answered there is none.
    """
    catalogue = CATALOGUE[0](()) if CATALOGUE else {}
    for question in questions_of(session, found.id):
        if figure := catalogue.get(question.figure):
            with suppress(Refused, Invalid), session.begin_nested():
                feed_figure(session, reader, question.id, figure)


def close_due(session: Session, day: date) -> Iterator[ShortAct]:
    """Those whose last day is over close. A task of the round."""
    over = select(Survey.id).where(Survey.state == SurveyState.open, Survey.closes_on < day)
    for number in session.exec(over).all():
        yield lambda session, number=number: _close_once(session, number)


def _close_once(session: Session, number: int) -> int:
    # Somebody may have closed it between the look and this act.
    if locked(session, number).state != SurveyState.open:
        return 0
    close_survey(session, OPERATOR, number)
    return 1


def _count_used(session: Session, found: Survey) -> None:
    used = used_by_direction(session, found.id)
    for direction, (_, answered) in used.items():
        row = session.get(InvitedCount, (found.id, direction))
        row.answered = answered
        session.add(row)
    session.flush()
    if used and not found.by_link:
        found.invited = sum(invited for invited, _ in used.values())
    session.execute(delete(SurveyInvitation).where(SurveyInvitation.survey_id == found.id))
