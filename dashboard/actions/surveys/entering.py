"""How answers come in: they wait until ten of them enter the tables of surveys together.

What waits is one sealed row, written anew with each answer in a drawn order: neither the row nor a
backup of it tells who came last. What has entered is written anew as a whole at the close, so that
no page of the database keeps one batch after the other. Which forms were sent is sealed in that row
too.
"""

import base64
import hashlib
import json
import random
import secrets
from collections.abc import Mapping, Sequence
from operator import itemgetter

from sqlalchemy import insert, text
from sqlmodel import Session, select

from dashboard.queries.figures.small_cells import SMALLEST_AVERAGE
from models.facts import random_id
from models.ledger import bump
from models.questionnaires import Questionnaire, WaitingSheets
from models.signing import sealed_without_hour, unsealed
from models.surveys import Question, QuestionKind, Survey, SurveyAnswer

BATCH = SMALLEST_AVERAGE
# What one person said: her direction, and by the code of each question a word, a number or several
# words.
Sheet = tuple[int | None, Mapping[str, object]]
_SEAL, _SEAL_OF_FORMS = "réponses en attente", "formulaires envoyés"
_HASHED = 9  # bytes: forms are told apart, and ten thousand weigh 160 kB
_CHUNK = 5000


def was_sent(session: Session, found: Questionnaire, form: str) -> bool:
    """Whether the sheet of this form is counted already, on whatever day; of a closed questionnaire
    nobody knows it.
    """
    waiting = _waiting(session, found.id)
    return waiting is not None and _mark(form) in _sent(waiting)


def take(session: Session, found: Questionnaire, sheet: Sheet, form: str) -> None:
    """One more sheet, into the open transaction of its act: it waits, or all that wait enter."""
    waiting = _waiting(session, found.id)
    # In the order of their hashes, which says nothing of who was first.
    sent = sorted(_sent(waiting) | {_mark(form)})
    waiting.forms = sealed_without_hour(" ".join(sent), _SEAL_OF_FORMS)
    sheets = [*_opened(waiting), sheet]
    if len(sheets) < BATCH:
        return _keep(session, waiting, sheets)
    _keep(session, waiting, [])
    survey = session.get(Survey, found.survey_id, with_for_update=True, populate_existing=True)
    _write(session, _rows(session, survey, sheets))
    _count(session, survey, len(sheets))


def enter_rest(session: Session, found: Questionnaire, survey: Survey) -> None:
    """At the close: what waits enters, and the whole wave is written anew in one go."""
    waiting = _waiting(session, found.id)
    sheets = _opened(waiting)
    _write(session, _rows(session, survey, sheets))
    _write_anew(session, survey.id)
    _count(session, survey, len(sheets))
    session.delete(waiting)
    session.flush()


def _mark(form: str) -> str:
    digest = hashlib.sha256(form.encode()).digest()
    return base64.urlsafe_b64encode(digest[:_HASHED]).decode()


def _sent(waiting: WaitingSheets) -> set[str]:
    """The forms that were sent, hashed; none where another key has sealed them."""
    return set((unsealed(waiting.forms, _SEAL_OF_FORMS) or "").split())


def _waiting(session: Session, questionnaire_id: int) -> WaitingSheets | None:
    return session.get(
        WaitingSheets, questionnaire_id, with_for_update=True, populate_existing=True
    )


def _opened(waiting: WaitingSheets) -> list[Sheet]:
    """What waits; nothing where another key has sealed it (a backup of another installation)."""
    opened = unsealed(waiting.sealed, _SEAL) if waiting.sealed else None
    return [(direction, said) for direction, said in json.loads(opened)] if opened else []


def _keep(session: Session, waiting: WaitingSheets, sheets: Sequence[Sheet]) -> None:
    mixed = random.SystemRandom().sample(list(sheets), len(sheets))
    waiting.n = len(mixed)
    waiting.sealed = sealed_without_hour(json.dumps(mixed), _SEAL) if mixed else ""
    session.add(waiting)
    session.flush()


def _count(session: Session, survey: Survey, more: int) -> None:
    survey.answered += more
    session.add(survey)
    session.flush()
    bump(session, "surveys")


def _rows(session: Session, survey: Survey, sheets: Sequence[Sheet]) -> list[dict]:
    questions = session.exec(select(Question).where(Question.survey_id == survey.id)).all()
    by_code = {question.code: question for question in questions}
    return [
        row for direction, said in sheets for row in _of_sheet(survey, direction, said, by_code)
    ]


def _of_sheet(
    survey: Survey,
    direction: int | None,
    said: Mapping[str, object],
    by_code: Mapping[str, Question],
) -> list[dict]:
    # As for an import: what the answers of one person have in common is drawn.
    number = secrets.randbits(62)
    rows = []
    for code, answer in said.items():
        question = by_code[code]
        kind = QuestionKind(question.kind)
        # A multiple choice where nothing was ticked is an answer all the same: an empty choice.
        for item in (answer or ("",)) if kind is QuestionKind.multiple else (answer,):
            rows.append(
                {
                    "id": random_id(survey.on),
                    "survey_id": survey.id,
                    "question_id": question.id,
                    "sheet": number,
                    "direction_id": direction,
                    "family": "",
                    "choice": item
                    if kind in (QuestionKind.single, QuestionKind.multiple)
                    else None,
                    "number": float(item) if kind is QuestionKind.scale else None,
                    "text": item if kind is QuestionKind.free else None,
                    "idea_id": None,
                }
            )
    return rows


def _write_anew(session: Session, survey_id: int) -> None:
    """All rows of a wave leave their pages and come back in the order of their random ids."""
    # A number of ours, written out: PostgreSQL takes no parameter in such a statement.
    wave = f"FROM survey_answer WHERE survey_id = {int(survey_id)}"
    session.execute(text(f"CREATE TEMP TABLE mixed_answer AS SELECT * {wave}"))
    session.execute(text(f"DELETE {wave}"))
    session.execute(text("INSERT INTO survey_answer SELECT * FROM mixed_answer ORDER BY id"))
    session.execute(text("DROP TABLE mixed_answer"))


def _write(session: Session, rows: Sequence[dict]) -> None:
    ordered = sorted(rows, key=itemgetter("id"))
    for start in range(0, len(ordered), _CHUNK):
        session.execute(insert(SurveyAnswer.__table__), ordered[start : start + _CHUNK])
