"""Storing survey answers; those given online wait until ten can be stored together.

Pending answers are one sealed row, rewritten with each answer in a random order, so that neither
the row nor a backup reveals who answered last. At the close the whole wave is rewritten, so that
the database's pages do not preserve the batches. The tokens of sent forms are sealed in that row
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
from dashboard.queries.surveys.asked import proposed_in, questions_of
from models.facts import random_id
from models.progress import Progress, without_progress
from models.search import fold
from models.signing import sealed_without_hour, unsealed
from models.surveys import Question, QuestionKind, Survey, SurveyAnswer, WaitingSheets

BATCH = SMALLEST_AVERAGE
# One answer: a choice, a number, a text, or several choices.
Answer = str | float | Sequence[str]
# One sheet: the direction, and the answers by question code.
Sheet = tuple[int | None, Mapping[str, Answer]]
# Instead of a code: a statement that a respondent proposed, apart from her sheet.
_PROPOSED = ""
_SEAL, _SEAL_OF_FORMS = "réponses en attente", "formulaires envoyés"
_HASHED = 9  # bytes: enough to distinguish forms; ten thousand take 160 kB
_CHUNK = 5000


# ── Storing ───────────────────────────────────────────────────────────────────────────────────────


def rows_of_sheet(
    survey: Survey,
    answers: Iterable[tuple[Question, Answer]],
    direction: int | None,
    family: str = "",
) -> Iterator[dict[str, object]]:
    """The answers of one sheet as rows."""
    # A common random id, so that persons can be counted without revealing who or when.
    sheet = secrets.randbits(62)
    for question, answer in answers:
        kind = QuestionKind(question.kind)
        is_text = kind is QuestionKind.free
        # A multiple choice with nothing ticked is stored as an empty choice.
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
    """Inserts the rows in the order of their random ids, which hides their order of arrival and is
    faster.
    """
    ordered = sorted(rows, key=itemgetter("id"))
    for start in range(0, len(ordered), _CHUNK):
        progress(start / len(ordered), what)
        session.execute(insert(SurveyAnswer.__table__), ordered[start : start + _CHUNK])
    progress(1, what)


# ── Pending answers ───────────────────────────────────────────────────────────────────────────────


def was_sent(session: Session, survey: Survey, form: str) -> bool:
    """Whether this form was already stored; unknown once the survey is closed."""
    pending = _pending_row(session, survey)
    return pending is not None and _mark(form) in _sent(pending)


def take(session: Session, survey: Survey, sheet: Sheet, form: str, proposal: str = "") -> None:
    """Adds one sheet and its proposed statement, apart, in the caller's transaction: both are kept
    pending, or all pending ones are stored.
    """
    pending = _pending_row(session, survey)
    # Sorted by hash, which hides the order of arrival.
    sent = sorted(_sent(pending) | {_mark(form)})
    pending.forms = sealed_without_hour(" ".join(sent), _SEAL_OF_FORMS)
    sheets = [*_opened(pending), sheet, *([(None, {_PROPOSED: proposal})] if proposal else [])]
    if _count(sheets) < BATCH:
        return _save_pending(session, pending, sheets)
    _save_pending(session, pending, [])
    return _enter(session, survey, sheets)


def enter_rest(session: Session, survey: Survey) -> None:
    """At the close: stores pending sheets and rewrites the whole wave."""
    pending = _pending_row(session, survey)
    _enter(session, survey, _opened(pending))
    _write_anew(session, survey.id)
    session.delete(pending)


def _enter(session: Session, survey: Survey, sheets: Sequence[Sheet]) -> None:
    by_code = {question.code: question for question in questions_of(session, survey.id)}
    rows = [
        row
        for direction, answers in sheets
        if _PROPOSED not in answers
        for row in rows_of_sheet(
            survey, ((by_code[code], answer) for code, answer in answers.items()), direction
        )
    ]
    write_rows(session, rows)
    survey.answered += _count(sheets)
    _propose(session, survey, [a[_PROPOSED] for _, a in sheets if _PROPOSED in a])


def _count(sheets: Sequence[Sheet]) -> int:
    return sum(_PROPOSED not in answers for _, answers in sheets)


def _propose(session: Session, survey: Survey, texts: Sequence[str]) -> None:
    """Stores proposed statements that say something new; all that wait are written anew in random
    order, so that their ids do not tell with which sheets they came.
    """
    waiting = proposed_in(session, survey.id)
    known = {fold(asked.text) for asked in [*questions_of(session, survey.id), *waiting]}
    proposed = [(old.code, old.text) for old in waiting]
    for text_ in texts:
        if fold(text_) not in known:
            known.add(fold(text_))
            proposed.append((secrets.token_hex(6), text_))
    for old in waiting:
        session.delete(old)
    session.flush()
    kind = str(QuestionKind.statement)
    for code, text_ in random.SystemRandom().sample(proposed, len(proposed)):
        session.add(Question(survey_id=survey.id, code=code, text=text_, kind=kind, proposed=True))
        session.flush()


def _mark(form: str) -> str:
    digest = hashlib.sha256(form.encode()).digest()
    return base64.urlsafe_b64encode(digest[:_HASHED]).decode()


def _sent(pending: WaitingSheets) -> set[str]:
    """The hashes of sent forms; none where they were sealed with another key."""
    return set((unsealed(pending.forms, _SEAL_OF_FORMS) or "").split())


def _pending_row(session: Session, survey: Survey) -> WaitingSheets | None:
    return session.get(WaitingSheets, survey.id, with_for_update=True, populate_existing=True)


def _opened(pending: WaitingSheets) -> list[Sheet]:
    """The pending sheets; none where they were sealed with another key (a backup of another
    installation).
    """
    opened = unsealed(pending.sealed, _SEAL) if pending.sealed else None
    return json.loads(opened) if opened else []


def _save_pending(session: Session, pending: WaitingSheets, sheets: Sequence[Sheet]) -> None:
    mixed = random.SystemRandom().sample(list(sheets), len(sheets))
    pending.n = _count(mixed)
    pending.sealed = sealed_without_hour(json.dumps(mixed), _SEAL) if mixed else ""


def _write_anew(session: Session, survey_id: int) -> None:
    """Rewrites all rows of a wave in the order of their random ids."""
    # An integer, inlined: PostgreSQL accepts no parameter in this statement.
    wave = f"FROM survey_answer WHERE survey_id = {int(survey_id)}"
    session.execute(text(f"CREATE TEMP TABLE mixed_answer AS SELECT * {wave}"))
    session.execute(text(f"DELETE {wave}"))
    session.execute(text("INSERT INTO survey_answer SELECT * FROM mixed_answer ORDER BY id"))
    session.execute(text("DROP TABLE mixed_answer"))
