"""Acts on surveys (enquêtes): labels that replace the answer codes of an imported file."""

from collections.abc import Mapping, Sequence

from sqlalchemy import case, update
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.journal import note
from dashboard.files.surveys.questions import LONGEST_CHOICE, as_json
from dashboard.queries.surveys.cells import OTHERS
from models.clock import today
from models.errors import Invalid, Refused
from models.scales import in_order, is_scale
from models.surveys import Question, QuestionKind, Survey, SurveyAnswer
from models.texts import clean_text, clean_title


def labels_in(text: str, choices: Sequence[str]) -> dict[str, str]:
    """Code → label, from lines « A1 = Tout à fait d'accord »; lines without a label are skipped.
    Raises Invalid.
    """
    labels = {}
    for number, line in enumerate(clean_text(text).splitlines(), 1):
        code, sign, label = (part.strip() for part in line.partition("="))
        if not line.strip():
            continue
        if not sign or code not in choices:
            raise _invalid(
                f"Ligne {number} : écrivez une réponse de cette question, puis « = », puis son"
                " libellé."
            )
        if (label := clean_title(label)) and label != code:
            labels[code] = label
    return labels


def _invalid(sentence: str) -> Invalid:
    return Invalid({"labels": sentence})


def name_answers(
    session: Session, reader: Reader, question_ids: Sequence[int], labels: Mapping[str, str]
) -> int:
    """Nommer les réponses: replaces codes with labels, for one question or the lines of one matrix;
    returns how many answers got one. Known scale labels make the question a scale. Raises Invalid,
    and Refused for a question that feeds a figure.
    """
    require(reader, "survey.import")
    questions = session.exec(
        select(Question).where(Question.id.in_(question_ids)).with_for_update()
    ).all()
    survey = session.get(Survey, questions[0].survey_id) if questions else None
    if (
        survey is None
        or len(questions) < len(set(question_ids))
        or any(q.survey_id != survey.id or q.kind == QuestionKind.free for q in questions)
    ):
        raise Refused("Cette question n'a pas de réponses à nommer.")
    _require_labels(questions, labels)
    for question in questions:
        _name(session, reader, survey, question, labels)
    return len(labels)


def _require_labels(questions: Sequence[Question], labels: Mapping[str, str]) -> None:
    """Raises Invalid, and Refused for a question that feeds a figure."""
    if not labels:
        raise _invalid("Donnez un libellé au moins.")
    fed = next((q for q in questions if q.figure), None)
    if fed is not None:
        raise Refused(
            f"« {fed.text} » alimente un chiffre : ses réponses gardent les libellés sous lesquels"
            " il a été calculé."
        )
    codes = {choice for question in questions for choice in question.options}
    for code, label in sorted(labels.items()):
        if code not in codes:
            wrong = code[:LONGEST_CHOICE]
            raise _invalid(f"« {wrong} » n'est pas une réponse de cette question.")
        if not 0 < len(label) <= LONGEST_CHOICE or label == OTHERS:
            raise _invalid(
                f"« {label[:40]} » ne peut pas être un libellé : {LONGEST_CHOICE} caractères au"
                f" plus, et autre chose que « {OTHERS} »."
            )


def _name(
    session: Session, reader: Reader, survey: Survey, question: Question, labels: Mapping[str, str]
) -> None:
    """Renames one question's choices and answers, and journals it."""
    was = question.options
    stored = SurveyAnswer.choice
    if QuestionKind(question.kind).is_scale:
        # Numbers that are codes: steps without answers need no label.
        stored = SurveyAnswer.number
        _require_every_mark(session, question, labels)
        was = [step for step in was if step in labels]
    of = {choice: labels[choice] for choice in was if choice in labels}
    named = [of.get(choice, choice) for choice in was]
    twice = next((label for label in named if named.count(label) > 1), None)
    if twice is not None:
        raise _invalid(f"Deux réponses porteraient le libellé « {twice} ».")
    if not of:
        return
    keys = {code: float(code) if stored is SurveyAnswer.number else code for code in of}
    session.execute(
        update(SurveyAnswer)
        .where(SurveyAnswer.question_id == question.id, stored.in_(list(keys.values())))
        .values(
            choice=case({keys[code]: label for code, label in of.items()}, value=stored),
            number=None,
        )
    )
    if question.kind != QuestionKind.multiple:
        question.kind = str(QuestionKind.single)
        # Otherwise in the order of their codes, which is the questionnaire's.
        named = in_order(named) if is_scale(named) else named
    question.choices = as_json(named)
    session.add(question)
    note(
        session,
        reader,
        today(session),
        "enquête",
        survey.title,
        f"libellés de {question.code}"[:80],
        " · ".join(was),
        " · ".join(of.get(c, c) for c in was),
    )


def _require_every_mark(session: Session, question: Question, labels: Mapping[str, str]) -> None:
    """A scale half in words and half in numbers could be neither counted nor sorted."""
    answered = session.exec(
        select(SurveyAnswer.number).where(SurveyAnswer.question_id == question.id).distinct()
    ).all()
    marks = [str(int(mark)) for mark in sorted(answered)]
    nameless = [mark for mark in marks if mark not in labels]
    if nameless:
        raise _invalid(f"Donnez un libellé à chaque note reçue : il manque {', '.join(nameless)}.")
