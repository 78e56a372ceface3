"""Acts on surveys asked here: writing, opening and closing them, naming answers that are codes.

Once open, the questions are fixed; title, introduction and last day may still be corrected.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date

from sqlalchemy import case, update
from sqlmodel import Session, delete, select

from dashboard.access import OPERATOR, Reader, require
from dashboard.actions.acts import add_record, lock_record, note, refuse_conflict
from dashboard.actions.operations.mixing import ShortAct
from dashboard.actions.surveys.answering import enter_rest, notice_key
from dashboard.actions.surveys.answers import feed_figure
from dashboard.actions.surveys.imports import SERIES_MAX
from dashboard.figures.kinds import measured
from dashboard.files.surveys.columns import LONGEST_CHOICE, as_json
from dashboard.french import counted
from dashboard.queries.edit_conflicts import last_change
from dashboard.queries.surveys.asked import proposed_in, questions_of, used_by_direction
from dashboard.queries.surveys.cells import OTHERS
from dashboard.queries.surveys.results import next_number
from models.clock import today
from models.database import leave_no_trace
from models.notices import Notice, NoticeKind
from models.revisions import hold
from models.scales import in_order, is_scale
from models.surveys import (
    InvitedCount,
    Question,
    QuestionKind,
    Survey,
    SurveyAnswer,
    SurveyInvitation,
    SurveyState,
    WaitingSheets,
)
from models.texts import Invalid, Refused, clean_text, clean_title, refuse, too_long

SUBJECT = "questionnaire"
TITLE_MAX, INTRODUCTION_MAX = 160, 2000
NO_SUCH = "Ce questionnaire n'existe pas."
# A survey's own fields, and those that may still be corrected once it is open.
_FIELDS_OPEN = ("title", "introduction", "closes_on")
_FIELDS = (*_FIELDS_OPEN, "series", "agents", "by_link", "asks_direction")


def locked(session: Session, survey_id: int) -> Survey:
    """A survey asked here, locked until the transaction ends. Raises Refused where there is
    none.
    """
    survey = lock_record(session, Survey, survey_id, NO_SUCH)
    if survey.key is None:
        raise Refused(NO_SUCH)
    return survey


def draft_of(session: Session, survey_id: int) -> Survey:
    """The same, for a draft, whose questions may still change."""
    survey = locked(session, survey_id)
    if survey.state != SurveyState.draft:
        raise Refused("Ce questionnaire est ouvert ou fermé : ses questions ne changent plus.")
    return survey


# ── Writing ───────────────────────────────────────────────────────────────────────────────────────


def write_survey(session: Session, reader: Reader, typed: Survey) -> Survey:
    """Écrire un questionnaire: a draft, visible to its editors only. The series defaults to the
    title. Raises Invalid per field.
    """
    require(reader, "survey.make")
    survey = _draft(session, _checked(session, typed))
    _note(session, reader, survey, "écrit", None, survey.title)
    return survey


def change_survey(
    session: Session, reader: Reader, survey_id: int, typed: Survey, read: str | None = None
) -> Survey:
    """Corriger un questionnaire; of an open one, only its title, introduction and last day. Raises
    Invalid per field, EditConflict.
    """
    require(reader, "survey.make")
    survey = locked(session, survey_id)
    before = survey_values(survey)
    refuse_conflict(session, reader, read, before, last_change(session, SUBJECT, survey.reference))
    if survey.state == SurveyState.closed:
        raise Refused("Ce questionnaire est fermé : il ne change plus.")
    typed = _checked(session, typed)
    for name in _FIELDS_OPEN if survey.state == SurveyState.open else _FIELDS:
        setattr(survey, name, getattr(typed, name))
    for field, value in survey_values(survey).items():
        if before[field] != value:
            _note(session, reader, survey, field, before[field], value)
    return survey


def survey_values(survey: Survey) -> dict[str, object]:
    """The fields of a survey's form."""
    return {name: getattr(survey, name) for name in _FIELDS if name != "agents"} | {
        "citizens": not survey.agents
    }


def drop_survey(session: Session, reader: Reader, survey_id: int) -> None:
    """Supprimer un brouillon, which has no answers."""
    require(reader, "survey.make")
    survey = draft_of(session, survey_id)
    # Last question first: questions may depend on earlier ones.
    asked = questions_of(session, survey.id)
    for question in [*proposed_in(session, survey.id), *reversed(asked)]:
        session.delete(question)
        session.flush()
    _note(session, reader, survey, "supprimé", survey.title, None)
    session.delete(survey)


def copy_survey(session: Session, reader: Reader, survey_id: int) -> Survey:
    """Reprendre un questionnaire: the next wave of its series, as a draft. Questions retain their
    codes, so that the waves can be compared; statements proposed and not read come along.
    """
    require(reader, "survey.make")
    source = locked(session, survey_id)
    copied = _draft(session, Survey(**{name: getattr(source, name) for name in _FIELDS}))
    copied.closes_on = max(source.closes_on, today(session))
    numbers: dict[int, int] = {}
    for question in [*questions_of(session, source.id), *proposed_in(session, source.id)]:
        again = Question(**question.model_dump(exclude={"id", "survey_id", "only_if_id"}))
        again.survey_id, again.only_if_id = copied.id, numbers.get(question.only_if_id)
        add_record(session, again)
        numbers[question.id] = again.id
    _note(session, reader, copied, "repris", None, copied.title)
    return copied


def _draft(session: Session, survey: Survey) -> Survey:
    survey.key = survey.reference = secrets.token_hex(6)
    survey.state = SurveyState.draft
    return add_record(session, survey)


def _checked(session: Session, typed: Survey) -> Survey:
    """The typed survey, cleaned, as a new record. Raises Invalid per field."""
    survey = Survey(**{name: getattr(typed, name) for name in _FIELDS})
    survey.title = clean_title(typed.title)
    survey.series = clean_title(typed.series) or survey.title[:SERIES_MAX]
    survey.introduction = clean_text(typed.introduction)
    survey.asks_direction = typed.asks_direction and typed.agents
    title = too_long(survey.title, TITLE_MAX, "Le titre")
    refuse(
        {
            "title": title if survey.title else "Donnez un titre au questionnaire.",
            "series": too_long(survey.series, SERIES_MAX, "Le nom de la série"),
            "introduction": too_long(survey.introduction, INTRODUCTION_MAX, "L'introduction"),
            "closes_on": _fault_of_end(survey.closes_on, today(session)),
        }
    )
    return survey


def _fault_of_end(closes_on: date | None, day: date) -> str:
    if closes_on is None:
        return "Donnez le dernier jour pour répondre."
    past = "Le dernier jour pour répondre est passé : choisissez-en un à venir."
    return past if closes_on < day else ""


def _note(session: Session, reader: Reader, survey: Survey, what: str, before, after) -> None:
    note(session, reader, SUBJECT, survey.reference, what, before, after)
    session.flush()


# ── Opening ───────────────────────────────────────────────────────────────────────────────────────


def open_survey(session: Session, reader: Reader, survey_id: int) -> Survey:
    """Ouvrir: from now on it accepts answers and its questions are fixed. It becomes a wave of its
    series, with no results before the close.
    """
    require(reader, "survey.make")
    # Locked, so that two surveys opened at once get different numbers.
    hold(session, "surveys")
    survey = draft_of(session, survey_id)
    day = today(session)
    if not questions_of(session, survey.id):
        raise Refused("Ce questionnaire n'a pas encore de question.")
    if fault := _fault_of_end(survey.closes_on, day):
        raise Refused(fault)
    survey.on, survey.number = day, next_number(session, survey.series, day)
    survey.state = SurveyState.open
    session.add_all([survey, WaitingSheets(survey_id=survey.id)])
    _note(session, reader, survey, "ouvert", None, survey.title)
    return survey


# ── Closing ───────────────────────────────────────────────────────────────────────────────────────


def close_survey(session: Session, reader: Reader, survey_id: int) -> Survey:
    """Fermer: stores pending answers, rewrites the wave in random order, deletes invitations and
    their mails; the number of used ones remains.
    """
    require(reader, "survey.make")
    survey = locked(session, survey_id)
    if survey.state != SurveyState.open:
        raise Refused("Ce questionnaire n'est pas ouvert.")
    leave_no_trace(session)
    enter_rest(session, survey)
    used = used_by_direction(session, survey.id)
    for direction, (_, answered) in used.items():
        session.get(InvitedCount, (survey.id, direction)).answered = answered
    session.flush()
    if used and not survey.by_link:
        survey.invited = sum(invited for invited, _ in used.values())
    session.execute(delete(SurveyInvitation).filter_by(survey_id=survey.id))
    of_it = Notice.key.in_([notice_key(survey), notice_key(survey, again=True)])
    session.execute(delete(Notice).filter_by(kind=NoticeKind.questionnaire).where(of_it))
    survey.state, survey.closed_on = SurveyState.closed, today(session)
    _note(session, reader, survey, "fermé", None, counted(survey.answered, "réponse"))
    # Results of bank questions are measures on the wave's day, unless too few answered.
    for question in questions_of(session, survey.id):
        if figure := measured().get(question.figure):
            with suppress(Refused, Invalid), session.begin_nested():
                feed_figure(session, reader, question.id, figure)
    return survey


def close_due(session: Session, day: date) -> Iterator[ShortAct]:
    """Closes surveys past their last day. A task of the round."""
    over = select(Survey.id).filter_by(state=SurveyState.open).where(Survey.closes_on < day)
    for number in session.exec(over).all():
        yield lambda session, number=number: _close_once(session, number)


def _close_once(session: Session, number: int) -> int:
    # It may have been closed meanwhile.
    if locked(session, number).state != SurveyState.open:
        return 0
    close_survey(session, OPERATOR, number)
    return 1


# ── Naming answers that came as codes ───────────────────────────────────────────────────────────


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
        .filter_by(question_id=question.id)
        .where(stored.in_(list(keys.values())))
        .values(
            choice=case({keys[code]: label for code, label in of.items()}, value=stored),
            number=None,
        )
    )
    if question.kind != QuestionKind.multiple:
        question.kind = QuestionKind.single
        # Otherwise in the order of their codes, which is the questionnaire's.
        named = in_order(named) if is_scale(named) else named
    question.choices = as_json(named)
    note(
        session,
        reader,
        "enquête",
        survey.title,
        f"libellés de {question.code}"[:80],
        " · ".join(was),
        " · ".join(of.get(c, c) for c in was),
    )


def _require_every_mark(session: Session, question: Question, labels: Mapping[str, str]) -> None:
    """A scale half in words and half in numbers could be neither counted nor sorted."""
    answered = session.exec(
        select(SurveyAnswer.number).filter_by(question_id=question.id).distinct()
    ).all()
    marks = [str(int(mark)) for mark in sorted(answered)]
    nameless = [mark for mark in marks if mark not in labels]
    if nameless:
        raise _invalid(f"Donnez un libellé à chaque note reçue : il manque {', '.join(nameless)}.")
