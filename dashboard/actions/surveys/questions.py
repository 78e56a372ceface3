"""Acts on a draft survey's questions: writing, moving and removing them; the ten fixed ones on
participation.

A matrix (grille) is one question per line, written, moved and removed together.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.acts import add_record, note, refuse_conflict
from dashboard.actions.surveys.answering import STATEMENT_MAX
from dashboard.actions.surveys.making import draft_of, locked, write_survey
from dashboard.files.surveys.columns import as_json
from dashboard.files.words import words_of
from dashboard.queries.journal import last_change
from dashboard.queries.surveys.asked import asked_together, proposed_in, questions_of
from dashboard.queries.surveys.results import BAROMETER, ENPS, SATISFIED, is_of_agents
from models.clock import today
from models.scales import are_codes
from models.surveys import Question, QuestionKind, Survey, SurveyState, code_of
from models.texts import Invalid, Refused, clean_title, refuse, too_long

QUESTION_SUBJECT = "question posée"
TEXT_MAX, CHOICE_MAX, END_MAX = 300, 120, 60
MOST_QUESTIONS, MOST_CHOICES, MOST_LINES, MOST_STATEMENTS = 40, 20, 15, 25
_ONE_END = "Dites ce que veulent dire les deux bouts de l'échelle, ou aucun."
NO_SUCH_QUESTION = "Cette question n'existe pas, ou n'existe plus."
QuestionLines = list[Question]  # a question alone, or the lines of a matrix


@dataclass(frozen=True)
class QuestionInput:
    """One question as typed: its `choices`, the `lines` of a matrix, the labels of the first and
    last step of a scale (`low`, `high`).
    """

    kind: QuestionKind
    text: str
    hint: str = ""
    choices: Sequence[str] = ()
    lines: Sequence[str] = ()
    required: bool = False
    only_if_id: int | None = None
    only_if: str = ""
    low: str = ""
    high: str = ""
    ambition_id: int | None = None

    @property
    def stored_choices(self) -> str:
        """The choices as stored; of a scale, the labels of its ends."""
        ends = [self.low, self.high] if self.low else []
        return as_json(ends if self.kind.is_scale else self.choices)


# The question bank (banque): the questions that feed figures, answered on a scale. Without « sans
# avis », which few tick: a question can be skipped, and these few answers, hidden as a small cell,
# would hide the favourable share too.
BANK: Mapping[str, tuple[str, QuestionInput]] = {
    "banque-bien-etre": (
        BAROMETER,
        QuestionInput(
            QuestionKind.single,
            "Dans l'ensemble, je me sens bien dans mon travail.",
            choices=(
                "Pas du tout d'accord",
                "Plutôt pas d'accord",
                "Plutôt d'accord",
                "Tout à fait d'accord",
            ),
        ),
    ),
    "banque-enps": (
        ENPS,
        QuestionInput(
            QuestionKind.zero_to_ten,
            "De 0 à 10, recommanderiez-vous la Ville comme employeur à quelqu'un de votre"
            " entourage ?",
            low="Certainement pas",
            high="Certainement",
        ),
    ),
    "banque-satisfaction": (
        SATISFIED,
        QuestionInput(
            QuestionKind.single,
            "Dans l'ensemble, êtes-vous satisfait des services de la Ville ?",
            choices=(
                "Pas du tout satisfait",
                "Plutôt insatisfait",
                "Plutôt satisfait",
                "Très satisfait",
            ),
        ),
    ),
}


def write_question(
    session: Session, reader: Reader, survey_id: int, typed: QuestionInput
) -> Question:
    """Ajouter une question after the others; returns it, of a matrix its first line. Raises Invalid
    per field.
    """
    require(reader, "survey.make")
    survey = draft_of(session, survey_id)
    others = asked_together(questions_of(session, survey.id))
    return _add(session, reader, survey, others, _checked(typed, others))


def add_from_bank(session: Session, reader: Reader, survey_id: int, code: str) -> Question:
    """Ajouter une question de la banque: its answers feed its figure."""
    require(reader, "survey.make")
    survey = draft_of(session, survey_id)
    if code not in BANK:
        raise Refused("Cette question n'est pas dans la banque.")
    figure, typed = BANK[code]
    others = asked_together(questions_of(session, survey.id))
    if any(first.figure == figure for first, *_ in others):
        raise Refused("Cette question est déjà dans ce questionnaire.")
    if is_of_agents(figure) != survey.agents:
        whom = "des citoyens" if survey.agents else "des agents"
        raise Refused(f"Cette question se pose auprès {whom}.")
    added = _add(session, reader, survey, others, typed)
    added.figure, added.code = figure, code
    return add_record(session, added)


def change_question(
    session: Session,
    reader: Reader,
    question_id: int,
    typed: QuestionInput,
    read: str | None = None,
) -> Question:
    """Corriger une question. Raises Invalid per field, also where the condition of a dependent one
    would no longer be an option, EditConflict.
    """
    require(reader, "survey.make")
    survey, ordered, place = _placed(session, question_id)
    lines, others = ordered[place], ordered[:place] + ordered[place + 1 :]
    last = last_change(session, QUESTION_SUBJECT, *(line.id for line in lines))
    refuse_conflict(session, reader, read, question_values(lines), last)
    typed = _checked(typed, ordered[:place])
    may_rule = typed.kind not in (QuestionKind.matrix, QuestionKind.free)
    options = (typed.kind.steps or typed.choices) if may_rule else ()
    for first, *_ in ordered:
        if first.only_if_id == question_id and first.only_if not in options:
            text, answer = first.asked_text, first.only_if
            raise Invalid({"choices": f"« {text} » dépend de la réponse « {answer} » : gardez-la."})
    _refuse_too_many(typed.kind, others)
    first = lines[0]
    before, figure, code = first.asked_text, first.figure, first.code
    before_values = (first.asked_as, before, first.choices)
    if before_values != (typed.kind, typed.text, typed.stored_choices):
        # A changed question measures something else.
        figure = None
    if figure is None:
        code = _free_code(typed.text, others)
    ordered[place] = _written(session, survey, typed, code, lines)
    changed = ordered[place][0]
    changed.figure = figure
    _number(ordered)
    _note(session, reader, changed, "corrigée", before, typed.text)
    return changed


def move_question(session: Session, reader: Reader, question_id: int, by: int) -> None:
    """Monter ou descendre une question (−1, +1). Raises Refused where it would precede the question
    it depends on.
    """
    require(reader, "survey.make")
    _, ordered, place = _placed(session, question_id)
    target = place + by
    if not 0 <= target < len(ordered):
        return
    ordered.insert(target, ordered.pop(place))
    seen: set[int] = set()
    for first, *_ in ordered:
        if first.only_if_id and first.only_if_id not in seen:
            raise Refused(f"« {first.asked_text} » reste après la question dont elle dépend.")
        seen.add(first.id)
    _number(ordered)
    _note(session, reader, ordered[target][0], "place", place + 1, target + 1)


def drop_question(session: Session, reader: Reader, question_id: int) -> None:
    """Retirer une question. Raises Refused where another one depends on it."""
    require(reader, "survey.make")
    _, ordered, place = _placed(session, question_id)
    lines = ordered.pop(place)
    ruled = next((first for first, *_ in ordered if first.only_if_id == question_id), None)
    if ruled:
        raise Refused(
            f"« {ruled.asked_text} » dépend de cette question : retirez d'abord sa condition."
        )
    _note(session, reader, lines[0], "retirée", lines[0].asked_text, None)
    for line in lines:
        session.delete(line)
    session.flush()
    _number(ordered)


def accept_proposal(session: Session, reader: Reader, survey_id: int, code: str) -> str:
    """Poser une affirmation proposée: asked after the others from now on; returns its text."""
    require(reader, "survey.make")
    survey, proposal = _proposal(session, survey_id, code)
    if survey.state == SurveyState.closed:
        raise Refused("Ce questionnaire est fermé : reprenez-le pour poser cette affirmation.")
    ordered = asked_together(questions_of(session, survey.id))
    _refuse_too_many(QuestionKind.statement, ordered)
    last = max((at for at, lines in enumerate(ordered) if lines[0].is_statement), default=-1)
    proposal.proposed, proposal.code = False, _free_code(proposal.text, ordered)
    _number([*ordered[: last + 1], [proposal], *ordered[last + 1 :]])
    _note(session, reader, proposal, "proposée, puis posée", None, proposal.text)
    return proposal.text


def drop_proposal(session: Session, reader: Reader, survey_id: int, code: str) -> None:
    """Écarter une affirmation proposée: nothing of it remains, nor its words in the journal."""
    require(reader, "survey.make")
    _, proposal = _proposal(session, survey_id, code)
    _note(session, reader, proposal, "proposée, puis écartée", None, None)
    session.delete(proposal)


def _proposal(session: Session, survey_id: int, code: str) -> tuple[Survey, Question]:
    """A statement that waits to be read, by its code: its id changes while others come."""
    survey = locked(session, survey_id)
    found = next((one for one in proposed_in(session, survey.id) if one.code == code), None)
    if found is None:
        raise Refused("Cette affirmation n'attend plus d'être lue.")
    return survey, found


def question_values(lines: QuestionLines) -> dict[str, object]:
    """The fields of a question's form."""
    first = lines[0]
    low, high = (words for _, words in first.ends) if first.ends else ("", "")
    return {
        "kind": str(first.asked_as),
        "text": first.asked_text,
        "hint": first.hint,
        "choices": "\n".join(first.options) if first.asked_as.has_choices else "",
        "low": low,
        "high": high,
        "lines": "\n".join(line.text for line in lines if line.matrix),
        "required": first.required,
        "only_if_id": first.only_if_id,
        "only_if": first.only_if,
        "ambition_id": first.ambition_id,
    }


def _placed(session: Session, question_id: int) -> tuple[Survey, list[QuestionLines], int]:
    """The draft of a question, all its questions, and the question's position."""
    question = session.get(Question, question_id)
    if question is None:
        raise Refused(NO_SUCH_QUESTION)
    survey = draft_of(session, question.survey_id)
    # It may have been removed before the lock.
    session.expire_all()
    ordered = asked_together(questions_of(session, survey.id))
    for place, lines in enumerate(ordered):
        if question_id in {line.id for line in lines}:
            return survey, ordered, place
    raise Refused(NO_SUCH_QUESTION)


def _add(
    session: Session,
    reader: Reader,
    survey: Survey,
    others: list[QuestionLines],
    typed: QuestionInput,
) -> Question:
    _refuse_too_many(typed.kind, others)
    added = _written(session, survey, typed, _free_code(typed.text, others), [])
    _number([*others, added])
    _note(session, reader, added[0], "ajoutée", None, typed.text)
    return added[0]


def _written(
    session: Session, survey: Survey, typed: QuestionInput, code: str, lines: QuestionLines
) -> QuestionLines:
    """The rows of a question, replacing its present ones: the first retains its number."""
    is_matrix = typed.kind is QuestionKind.matrix
    texts = typed.lines if is_matrix else [typed.text]
    for line in lines[len(texts) :]:
        session.delete(line)
    rows = lines[: len(texts)]
    rows += [Question(survey_id=survey.id, code="", text="", kind="") for _ in texts[len(rows) :]]
    for row, text in zip(rows, texts, strict=True):
        row.code = f"{code}[{code_of(text)}]" if is_matrix else code
        row.kind = QuestionKind.single if is_matrix else typed.kind
        row.text, row.matrix = text, typed.text if is_matrix else ""
        row.choices, row.figure = typed.stored_choices, None
        for name in ("hint", "required", "only_if_id", "only_if", "ambition_id"):
            setattr(row, name, getattr(typed, name))
    session.add_all(rows)
    session.flush()
    return rows


def _number(ordered: Sequence[QuestionLines]) -> None:
    rows = [line for lines in ordered for line in lines]
    for position, question in enumerate(rows):
        question.position = position


def _refuse_too_many(kind: QuestionKind, others: Sequence[QuestionLines]) -> None:
    if len(others) >= MOST_QUESTIONS:
        raise Refused(f"Un questionnaire compte {MOST_QUESTIONS} questions au plus.")
    many = sum(first.is_statement for first, *_ in others)
    if kind is QuestionKind.statement and many >= MOST_STATEMENTS:
        raise Refused(f"Un questionnaire compte {MOST_STATEMENTS} affirmations au plus.")


def _free_code(text: str, others: Sequence[QuestionLines]) -> str:
    """The same text has the same code in every wave, so that waves can be compared."""
    code = code_of(text) or secrets.token_hex(4)
    taken = {first.stem for first, *_ in others}
    return next(
        free for n in range(1, len(others) + 3) if (free := code + f"-{n}" * (n > 1)) not in taken
    )


def _note(session: Session, reader: Reader, question: Question, what: str, before, after) -> None:
    note(session, reader, QUESTION_SUBJECT, str(question.id), what, before, after)


# ── Validation ────────────────────────────────────────────────────────────────────────────────────


def _checked(typed: QuestionInput, before: Sequence[QuestionLines]) -> QuestionInput:
    """The typed question, cleaned. Raises Invalid per field."""
    is_matrix = typed.kind is QuestionKind.matrix
    is_statement = typed.kind is QuestionKind.statement
    ends = (typed.low, typed.high) if typed.kind.is_scale else ("", "")
    low, high = map(clean_title, ends)
    typed = replace(
        typed,
        text=clean_title(typed.text),
        hint=clean_title(typed.hint),
        choices=_lines_of(typed.choices) if typed.kind.has_choices else [],
        lines=_lines_of(typed.lines) if is_matrix else [],
        # All statements are asked of all, and each may be passed.
        required=typed.required and not is_statement,
        only_if_id=None if is_statement else typed.only_if_id,
        only_if=typed.only_if if typed.only_if_id and not is_statement else "",
        low=low,
        high=high,
    )
    faults = {
        "text": too_long(typed.text, STATEMENT_MAX if is_statement else TEXT_MAX)
        if typed.text
        else "Écrivez la question.",
        "hint": too_long(typed.hint, TEXT_MAX),
        "choices": typed.kind.has_choices
        and (
            _fault_of_list(typed.choices, 2, MOST_CHOICES, "réponses, une par ligne")
            or (
                are_codes(typed.choices)
                and "Écrivez les réponses en mots : « A1 » ou « A2 » ne se lisent pas."
            )
        ),
        "lines": is_matrix and _fault_of_list(typed.lines, 1, MOST_LINES, "lignes"),
        "low": _ONE_END if high and not low else too_long(low, END_MAX),
        "high": _ONE_END if low and not high else too_long(high, END_MAX),
        "only_if": _fault_of_condition(typed, before),
    }
    refuse(faults)
    return typed


def _lines_of(texts: Sequence[str]) -> list[str]:
    return [line for text in texts if (line := clean_title(text))]


def _fault_of_list(texts: Sequence[str], least: int, most: int, what: str) -> str:
    if not least <= len(texts) <= most:
        return f"Donnez de {least} à {most} {what}."
    if len({code_of(text) for text in texts}) < len(texts):
        return f"Deux {what.partition(',')[0]} sont les mêmes."
    return next(filter(None, (too_long(text, CHOICE_MAX, "Une ligne") for text in texts)), "")


def _fault_of_condition(typed: QuestionInput, before: Sequence[QuestionLines]) -> str:
    if typed.only_if_id is None:
        return ""
    rules = next((first for first, *_ in before if first.id == typed.only_if_id), None)
    if rules is None or not rules.may_rule:
        return "Une condition porte sur une question à choix ou sur une échelle, posée avant."
    if typed.only_if not in rules.options:
        return "Choisissez une des réponses de cette question."
    return ""


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
