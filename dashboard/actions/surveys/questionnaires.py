"""Acts on questionnaires of our own: writing one, opening it, closing it.

Once it is open what is asked stays as it is; its title, its introduction and its last day may still
be put right.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, delete, select

from dashboard.access import OPERATOR, Reader, require
from dashboard.actions.edit_conflicts import refuse_conflict
from dashboard.actions.figures.declared import CATALOGUE
from dashboard.actions.journal import note
from dashboard.actions.operations.short_acts import ShortAct
from dashboard.actions.surveys.answers import feed_figure
from dashboard.actions.surveys.entering import enter_rest
from dashboard.actions.surveys.held import SUBJECT, drafted, held
from dashboard.actions.surveys.imports import SERIES_MAX
from dashboard.actions.surveys.invitation_codes import notice_key
from dashboard.files.surveys.questions import as_json
from dashboard.french import counted
from dashboard.queries.edit_conflicts import last_change
from dashboard.queries.surveys.questionnaires import ambitions_of, questions_of, used_by_direction
from dashboard.queries.surveys.results import next_number
from models.clock import today
from models.database import leave_no_trace
from models.errors import Invalid, Refused
from models.keeping import Notice, NoticeKind
from models.ledger import bump, hold
from models.questionnaires import (
    AskedKind,
    AskedQuestion,
    InvitedCount,
    Questionnaire,
    QuestionnaireAmbition,
    QuestionnaireInvitation,
    QuestionnaireState,
    WaitingSheets,
)
from models.surveys import Question, Survey
from models.texts import clean_text, clean_title

TITLE_MAX, INTRODUCTION_MAX = 160, 2000


@dataclass(frozen=True)
class QuestionnaireInput:
    """What is said of a questionnaire. Without a series its title is one."""

    title: str
    closes_on: date | None
    series: str = ""
    introduction: str = ""
    agents: bool = True
    by_link: bool = True
    asks_direction: bool = True
    ambitions: frozenset[int] = frozenset()


# ── Writing ───────────────────────────────────────────────────────────────────────────────────────


def write_questionnaire(
    session: Session, reader: Reader, given: QuestionnaireInput
) -> Questionnaire:
    """Écrire un questionnaire: a draft, which nobody else sees. Raises Invalid per field."""
    require(reader, "survey.make")
    given = _checked(session, given)
    found = Questionnaire(key=secrets.token_hex(6), title="", series="", closes_on=given.closes_on)
    _take(found, given)
    session.add(found)
    session.flush()
    _keep_ambitions(session, found, given.ambitions)
    note(session, reader, today(session), SUBJECT, str(found.id), "écrit", None, found.title)
    bump(session, "surveys")
    return found


def change_questionnaire(
    session: Session,
    reader: Reader,
    questionnaire_id: int,
    given: QuestionnaireInput,
    read: str | None = None,
) -> Questionnaire:
    """Corriger ce qu'un questionnaire dit de lui; of an open one, its title, its introduction and
    its last day alone. Raises Invalid per field, EditConflict.
    """
    require(reader, "survey.make")
    found = held(session, questionnaire_id)
    stands = questionnaire_stands(session, found)
    last = last_change(session, SUBJECT, str(found.id))
    refuse_conflict(session, reader, read, stands, last)
    if found.state == QuestionnaireState.closed:
        raise Refused("Ce questionnaire est fermé : il ne change plus.")
    given = _checked(session, given)
    if found.state == QuestionnaireState.open:
        _change_open(session, found, given)
    else:
        _take(found, given)
        _keep_ambitions(session, found, given.ambitions)
    session.add(found)
    session.flush()
    after = questionnaire_stands(session, found)
    for field, value in after.items():
        if stands[field] != value:
            before = stands[field]
            note(session, reader, today(session), SUBJECT, str(found.id), field, before, value)
    bump(session, "surveys")
    return found


def questionnaire_stands(session: Session, found: Questionnaire) -> dict[str, object]:
    """What a questionnaire says of itself, by the fields of its form."""
    return {
        "title": found.title,
        "closes_on": found.closes_on,
        "series": found.series,
        "introduction": found.introduction,
        "citizens": not found.agents,
        "by_link": found.by_link,
        "asks_direction": found.asks_direction,
        "ambitions": ambitions_of(session, found.id),
    }


def drop_questionnaire(session: Session, reader: Reader, questionnaire_id: int) -> None:
    """Supprimer un brouillon: nobody has answered it."""
    require(reader, "survey.make")
    found = drafted(session, questionnaire_id)
    # The last question first: others may depend on those before.
    for question in reversed(questions_of(session, found.id)):
        session.delete(question)
        session.flush()
    of_it = QuestionnaireAmbition.questionnaire_id == found.id
    session.execute(delete(QuestionnaireAmbition).where(of_it))
    note(session, reader, today(session), SUBJECT, str(found.id), "supprimé", found.title, None)
    session.delete(found)
    session.flush()
    bump(session, "surveys")


def copy_questionnaire(session: Session, reader: Reader, questionnaire_id: int) -> Questionnaire:
    """Reprendre un questionnaire: the next wave of its series, as a draft. Its questions keep their
    codes, so that both waves can be compared.
    """
    require(reader, "survey.make")
    source = held(session, questionnaire_id)
    kept = {
        name: getattr(source, name)
        for name in ("title", "series", "introduction", "agents", "by_link", "asks_direction")
    }
    closes_on = max(source.closes_on, today(session))
    copied = Questionnaire(key=secrets.token_hex(6), closes_on=closes_on, **kept)
    session.add(copied)
    session.flush()
    _keep_ambitions(session, copied, frozenset(ambitions_of(session, source.id)))
    numbers: dict[int, int] = {}
    for question in questions_of(session, source.id):
        again = AskedQuestion(**question.model_dump(exclude={"id"}))
        again.questionnaire_id = copied.id
        again.only_if_id = numbers.get(question.only_if_id)
        session.add(again)
        session.flush()
        numbers[question.id] = again.id
    note(session, reader, today(session), SUBJECT, str(copied.id), "repris", None, copied.title)
    bump(session, "surveys")
    return copied


def _checked(session: Session, given: QuestionnaireInput) -> QuestionnaireInput:
    title = clean_title(given.title)
    series = clean_title(given.series) or title[:SERIES_MAX]
    introduction = clean_text(given.introduction)
    day = today(session)
    errors = {}
    if not title:
        errors["title"] = "Donnez un titre au questionnaire."
    elif len(title) > TITLE_MAX:
        errors["title"] = f"Le titre compte {len(title)} caractères : {TITLE_MAX} au plus."
    if len(series) > SERIES_MAX:
        errors["series"] = f"Le nom de la série peut compter {SERIES_MAX} caractères."
    if len(introduction) > INTRODUCTION_MAX:
        errors["introduction"] = (
            f"L'introduction compte {len(introduction)} caractères : {INTRODUCTION_MAX} au plus."
        )
    if given.closes_on is None:
        errors["closes_on"] = "Donnez le dernier jour pour répondre."
    elif given.closes_on < day:
        errors["closes_on"] = "Le dernier jour pour répondre est passé : choisissez-en un à venir."
    if errors:
        raise Invalid(errors)
    return QuestionnaireInput(
        title,
        given.closes_on,
        series,
        introduction,
        given.agents,
        given.by_link,
        given.asks_direction and given.agents,
        given.ambitions,
    )


def _take(found: Questionnaire, given: QuestionnaireInput) -> None:
    for name in (
        "title",
        "closes_on",
        "series",
        "introduction",
        "agents",
        "by_link",
        "asks_direction",
    ):
        setattr(found, name, getattr(given, name))


def _change_open(session: Session, found: Questionnaire, given: QuestionnaireInput) -> None:
    found.title, found.introduction = given.title, given.introduction
    found.closes_on = given.closes_on
    survey = session.get(Survey, found.survey_id)
    survey.title = found.title
    session.add(survey)


def _keep_ambitions(session: Session, found: Questionnaire, ambitions: frozenset[int]) -> None:
    of_it = QuestionnaireAmbition.questionnaire_id == found.id
    session.execute(delete(QuestionnaireAmbition).where(of_it))
    for ambition in sorted(ambitions):
        session.add(QuestionnaireAmbition(questionnaire_id=found.id, ambition_id=ambition))
    session.flush()


# ── Opening ───────────────────────────────────────────────────────────────────────────────────────


def open_questionnaire(session: Session, reader: Reader, questionnaire_id: int) -> Survey:
    """Ouvrir: from now on it can be answered, and what is asked stays. Its wave stands among the
    surveys, read by nobody before the close.
    """
    require(reader, "survey.make")
    # Of two that open at once the second finds the number of the first.
    hold(session, "surveys")
    found = drafted(session, questionnaire_id)
    day = today(session)
    questions = questions_of(session, found.id)
    _refuse_opening(found, questions, day)
    number = next_number(session, found.series, day)
    survey = Survey(
        series=found.series, title=found.title, on=day, number=number, agents=found.agents
    )
    session.add(survey)
    session.flush()
    ambitions = ambitions_of(session, found.id)
    asked = [row for question in questions for row in _as_kept(question)]
    for position, values in enumerate(asked):
        about = ambitions[0] if len(ambitions) == 1 else None
        session.add(Question(survey_id=survey.id, position=position, ambition_id=about, **values))
    session.add(WaitingSheets(questionnaire_id=found.id))
    found.state = str(QuestionnaireState.open)
    found.opened_on = day
    found.survey_id = survey.id
    session.add(found)
    session.flush()
    note(session, reader, day, SUBJECT, str(found.id), "ouvert", None, found.title)
    return survey


def _refuse_opening(found: Questionnaire, questions: list[AskedQuestion], day: date) -> None:
    if not questions:
        raise Refused("Ce questionnaire n'a pas encore de question.")
    if found.closes_on < day:
        raise Refused("Le dernier jour pour répondre est passé : donnez-en un autre.")


def _as_kept(question: AskedQuestion) -> list[dict[str, object]]:
    """The rows of a question among those of surveys: a matrix is one for each of its lines."""
    kind = str(question.asked_as.kept_as)
    choices = as_json(question.options)
    common = {"kind": kind, "choices": choices}
    if question.asked_as is not AskedKind.matrix:
        return [{"code": question.code, "text": question.text, **common}]
    return [
        {"code": code, "text": line, "matrix": question.text, **common}
        for line, code in question.line_codes.items()
    ]


# ── Closing ───────────────────────────────────────────────────────────────────────────────────────


def close_questionnaire(session: Session, reader: Reader, questionnaire_id: int) -> Survey:
    """Fermer: what still waits enters with the rest, and all of it is written anew in the order of
    random ids; invitations and their mails go, how many were used stays.
    """
    require(reader, "survey.make")
    found = held(session, questionnaire_id)
    if found.state != QuestionnaireState.open:
        raise Refused("Ce questionnaire n'est pas ouvert.")
    leave_no_trace(session)
    survey = session.get(Survey, found.survey_id)
    enter_rest(session, found, survey)
    _count_used(session, found, survey)
    of_it = Notice.key.in_([notice_key(found.id), notice_key(found.id, again=True)])
    session.execute(delete(Notice).where(Notice.kind == str(NoticeKind.questionnaire), of_it))
    found.state = str(QuestionnaireState.closed)
    found.closed_on = today(session)
    session.add_all([found, survey])
    session.flush()
    came = counted(survey.answered, "réponse")
    note(session, reader, found.closed_on, SUBJECT, str(found.id), "fermé", None, came)
    bump(session, "surveys", "notices")
    _feed(session, reader, found)
    return survey


def _feed(session: Session, reader: Reader, found: Questionnaire) -> None:
    """What questions of the bank say becomes a measure of the day of the wave; where too few have
    answered there is none.
    """
    catalogue = CATALOGUE[0](()) if CATALOGUE else {}
    for asked in questions_of(session, found.id):
        figure = catalogue.get(asked.figure) if asked.figure else None
        if figure is None:
            continue
        question = session.exec(
            select(Question.id).where(
                Question.survey_id == found.survey_id, Question.code == asked.code
            )
        ).one()
        with suppress(Refused, Invalid), session.begin_nested():
            feed_figure(session, reader, question, figure)


def close_due(session: Session, day: date) -> Iterator[ShortAct]:
    """Those whose last day is over close. A task of the round."""
    over = select(Questionnaire.id).where(
        Questionnaire.state == QuestionnaireState.open, Questionnaire.closes_on < day
    )
    for number in session.exec(over).all():
        yield lambda session, number=number: _close_once(session, number)


def _close_once(session: Session, number: int) -> int:
    # Somebody may have closed it between the look and this act.
    if held(session, number).state != QuestionnaireState.open:
        return 0
    close_questionnaire(session, OPERATOR, number)
    return 1


def _count_used(session: Session, found: Questionnaire, survey: Survey) -> None:
    used: Mapping[int, tuple[int, int]] = used_by_direction(session, found.id)
    for direction, (_, answered) in used.items():
        row = session.get(InvitedCount, (found.id, direction))
        row.answered = answered
        session.add(row)
    session.flush()
    if used and not found.by_link:
        survey.invited = sum(invited for invited, _ in used.values())
    session.execute(
        delete(QuestionnaireInvitation).where(QuestionnaireInvitation.questionnaire_id == found.id)
    )
