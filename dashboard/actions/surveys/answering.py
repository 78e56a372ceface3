"""Answering a survey (répondre), without a name: once, by the open address or by the
invitation of a mail, which is used up and not tied to what is said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, delete, select

from dashboard.access import Reader, require
from dashboard.actions import limits
from dashboard.actions.surveys import entering
from dashboard.actions.surveys.invitation_codes import is_ours, kept_as, notice_key
from dashboard.french import day_long
from dashboard.queries.directions import organisation
from dashboard.queries.surveys.asked import asked_together, questions_of
from models.clock import today
from models.database import leave_no_trace
from models.directions import UnitKind
from models.errors import Invalid, Refused
from models.notices import Notice, NoticeState
from models.surveys import Question, QuestionKind, Survey, SurveyInvitation, SurveyState
from models.texts import clean_text

FREE_MAX = 4000
Said = str | Sequence[str]  # to one question: a word, a number or a text; several words

NO_SUCH = "Ce questionnaire n'existe pas : vérifiez l'adresse, ou lisez le code à nouveau."
NOT_YET = "Ce questionnaire n'est pas encore ouvert."
BY_MAIL = "Ce questionnaire se remplit par le lien reçu par courriel."
USED = "Ce lien a déjà servi : une réponse est enregistrée, et rien n'indique laquelle."
NOT_WHOLE = "Ce lien n'est pas entier : ouvrez-le à nouveau depuis le courriel."
MISSING = "Répondez à cette question."
_MISSING_LINES = "Répondez à chaque ligne."
_NOT_OFFERED = "Choisissez une des réponses proposées."
_NOTHING = "Répondez au moins à une question."


@dataclass(frozen=True)
class SheetInput:
    """One sheet as it is sent: what was said to each question, by its id; the token of its form;
    the direction, where it is told; the code of an invitation; from where (None: this machine).
    """

    said: Mapping[int, Said]
    form: str
    direction_id: int | None = None
    invitation: str = ""
    address: str | None = None


def take_answers(session: Session, reader: Reader, key: str, sheet: SheetInput) -> bool:
    """Répondre: whether this sheet is new; False for a form that was sent before. Raises Invalid by
    the name of the field, Refused for a survey that is not open and an invitation that was used.
    """
    require(reader, "survey.answer")
    # In the log of the database acts stand in their order: that of answers may not stay.
    leave_no_trace(session)
    found = session.exec(select(Survey).where(Survey.key == key).with_for_update()).first()
    if found is None:
        raise Refused(NO_SUCH)
    # Of two clicks at once the second waited, and finds the work done.
    if entering.was_sent(session, found, sheet.form):
        return False
    refuse_way(session, found, sheet.invitation)
    given = checked(questions_of(session, found.id), sheet.said)
    direction = None
    if found.asks_direction:
        tree = organisation(session).at(today(session))
        direction = tree.ancestor(sheet.direction_id, UnitKind.direction)
    if sheet.invitation:
        _use(session, found, sheet.invitation)
    else:
        limits.count(session, limits.Act.answer, sheet.address)
    entering.take(session, found, (direction.id if direction else None, given), sheet.form)
    return True


def refuse_way(session: Session, found: Survey, invitation: str) -> None:
    """Raises Refused where nobody may answer today, or not by this way: an invitation that is none,
    or no more; the open address of a survey for the mails only.
    """
    if found.state == SurveyState.draft:
        raise Refused(NOT_YET)
    if over := over_since(found, today(session)):
        raise Refused(f"Ce questionnaire est fermé depuis le {day_long(over)}. Merci à vous.")
    if not invitation:
        if not found.by_link:
            raise Refused(BY_MAIL)
        return
    if not is_ours(found, invitation):
        raise Refused(NOT_WHOLE)
    if session.get(SurveyInvitation, kept_as(invitation)) is None:
        raise Refused(USED)


def over_since(found: Survey, day: date) -> date | None:
    """The day on which it closed; None for one that may be answered still, and for a draft."""
    if found.state == SurveyState.draft or found.takes_answers(day):
        return None
    return min(filter(None, (found.closed_on, found.closes_on)))


def _use(session: Session, found: Survey, invitation: str) -> None:
    used = session.get(SurveyInvitation, kept_as(invitation))
    # A reminder that waits would be given up later, and tell by its day when she answered.
    session.execute(
        delete(Notice).where(
            Notice.person_id == used.person_id,
            Notice.key == notice_key(found, again=True),
            Notice.state == NoticeState.waiting,
        )
    )
    session.delete(used)


# ── What is said ──────────────────────────────────────────────────────────────────────────────────


def field_of(question: Question) -> str:
    """The name of the field of a question; of a matrix, that of its first line."""
    return f"q{question.id}"


def checked(questions: Sequence[Question], said: Mapping[int, Said]) -> dict[str, entering.Answer]:
    """What enters, by the code of each question: what was answered to those that were asked, given
    the others. Raises Invalid by field.
    """
    found: dict[str, entering.Answer] = {}
    errors: dict[str, str] = {}
    asked: dict[int, entering.Answer] = {}
    for lines in asked_together(questions):
        for question in lines:
            if not _is_asked(question, asked):
                continue
            try:
                answer = _answer(question, said.get(question.id, ""))
            except ValueError as fault:
                errors[field_of(lines[0])] = str(fault)
                continue
            if answer is not None:
                asked[question.id] = found[question.code] = answer
    if errors:
        raise Invalid(errors)
    if not any(found.values()):
        raise Invalid({"form": _NOTHING})
    return found


def _is_asked(question: Question, asked: Mapping[int, entering.Answer]) -> bool:
    """Whether its condition holds, by what was answered before it."""
    if question.only_if_id is None:
        return True
    answer = asked.get(question.only_if_id)
    return question.only_if in answer if isinstance(answer, list) else question.only_if == answer


def _answer(question: Question, said: Said) -> entering.Answer | None:
    """What was said, cleaned; None where nothing was. Raises ValueError with a sentence."""
    if question.kind == QuestionKind.multiple:
        return _ticks(question, said)
    answer = clean_text(said if isinstance(said, str) else "")
    if not answer:
        _refuse_missing(question)
        return None
    if question.kind != QuestionKind.free:
        return _offered(question, answer)
    if len(answer) > FREE_MAX:
        size = f"{len(answer):,}".replace(",", " ")
        raise ValueError(f"Votre réponse compte {size} caractères : 4 000 au plus.")
    return answer


def _ticks(question: Question, said: Said) -> list[str] | None:
    chosen = [said] if isinstance(said, str) and said else list(said)
    ticked = {_offered(question, choice) for choice in chosen}
    if not ticked:
        _refuse_missing(question)
        # Whoever saw the choices and ticked none has answered so, as in an import.
        return []
    return [choice for choice in question.options if choice in ticked]


def _offered(question: Question, answer: str) -> str:
    if answer not in question.options:
        raise ValueError(_NOT_OFFERED)
    return answer


def _refuse_missing(question: Question) -> None:
    if question.required:
        raise ValueError(_MISSING_LINES if question.matrix else MISSING)
