"""Statements of a survey (terrain d'entente): written, answered one by one, proposed by those who
answer; what most share and what divides, counted again by hand. A proposal names no sheet, no
person and no hour.
"""

import json
from collections import Counter
from pathlib import Path

import pytest
from sqlmodel import select
from support.questionnaires import CLOSES, closed, statements
from support.surveys import as_csv, brought, told, wave
from support.transactions import errors_of, read_with, refusal, refuses, select_all, write_with
from support.troupe import FROZEN

from dashboard.access import NOBODY
from dashboard.actions import limits
from dashboard.actions.surveys.answering import SheetInput, take_answers
from dashboard.actions.surveys.making import copy_survey, drop_survey, write_survey
from dashboard.actions.surveys.questions import (
    QuestionInput,
    accept_proposal,
    change_question,
    drop_proposal,
    write_question,
)
from dashboard.figures.kinds import measured
from dashboard.queries.directions import organisation
from dashboard.queries.surveys.asked import (
    MOST_PROPOSED,
    Standing,
    asked_surveys,
    common_ground,
    proposals,
    questions_of,
    sides,
    takes_proposals,
)
from dashboard.queries.surveys.results import answers_file, results
from dashboard.screens.surveys.results import stance_in_words
from models.database import reading, writing
from models.directions import UnitKind
from models.ledger import Change
from models.signing import unsealed
from models.surveys import (
    AGREE,
    DISAGREE,
    NEITHER,
    STANCES,
    Question,
    QuestionKind,
    Survey,
    SurveyAnswer,
    WaitingSheets,
)

TEXTS = (
    "Le dépôt devrait ouvrir plus tôt.",
    "Les tournées se préparent mieux la veille.",
    "Un casier par personne suffit.",
)
PROPOSED = "Un coin au chaud aiderait l'hiver."


@pytest.fixture
def ground(demo_copy, cast):
    """An open survey of three statements: its row, and the id of each."""
    about = {"title": "Le dépôt", "series": "Terrain du dépôt"}
    return statements(demo_copy, cast.didier, *TEXTS, **about)


def sent(engine, found: Survey, raw, form: str, proposal: str = "", **more) -> bool:
    with writing(engine) as session:
        return take_answers(
            session, NOBODY, found.key, SheetInput(raw, form, proposal=proposal, **more)
        )


def proposed(engine) -> list[Question]:
    return select_all(engine, select(Question).where(Question.proposed))


@pytest.fixture(autouse=True)
def _without_those_of_the_demonstration(demo_copy):
    with writing(demo_copy) as session:
        for one in session.exec(select(Question).where(Question.proposed)).all():
            session.delete(one)


# ── Made ──────────────────────────────────────────────────────────────────────────────────────────


def test_twenty_five_short_statements_are_all_that_a_survey_asks(demo_copy, cast):
    about = Survey(title="Beaucoup", closes_on=CLOSES)
    number = write_with(demo_copy, write_survey, cast.didier, about).id

    def write(text: str, kind: QuestionKind = QuestionKind.statement) -> Question:
        given = QuestionInput(kind, text, required=True)
        return write_with(demo_copy, write_question, cast.didier, number, given)

    assert "201 caractères : 200 au plus" in errors_of(write, "é" * 201)["text"]
    first = write("é" * 200)
    assert (first.options, first.required, first.only_if_id) == (list(STANCES), False, None)
    for n in range(24):
        write(f"Affirmation {n}")
    refuses(write, "Une de trop", match="25 affirmations au plus")
    free = write("Autre chose ?", QuestionKind.free)
    given = QuestionInput(QuestionKind.statement, "Autre chose")
    refusal(demo_copy, change_question, cast.didier, free.id, given, match="25 affirmations")


def test_each_statement_may_be_passed_but_only_its_three_answers_count(demo_copy, ground):
    found, asked = ground
    wrong = errors_of(sent, demo_copy, found, {asked[0]: "Bof"}, "a")
    assert wrong == {f"q{asked[0]}": "Choisissez une des réponses proposées."}
    assert errors_of(sent, demo_copy, found, {}, "a", PROPOSED).keys() == {"form"}
    assert sent(demo_copy, found, {asked[1]: NEITHER}, "a")


# ── Counted again by hand ─────────────────────────────────────────────────────────────────────────


def fill(engine, found: Survey, asked: list[int]) -> list[tuple[int | None, dict[int, str]]]:
    """Sixty sheets of two directions and of none; the third statement divides them."""
    tree = read_with(engine, organisation).at(FROZEN)
    here, there, _ = [unit.id for unit, _ in tree.walk() if unit.kind == UnitKind.direction][:3]
    sheets = []
    for n in range(60):
        place = here if n < 26 else there if n < 52 else None
        answers = {
            asked[0]: AGREE if n % 5 else DISAGREE if n % 2 else NEITHER,
            asked[1]: AGREE if n >= 3 else DISAGREE,
            asked[2]: (AGREE if n < 22 else DISAGREE) if n % 4 else NEITHER,
        }
        if n % 12 == 0:
            del answers[asked[2]]
        sheets.append((place, answers))
        assert sent(engine, found, answers, f"feuille {n}", direction_id=place)
    return sheets


def test_what_most_share_and_what_divides_are_those_of_the_sheets(
    demo_copy, cast, scope_for, ground
):
    found, asked = ground
    sheets = fill(demo_copy, found, asked)
    closed(demo_copy, cast.didier, found.id)
    with reading(demo_copy) as session:
        scope = scope_for(session, cast.didier)
        shown = results(session, scope, found.id)
    by_text = {result.text: result for result in shown}
    counted = [Counter(answers[one] for _, answers in sheets if one in answers) for one in asked]
    first, second, third = (by_text[text] for text in TEXTS)
    assert counted[0] == {AGREE: 48, NEITHER: 6, DISAGREE: 6}
    assert {share.label: share.n for share in first.shares} == counted[0]
    assert sides(first) == (80, 10)
    assert stance_in_words(first) == "Trois personnes sur quatre au moins d'accord"
    # Three of sixty would be known: nothing of it is shown, nor judged.
    assert counted[1] == {AGREE: 57, DISAGREE: 3}
    assert {share.n for share in second.shares} == {None}
    assert stance_in_words(second) == "Non affiché"
    assert third.n == sum(counted[2].values()) == 55
    agree, disagree = (100 * counted[2][side] / 55 for side in (AGREE, DISAGREE))
    assert sides(third) == (agree, disagree) and min(agree, disagree) >= 25
    assert {
        place: [one.text for one in lines] for place, lines in common_ground(shown).items()
    } == {
        Standing.shared: [TEXTS[0]],
        Standing.divided: [TEXTS[2]],
        Standing.open: [TEXTS[1]],
    }
    # Where a direction is shown, its two sides are those of its sheets; the rest may be shown too.
    cells = first.cut.places
    assert cells
    for place, (others, agreeing) in cells.items():
        of_place = [answers[asked[0]] for where, answers in sheets if where == place]
        assert (others, agreeing) == (
            len(of_place) - of_place.count(AGREE),
            of_place.count(AGREE),
        )
        assert min(others, agreeing) >= 5
    rest = [answers[asked[0]] for where, answers in sheets if where not in cells]
    assert not rest or min(rest.count(AGREE), len(rest) - rest.count(AGREE)) >= 5
    assert not second.cut.places and not second.cut.families
    assert not set(first.feeds) & measured().keys()


def test_its_answers_go_out_and_come_back_as_statements(demo_copy, cast, scope_for, ground):
    found, asked = ground
    fill(demo_copy, found, asked)
    closed(demo_copy, cast.didier, found.id)
    with reading(demo_copy) as session:
        headers, rows = answers_file(session, scope_for(session, cast.didier), found)
    assert TEXTS[0] in headers and TEXTS[1] in headers
    content = as_csv([tuple(cell or "" for cell in row) for row in rows], headers)
    own = wave(series=found.series, on=FROZEN, title=found.title)
    assert not brought(demo_copy, cast.didier, content, own).written
    other = wave(series="Repris ailleurs", on=FROZEN, title="Repris", invited=None)
    back = brought(demo_copy, cast.didier, content, other).more["survey_id"]
    mine = told(demo_copy, scope_for, cast.didier, found.id)
    theirs = told(demo_copy, scope_for, cast.didier, back)
    of_text = {result.text: result for result in theirs.values()}
    for result in mine.values():
        if any(sides(result)):
            assert sides(of_text[result.text]) == pytest.approx(sides(result))
    assert [[one.text for one in lines] for lines in common_ground(theirs.values()).values()] == [
        [TEXTS[0]],
        [TEXTS[2]],
    ]


# ── Proposed by those who answer ──────────────────────────────────────────────────────────────────


def test_a_proposal_waits_sealed_with_nine_sheets_and_tells_of_none(demo_copy, cast, ground):
    found, asked = ground
    for n in range(9):
        text = PROPOSED if n == 4 else f"  Proposition   {n} " if n < 3 else ""
        assert sent(demo_copy, found, {asked[0]: AGREE}, f"f{n}", text)
    assert proposed(demo_copy) == []
    with reading(demo_copy) as session:
        pending = session.get(WaitingSheets, found.id)
        assert pending.n == 9 and asked_surveys(session, cast.didier)[0].waiting == 9
        entries = json.loads(unsealed(pending.sealed, "réponses en attente"))
    alone = [answers for place, answers in entries if "" in answers]
    assert len(alone) == 4 and all(answers.keys() == {""} for answers in alone)
    assert sent(demo_copy, found, {asked[0]: DISAGREE}, "f9", PROPOSED.upper())
    texts = [one.text for one in read_with(demo_copy, proposals, cast.didier, found.id)]
    assert texts == ["Proposition 0", "Proposition 1", "Proposition 2", PROPOSED] or (
        texts == ["Proposition 0", "Proposition 1", "Proposition 2", PROPOSED.upper()]
    )
    rows = select_all(demo_copy, select(SurveyAnswer).where(SurveyAnswer.survey_id == found.id))
    assert len(rows) == 10 and not any(row.text for row in rows)
    sheets = {row.sheet for row in rows} | {row.id for row in rows}
    for one in proposed(demo_copy):
        values = one.model_dump()
        assert not set(values.values()) & sheets
        assert (values["position"], values["matrix"], values["hint"]) == (0, "", "")


def test_a_later_batch_mixes_the_proposals_and_the_close_does_too(demo_copy, cast, ground):
    found, asked = ground
    first = ids_after_ten(demo_copy, found, asked, "Avant")
    second = ids_after_ten(demo_copy, found, asked, "Après")
    assert second.keys() > first.keys()
    by_id = sorted(second, key=lambda text: second[text])
    came = [text.startswith("Avant") for text in by_id]
    assert came not in (sorted(came), sorted(came, reverse=True))
    closed(demo_copy, cast.didier, found.id)
    assert [one.text for one in sorted(proposed(demo_copy), key=lambda one: one.id)] != by_id


def ids_after_ten(engine, found: Survey, asked: list[int], word: str) -> dict[str, int]:
    for n in range(10):
        assert sent(engine, found, {asked[0]: AGREE}, f"{word} {n}", f"{word}, numéro {n}")
    return {one.text: one.id for one in proposed(engine)}


def test_no_byte_of_a_proposal_is_there_before_it_is_read_together(demo_copy, ground):
    if demo_copy.dialect.name != "sqlite":
        return
    found, asked = ground
    assert sent(demo_copy, found, {asked[0]: AGREE}, "une", "Mot très reconnaissable")
    folder = Path(demo_copy.url.database).parent
    content = b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
    assert b"reconnaissable" not in content


def test_the_office_reads_first_then_asks_or_drops(demo_copy, cast, scope_for, ground):
    found, asked = ground
    for n in range(10):
        texts = {0: PROPOSED, 1: "Jean Dupont crie trop."}
        assert sent(demo_copy, found, {asked[0]: AGREE}, f"f{n}", texts.get(n, ""))
    with reading(demo_copy) as session:
        assert [one.text for one in questions_of(session, found.id)] == list(TEXTS)
        assert asked_surveys(session, cast.didier)[0].questions == 3
        naming, good = proposals(session, cast.didier, found.id)
    write_with(demo_copy, drop_proposal, cast.didier, found.id, naming.code)
    refusal(demo_copy, drop_proposal, cast.didier, found.id, naming.code, match="n'attend plus")
    write_with(demo_copy, accept_proposal, cast.didier, found.id, good.code)
    refusal(demo_copy, accept_proposal, cast.didier, found.id, good.code, match="n'attend plus")
    lines = select_all(demo_copy, select(Change).where(Change.subject == "question posée"))
    words = " ".join(f"{line.before} {line.after}" for line in lines)
    assert PROPOSED in words and "Dupont" not in words
    with reading(demo_copy) as session:
        *_, new = questions_of(session, found.id)
    assert (new.text, new.code, new.proposed) == (
        PROPOSED,
        "un-coin-au-chaud-aiderait-l-hiver",
        False,
    )
    for n in range(12):
        answers = {asked[0]: AGREE, new.id: DISAGREE if n < 6 else NEITHER}
        assert sent(demo_copy, found, answers, f"après {n}")
    closed(demo_copy, cast.didier, found.id)
    with reading(demo_copy) as session:
        shown = {
            one.text: one for one in results(session, scope_for(session, cast.didier), found.id)
        }
    assert (shown[TEXTS[0]].n, shown[PROPOSED].n) == (22, 12), "over those who were asked it"


def test_a_long_proposal_or_one_of_too_many_is_refused_and_nothing_counts(
    demo_copy, cast, ground, monkeypatch
):
    found, asked = ground
    long = errors_of(sent, demo_copy, found, {asked[0]: AGREE}, "f", "é" * 201)
    assert "201 caractères : 200 au plus" in long["proposition"]
    with writing(demo_copy) as session:
        session.add_all(
            Question(
                survey_id=found.id, code=f"p{n}", text=f"P {n}", kind="affirmation", proposed=True
            )
            for n in range(MOST_PROPOSED)
        )
        assert not takes_proposals(session, questions_of(session, found.id))
    many = errors_of(sent, demo_copy, found, {asked[0]: AGREE}, "f", "Une de plus")
    assert "attendent déjà d'être lues" in many["proposition"]
    assert sent(demo_copy, found, {asked[0]: AGREE}, "f", " "), "the form is not used up"
    monkeypatch.setitem(limits.ALLOWED, limits.Act.answer, (2, 100))
    assert sent(demo_copy, found, {asked[0]: AGREE}, "g", address="192.0.2.7")
    assert sent(demo_copy, found, {asked[0]: AGREE}, "h", address="192.0.2.7")
    about = {"address": "192.0.2.7"}
    refuses(sent, demo_copy, found, {asked[0]: AGREE}, "i", match="réponses arrivent", **about)


def test_a_closed_one_hands_what_was_not_read_to_its_next_wave(demo_copy, cast, ground):
    found, asked = ground
    assert sent(demo_copy, found, {asked[0]: AGREE}, "une", PROPOSED)
    closed(demo_copy, cast.didier, found.id)
    [waiting] = read_with(demo_copy, proposals, cast.didier, found.id)
    refusal(demo_copy, accept_proposal, cast.didier, found.id, waiting.code, match="reprenez-le")
    again = write_with(demo_copy, copy_survey, cast.didier, found.id).id
    write_with(demo_copy, accept_proposal, cast.didier, again, waiting.code)
    with reading(demo_copy) as session:
        codes = [one.code for one in questions_of(session, again)]
        assert codes[:3] == [one.code for one in questions_of(session, found.id)]
        assert len(codes) == 4
    other = write_with(demo_copy, copy_survey, cast.didier, found.id).id
    write_with(demo_copy, drop_survey, cast.didier, other)
    assert select_all(demo_copy, select(Question).where(Question.survey_id == other)) == []
