"""Questionnaire: answered without a name, by its open address, by the link of a mail, on a tablet
of several people; printed on paper; tried before it opens.

The address says which: `q` the questionnaire, `invitation` the code of a mail, `borne` the shared
tablet, `papier` the sheet, `apercu` a draft as its office sees it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from dashboard import cached
from dashboard.access import NOBODY
from dashboard.actions.surveys import answering
from dashboard.actions.surveys.answering import SheetInput, Way, field_of
from dashboard.cached import memory
from dashboard.light.fields import Fields, refused
from dashboard.light.filing import new_token
from dashboard.light.page import Again, Around, Visit, page
from dashboard.light.qr import qr_code
from dashboard.queries.surveys.previews import previewed
from dashboard.queries.surveys.questionnaires import by_key, numbers_of, questions_of
from dashboard.rendering import render
from models.database import reading, writing
from models.directions import Unit, UnitKind
from models.errors import Invalid, Refused
from models.questionnaires import AskedKind, AskedQuestion, Questionnaire

TITLE = "Questionnaire"
IDLE, THANKED = 60, 8  # seconds until a shared tablet begins anew
_TO_FILL = " (réponse obligatoire)"
_NO_DIRECTION = ("", "Je préfère ne pas le dire")


@dataclass(frozen=True)
class Rule:
    """The condition of a question: the field it looks at, the answer it waits for, and what that
    question asks.
    """

    field: str
    answer: str
    text: str


@dataclass(frozen=True)
class Asked:
    """What one visit is about: the questionnaire, its questions, and the way in which it comes."""

    visit: Visit
    questionnaire: Questionnaire
    questions: Sequence[AskedQuestion]
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
        address = urlencode({"q": self.questionnaire.key, "borne": "oui"})
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
def _open_at(key: str) -> tuple[Questionnaire, list[AskedQuestion]] | None:
    """The questionnaire at this address, with what it asks."""
    with reading() as session:
        found = by_key(session, key)
        return (found, questions_of(session, found.id)) if found else None


def _refuse_beforehand(asked: Asked) -> None:
    """So that nobody writes for nothing. Raises Refused."""
    if asked.is_preview:
        return
    answering.refuse_closed(asked.questionnaire, cached.today())
    if asked.invitation:
        with reading() as session:
            answering.refuse_used(session, asked.questionnaire, asked.invitation)
    else:
        answering.refuse_without_invitation(asked.questionnaire)


def _sent(asked: Asked) -> Response:
    try:
        _take(asked)
    except Invalid as error:
        return _form(asked, error.errors)
    again = asked.again(THANKED)
    html = render(
        "light/answered.html",
        closes_on=asked.questionnaire.closes_on,
        is_preview=asked.is_preview,
        again=again,
    )
    return _page(asked, "Merci", [html], again=again)


def _take(asked: Asked) -> None:
    visit = asked.visit
    said = {question.id: _said(visit, question) for question in asked.questions}
    if asked.is_preview:
        answering.checked(asked.questions, said)
        return
    sheet = SheetInput(said, visit.number("direction"))
    way = Way(visit.token or new_token(), asked.invitation, visit.address)
    with writing() as session:
        answering.take_answers(session, NOBODY, asked.questionnaire.key, sheet, way)


def _said(visit: Visit, question: AskedQuestion) -> answering.Said:
    name = field_of(question)
    if question.asked_as is AskedKind.multiple:
        return [tick for tick in visit.form.getlist(name) if isinstance(tick, str)]
    if question.asked_as is AskedKind.matrix:
        return {line: visit.given(f"{name}_{number}") for number, line in enumerate(question.rows)}
    return visit.given(name)


# ── What is shown ─────────────────────────────────────────────────────────────────────────────────


def _form(asked: Asked, errors: dict[str, str]) -> Response:
    fields = Fields(asked.visit, errors)
    found = asked.questionnaire
    labels = {field_of(question): question.text for question in asked.questions}
    blocks = _blocks(asked, fields)
    html = render(
        "light/questionnaire.html",
        title=found.title,
        introduction=found.introduction,
        token=asked.visit.token or new_token(),
        summary=fields.summary(labels),
        parts=blocks.parts,
        direction=blocks.direction,
        any_required=any(question.required for question in asked.questions),
        closes_on=found.closes_on,
        over_since=answering.over_since(found, cached.today()),
        is_preview=asked.is_preview,
        is_kiosk=asked.is_kiosk,
        again=asked.again(IDLE),
    )
    return _page(asked, found.title, [html], fields.status)


@dataclass(frozen=True)
class _Blocks:
    """Each question with its condition, and the choice of a direction, if it is asked."""

    parts: list[tuple[Rule | None, Markup]]
    direction: Markup | None


def _blocks(asked: Asked, fields: Fields) -> _Blocks:
    """Of a questionnaire that nobody has begun, the same for everybody."""

    def drawn() -> _Blocks:
        parts = [
            (rule, _field(fields, question, label))
            for question, label, rule in _labelled(asked.questions)
        ]
        return _Blocks(parts, _direction(fields) if asked.questionnaire.asks_direction else None)

    def followed() -> _Blocks:
        memory.revisions("surveys")
        return drawn()

    if asked.visit.is_sent or asked.is_preview:
        return drawn()
    return _BLANK.find(asked.questionnaire.key, followed)


_BLANK: memory.TrackedCache[_Blocks] = memory.TrackedCache(64)


def _labelled(
    questions: Sequence[AskedQuestion],
) -> Iterator[tuple[AskedQuestion, str, Rule | None]]:
    """Each question, what stands above it, its condition."""
    by_id = {question.id: question for question in questions}
    for question, number in zip(questions, numbers_of(questions), strict=True):
        rules = by_id.get(question.only_if_id)
        rule = Rule(field_of(rules), question.only_if, rules.text) if rules else None
        yield question, f"{number}. {question.text}{_TO_FILL * question.required}", rule


def _field(fields: Fields, question: AskedQuestion, label: str) -> Markup:
    name = field_of(question)
    choices = [(choice, choice) for choice in question.options]
    kind = question.asked_as
    if kind is AskedKind.free:
        return fields.text(name, label, question.hint, rows=4)
    if kind is AskedKind.multiple:
        return fields.ticks(name, label, choices, question.hint or "Plusieurs réponses possibles.")
    if kind is AskedKind.matrix:
        lines = [(f"{name}_{place}", line) for place, line in enumerate(question.rows)]
        return fields.grid(name, label, lines, choices, question.hint)
    if kind is AskedKind.single:
        return fields.choice(name, label, choices, hint=question.hint)
    return fields.steps(name, label, choices, question.ends, question.hint)


def _directions() -> list[Unit]:
    tree = cached.tree_at(cached.today())
    return [unit for unit, _ in tree.walk() if unit.kind == UnitKind.direction]


def _direction(fields: Fields) -> Markup:
    return fields.select(
        "direction",
        "Votre direction (facultatif)",
        [_NO_DIRECTION, *((str(unit.id), unit.name) for unit in _directions())],
        hint="Pour comparer les directions entre elles, jamais sous dix réponses.",
    )


def _paper(asked: Asked) -> Response:
    """The same questions to be filled in by hand; whoever receives the sheet types it in."""
    found = asked.questionnaire
    items = [
        {
            "label": label,
            "rule": rule,
            "hint": question.hint,
            "rows": question.rows,
            "choices": question.options,
            "ends": question.ends,
            "several": question.asked_as is AskedKind.multiple,
        }
        for question, label, rule in _labelled(asked.questions)
    ]
    address = f"{asked.visit.origin}/{asked.visit.here}?{urlencode({'q': found.key})}"
    html = render(
        "light/paper.html",
        address=address if found.by_link else "",
        picture=qr_code(address),
        title=found.title,
        introduction=found.introduction,
        closes_on=found.closes_on,
        items=items,
        directions=[unit.name for unit in _directions()] if found.asks_direction else [],
    )
    return page(asked.visit, found.title, [html], around=Around.nothing)


def _refused(asked: Asked, refusal: Refused) -> Response:
    """Where something was typed it stays, under the sentence; else the sentence alone."""
    if asked.visit.is_sent:
        return _form(asked, refused(refusal))
    return _sentence(asked.visit, asked.questionnaire.title, str(refusal), 200, asked)


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
