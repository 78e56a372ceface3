"""Questionnaire without a name: by its open address, by the link of a mail, on a shared tablet;
printed on paper; previewed before it opens.

The address says which: `q` the questionnaire, `invitation` the code of a mail, `borne` the shared
tablet, `papier` the sheet, `apercu` a draft as its office sees it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from dashboard import cached
from dashboard.access import NOBODY
from dashboard.actions.surveys import answering
from dashboard.actions.surveys.answering import PROPOSAL, STATEMENT_MAX, SheetInput, field_of
from dashboard.cached import memory
from dashboard.light.filing import new_token
from dashboard.light.page import Fields, Visit, page, qr_code, refused
from dashboard.queries.surveys.asked import (
    AskedItem,
    asked_items,
    asked_together,
    by_key,
    previewed,
    questions_of,
    takes_proposals,
)
from dashboard.rendering import render
from models.database import fetch, reading, writing
from models.directions import Unit
from models.surveys import Question, QuestionKind, Survey
from models.texts import Invalid, Refused

TITLE = "Questionnaire"
IDLE, THANKED = 60, 8  # seconds until a shared tablet starts over


@dataclass(frozen=True)
class SurveyVisit:
    """The survey of a visit, its questions, and how the visitor reached it."""

    visit: Visit
    survey: Survey
    questions: Sequence[Question]
    is_preview: bool = False
    takes_proposals: bool = False

    @property
    def invitation(self) -> str:
        return self.visit.query_value("invitation")

    @property
    def is_kiosk(self) -> bool:
        return bool(self.visit.query_value("borne")) and not self.invitation

    @property
    def around(self) -> str:
        return "nom" if self.is_kiosk or self.is_preview else "simple"

    def again(self, seconds: int) -> dict[str, object] | None:
        """Where a shared tablet redirects by itself."""
        if not self.is_kiosk:
            return None
        address = urlencode({"q": self.survey.key, "borne": "oui"})
        return {"seconds": seconds, "address": f"/{self.visit.here}?{address}"}


def questionnaire_page(visit: Visit) -> Response:
    """GET: the questions. POST: records the answers, once."""
    found = _asked_at(visit.query_value("q"), visit.query_value("apercu"))
    if found is None:
        html = render(
            "light/no_questionnaire.html", title=TITLE, sentence=answering.NO_SUCH, again=None
        )
        return page(visit, TITLE, [html], 404, around="simple")
    survey_visit = SurveyVisit(visit, *found)
    survey = survey_visit.survey
    try:
        if visit.is_sent:
            return _sent(survey_visit)
        # Refused before the form is shown, so that nobody fills it in for nothing.
        if not survey_visit.is_preview:
            fetch(answering.refuse_way, survey, survey_visit.invitation)
        return _paper(survey_visit) if visit.query_value("papier") else _form(survey_visit, {})
    except Refused as refusal:
        if visit.is_sent:
            return _form(survey_visit, refused(refusal))
        again = survey_visit.again(IDLE)
        html = render(
            "light/no_questionnaire.html", title=survey.title, sentence=str(refusal), again=again
        )
        return _page(survey_visit, survey.title, [html])


@memory.cached("surveys")
def _asked_at(key: str, preview: str) -> tuple[Survey, list[Question], bool, bool] | None:
    """The survey at this address, or of this token of a preview, with its questions; whether it is
    a preview, and whether statements may be proposed.
    """
    with reading() as session:
        survey = previewed(session, preview) if preview else by_key(session, key)
        if survey is None:
            return None
        questions = questions_of(session, survey.id)
        return survey, questions, bool(preview), takes_proposals(session, questions)


def _sent(survey_visit: SurveyVisit) -> Response:
    try:
        _take(survey_visit)
    except Invalid as error:
        return _form(survey_visit, error.errors)
    again = survey_visit.again(THANKED)
    html = render(
        "light/answered.html",
        closes_on=survey_visit.survey.closes_on,
        is_preview=survey_visit.is_preview,
        again=again,
    )
    return _page(survey_visit, "Merci", [html], again=again)


def _take(survey_visit: SurveyVisit) -> None:
    visit = survey_visit.visit
    answers = {
        question.id: _answer(visit, question, name)
        for lines in asked_together(survey_visit.questions)
        for question, name in zip(lines, _names(lines), strict=True)
    }
    proposal = visit.form_value(PROPOSAL)
    if survey_visit.is_preview:
        answering.checked(survey_visit.questions, answers)
        answering.checked_proposal(proposal)
        return
    sheet = SheetInput(
        answers,
        visit.token or new_token(),
        visit.number("direction"),
        survey_visit.invitation,
        visit.address,
        proposal,
    )
    with writing() as session:
        answering.take_answers(session, NOBODY, survey_visit.survey.key, sheet)


def _names(lines: Sequence[Question]) -> list[str]:
    """The field of a question; of a matrix one for each of its lines."""
    name = field_of(lines[0])
    return [f"{name}_{place}" if line.matrix else name for place, line in enumerate(lines)]


def _answer(visit: Visit, question: Question, name: str) -> answering.Raw:
    if question.kind == QuestionKind.multiple:
        return [tick for tick in visit.form.getlist(name) if isinstance(tick, str)]
    return visit.form_value(name)


# ── The page ────────────────────────────────────────────────────────────────────────────────────


def _form(survey_visit: SurveyVisit, errors: dict[str, str]) -> Response:
    fields = Fields(survey_visit.visit, errors)
    survey = survey_visit.survey
    items = asked_items(survey_visit.questions)
    proposal = direction = None
    if survey_visit.takes_proposals:
        proposal = fields.field(
            "text",
            PROPOSAL,
            "Une affirmation à proposer aux suivants ? (facultatif)",
            f"{STATEMENT_MAX} caractères au plus, sans nommer personne. Rien ne la relie à vos"
            " réponses ; l'équipe du programme la lit avant de la poser.",
            rows=2,
            most=STATEMENT_MAX,
        )
    if survey.asks_direction:
        unsaid = ("", "Je préfère ne pas le dire")
        direction = fields.field(
            "select",
            "direction",
            "Votre direction (facultatif)",
            "Pour comparer les directions entre elles, jamais sous dix réponses.",
            [unsaid, *((str(unit.id), unit.name) for unit in _units())],
        )
    html = render(
        "light/questionnaire.html",
        title=survey.title,
        introduction=survey.introduction,
        token=survey_visit.visit.token or new_token(),
        summary=fields.summary({field_of(item.first): item.first.asked_text for item in items}),
        parts=_parts(fields, items),
        proposal=proposal,
        direction=direction,
        any_required=any(item.first.required for item in items),
        closes_on=survey.closes_on,
        over_since=answering.over_since(survey, cached.today()),
        is_preview=survey_visit.is_preview,
        is_kiosk=survey_visit.is_kiosk,
        again=survey_visit.again(IDLE),
    )
    return _page(survey_visit, survey.title, [html], fields.status)


def _parts(fields: Fields, items: Sequence[AskedItem]) -> list[tuple[AskedItem, Markup]]:
    """The fields in order, each with its question; statements in a row are one part, of which a
    phone shows one at a time.
    """
    parts = []
    for are_statements, run in groupby(items, key=lambda item: item.first.is_statement):
        drawn = [(item, _field(fields, item)) for item in run]
        if are_statements:
            cards = [(field_of(item.first), field) for item, field in drawn]
            drawn = [(drawn[0][0], render("light/statements.html", cards=cards))]
        parts += drawn
    return parts


def _label(item: AskedItem) -> str:
    required = " (réponse obligatoire)" if item.first.required else ""
    return f"{item.number}. {item.first.asked_text}{required}"


def _field(fields: Fields, item: AskedItem) -> Markup:
    question = item.first
    name, label, hint = field_of(question), _label(item), question.hint
    choices = [(choice, choice) for choice in question.options]
    kind = question.asked_as
    if kind is QuestionKind.free:
        return fields.field("text", name, label, hint, rows=4)
    if kind is QuestionKind.multiple:
        hint = hint or "Plusieurs réponses possibles."
        return fields.field("ticks", name, label, hint, choices)
    if kind is QuestionKind.matrix:
        lines = list(zip(_names(item.lines), item.words, strict=True))
        return fields.field("grid", name, label, hint, choices, lines=lines)
    if kind in (QuestionKind.single, QuestionKind.statement):
        return fields.field("choice", name, label, hint, choices)
    return fields.field("steps", name, label, hint, choices, pairs=question.ends)


def _units() -> list[Unit]:
    return cached.tree_at(cached.today()).directions()


def _paper(survey_visit: SurveyVisit) -> Response:
    """The questions to be filled in by hand and typed in by whoever receives the sheet."""
    survey = survey_visit.survey
    items = [(item, _label(item)) for item in asked_items(survey_visit.questions)]
    visit = survey_visit.visit
    address = f"{visit.public_address}/{visit.here}?{urlencode({'q': survey.key})}"
    html = render(
        "light/paper.html",
        address=address if survey.by_link else "",
        picture=qr_code(address),
        title=survey.title,
        introduction=survey.introduction,
        closes_on=survey.closes_on,
        items=items,
        takes_proposals=survey_visit.takes_proposals,
        directions=[unit.name for unit in _units()] if survey.asks_direction else [],
    )
    return page(survey_visit.visit, survey.title, [html], around="rien")


def _page(
    survey_visit: SurveyVisit,
    title: str,
    parts: Sequence[Markup],
    status: int = 200,
    again: dict[str, object] | None = None,
) -> Response:
    answer = page(survey_visit.visit, title, parts, status, around=survey_visit.around, again=again)
    if survey_visit.is_kiosk:
        # The back button must not show the answers of the previous person.
        answer.headers["Cache-Control"] = "no-store"
    return answer
