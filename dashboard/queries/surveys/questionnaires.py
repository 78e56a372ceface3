"""Reading questionnaires of our own: those that the programme's office makes, what
one asks, how many have answered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase

from sqlalchemy import ColumnElement, and_, exists, func, true
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.queries.surveys.cells import cut
from models.questionnaires import (
    AskedQuestion,
    InvitedCount,
    Questionnaire,
    QuestionnaireAmbition,
    QuestionnaireInvitation,
    QuestionnaireState,
    WaitingSheets,
)
from models.surveys import Survey


@dataclass(frozen=True)
class Made:
    """One questionnaire as the office sees it: how many questions it has, how many
    sheets came, and how many of them wait for others.
    """

    questionnaire: Questionnaire
    questions: int
    entered: int
    waiting: int

    @property
    def received(self) -> int:
        return self.entered + self.waiting


@dataclass(frozen=True)
class ResponseRate:
    """Taux de réponse of those who were invited by mail: whole, and direction →
    (answered, invited) where both sides may be told.
    """

    invited: int
    answered: int
    places: Mapping[int, tuple[int, int]]


def questionnaires(session: Session, reader: Reader) -> list[Made]:
    """All of them, the newest first. Raises Refused without the right."""
    require(reader, "survey.make")
    return _made(session, true())


def questionnaire(session: Session, reader: Reader, questionnaire_id: int) -> Made | None:
    """One of them. Raises Refused without the right."""
    require(reader, "survey.make")
    return next(iter(_made(session, Questionnaire.id == questionnaire_id)), None)


def _made(session: Session, wanted: ColumnElement[bool]) -> list[Made]:
    asked = (
        select(func.count())
        .where(AskedQuestion.questionnaire_id == Questionnaire.id)
        .correlate(Questionnaire)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Questionnaire,
            asked,
            func.coalesce(Survey.answered, 0),
            func.coalesce(WaitingSheets.n, 0),
        )
        .outerjoin(Survey, Survey.id == Questionnaire.survey_id)
        .outerjoin(WaitingSheets, WaitingSheets.questionnaire_id == Questionnaire.id)
        .where(wanted)
        .order_by(Questionnaire.id.desc())
    ).all()
    return [Made(*row) for row in rows]


def by_key(session: Session, key: str) -> Questionnaire | None:
    """The questionnaire at this address, open to whoever has it; no draft."""
    return session.exec(
        select(Questionnaire).where(
            Questionnaire.key == key, Questionnaire.state != QuestionnaireState.draft
        )
    ).first()


def questions_of(session: Session, questionnaire_id: int) -> list[AskedQuestion]:
    """What it asks, in order."""
    return list(
        session.exec(
            select(AskedQuestion)
            .where(AskedQuestion.questionnaire_id == questionnaire_id)
            .order_by(AskedQuestion.position, AskedQuestion.id)
        ).all()
    )


def numbers_of(questions: Sequence[AskedQuestion]) -> list[str]:
    """The number that each bears on every sheet: « 4 », and « 4a », « 4b » for those
    after it that are asked of some only.
    """
    found = []
    number = letter = 0
    for question in questions:
        is_for_all = question.only_if_id is None
        number, letter = (number + 1, 0) if is_for_all else (number, letter + 1)
        found.append(f"{number}{_letters(letter)}")
    return found


def _letters(place: int) -> str:
    """Nothing, a, b … z, aa, bb …"""
    rounds, at = divmod(place - 1, len(ascii_lowercase))
    return ascii_lowercase[at] * (rounds + 1) if place else ""


def ambitions_of(session: Session, questionnaire_id: int) -> list[int]:
    """The ambitions that it is about."""
    return list(
        session.exec(
            select(QuestionnaireAmbition.ambition_id)
            .where(QuestionnaireAmbition.questionnaire_id == questionnaire_id)
            .order_by(QuestionnaireAmbition.ambition_id)
        ).all()
    )


def is_collecting() -> ColumnElement[bool]:
    """Of a survey: whether its answers still come in. Between two looks at what one
    direction says a single answer could be told: nothing but their number is read
    before the close.
    """
    return exists().where(
        and_(
            Questionnaire.survey_id == Survey.id,
            Questionnaire.state == QuestionnaireState.open,
        )
    )


def collects(session: Session, survey_id: int) -> bool:
    """The same, of one survey."""
    found = select(Survey.id).where(Survey.id == survey_id, is_collecting())
    return session.exec(found).first() is not None


# ── Who was invited ───────────────────────────────────────────────────────────────────────────────


def used_by_direction(session: Session, questionnaire_id: int) -> dict[int, tuple[int, int]]:
    """Direction (0: none known) → (invited, answered): counts alone, from the
    invitations that are left.
    """
    left = dict(
        session.execute(
            select(func.coalesce(QuestionnaireInvitation.direction_id, 0), func.count())
            .where(QuestionnaireInvitation.questionnaire_id == questionnaire_id)
            .group_by(QuestionnaireInvitation.direction_id)
        ).all()
    )
    rows = session.exec(
        select(InvitedCount).where(InvitedCount.questionnaire_id == questionnaire_id)
    ).all()
    return {
        row.direction_id: (
            row.invited,
            row.invited - left.get(row.direction_id, 0) if row.answered is None else row.answered,
        )
        for row in rows
    }


def response_rate(session: Session, reader: Reader, questionnaire_id: int) -> ResponseRate:
    """Taux de réponse by direction, where those who answered and those who did not
    are five at least. Raises Refused without the right.
    """
    require(reader, "survey.make")
    used = used_by_direction(session, questionnaire_id)
    cells = {
        (direction or None, ""): (invited - answered, answered)
        for direction, (invited, answered) in used.items()
    }
    shown = cut(cells).places
    return ResponseRate(
        sum(invited for invited, _ in used.values()),
        sum(answered for _, answered in used.values()),
        {place: (answered, answered + silent) for place, (silent, answered) in shown.items()},
    )
