"""Reads the surveys made in the product: their questions, number of answers and preview."""

import hmac
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from string import ascii_lowercase

from sqlalchemy import func
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.queries.notices.records import rhythm_of_person, wants_mail
from dashboard.queries.surveys.results import Result, cut
from models.clock import today
from models.directions import Tree, UnitKind
from models.facts import live
from models.notices import Notice, NoticeKind
from models.people import Assignment, Person, Preference
from models.scales import Word
from models.search import fold
from models.signing import keyed_hash
from models.surveys import (
    AGREE,
    DISAGREE,
    InvitedCount,
    Question,
    Survey,
    SurveyInvitation,
    SurveyState,
    WaitingSheets,
)

MOST_PROPOSED = 50  # statements that wait to be read, of one survey


@dataclass(frozen=True)
class AskedSurvey:
    """One survey as the programme office sees it: its number of questions, and of sheets stored
    until enough have come.
    """

    survey: Survey
    questions: int
    waiting: int

    @property
    def received(self) -> int:
        return self.survey.answered + self.waiting


def asked_surveys(session: Session, reader: Reader) -> list[AskedSurvey]:
    """All surveys made here, newest first. Raises Refused without the right."""
    require(reader, "survey.make")
    codes = session.exec(
        select(Question).join(Survey).where(Survey.key.is_not(None), ~Question.proposed)
    )
    questions = Counter(
        survey for survey, _ in {(question.survey_id, question.stem) for question in codes}
    )
    rows = session.execute(
        select(Survey, func.coalesce(WaitingSheets.n, 0))
        .outerjoin(WaitingSheets, WaitingSheets.survey_id == Survey.id)
        .where(Survey.key.is_not(None))
        .order_by(Survey.id.desc())
    ).all()
    return [AskedSurvey(survey, questions[survey.id], waiting) for survey, waiting in rows]


def by_key(session: Session, key: str) -> Survey | None:
    """The survey at this public address; None for a draft."""
    return session.exec(
        select(Survey).where(Survey.key == key, Survey.state != SurveyState.draft)
    ).first()


def questions_of(session: Session, survey_id: int) -> list[Question]:
    """The questions that a survey asks, in order."""
    return list(
        session.exec(
            select(Question)
            .where(Question.survey_id == survey_id, ~Question.proposed)
            .order_by(Question.position, Question.id)
        ).all()
    )


def proposed_in(session: Session, survey_id: int) -> list[Question]:
    """The statements proposed by respondents and not read yet, by their words: their order tells
    nothing of who came first.
    """
    waiting = select(Question).where(Question.survey_id == survey_id, Question.proposed)
    return sorted(session.exec(waiting).all(), key=lambda question: fold(question.text))


def proposals(session: Session, reader: Reader, survey_id: int) -> list[Question]:
    """The same, for the office that reads them. Raises Refused without the right."""
    require(reader, "survey.make")
    return proposed_in(session, survey_id)


def takes_proposals(session: Session, questions: Sequence[Question]) -> bool:
    """Whether a respondent may propose a statement: beside others, while few wait to be read."""
    asked = next((question for question in questions if question.is_statement), None)
    return asked is not None and len(proposed_in(session, asked.survey_id)) < MOST_PROPOSED


def asked_together(questions: Sequence[Question]) -> list[list[Question]]:
    """Groups of questions asked together: a question alone, or the lines of a matrix."""
    return [list(lines) for _, lines in groupby(questions, key=lambda question: question.stem)]


@dataclass(frozen=True)
class AskedItem:
    """One numbered group of questions of a sheet: « 4 », or « 4a », « 4b » for those asked only
    after a given answer to the question `rules`.
    """

    lines: list[Question]
    number: str
    rules: Question | None

    @property
    def first(self) -> Question:
        return self.lines[0]

    @property
    def words(self) -> list[str]:
        """The lines of a matrix; empty for another question."""
        return [line.text for line in self.lines if line.matrix]


def asked_items(questions: Sequence[Question]) -> list[AskedItem]:
    """The groups of questions of a sheet, in order, numbered."""
    by_id = {question.id: question for question in questions}
    found = []
    number = letter = 0
    for lines in asked_together(questions):
        rules = by_id.get(lines[0].only_if_id)
        number, letter = (number, letter + 1) if rules else (number + 1, 0)
        # Nothing, a, b … z, aa, bb …
        rounds, at = divmod(letter - 1, len(ascii_lowercase))
        letters = ascii_lowercase[at] * (rounds + 1) if letter else ""
        found.append(AskedItem(lines, f"{number}{letters}", rules))
    return found


# ── Its preview ───────────────────────────────────────────────────────────────────────────────────


def preview_of(reader: Reader, reference: str) -> str:
    """The token in the address of a survey's preview, which cannot be forged. Raises Refused
    without the right.
    """
    require(reader, "survey.make")
    return f"{reference}-{_proof(reference)}"


def previewed(session: Session, token: str) -> Survey | None:
    """The survey of a preview token; None for a token that was not made here."""
    reference, _, proof = token.partition("-")
    if not hmac.compare_digest(proof.encode(), _proof(reference).encode()):
        return None
    return session.exec(select(Survey).where(Survey.reference == reference)).first()


def _proof(reference: str) -> str:
    return keyed_hash(f"questionnaire-preview:{reference}")[:24]


# ── Who was invited ───────────────────────────────────────────────────────────────────────────────


def used_by_direction(session: Session, survey_id: int) -> dict[int, tuple[int, int]]:
    """Direction (0: unknown) → (invited, answered), computed from the unused invitations."""
    left = dict(
        session.execute(
            select(func.coalesce(SurveyInvitation.direction_id, 0), func.count())
            .where(SurveyInvitation.survey_id == survey_id)
            .group_by(SurveyInvitation.direction_id)
        ).all()
    )
    rows = session.exec(select(InvitedCount).where(InvitedCount.survey_id == survey_id)).all()
    return {
        row.direction_id: (
            row.invited,
            row.invited - left.get(row.direction_id, 0) if row.answered is None else row.answered,
        )
        for row in rows
    }


def response_rate(
    session: Session, reader: Reader, survey_id: int
) -> dict[int | None, tuple[int, int]]:
    """The response rate (taux de réponse) of the people invited by mail, as (answered, invited):
    for the whole (None), and by direction if at least five answered and at least five did not.
    Raises Refused without the right.
    """
    require(reader, "survey.make")
    used = used_by_direction(session, survey_id)
    if not used:
        return {}
    invited, answered = map(sum, zip(*used.values(), strict=True))
    cells = {
        (direction or None, ""): (invited_there - answered_there, answered_there)
        for direction, (invited_there, answered_there) in used.items()
    }
    shown = cut(cells).places
    return {None: (answered, invited)} | {
        place: (answered_there, answered_there + silent)
        for place, (silent, answered_there) in shown.items()
    }


def to_invite(session: Session, tree: Tree, key: str) -> dict[int, int | None]:
    """Person → her direction (None: unknown), for the people to invite; `key` is the key of the
    invitation notice.
    """
    already_notified = select(Notice.person_id).where(
        Notice.kind == str(NoticeKind.questionnaire), Notice.key == key
    )
    rows = session.execute(
        select(Person.id, Assignment.service_id)
        .join(Assignment, Assignment.person_id == Person.id)
        .outerjoin(Preference, rhythm_of_person())
        .where(
            live(Assignment, today(session)),
            Person.email != "",
            Person.erased_on.is_(None),
            wants_mail(),
            Person.id.not_in(already_notified),
        )
        .order_by(Assignment.on, Assignment.id)
    ).all()
    # The last assignment counts; without a service a person has left.
    services = dict(tuple(row) for row in rows)
    above = {
        person: tree.ancestor(service, UnitKind.direction)
        for person, service in services.items()
        if service is not None
    }
    return {person: unit.id if unit else None for person, unit in above.items()}


def not_answered(session: Session, survey_id: int) -> list[int]:
    """The persons whose invitation is unused."""
    return list(
        session.exec(
            select(SurveyInvitation.person_id).where(SurveyInvitation.survey_id == survey_id)
        ).all()
    )


def was_notified(session: Session, key: str) -> bool:
    """Whether a notice with this key was sent to anybody."""
    already_notified = select(Notice.id).where(
        Notice.kind == str(NoticeKind.questionnaire), Notice.key == key
    )
    return session.exec(already_notified.limit(1)).first() is not None


class Standing(Word):
    """Where respondents stand on a statement."""

    shared = "partagee", "Ce que la plupart partagent"
    divided = "divise", "Ce qui partage"
    open = "ouverte", "Ce qui n'est pas tranché"


def sides(result: Result) -> tuple[float, float]:
    """The shares that agree and disagree, in per cent of those who answered; 0 where hidden."""
    counts = {share.label: share.n or 0 for share in result.shares}
    agree, disagree = (100 * counts.get(side, 0) / (result.n or 1) for side in (AGREE, DISAGREE))
    return agree, disagree


def standing(result: Result) -> Standing:
    """Shared: at least six in ten on one side. Divided: at least a quarter on each."""
    if max(sides(result)) >= 60:
        return Standing.shared
    return Standing.divided if min(sides(result)) >= 25 else Standing.open


def common_ground(found: Iterable[Result]) -> dict[Standing, list[Result]]:
    """The statements by standing: the most shared first, the most evenly divided first."""
    statements = [result for result in found if result.is_statement]
    placed = {
        place: [result for result in statements if standing(result) is place] for place in Standing
    }
    for place, results in placed.items():
        weight = min if place is Standing.divided else max
        results.sort(key=lambda result, weight=weight: weight(sides(result)), reverse=True)
    return {place: results for place, results in placed.items() if results}
