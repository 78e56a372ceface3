"""Answering a questionnaire (répondre), without a name: once, by the open address or by the
invitation of a mail, which is used up and not tied to what is said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session, delete, select

from dashboard.access import Reader, require
from dashboard.actions import limits
from dashboard.actions.surveys import entering
from dashboard.actions.surveys.invitation_codes import is_ours, kept_as, notice_key
from dashboard.french import day_long
from dashboard.queries.directions import organisation
from dashboard.queries.surveys.questionnaires import questions_of
from models.clock import today
from models.database import leave_no_trace
from models.directions import UnitKind
from models.errors import Invalid, Refused
from models.keeping import Notice, NoticeState
from models.questionnaires import (
    AskedKind,
    AskedQuestion,
    Questionnaire,
    QuestionnaireInvitation,
    QuestionnaireState,
)
from models.texts import clean_text

FREE_MAX = 4000
# What is said to one question: a word, a number or a text; several words; a word for each line.
Said = str | Sequence[str] | Mapping[str, str]

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
    """One sheet: what was said to each question, by its id; the direction, where it is told."""

    said: Mapping[int, Said] = field(default_factory=dict)
    direction_id: int | None = None


@dataclass(frozen=True)
class Way:
    """How a sheet comes: the token of its form, the code of an invitation, from where (None: this
    machine).
    """

    form: str
    invitation: str = ""
    address: str | None = None


def take_answers(session: Session, reader: Reader, key: str, sheet: SheetInput, way: Way) -> bool:
    """Répondre: whether this sheet is new; False for a form that was sent before. Raises Invalid by
    the name of the field, Refused for a questionnaire that is not open and an invitation that was
    used.
    """
    require(reader, "survey.answer")
    # In the log of the database acts stand in their order: that of answers may not stay.
    leave_no_trace(session)
    found = session.exec(
        select(Questionnaire).where(Questionnaire.key == key).with_for_update()
    ).first()
    if found is None:
        raise Refused(NO_SUCH)
    # Of two clicks at once the second waited, and finds the work done.
    if entering.was_sent(session, found, way.form):
        return False
    refuse_closed(found, today(session))
    said = checked(questions_of(session, found.id), sheet.said)
    direction = _direction(session, found, sheet.direction_id)
    if way.invitation:
        _use(session, found, way.invitation)
    else:
        refuse_without_invitation(found)
        limits.count(session, limits.Act.answer, way.address)
    entering.take(session, found, (direction, said), way.form)
    return True


def refuse_closed(found: Questionnaire, day: date) -> None:
    """Raises Refused where nobody may answer on this day."""
    if found.state == QuestionnaireState.draft:
        raise Refused(NOT_YET)
    if over := over_since(found, day):
        raise Refused(f"Ce questionnaire est fermé depuis le {day_long(over)}. Merci à vous.")


def over_since(found: Questionnaire, day: date) -> date | None:
    """The day on which it closed; None for one that may be answered still, and for a draft."""
    if found.state == QuestionnaireState.draft or found.takes_answers(day):
        return None
    return min(filter(None, (found.closed_on, found.closes_on)))


def refuse_without_invitation(found: Questionnaire) -> None:
    if not found.by_link:
        raise Refused(BY_MAIL)


def refuse_used(session: Session, found: Questionnaire, invitation: str) -> None:
    """Raises Refused for an invitation that is none, or no more."""
    if not is_ours(found.id, invitation):
        raise Refused(NOT_WHOLE)
    if session.get(QuestionnaireInvitation, kept_as(invitation)) is None:
        raise Refused(USED)


def _use(session: Session, found: Questionnaire, invitation: str) -> None:
    refuse_used(session, found, invitation)
    used = session.get(QuestionnaireInvitation, kept_as(invitation))
    # A reminder that waits would be given up later, and tell by its day when she answered.
    session.execute(
        delete(Notice).where(
            Notice.person_id == used.person_id,
            Notice.key == notice_key(found.id, again=True),
            Notice.state == NoticeState.waiting,
        )
    )
    session.delete(used)
    session.flush()


def _direction(session: Session, found: Questionnaire, direction_id: int | None) -> int | None:
    """What cuts count by: a direction of ours, where the questionnaire asks for it."""
    if direction_id is None or not found.asks_direction:
        return None
    tree = organisation(session).at(today(session))
    unit = tree.ancestor(direction_id, UnitKind.direction) if direction_id in tree.by_id else None
    return unit.id if unit else None


# ── What is said ──────────────────────────────────────────────────────────────────────────────────


def field_of(question: AskedQuestion) -> str:
    """The name of the field of a question."""
    return f"q{question.id}"


def checked(questions: Sequence[AskedQuestion], said: Mapping[int, Said]) -> dict[str, object]:
    """What enters, by the code of each question: what was answered to those that were asked, given
    the others. Raises Invalid by field.
    """
    found: dict[str, object] = {}
    errors: dict[str, str] = {}
    asked: dict[int, object] = {}
    for question in questions:
        if not _is_asked(question, asked):
            continue
        try:
            answer = _answer(question, said.get(question.id, ""))
        except ValueError as fault:
            errors[field_of(question)] = str(fault)
            continue
        if answer is None:
            continue
        asked[question.id] = answer
        found |= answer if question.asked_as is AskedKind.matrix else {question.code: answer}
    if errors:
        raise Invalid(errors)
    if not any(found.values()):
        raise Invalid({"form": _NOTHING})
    return found


def _is_asked(question: AskedQuestion, asked: Mapping[int, object]) -> bool:
    """Whether its condition holds, by what was answered before it."""
    if question.only_if_id is None:
        return True
    answer = asked.get(question.only_if_id)
    return question.only_if in answer if isinstance(answer, list) else question.only_if == answer


def _answer(question: AskedQuestion, said: Said) -> object:
    """What was said, as it is kept; None where nothing was. Raises ValueError with a sentence."""
    if question.asked_as is AskedKind.matrix:
        return _lines(question, said if isinstance(said, Mapping) else {})
    if question.asked_as is AskedKind.multiple:
        return _ticks(question, said)
    answer = clean_text(said if isinstance(said, str) else "")
    if not answer:
        _refuse_missing(question)
        return None
    if question.asked_as is AskedKind.free:
        if len(answer) > FREE_MAX:
            size = f"{len(answer):,}".replace(",", " ")
            raise ValueError(f"Votre réponse compte {size} caractères : 4 000 au plus.")
        return answer
    return _offered(question, answer)


def _lines(question: AskedQuestion, said: Mapping[str, str]) -> dict[str, str] | None:
    found = {
        code: _offered(question, said[line])
        for line, code in question.line_codes.items()
        if said.get(line)
    }
    if question.required and len(found) < len(question.rows):
        raise ValueError(_MISSING_LINES)
    return found or None


def _ticks(question: AskedQuestion, said: Said) -> list[str] | None:
    chosen = [said] if isinstance(said, str) and said else list(said)
    ticked = {_offered(question, choice) for choice in chosen}
    if not ticked:
        _refuse_missing(question)
        # Whoever saw the choices and ticked none has answered so, as in an import.
        return []
    return [choice for choice in question.options if choice in ticked]


def _offered(question: AskedQuestion, answer: str) -> str:
    if answer not in question.options:
        raise ValueError(_NOT_OFFERED)
    return answer


def _refuse_missing(question: AskedQuestion) -> None:
    if question.required:
        raise ValueError(MISSING)
