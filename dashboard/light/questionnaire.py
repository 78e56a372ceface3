"""Questionnaire: answered without a name, by its open address, by the link of a mail, on a tablet
of several people; printed on paper; tried before it opens.

The address says which: `q` the questionnaire, `invitation` the code of a mail, `borne` the shared
tablet, `papier` the sheet, `apercu` a draft as its office sees it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from dashboard import cached
from dashboard.access import NOBODY
from dashboard.actions.surveys import answering
from dashboard.actions.surveys.answering import SheetInput, field_of
from dashboard.cached import memory
from dashboard.light.fields import Fields, refused
from dashboard.light.filing import new_token
from dashboard.light.page import Again, Around, Visit, page
from dashboard.light.qr import qr_code
from dashboard.queries.surveys.asked import (
    AskedItem,
    asked_items,
    asked_together,
    by_key,
    previewed,
    questions_of,
)
from dashboard.rendering import render
from models.database import reading, writing
from models.directions import Unit
from models.errors import Invalid, Refused
from models.surveys import Question, QuestionKind, Survey

TITLE = "Questionnaire"
IDLE, THANKED = 60, 8  # seconds until a shared tablet begins anew
_TO_FILL = " (réponse obligatoire)"
_NO_DIRECTION = ("", "Je préfère ne pas le dire")


@dataclass(frozen=True)
class Asked:
    """What one visit is about: the survey, its questions, and the way in which it comes."""

    visit: Visit
    survey: Survey
    questions: Sequence[Question]
    is_preview: bool = False

    @property
    def invitation(self) -> str:
        return self.visit.asked("invitation")

    @property
    def is_kiosk(self) -> bool:
        return bool(self.visit.asked("borne")) and not self.invitation

    @property
    def around(self) -> Around:
        return Around.name if self.is_kiosk or self.is_preview else Around.plain

    def again(self, seconds: int) -> Again | None:
        """Where a shared tablet goes on its own."""
        if not self.is_kiosk:
            return None
        address = urlencode({"q": self.survey.key, "borne": "oui"})
        return Again(seconds, f"/{self.visit.here}?{address}")


def questionnaire_page(visit: Visit) -> Response:
    """GET: the questions. POST: what was answered is taken, once."""
    asked = _asked(visit)
    if asked is None:
        return _sentence(visit, TITLE, answering.NO_SUCH, 404)
    try:
        if not visit.is_sent:
            _refuse_beforehand(asked)
            return _paper(asked) if visit.asked("papier") else _form(asked, {})
        return _sent(asked)
    except Refused as refusal:
        return _refused(asked, refusal)


def _asked(visit: Visit) -> Asked | None:
    if not (preview := visit.asked("apercu")):
        stored = _open_at(visit.asked("q"))
        return Asked(visit, *stored) if stored else None
    with reading() as session:
        found = previewed(session, preview)
        return Asked(visit, found, questions_of(session, found.id), True) if found else None


@memory.cached("surveys", size=64)
def _open_at(key: str) -> tuple[Survey, list[Question]] | None:
    """The survey at this address, with what it asks."""
    with reading() as session:
        found = by_key(session, key)
        return (found, questions_of(session, found.id)) if found else None


def _refuse_beforehand(asked: Asked) -> None:
    """So that nobody writes for nothing. Raises Refused."""
    if not asked.is_preview:
        with reading() as session:
            answering.refuse_way(session, asked.survey, asked.invitation)


def _sent(asked: Asked) -> Response:
    try:
        _take(asked)
    except Invalid as error:
        return _form(asked, error.errors)
    again = asked.again(THANKED)
    html = render(
        "light/answered.html",
        closes_on=asked.survey.closes_on,
        is_preview=asked.is_preview,
        again=again,
    )
    return _page(asked, "Merci", [html], again=again)


def _take(asked: Asked) -> None:
    visit = asked.visit
    said = {
        question.id: _said(visit, question, name)
        for lines in asked_together(asked.questions)
        for question, name in zip(lines, _names(lines), strict=True)
    }
    if asked.is_preview:
        answering.checked(asked.questions, said)
        return
    sheet = SheetInput(
        said,
        visit.token or new_token(),
        visit.number("direction"),
        asked.invitation,
        visit.address,
    )
    with writing() as session:
        answering.take_answers(session, NOBODY, asked.survey.key, sheet)


def _names(lines: Sequence[Question]) -> list[str]:
    """The field of a question; of a matrix one for each of its lines."""
    name = field_of(lines[0])
    return [f"{name}_{place}" if line.matrix else name for place, line in enumerate(lines)]


def _said(visit: Visit, question: Question, name: str) -> answering.Raw:
    if question.kind == QuestionKind.multiple:
        return [tick for tick in visit.form.getlist(name) if isinstance(tick, str)]
    return visit.given(name)


# ── What is shown ─────────────────────────────────────────────────────────────────────────────────


def _form(asked: Asked, errors: dict[str, str]) -> Response:
    fields = Fields(asked.visit, errors)
    found = asked.survey
    items = asked_items(asked.questions)
    html = render(
        "light/questionnaire.html",
        title=found.title,
        introduction=found.introduction,
        token=asked.visit.token or new_token(),
        summary=fields.summary({field_of(item.first): item.first.asked_text for item in items}),
        parts=[(item, _field(fields, item)) for item in items],
        direction=_direction(fields) if found.asks_direction else None,
        any_required=any(item.first.required for item in items),
        closes_on=found.closes_on,
        over_since=answering.over_since(found, cached.today()),
        is_preview=asked.is_preview,
        is_kiosk=asked.is_kiosk,
        again=asked.again(IDLE),
    )
    return _page(asked, found.title, [html], fields.status)


def _label(item: AskedItem) -> str:
    return f"{item.number}. {item.first.asked_text}{_TO_FILL * item.first.required}"


def _field(fields: Fields, item: AskedItem) -> Markup:
    question = item.first
    name, label, hint = field_of(question), _label(item), question.hint
    choices = [(choice, choice) for choice in question.options]
    kind = question.asked_as
    if kind is QuestionKind.free:
        return fields.text(name, label, hint, rows=4)
    if kind is QuestionKind.multiple:
        return fields.ticks(name, label, choices, hint or "Plusieurs réponses possibles.")
    if kind is QuestionKind.matrix:
        lines = list(zip(_names(item.lines), item.words, strict=True))
        return fields.grid(name, label, lines, choices, hint)
    if kind is QuestionKind.single:
        return fields.choice(name, label, choices, hint=hint)
    return fields.steps(name, label, choices, question.ends, hint)


def _units() -> list[Unit]:
    return cached.tree_at(cached.today()).directions()


def _direction(fields: Fields) -> Markup:
    return fields.select(
        "direction",
        "Votre direction (facultatif)",
        [_NO_DIRECTION, *((str(unit.id), unit.name) for unit in _units())],
        hint="Pour comparer les directions entre elles, jamais sous dix réponses.",
    )


def _paper(asked: Asked) -> Response:
    """The same questions to be filled in by hand; whoever receives the sheet types it in."""
    found = asked.survey
    items = [(item, _label(item)) for item in asked_items(asked.questions)]
    address = f"{asked.visit.origin}/{asked.visit.here}?{urlencode({'q': found.key})}"
    html = render(
        "light/paper.html",
        address=address if found.by_link else "",
        picture=qr_code(address),
        title=found.title,
        introduction=found.introduction,
        closes_on=found.closes_on,
        items=items,
        directions=[unit.name for unit in _units()] if found.asks_direction else [],
    )
    return page(asked.visit, found.title, [html], around=Around.nothing)


def _refused(asked: Asked, refusal: Refused) -> Response:
    """Where something was typed it stays, under the sentence; else the sentence alone."""
    if asked.visit.is_sent:
        return _form(asked, refused(refusal))
    return _sentence(asked.visit, asked.survey.title, str(refusal), 200, asked)


def _sentence(
    visit: Visit, title: str, sentence: str, status: int, asked: Asked | None = None
) -> Response:
    again = asked.again(IDLE) if asked else None
    html = render("light/no_questionnaire.html", title=title, sentence=sentence, again=again)
    if asked is None:
        return page(visit, title, [html], status, around=Around.plain)
    return _page(asked, title, [html], status)


def _page(
    asked: Asked,
    title: str,
    parts: Sequence[Markup],
    status: int = 200,
    again: Again | None = None,
) -> Response:
    answer = page(asked.visit, title, parts, status, around=asked.around, again=again)
    if asked.is_kiosk:
        # The way back of the next person leads to no answer of the one before.
        answer.headers["Cache-Control"] = "no-store"
    return answer
