"""Anonymous answers to a survey (répondre): by the open link, or once per mailed invitation, which
is consumed and not linked to the answers.
"""

import base64
import hashlib
import json
import random
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter

from sqlalchemy import insert, text
from sqlmodel import Session, delete, select

from dashboard.access import Reader, require
from dashboard.actions import limits
from dashboard.actions.acts import add_record
from dashboard.french import day_long
from dashboard.queries.directions import organisation
from dashboard.queries.figures.small_cells import SMALLEST_AVERAGE
from dashboard.queries.surveys.asked import (
    asked_together,
    proposed_in,
    questions_of,
    takes_proposals,
)
from models.clock import today
from models.database import leave_no_trace
from models.directions import UnitKind
from models.facts import random_id
from models.notices import Notice, NoticeKind, NoticeState
from models.roadmap import Progress, without_progress
from models.search import fold
from models.signing import keyed_hash, sealed_without_hour, unsealed
from models.surveys import (
    Question,
    QuestionKind,
    Survey,
    SurveyAnswer,
    SurveyInvitation,
    SurveyState,
    WaitingSheets,
)
from models.texts import Invalid, Refused, clean_text, clean_title, refuse, too_long

_KEY, _AGAIN = "questionnaire-", "-rappel"

_HALF = 20


def code_for(survey: Survey, person_id: int) -> str:
    """The code in the mail to this person."""
    drawn = keyed_hash(f"questionnaire:{survey.reference}:{person_id}")[:_HALF]
    return drawn + _proof(survey, drawn)


def is_ours(survey: Survey, code: str) -> bool:
    """Whether this code was made here for this survey, used or not."""
    return code == code[:_HALF] + _proof(survey, code[:_HALF])


def stored_hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _proof(survey: Survey, drawn: str) -> str:
    return keyed_hash(f"questionnaire:{survey.reference}:proof:{drawn}")[:_HALF]


# ── The mail ──────────────────────────────────────────────────────────────────────────────────────


def notice_key(survey: Survey, again: bool = False) -> str:
    """The key of the one invitation, or of the one reminder, of a person."""
    return f"{_KEY}{survey.reference}" + _AGAIN * again


def is_wanted(session: Session, notice: Notice) -> bool:
    """Whether a pending notice is still to be sent: not once its invitation is used or its survey
    closed.
    """
    if notice.kind != NoticeKind.questionnaire:
        return True
    code = stored_hash(code_for(_survey_of(session, notice), notice.person_id))
    return session.get(SurveyInvitation, code) is not None


def href_of(session: Session, notice: Notice) -> str:
    """The link of the mail, created when it is sent."""
    survey = _survey_of(session, notice)
    return f"/questionnaire?q={survey.key}&invitation={code_for(survey, notice.person_id)}"


def _survey_of(session: Session, notice: Notice) -> Survey:
    reference = notice.key.removeprefix(_KEY).removesuffix(_AGAIN)
    return session.exec(select(Survey).filter_by(reference=reference)).one()


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
    """Stores sheets, and proposed statements that say something new; all that wait are written anew
    in random order, so that their ids do not tell with which sheets they came.
    """
    asked = questions_of(session, survey.id)
    by_code = {question.code: question for question in asked}
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
    waiting = proposed_in(session, survey.id)
    known = {fold(question.text) for question in [*asked, *waiting]}
    proposed = [(old.code, old.text) for old in waiting]
    for _, answers in sheets:
        text_ = answers.get(_PROPOSED, "")
        if text_ and fold(text_) not in known:
            known.add(fold(text_))
            proposed.append((secrets.token_hex(6), text_))
    for old in waiting:
        session.delete(old)
    session.flush()
    kind = QuestionKind.statement
    for code, text_ in random.SystemRandom().sample(proposed, len(proposed)):
        question = Question(survey_id=survey.id, code=code, text=text_, kind=kind, proposed=True)
        add_record(session, question)


def _count(sheets: Sequence[Sheet]) -> int:
    return sum(_PROPOSED not in answers for _, answers in sheets)


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


# ── Taking a sheet ──────────────────────────────────────────────────────────────────────────────

FREE_MAX, STATEMENT_MAX = 4000, 200
PROPOSAL = "proposition"  # the field of a proposed statement
Raw = str | Sequence[str]  # raw answer to one question: one value, or several choices

NO_SUCH = "Ce questionnaire n'existe pas : vérifiez l'adresse, ou lisez le code à nouveau."


@dataclass(frozen=True)
class SheetInput:
    """One answer sheet as submitted: raw answers by question id; the form's token; the direction,
    if given; the invitation code; the network address (None: this machine); the statement that the
    respondent proposes.
    """

    raw: Mapping[int, Raw]
    form: str
    direction_id: int | None = None
    invitation: str = ""
    address: str | None = None
    proposal: str = ""


def take_answers(session: Session, reader: Reader, key: str, sheet: SheetInput) -> bool:
    """Répondre: stores a sheet; returns False for a form that was already sent. Raises Invalid by
    field, Refused for a closed survey or a used invitation.
    """
    require(reader, "survey.answer")
    # The database's log would reveal the order of the answers.
    leave_no_trace(session)
    survey = session.scalar(select(Survey).filter_by(key=key).with_for_update())
    if survey is None:
        raise Refused(NO_SUCH)
    # After the lock: of two clicks at once, the second finds the sheet stored. Once the survey is
    # closed nobody knows.
    pending = _pending_row(session, survey)
    if pending is not None and _mark(sheet.form) in _sent(pending):
        return False
    refuse_way(session, survey, sheet.invitation)
    questions = questions_of(session, survey.id)
    answers = checked(questions, sheet.raw)
    proposal = checked_proposal(sheet.proposal, takes_proposals(session, questions))
    direction = None
    if survey.asks_direction:
        tree = organisation(session).at(today(session))
        direction = tree.ancestor(sheet.direction_id, UnitKind.direction)
    if sheet.invitation:
        used = session.get(SurveyInvitation, stored_hash(sheet.invitation))
        # A pending reminder dropped later would reveal by its day when she answered.
        session.execute(
            delete(Notice).filter_by(
                person_id=used.person_id,
                key=notice_key(survey, again=True),
                state=NoticeState.waiting,
            )
        )
        session.delete(used)
    else:
        limits.count(session, limits.Act.answer, sheet.address)
    filled = (direction.id if direction else None, answers)
    take(session, survey, filled, sheet.form, proposal)
    return True


def refuse_way(session: Session, survey: Survey, invitation: str) -> None:
    """Raises Refused where the survey is closed, the invitation is unknown or used, or the open
    link is used for a survey by mail only.
    """
    if survey.state == SurveyState.draft:
        raise Refused("Ce questionnaire n'est pas encore ouvert.")
    if over := over_since(survey, today(session)):
        raise Refused(f"Ce questionnaire est fermé depuis le {day_long(over)}. Merci à vous.")
    if not invitation:
        if not survey.by_link:
            raise Refused("Ce questionnaire se remplit par le lien reçu par courriel.")
        return
    if not is_ours(survey, invitation):
        raise Refused("Ce lien n'est pas entier : ouvrez-le à nouveau depuis le courriel.")
    if session.get(SurveyInvitation, stored_hash(invitation)) is None:
        raise Refused(
            "Ce lien a déjà servi : une réponse est enregistrée, et rien n'indique laquelle."
        )


def over_since(survey: Survey, day: date) -> date | None:
    """The day on which it closed; None for a draft or a survey still open."""
    if survey.state == SurveyState.draft or survey.takes_answers(day):
        return None
    return min(filter(None, (survey.closed_on, survey.closes_on)))


# ── The answers ───────────────────────────────────────────────────────────────────────────────────


def field_of(question: Question) -> str:
    """The field name of a question; of a matrix, that of its first line."""
    return f"q{question.id}"


def checked(questions: Sequence[Question], raw: Mapping[int, Raw]) -> dict[str, Answer]:
    """Code → answer of the questions that apply, given the other answers. Raises Invalid by
    field.
    """
    answers: dict[str, Answer] = {}
    errors: dict[str, str] = {}
    answered: dict[int, Answer] = {}
    for lines in asked_together(questions):
        for question in lines:
            given = answered.get(question.only_if_id)
            met = given if isinstance(given, list) else [given]
            if question.only_if_id is not None and question.only_if not in met:
                continue
            try:
                answer = _answer(question, raw.get(question.id, ""))
            except ValueError as fault:
                errors[field_of(lines[0])] = str(fault)
                continue
            if answer is not None:
                answered[question.id] = answers[question.code] = answer
    if errors:
        raise Invalid(errors)
    if not any(answers.values()):
        raise Invalid({"form": "Répondez au moins à une question."})
    return answers


def checked_proposal(text: str, may_propose: bool = True) -> str:
    """The cleaned statement that a respondent proposes, or nothing. Raises Invalid."""
    proposal = clean_title(text)
    many = (
        "Beaucoup d'affirmations attendent déjà d'être lues : videz ce champ pour envoyer vos"
        " réponses."
    )
    fault = too_long(proposal, STATEMENT_MAX, "Une affirmation")
    refuse({PROPOSAL: fault if may_propose or not proposal else many})
    return proposal


def _answer(question: Question, raw: Raw) -> Answer | None:
    """The cleaned answer; None without one. Raises ValueError with a sentence."""
    if question.kind == QuestionKind.multiple:
        return _ticks(question, raw)
    answer = clean_text(raw if isinstance(raw, str) else "")
    if not answer:
        _refuse_missing(question)
        return None
    if question.kind != QuestionKind.free:
        return _offered(question, answer)
    if len(answer) > FREE_MAX:
        size = f"{len(answer):,}".replace(",", " ")
        raise ValueError(f"Votre réponse compte {size} caractères : 4 000 au plus.")
    return answer


def _ticks(question: Question, raw: Raw) -> list[str] | None:
    chosen = [raw] if isinstance(raw, str) and raw else list(raw)
    ticked = {_offered(question, choice) for choice in chosen}
    if not ticked:
        _refuse_missing(question)
        # No choice ticked is an answer too, as in an import.
        return []
    return [choice for choice in question.options if choice in ticked]


def _offered(question: Question, answer: str) -> str:
    if answer not in question.options:
        raise ValueError("Choisissez une des réponses proposées.")
    return answer


def _refuse_missing(question: Question) -> None:
    if question.required:
        one = "Répondez à cette question."
        raise ValueError("Répondez à chaque ligne." if question.matrix else one)
