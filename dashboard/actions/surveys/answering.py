"""Anonymous answers to a survey (répondre): by the open link, or once per mailed invitation, which
is consumed and not linked to the answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, delete, select

from dashboard.access import Reader, require
from dashboard.actions import limits
from dashboard.actions.surveys import entering
from dashboard.actions.surveys.invitation_codes import is_ours, notice_key, stored_hash
from dashboard.french import day_long
from dashboard.queries.directions import organisation
from dashboard.queries.surveys.asked import (
    asked_together,
    questions_of,
    takes_proposals,
)
from models.clock import today
from models.database import leave_no_trace
from models.directions import UnitKind
from models.errors import Invalid, Refused, refuse
from models.notices import Notice, NoticeState
from models.surveys import Question, QuestionKind, Survey, SurveyInvitation, SurveyState
from models.texts import clean_text, clean_title, too_long

FREE_MAX, STATEMENT_MAX = 4000, 200
PROPOSAL = "proposition"  # the field of a proposed statement
Raw = str | Sequence[str]  # raw answer to one question: one value, or several choices

NO_SUCH = "Ce questionnaire n'existe pas : vérifiez l'adresse, ou lisez le code à nouveau."
NOT_YET = "Ce questionnaire n'est pas encore ouvert."
BY_MAIL = "Ce questionnaire se remplit par le lien reçu par courriel."
USED = "Ce lien a déjà servi : une réponse est enregistrée, et rien n'indique laquelle."
NOT_WHOLE = "Ce lien n'est pas entier : ouvrez-le à nouveau depuis le courriel."
MISSING = "Répondez à cette question."
_MISSING_LINES = "Répondez à chaque ligne."
_NOT_OFFERED = "Choisissez une des réponses proposées."
_MANY_WAIT = (
    "Beaucoup d'affirmations attendent déjà d'être lues : videz ce champ pour envoyer vos réponses."
)
_NOTHING = "Répondez au moins à une question."


@dataclass(frozen=True)
class SheetInput:
    """One answer sheet as submitted: raw answers by question id; the form's token; the direction,
    if given; the invitation code; the network address (None: this machine); the statement that the
    respondent proposes.
    """

    raw: Mapping[int, Raw]
    form: str
    direction_id: int | None = None
    invitation: str = ""
    address: str | None = None
    proposal: str = ""


def take_answers(session: Session, reader: Reader, key: str, sheet: SheetInput) -> bool:
    """Répondre: stores a sheet; returns False for a form that was already sent. Raises Invalid by
    field, Refused for a closed survey or a used invitation.
    """
    require(reader, "survey.answer")
    # The database's log would reveal the order of the answers.
    leave_no_trace(session)
    survey = session.exec(select(Survey).where(Survey.key == key).with_for_update()).first()
    if survey is None:
        raise Refused(NO_SUCH)
    # After the lock: of two clicks at once, the second finds the sheet stored.
    if entering.was_sent(session, survey, sheet.form):
        return False
    refuse_way(session, survey, sheet.invitation)
    questions = questions_of(session, survey.id)
    answers = checked(questions, sheet.raw)
    proposal = checked_proposal(sheet.proposal, takes_proposals(session, questions))
    direction = None
    if survey.asks_direction:
        tree = organisation(session).at(today(session))
        direction = tree.ancestor(sheet.direction_id, UnitKind.direction)
    if sheet.invitation:
        _use(session, survey, sheet.invitation)
    else:
        limits.count(session, limits.Act.answer, sheet.address)
    filled = (direction.id if direction else None, answers)
    entering.take(session, survey, filled, sheet.form, proposal)
    return True


def refuse_way(session: Session, survey: Survey, invitation: str) -> None:
    """Raises Refused where the survey is closed, the invitation is unknown or used, or the open
    link is used for a survey by mail only.
    """
    if survey.state == SurveyState.draft:
        raise Refused(NOT_YET)
    if over := over_since(survey, today(session)):
        raise Refused(f"Ce questionnaire est fermé depuis le {day_long(over)}. Merci à vous.")
    if not invitation:
        if not survey.by_link:
            raise Refused(BY_MAIL)
        return
    if not is_ours(survey, invitation):
        raise Refused(NOT_WHOLE)
    if session.get(SurveyInvitation, stored_hash(invitation)) is None:
        raise Refused(USED)


def over_since(survey: Survey, day: date) -> date | None:
    """The day on which it closed; None for a draft or a survey still open."""
    if survey.state == SurveyState.draft or survey.takes_answers(day):
        return None
    return min(filter(None, (survey.closed_on, survey.closes_on)))


def _use(session: Session, survey: Survey, invitation: str) -> None:
    used = session.get(SurveyInvitation, stored_hash(invitation))
    # A pending reminder dropped later would reveal by its day when she answered.
    session.execute(
        delete(Notice).where(
            Notice.person_id == used.person_id,
            Notice.key == notice_key(survey, again=True),
            Notice.state == NoticeState.waiting,
        )
    )
    session.delete(used)


# ── The answers ───────────────────────────────────────────────────────────────────────────────────


def field_of(question: Question) -> str:
    """The field name of a question; of a matrix, that of its first line."""
    return f"q{question.id}"


def checked(questions: Sequence[Question], raw: Mapping[int, Raw]) -> dict[str, entering.Answer]:
    """Code → answer of the questions that apply, given the other answers. Raises Invalid by
    field.
    """
    answers: dict[str, entering.Answer] = {}
    errors: dict[str, str] = {}
    answered: dict[int, entering.Answer] = {}
    for lines in asked_together(questions):
        for question in lines:
            if not _is_asked(question, answered):
                continue
            try:
                answer = _answer(question, raw.get(question.id, ""))
            except ValueError as fault:
                errors[field_of(lines[0])] = str(fault)
                continue
            if answer is not None:
                answered[question.id] = answers[question.code] = answer
    if errors:
        raise Invalid(errors)
    if not any(answers.values()):
        raise Invalid({"form": _NOTHING})
    return answers


def checked_proposal(text: str, may_propose: bool = True) -> str:
    """The cleaned statement that a respondent proposes, or nothing. Raises Invalid."""
    proposal = clean_title(text)
    refuse(
        {
            PROPOSAL: too_long(proposal, STATEMENT_MAX, "Une affirmation")
            if may_propose or not proposal
            else _MANY_WAIT
        }
    )
    return proposal


def _is_asked(question: Question, answered: Mapping[int, entering.Answer]) -> bool:
    """Whether the question's condition is met by the previous answers."""
    if question.only_if_id is None:
        return True
    answer = answered.get(question.only_if_id)
    return question.only_if in answer if isinstance(answer, list) else question.only_if == answer


def _answer(question: Question, raw: Raw) -> entering.Answer | None:
    """The cleaned answer; None without one. Raises ValueError with a sentence."""
    if question.kind == QuestionKind.multiple:
        return _ticks(question, raw)
    answer = clean_text(raw if isinstance(raw, str) else "")
    if not answer:
        _refuse_missing(question)
        return None
    if question.kind != QuestionKind.free:
        return _offered(question, answer)
    if len(answer) > FREE_MAX:
        size = f"{len(answer):,}".replace(",", " ")
        raise ValueError(f"Votre réponse compte {size} caractères : 4 000 au plus.")
    return answer


def _ticks(question: Question, raw: Raw) -> list[str] | None:
    chosen = [raw] if isinstance(raw, str) and raw else list(raw)
    ticked = {_offered(question, choice) for choice in chosen}
    if not ticked:
        _refuse_missing(question)
        # No choice ticked is an answer too, as in an import.
        return []
    return [choice for choice in question.options if choice in ticked]


def _offered(question: Question, answer: str) -> str:
    if answer not in question.options:
        raise ValueError(_NOT_OFFERED)
    return answer


def _refuse_missing(question: Question) -> None:
    if question.required:
        raise ValueError(_MISSING_LINES if question.matrix else MISSING)
