"""How answers come into the tables, whichever way they came; those that are given here wait until
ten of them enter together.

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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter

from sqlalchemy import insert, text
from sqlmodel import Session

from dashboard.queries.figures.small_cells import SMALLEST_AVERAGE
from dashboard.queries.surveys.asked import questions_of
from models.facts import random_id
from models.progress import Progress, without_progress
from models.signing import sealed_without_hour, unsealed
from models.surveys import Question, QuestionKind, Survey, SurveyAnswer, WaitingSheets

BATCH = SMALLEST_AVERAGE
# One answer: a word, a mark, a text, or the choices that were ticked.
Answer = str | float | Sequence[str]
# What one person answered: her direction, and her answers by the code of each question.
Sheet = tuple[int | None, Mapping[str, Answer]]
_SEAL, _SEAL_OF_FORMS = "réponses en attente", "formulaires envoyés"
_HASHED = 9  # bytes: forms are told apart, and ten thousand weigh 160 kB
_CHUNK = 5000


# ── Into the tables ───────────────────────────────────────────────────────────────────────────────


def rows_of_sheet(
    survey: Survey,
    answers: Iterable[tuple[Question, Answer]],
    direction: int | None,
    family: str = "",
) -> Iterator[dict[str, object]]:
    """The answers of one sheet as rows."""
    # What they have in common, so that a cut can count persons; drawn, so that it says nothing of
    # who answered or when.
    sheet = secrets.randbits(62)
    for question, answer in answers:
        kind = QuestionKind(question.kind)
        is_text = kind is QuestionKind.free
        # A multiple choice where nothing was ticked is an answer all the same: an empty choice.
        for item in (answer or ("",)) if kind is QuestionKind.multiple else (answer,):
            yield {
                "id": random_id(survey.on),
                "survey_id": survey.id,
                "question_id": question.id,
                "sheet": sheet,
                "direction_id": direction,
                "family": family,
                "choice": None if is_text or kind.is_scale else item,
                "number": float(item) if kind.is_scale else None,
                "text": item if is_text else None,
                "idea_id": None,
            }


def write_rows(
    session: Session,
    rows: Iterable[dict[str, object]],
    progress: Progress = without_progress,
    what: str = "",
) -> None:
    """By their random ids: their order in the database says nothing of the one in which they came,
    and they are written faster.
    """
    ordered = sorted(rows, key=itemgetter("id"))
    for start in range(0, len(ordered), _CHUNK):
        progress(start / len(ordered), what)
        session.execute(insert(SurveyAnswer.__table__), ordered[start : start + _CHUNK])
    progress(1, what)


# ── Ten together ──────────────────────────────────────────────────────────────────────────────────


def was_sent(session: Session, survey: Survey, form: str) -> bool:
    """Whether the sheet of this form is counted already, on whatever day; of a closed survey nobody
    knows it.
    """
    waiting = _waiting(session, survey)
    return waiting is not None and _mark(form) in _sent(waiting)


def take(session: Session, survey: Survey, sheet: Sheet, form: str) -> None:
    """One more sheet, into the open transaction of its act: it waits, or all that wait enter."""
    waiting = _waiting(session, survey)
    # In the order of their hashes, which says nothing of who was first.
    sent = sorted(_sent(waiting) | {_mark(form)})
    waiting.forms = sealed_without_hour(" ".join(sent), _SEAL_OF_FORMS)
    sheets = [*_opened(waiting), sheet]
    if len(sheets) < BATCH:
        return _keep(session, waiting, sheets)
    _keep(session, waiting, [])
    return _enter(session, survey, sheets)


def enter_rest(session: Session, survey: Survey) -> None:
    """At the close: what waits enters, and the whole wave is written anew in one go."""
    waiting = _waiting(session, survey)
    _enter(session, survey, _opened(waiting))
    _write_anew(session, survey.id)
    session.delete(waiting)


def _enter(session: Session, survey: Survey, sheets: Sequence[Sheet]) -> None:
    by_code = {question.code: question for question in questions_of(session, survey.id)}
    rows = [
        row
        for direction, given in sheets
        for row in rows_of_sheet(
            survey, ((by_code[code], answer) for code, answer in given.items()), direction
        )
    ]
    write_rows(session, rows)
    survey.answered += len(sheets)
    session.add(survey)


def _mark(form: str) -> str:
    digest = hashlib.sha256(form.encode()).digest()
    return base64.urlsafe_b64encode(digest[:_HASHED]).decode()


def _sent(waiting: WaitingSheets) -> set[str]:
    """The forms that were sent, hashed; none where another key has sealed them."""
    return set((unsealed(waiting.forms, _SEAL_OF_FORMS) or "").split())


def _waiting(session: Session, survey: Survey) -> WaitingSheets | None:
    return session.get(WaitingSheets, survey.id, with_for_update=True, populate_existing=True)


def _opened(waiting: WaitingSheets) -> list[Sheet]:
    """What waits; nothing where another key has sealed it (a backup of another installation)."""
    opened = unsealed(waiting.sealed, _SEAL) if waiting.sealed else None
    return json.loads(opened) if opened else []


def _keep(session: Session, waiting: WaitingSheets, sheets: Sequence[Sheet]) -> None:
    mixed = random.SystemRandom().sample(list(sheets), len(sheets))
    waiting.n = len(mixed)
    waiting.sealed = sealed_without_hour(json.dumps(mixed), _SEAL) if mixed else ""
    session.add(waiting)


def _write_anew(session: Session, survey_id: int) -> None:
    """All rows of a wave leave their pages and come back in the order of their random ids."""
    # A number of ours, written out: PostgreSQL takes no parameter in such a statement.
    wave = f"FROM survey_answer WHERE survey_id = {int(survey_id)}"
    session.execute(text(f"CREATE TEMP TABLE mixed_answer AS SELECT * {wave}"))
    session.execute(text(f"DELETE {wave}"))
    session.execute(text("INSERT INTO survey_answer SELECT * FROM mixed_answer ORDER BY id"))
    session.execute(text("DROP TABLE mixed_answer"))
