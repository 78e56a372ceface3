"""The answers of a survey as a file that its import reads: as far as they are shown on the screen,
and each question by itself, so that a row is nobody's sheet.
"""

from collections.abc import Sequence
from itertools import zip_longest

from sqlmodel import Session, select

from dashboard.access import require
from dashboard.queries.surveys.results import Result, results
from dashboard.scope import Scope
from models.errors import Refused
from models.surveys import QuestionKind, Survey, SurveyAnswer

Column = tuple[str, list[str]]  # header and cells


def answers_file(
    session: Session, scope: Scope, survey: Survey
) -> tuple[list[str], list[tuple[str | None, ...]]]:
    """(headers, rows) of a closed survey of ten sheets or more. Raises Refused without the right,
    and for a survey of which nothing is shown.
    """
    columns = answer_columns(session, scope, survey)
    if not columns:
        raise Refused("De cette enquête rien n'est montré : ses réponses ne s'exportent pas.")
    return [header for header, _ in columns], list(zip_longest(*(cells for _, cells in columns)))


def answer_columns(session: Session, scope: Scope, survey: Survey) -> list[Column]:
    """The questions that are shown with their answers, in no order of the sheets; a number of
    persons that is hidden is left out. Raises Refused without the right.
    """
    require(scope.reader, "survey.import")
    shown = [result for result in results(session, scope, survey.id) if result.is_shown]
    return [column for result in shown for column in _columns(session, result)]


def _columns(session: Session, result: Result) -> Sequence[Column]:
    header = _header(result)
    if result.kind is QuestionKind.multiple:
        return [
            (f"{header} [{share.label}]", ["Oui"] * share.n + ["Non"] * (result.n - share.n))
            for share in result.shares
            if share.n is not None
        ]
    if result.kind is QuestionKind.free:
        texts = select(SurveyAnswer.text).where(SurveyAnswer.question_id == result.question_id)
        return [(header, list(session.exec(texts.order_by(SurveyAnswer.id))))]
    return [(header, [share.label for share in result.shares for _ in range(share.n or 0)])]


def _header(result: Result) -> str:
    """« Q3[SQ001]. Nos ambitions [Citoyens] », without a code that is made of the words."""
    words = f"{result.matrix} [{result.text}]" if result.matrix else result.text
    is_code = result.code.partition("[")[0].isidentifier()
    return f"{result.code}. {words}" if is_code else words
