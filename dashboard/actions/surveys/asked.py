"""Acts on what a questionnaire asks: questions are written, moved and taken out of a draft."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.edit_conflicts import refuse_conflict
from dashboard.actions.journal import note
from dashboard.actions.surveys.bank import BANK
from dashboard.actions.surveys.held import drafted
from dashboard.files.surveys.questions import as_json
from dashboard.queries.edit_conflicts import last_change
from dashboard.queries.surveys.questionnaires import questions_of
from models.clock import today
from models.errors import Invalid, Refused
from models.ledger import bump
from models.questionnaires import (
    AskedKind,
    AskedQuestion,
    Questionnaire,
    code_of,
)
from models.scales import are_codes
from models.texts import clean_title

QUESTION_SUBJECT = "question posée"
TEXT_MAX, CHOICE_MAX, END_MAX = 300, 120, 60
MOST_QUESTIONS, MOST_CHOICES, MOST_LINES = 40, 20, 15
NO_SUCH_QUESTION = "Cette question n'existe pas, ou n'existe plus."


@dataclass(frozen=True)
class QuestionInput:
    """One question: `choices` and the `lines` of a matrix in order; what the first and the last
    step of a scale mean (`low`, `high`); asked only of those who answered `only_if` to the question
    `only_if_id`.
    """

    kind: AskedKind
    text: str
    hint: str = ""
    choices: Sequence[str] = ()
    lines: Sequence[str] = ()
    required: bool = False
    only_if_id: int | None = None
    only_if: str = ""
    low: str = ""
    high: str = ""


def write_question(
    session: Session,
    reader: Reader,
    questionnaire_id: int,
    given: QuestionInput,
) -> AskedQuestion:
    """Ajouter une question, the last of all. Raises Invalid per field."""
    require(reader, "survey.make")
    found = drafted(session, questionnaire_id)
    others = questions_of(session, found.id)
    given = _checked(given, others)
    return _add(session, reader, found, others, given)


def add_from_bank(
    session: Session, reader: Reader, questionnaire_id: int, code: str
) -> AskedQuestion:
    """Ajouter une question de la banque: its answers feed the figure that it was written for."""
    require(reader, "survey.make")
    found = drafted(session, questionnaire_id)
    kept = BANK.get(code)
    if kept is None:
        raise Refused("Cette question n'est pas dans la banque.")
    others = questions_of(session, found.id)
    if any(question.figure == kept.figure for question in others):
        raise Refused("Cette question est déjà dans ce questionnaire.")
    if kept.agents != found.agents:
        whom = "des agents" if kept.agents else "des citoyens"
        raise Refused(f"Cette question se pose auprès {whom}.")
    low, high = kept.ends
    given = QuestionInput(kept.kind, kept.text, choices=kept.choices, low=low, high=high)
    added = _add(session, reader, found, others, given)
    added.figure = kept.figure
    added.code = code
    session.add(added)
    session.flush()
    return added


def change_question(
    session: Session,
    reader: Reader,
    question_id: int,
    given: QuestionInput,
    read: str | None = None,
) -> AskedQuestion:
    """Corriger une question. Raises Invalid per field, EditConflict."""
    require(reader, "survey.make")
    question, found = _asked(session, question_id)
    last = last_change(session, QUESTION_SUBJECT, str(question.id))
    refuse_conflict(session, reader, read, question_stands(question), last)
    all_of_it = questions_of(session, found.id)
    given = _checked(given, [one for one in all_of_it if one.position < question.position])
    _refuse_lost_rules(question, given, all_of_it)
    before = question.text
    if question.figure and _differs(question, given):
        # Another question measures something else.
        question.figure = None
    others = [one for one in all_of_it if one.id != question.id]
    if question.figure is None:
        question.code = _free_code(given.text, others)
    _take(question, given)
    session.add(question)
    session.flush()
    _note(session, reader, question, "corrigée", before, question.text)
    return question


def move_question(session: Session, reader: Reader, question_id: int, by: int) -> None:
    """Monter ou descendre une question (−1, +1). Raises Refused where it would stand before the
    question that it depends on.
    """
    require(reader, "survey.make")
    question, found = _asked(session, question_id)
    ordered = questions_of(session, found.id)
    place = next(i for i, one in enumerate(ordered) if one.id == question.id)
    other = place + by
    if not 0 <= other < len(ordered):
        return
    ordered.insert(other, ordered.pop(place))
    _refuse_disorder(ordered)
    _number(session, ordered)
    _note(session, reader, question, "place", place + 1, other + 1)


def drop_question(session: Session, reader: Reader, question_id: int) -> None:
    """Retirer une question. Raises Refused where another one depends on it."""
    require(reader, "survey.make")
    question, found = _asked(session, question_id)
    ordered = questions_of(session, found.id)
    ruled = next((one for one in ordered if one.only_if_id == question.id), None)
    if ruled:
        raise Refused(f"« {ruled.text} » dépend de cette question : retirez d'abord sa condition.")
    _note(session, reader, question, "retirée", question.text, None)
    session.delete(question)
    session.flush()
    _number(session, [one for one in ordered if one.id != question.id])


def question_stands(question: AskedQuestion) -> dict[str, object]:
    """What a question holds, by the fields of its form."""
    low, high = (words for _, words in question.ends) if question.ends else ("", "")
    return {
        "kind": question.kind,
        "text": question.text,
        "hint": question.hint,
        "choices": "\n".join(question.options) if question.asked_as.has_choices else "",
        "low": low,
        "high": high,
        "lines": "\n".join(question.rows),
        "required": question.required,
        "only_if_id": question.only_if_id,
        "only_if": question.only_if,
    }


def _asked(session: Session, question_id: int) -> tuple[AskedQuestion, Questionnaire]:
    question = session.get(AskedQuestion, question_id)
    if question is None:
        raise Refused(NO_SUCH_QUESTION)
    found = drafted(session, question.questionnaire_id)
    # Whoever held the questionnaire before may have taken it out.
    question = session.get(AskedQuestion, question_id, populate_existing=True)
    if question is None:
        raise Refused(NO_SUCH_QUESTION)
    return question, found


def _add(
    session: Session,
    reader: Reader,
    found: Questionnaire,
    others: Sequence[AskedQuestion],
    given: QuestionInput,
) -> AskedQuestion:
    if len(others) >= MOST_QUESTIONS:
        raise Refused(f"Un questionnaire compte {MOST_QUESTIONS} questions au plus.")
    question = AskedQuestion(
        questionnaire_id=found.id,
        position=len(others),
        code=_free_code(given.text, others),
        kind=str(given.kind),
        text="",
    )
    _take(question, given)
    session.add(question)
    session.flush()
    _note(session, reader, question, "ajoutée", None, question.text)
    return question


def _take(question: AskedQuestion, given: QuestionInput) -> None:
    question.kind = str(given.kind)
    question.text, question.hint = given.text, given.hint
    question.choices, question.lines = as_json(_kept_choices(given)), as_json(given.lines)
    question.required = given.required
    question.only_if_id, question.only_if = given.only_if_id, given.only_if


def _kept_choices(given: QuestionInput) -> Sequence[str]:
    """What stands in the column of the choices: of a scale, the words at its ends."""
    if not given.kind.is_scale:
        return given.choices
    return [given.low, given.high] if given.low else []


def _checked(given: QuestionInput, before: Sequence[AskedQuestion]) -> QuestionInput:
    text, hint = clean_title(given.text), clean_title(given.hint)
    choices = _lines_of(given.choices) if given.kind.has_choices else []
    lines = _lines_of(given.lines) if given.kind is AskedKind.matrix else []
    ends = (given.low, given.high) if given.kind.is_scale else ("", "")
    low, high = map(clean_title, ends)
    errors = {
        "text": _fault_of_text(text, "Écrivez la question."),
        "hint": _fault_of_text(hint or "–", ""),
        "choices": _fault_of_choices(choices) if given.kind.has_choices else "",
        "lines": _fault_of_lines(lines) if given.kind is AskedKind.matrix else "",
        "low": _fault_of_end(low, high),
        "high": _fault_of_end(high, low),
        "only_if": _fault_of_rule(given, before),
    }
    if any(errors.values()):
        raise Invalid({field: sentence for field, sentence in errors.items() if sentence})
    only_if = given.only_if if given.only_if_id else ""
    rule = (given.only_if_id, only_if)
    return QuestionInput(
        given.kind, text, hint, choices, lines, given.required, *rule, low=low, high=high
    )


def _lines_of(texts: Sequence[str]) -> list[str]:
    return [line for text in texts if (line := clean_title(text))]


def _fault_of_text(text: str, where_empty: str) -> str:
    if not text:
        return where_empty
    if len(text) > TEXT_MAX:
        return f"Ce texte compte {len(text)} caractères : {TEXT_MAX} au plus."
    return ""


def _fault_of_choices(choices: Sequence[str]) -> str:
    if not 2 <= len(choices) <= MOST_CHOICES:
        return f"Donnez de 2 à {MOST_CHOICES} réponses, une par ligne."
    if are_codes(choices):
        return "Écrivez les réponses en mots : « A1 » ou « A2 » ne se lisent pas."
    return _fault_of_each(choices, "réponses")


def _fault_of_end(words: str, other: str) -> str:
    if other and not words:
        return "Dites ce que veulent dire les deux bouts de l'échelle, ou aucun."
    if len(words) > END_MAX:
        return f"Ces mots comptent {len(words)} caractères : {END_MAX} au plus."
    return ""


def _fault_of_lines(lines: Sequence[str]) -> str:
    if not 1 <= len(lines) <= MOST_LINES:
        return f"Donnez de 1 à {MOST_LINES} lignes."
    return _fault_of_each(lines, "lignes")


def _fault_of_each(texts: Sequence[str], what: str) -> str:
    if len({code_of(text) for text in texts}) < len(texts):
        return f"Deux {what} sont les mêmes."
    longest = max(map(len, texts))
    if longest > CHOICE_MAX:
        return f"Une de ces {what} compte {longest} caractères : {CHOICE_MAX} au plus."
    return ""


def _fault_of_rule(given: QuestionInput, before: Sequence[AskedQuestion]) -> str:
    if given.only_if_id is None:
        return ""
    rules = next((one for one in before if one.id == given.only_if_id), None)
    if rules is None or not rules.asked_as.may_rule:
        return "Une condition porte sur une question à choix ou sur une échelle, posée avant."
    if given.only_if not in rules.options:
        return "Choisissez une des réponses de cette question."
    return ""


def _refuse_lost_rules(
    question: AskedQuestion, given: QuestionInput, ordered: Sequence[AskedQuestion]
) -> None:
    """Those that depend on this question still find the answer that they wait for."""
    as_given = AskedQuestion(
        kind=str(given.kind), choices=as_json(given.choices), text="", code="", position=0
    )
    for one in ordered:
        if one.only_if_id != question.id:
            continue
        if not given.kind.may_rule or one.only_if not in as_given.options:
            raise Invalid(
                {"choices": f"« {one.text} » dépend de la réponse « {one.only_if} » : gardez-la."}
            )


def _refuse_disorder(ordered: Sequence[AskedQuestion]) -> None:
    seen: set[int] = set()
    for one in ordered:
        if one.only_if_id and one.only_if_id not in seen:
            raise Refused(f"« {one.text} » reste après la question dont elle dépend.")
        seen.add(one.id)


def _differs(question: AskedQuestion, given: QuestionInput) -> bool:
    asked = (question.kind, question.text, question.choices)
    return asked != (str(given.kind), given.text, as_json(_kept_choices(given)))


def _free_code(text: str, others: Sequence[AskedQuestion]) -> str:
    """The same words have the same code in every wave, so that waves can be compared."""
    code = code_of(text) or secrets.token_hex(4)
    taken = {one.code for one in others}
    return next(
        found for n in range(1, len(others) + 3) if (found := code + f"-{n}" * (n > 1)) not in taken
    )


def _number(session: Session, ordered: Sequence[AskedQuestion]) -> None:
    for position, question in enumerate(ordered):
        question.position = position
        session.add(question)
    session.flush()


def _note(
    session: Session, reader: Reader, question: AskedQuestion, what: str, before, after
) -> None:
    day = today(session)
    note(session, reader, day, QUESTION_SUBJECT, str(question.id), what, before, after)
    bump(session, "surveys")
