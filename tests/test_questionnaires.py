"""Questionnaires of our own: made, answered without a name, entered ten at a time, closed; nobody's
answer can be told by its place, its hour or its invitation.
"""

import base64
import hashlib
import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import String, cast as cast_to, literal, text, update
from sqlmodel import func, select
from support import pages
from support.hands import plain as without_thin_spaces
from support.post import plain, subject
from support.questionnaires import (
    CLOSES,
    LINES,
    WORDS,
    answer,
    answered_by,
    closed,
    drafted,
    opened,
    said,
)
from support.transactions import (
    errors_of,
    read_with,
    refusal,
    refuses,
    select_all,
    write_with,
)
from support.troupe import FROZEN

from dashboard.actions import tokens
from dashboard.actions.figures.measures import measure_at, record
from dashboard.actions.notices import sending
from dashboard.actions.operations import tick
from dashboard.actions.people.privacy import erase_person
from dashboard.actions.surveys.answering import code_for, notice_key, stored_hash
from dashboard.actions.surveys.making import (
    change_survey,
    close_survey,
    copy_survey,
    drop_survey,
    file_finding,
    invite_all,
    open_survey,
    remind_all,
    write_survey,
)
from dashboard.actions.surveys.questions import (
    BANK,
    QuestionInput,
    add_from_bank,
    change_question,
    drop_question,
    move_question,
    question_values,
    write_question,
)
from dashboard.figures.kinds import measured
from dashboard.french import NO_BREAK
from dashboard.queries.directions import organisation
from dashboard.queries.surveys import results, results as free_texts_query
from dashboard.queries.surveys.asked import asked_items, asked_surveys, questions_of, response_rate
from dashboard.views.enquetes import in_words
from models.database import reading, writing
from models.directions import UnitKind
from models.installation import Installation
from models.notices import Notice, NoticeKind
from models.people import Person
from models.roadmap import Measure
from models.signing import unsealed
from models.surveys import (
    QuestionKind,
    Survey,
    SurveyAnswer,
    SurveyInvitation,
    WaitingSheets,
)
from models.texts import Invalid, Refused

# ── Making ────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_is_written_put_in_order_and_opened(demo_copy, cast):
    found, asked = drafted(demo_copy, cast.didier)
    with writing(demo_copy) as session:
        move_question(session, cast.didier, asked["text"], -1)
        drop_question(session, cast.didier, asked["praise"])
        rule = {"only_if_id": asked["car"], "only_if": "Non"}
        more = QuestionInput(QuestionKind.free, "Pourquoi ?", ambition_id=1, **rule)
        why = write_question(session, cast.didier, found, more)
        for _ in range(4):
            move_question(session, cast.didier, why.id, -1)
        survey = open_survey(session, cast.didier, found)
        assert (survey.on, survey.answered, survey.agents) == (FROZEN, 0, True)
        rows = questions_of(session, found)
        assert [item.number for item in asked_items(rows)] == ["1", "1a", "1b", "2", "3", "4", "5"]
        assert why.ambition_id == 1
    order = [asked[name] for name in ("car", "which", "tools", "ease", "text", *LINES)]
    order.insert(2, why.id)
    assert [row.id for row in rows] == order
    assert [row.position for row in rows] == list(range(8))
    assert [row.kind for row in rows] == [
        "unique", "texte", "texte", "multiple", "echelle-5", "texte", "unique", "unique",
    ]  # fmt: skip
    assert [row.matrix for row in rows][-2:] == ["Vous convient-il ?"] * 2
    assert [row.code for row in rows][-2:] == [
        "vous-convient-il[les-horaires]",
        "vous-convient-il[les-tenues]",
    ]


def test_what_an_open_questionnaire_asks_no_longer_changes(demo_copy, cast):
    found, asked = opened(demo_copy, cast.didier)
    given = QuestionInput(QuestionKind.free, "Une autre ?")
    for act in (
        lambda session: write_question(session, cast.didier, found.id, given),
        lambda session: change_question(session, cast.didier, asked["text"], given),
        lambda session: move_question(session, cast.didier, asked["text"], -1),
        lambda session: drop_question(session, cast.didier, asked["text"]),
        lambda session: drop_survey(session, cast.didier, found.id),
        lambda session: open_survey(session, cast.didier, found.id),
    ):
        refusal(demo_copy, act, match="ses questions ne changent plus")
    later = Survey(title="Un titre mieux dit", closes_on=CLOSES + timedelta(days=7), agents=False)
    write_with(demo_copy, change_survey, cast.didier, found.id, later)
    with reading(demo_copy) as session:
        now = session.get(Survey, found.id)
        assert (now.title, now.closes_on, now.agents) == (
            "Un titre mieux dit",
            CLOSES + timedelta(days=7),
            True,
        )


@pytest.mark.parametrize(
    "given, field, sentence",
    [
        (QuestionInput(QuestionKind.free, "  "), "text", "Écrivez la question"),
        (QuestionInput(QuestionKind.free, "é" * 301), "text", "301 caractères"),
        (QuestionInput(QuestionKind.single, "Une", choices=("Oui",)), "choices", "de 2 à 20"),
        (
            QuestionInput(QuestionKind.single, "Une", choices=("Oui", "oui ")),
            "choices",
            "les mêmes",
        ),
        (QuestionInput(QuestionKind.single, "Une", choices=("A1", "A2")), "choices", "en mots"),
        (QuestionInput(QuestionKind.matrix, "Une", choices=WORDS), "lines", "de 1 à 15"),
        (QuestionInput(QuestionKind.one_to_five, "Une", low="Non"), "high", "ou aucun"),
        (QuestionInput(QuestionKind.zero_to_ten, "Une", low="é" * 61, high="Oui"), "low", "60 au"),
        (
            QuestionInput(QuestionKind.free, "Une", only_if_id=10**6, only_if="Oui"),
            "only_if",
            "avant",
        ),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(demo_copy, cast, given, field, sentence):
    found, _ = drafted(demo_copy, cast.didier)
    assert (
        sentence
        in errors_of(write_with, demo_copy, write_question, cast.didier, found, given)[field]
    )


def test_the_next_wave_asks_the_same_with_the_ends_of_its_scales(demo_copy, cast):
    found, asked = drafted(demo_copy, cast.didier, series="Deux vagues")
    words = {"low": "Pas du tout facile", "high": "Très facile"}
    with writing(demo_copy) as session:
        given = QuestionInput(QuestionKind.one_to_five, "Est-ce facile ?", **words)
        changed = change_question(session, cast.didier, asked["ease"], given)
        assert changed.ends == [("1", words["low"]), ("5", words["high"])]
        assert changed.options == ["1", "2", "3", "4", "5"]
        assert question_values([changed]) | words == question_values([changed])
        again = copy_survey(session, cast.didier, found)
        assert again.series == "Deux vagues" and again.key != session.get(Survey, found).key
        before, after = questions_of(session, found), questions_of(session, again.id)
        assert [(one.code, one.ends) for one in after] == [(one.code, one.ends) for one in before]
        assert after[1].only_if_id == after[0].id != before[0].id
        free = QuestionInput(QuestionKind.free, "Est-ce facile ?", **words)
        assert change_question(session, cast.didier, asked["ease"], free).ends == []


def test_a_condition_keeps_what_it_depends_on(demo_copy, cast):
    _, asked = drafted(demo_copy, cast.didier)
    others = QuestionInput(QuestionKind.single, "Un véhicule ?", choices=("Parfois", "Jamais"))
    for act, sentence in (
        (lambda session: drop_question(session, cast.didier, asked["car"]), "dépend de cette"),
        (lambda session: move_question(session, cast.didier, asked["car"], 1), "reste après"),
        (lambda session: change_question(session, cast.didier, asked["car"], others), "gardez-la"),
    ):
        refusal(demo_copy, act, match=sentence, error=(Refused, Invalid))


def test_a_draft_can_be_taken_back_and_an_empty_one_not_opened(demo_copy, cast):
    found, _ = drafted(demo_copy, cast.didier)
    write_with(demo_copy, drop_survey, cast.didier, found)
    with reading(demo_copy) as session:
        assert session.get(Survey, found) is None and questions_of(session, found) == []
    empty = write_with(
        demo_copy, write_survey, cast.didier, Survey(title="Vide", closes_on=CLOSES)
    ).id
    refusal(demo_copy, open_survey, cast.didier, empty, match="pas encore de question")


# ── Answering ─────────────────────────────────────────────────────────────────────────────────────


def test_nine_answers_wait_and_the_tenth_brings_them_in(demo_copy, cast, scope_for):
    found, asked = opened(demo_copy, cast.didier)
    answered_by(demo_copy, found, asked, 9)
    assert counted(demo_copy, found) == (0, 9, 0)
    assert answer(demo_copy, found.key, said(asked, "Le dixième"), "formulaire-10")
    assert counted(demo_copy, found) == (10, 0, 10)
    with reading(demo_copy) as session:
        rows = session.exec(select(SurveyAnswer).where(SurveyAnswer.survey_id == found.id)).all()
        texts = {row.text for row in rows} - {None}
    assert len({row.sheet for row in rows}) == 10 and len(rows) == 10 * 7
    assert len(texts) == 10 and "Le dixième" in texts


def counted(engine, found: Survey) -> tuple[int, int, int]:
    """(answered, waiting, sheets in the tables)."""
    with reading(engine) as session:
        sheets = session.exec(
            select(func.count(SurveyAnswer.sheet.distinct())).where(
                SurveyAnswer.survey_id == found.id
            )
        ).one()
        waiting = session.get(WaitingSheets, found.id)
        answered = session.get(Survey, found.id).answered
        return answered, waiting.n if waiting else 0, sheets


@pytest.mark.parametrize(
    "more, wrong",
    [
        ({"car": "Oui"}, {"which"}),
        ({"car": "Oui", "which": "é" * 50_000}, {"which"}),
        ({"ease": ""}, {"ease"}),
        ({"ease": "6"}, {"ease"}),
        ({"car": "Peut-être"}, {"car"}),
        ({"tools": ("Papier", "Fax")}, {"tools"}),
        ({LINES[1]: "Bof"}, {"both"}),
        ({"car": "Non", "which": "é" * 50_000}, set()),
        ({LINES[0]: "", LINES[1]: "", "tools": ()}, set()),
    ],
)
def test_what_is_wrong_is_said_beside_its_question(demo_copy, cast, more, wrong):
    found, asked = opened(demo_copy, cast.didier)
    if not wrong:
        assert answer(demo_copy, found.key, said(asked, **more), "formulaire")
        return
    assert errors_of(answer, demo_copy, found.key, said(asked, **more), "formulaire").keys() == {
        f"q{asked[name]}" for name in wrong
    }
    assert counted(demo_copy, found) == (0, 0, 0)
    assert answer(demo_copy, found.key, said(asked), "formulaire"), "the form is not used up"


def test_the_same_form_counts_once_and_a_closed_one_says_so(demo_copy, cast):
    found, asked = opened(demo_copy, cast.didier)
    assert answer(demo_copy, found.key, said(asked), "formulaire")
    assert not answer(demo_copy, found.key, said(asked), "formulaire")
    assert counted(demo_copy, found) == (0, 1, 0)
    with writing(demo_copy) as session:
        close_survey(session, cast.didier, found.id)
        assert session.get(WaitingSheets, found.id) is None, "nor which forms were sent"
    for form in ("formulaire", "un autre"):
        refuses(answer, demo_copy, found.key, said(asked), form, match="fermé depuis le")
    refuses(answer, demo_copy, "inconnu", said(asked), "un autre", match="n'existe pas")


def test_a_form_that_is_sent_again_after_midnight_counts_once(demo_copy, cast):
    found, asked = opened(demo_copy, cast.didier)
    assert answer(demo_copy, found.key, said(asked), "ouvert toute la nuit")
    answered_by(demo_copy, found, asked, 12)
    with writing(demo_copy) as session:
        session.get(Installation, 1).frozen_on = CLOSES
        session.flush()
        tokens.purge(session)
    assert not answer(demo_copy, found.key, said(asked), "ouvert toute la nuit")
    assert not answer(demo_copy, found.key, said(asked), "jeton-prive-11")
    assert counted(demo_copy, found) == (10, 3, 10)
    assert answer(demo_copy, found.key, said(asked), "un autre")


@pytest.mark.slow
@pytest.mark.locks
def test_fifty_phones_at_once_are_counted_once_each(demo_copy, cast):
    found, asked = opened(demo_copy, cast.didier)
    forms = [f"telephone-{n % 50}" for n in range(100)]  # each touches twice
    with ThreadPoolExecutor(12) as phones:
        new = list(
            phones.map(lambda form: answer(demo_copy, found.key, said(asked, form), form), forms)
        )
    assert sum(new) == 50 and counted(demo_copy, found) == (50, 0, 50)


# ── Results ───────────────────────────────────────────────────────────────────────────────────────


def test_results_are_read_at_the_close_as_those_of_an_import(demo_copy, cast, scope_for):
    found, asked = opened(demo_copy, cast.didier)
    answered_by(demo_copy, found, asked, 14)
    with reading(demo_copy) as session:
        scope = scope_for(session, cast.didier)
        assert found.id not in {wave.id for wave in results.waves(session, scope)}
        assert results.results(session, scope, found.id) == []
        assert free_texts_query.count_texts(session, cast.didier, found.id) == 0
        made = asked_surveys(session, cast.didier)[0]
        assert (made.received, made.survey.answered, made.waiting) == (14, 10, 4)
        assert made.questions == 7
        assert "14 réponses reçues. 4 attendent d'être 10" in without_thin_spaces(in_words(made))
    closed(demo_copy, cast.didier, found.id)
    assert counted(demo_copy, found) == (14, 0, 14)
    with reading(demo_copy) as session:
        assert found.id in {wave.id for wave in results.waves(session, scope)}
        told = {one.text: one for one in results.results(session, scope, found.id)}
        assert free_texts_query.count_texts(session, cast.didier, found.id) == 14
    assert told["Vos outils"].n == told["Les horaires"].n == 14
    assert told["Lequel ?"].n == 0


def test_a_direction_that_is_told_cuts_the_results_and_a_text_becomes_a_finding(
    demo_copy, cast, scope_for
):
    found, asked = opened(demo_copy, cast.didier)
    tree = read_with(demo_copy, organisation).at(FROZEN)
    directions = [unit.id for unit, _ in tree.walk() if unit.kind == UnitKind.direction][:2]
    service = next(
        unit.id
        for unit, _ in tree.walk()
        if unit.kind == UnitKind.service
        and tree.ancestor(unit.id, UnitKind.direction).id == directions[0]
    )
    for n in range(40):
        # A service counts for its direction; what is none of ours is nowhere.
        place = (directions[0], service, directions[1], directions[1])[n % 4]
        sheet = said(asked, f"Mot {n}", car="Oui" if n % 8 < 4 else "Non", which="La bleue")
        assert answer(demo_copy, found.key, sheet, f"formulaire-{n}", direction=place)
    assert answer(demo_copy, found.key, said(asked), "ailleurs", direction=10**9)
    closed(demo_copy, cast.didier, found.id)
    with writing(demo_copy) as session:
        scope = scope_for(session, cast.didier)
        told = {one.text: one for one in results.results(session, scope, found.id)}
        cuts = told["Avez-vous un véhicule de service ?"].cut.places
        assert {place: sum(counts) for place, counts in cuts.items()}.keys() <= set(directions)
        assert set(directions) & cuts.keys()
        [one, *_] = free_texts_query.free_texts(session, cast.didier, scope.tree, found.id)
        given = ("Un titre", one.text, 1, False)
        assert file_finding(session, cast.didier, one.id, *given) > 0


def shown(page) -> str:
    """What a page says, its HTML included, with plain spaces."""
    assert not page.exception
    words = " ".join([*pages.html_of(page), *pages.markdown_of(page)])
    return without_thin_spaces(words).replace(NO_BREAK, " ")


@pytest.mark.locks
def test_of_two_waves_that_open_at_once_each_has_its_number(demo_copy, cast):
    drafts = [drafted(demo_copy, cast.didier, series="Ensemble")[0] for _ in range(4)]

    def opens(draft: int) -> int:
        return write_with(demo_copy, open_survey, cast.didier, draft).number

    with ThreadPoolExecutor(4) as hands:
        assert sorted(hands.map(opens, drafts)) == [1, 2, 3, 4]


@pytest.mark.parametrize("came, told", [(9, False), (10, True)])
def test_one_threshold_is_said_where_results_are_read(demonstration, open_page, cast, came, told):
    found, asked = opened(demonstration, cast.didier, series=f"Seuil {came}")
    for n in range(came):
        assert answer(demonstration, found.key, said(asked), f"jeton-du-seuil-{came}-{n}")
    closed(demonstration, cast.didier, found.id)
    page = open_page("didier", "concertation", f"enquete={found.id}")
    shown = without_thin_spaces(" ".join([*pages.html_of(page), *pages.markdown_of(page)]))
    assert ("à partir de 10 réponses" in shown) is told
    assert ("Moins de 10 réponses : rien d" in shown) is not told
    assert "moins de 5 réponses" not in shown and "< 5" not in shown and "&lt; 5" not in shown


def test_a_round_closes_what_is_over(demo_copy, cast):
    found, asked = opened(demo_copy, cast.didier)
    answered_by(demo_copy, found, asked, 3)
    assert closed_by_a_round(demo_copy, CLOSES) == 0, "the last day is whole"
    closed = closed_by_a_round(demo_copy, CLOSES + timedelta(days=1))
    assert closed == 2, "this one, and that of the demonstration"
    assert counted(demo_copy, found) == (3, 0, 3)


def closed_by_a_round(engine, day) -> int:
    [task] = [task for one, _, task in tick.TASKS if one.startswith("questionnaire")]
    return sum(tick._do(engine, task, day))


def banked(
    engine, reader, agents: bool, *codes: str, title: str = "Baromètre"
) -> tuple[Survey, dict[str, int]]:
    """An open questionnaire of questions of the bank alone: its row, code → id of a question."""
    with writing(engine) as session:
        given = Survey(title=title, closes_on=CLOSES, agents=agents)
        number = write_survey(session, reader, given).id
        asked = {code: add_from_bank(session, reader, number, code).id for code in codes}
        open_survey(session, reader, number)
        return session.get(Survey, number), asked


def test_questions_of_the_bank_feed_their_figures_at_the_close(demo_copy, cast):
    assert {figure for figure, _ in BANK.values()} <= measured().keys()
    codes = ("banque-bien-etre", "banque-enps")
    found, asked = banked(demo_copy, cast.didier, True, *codes)
    marks = [5] * 5 + [6] * 5 + [8] * 5 + [10] * 15
    for n, mark in enumerate(marks):
        word = BANK[codes[0]][1].choices[1 if n < 12 else 3]
        answers = {asked[codes[0]]: word, asked[codes[1]]: str(mark)}
        assert answer(demo_copy, found.key, answers, f"formulaire {n}")
    closed(demo_copy, cast.didier, found.id)
    recorded = select_all(
        demo_copy,
        select(Measure.figure, Measure.value, Measure.n).where(
            Measure.on == FROZEN, Measure.source == "Baromètre"
        ),
    )
    assert sorted(recorded) == [
        ("bien-etre.enps", pytest.approx(50 / 3), 30),
        ("bien-etre.favorable", 60.0, 30),
    ]


def closed_with(engine, reader, title: str, code: str, words: list[str]) -> int:
    """A questionnaire of today, answered so by as many, and closed: its number."""
    found, asked = banked(engine, reader, True, code, title=title)
    for n, word in enumerate(words):
        assert answer(engine, found.key, {asked[code]: word}, f"{title} {n}")
    closed(engine, reader, found.id)
    return found.id


def favourable_today(engine) -> tuple[float, int, str]:
    """What stands: the value, its number of answers, its source."""
    with reading(engine) as session:
        found = measure_at(session, "bien-etre.favorable", FROZEN, None)
        return found.value, found.n, found.source


@pytest.mark.slow
def test_two_waves_of_one_day_count_together_by_their_numbers_of_answers(demo_copy, cast):
    """The offices by their screen, the depot on paper: one barometer, in two questionnaires."""
    code = "banque-bien-etre"
    against, _, _, wholly = BANK[code][1].choices
    closed_with(demo_copy, cast.didier, "Bureaux", code, [wholly] * 18 + [against] * 12)
    assert favourable_today(demo_copy) == (60.0, 30, "Bureaux")
    closed_with(demo_copy, cast.didier, "Dépôt", code, [wholly] * 5 + [against] * 15)
    value, n, source = favourable_today(demo_copy)
    assert (value, n) == (pytest.approx(100 * 23 / 50), 50)
    assert source == "Bureaux ; Dépôt (2 vagues du même jour)"
    few = [wholly] * 3
    closed_with(demo_copy, cast.didier, "Trois seulement", code, few)
    assert favourable_today(demo_copy) == (value, n, source), "too few say nothing"
    closed_with(demo_copy, cast.didier, "Crèches", code, [wholly] * 10 + [against] * 10)
    value, n, source = favourable_today(demo_copy)
    assert (value, n) == (pytest.approx(100 * 33 / 70), 70)
    assert source == "Bureaux ; Dépôt ; Crèches (3 vagues du même jour)"


@pytest.mark.slow
def test_a_measure_that_somebody_typed_stands_whatever_wave_of_that_day_closes(demo_copy, cast):
    code = "banque-bien-etre"
    against, _, _, wholly = BANK[code][1].choices
    closed_with(demo_copy, cast.didier, "Bureaux", code, [wholly] * 18 + [against] * 12)
    figure = measured()["bien-etre.favorable"]
    with writing(demo_copy) as session:
        known = measure_at(session, figure.code, FROZEN, None)
        given = Measure(on=FROZEN, value=58, n=31, source="Bureaux, une feuille de plus")
        record(session, cast.didier, figure, given, corrects=known.id)
    closed_with(demo_copy, cast.didier, "Dépôt", code, [wholly] * 5 + [against] * 15)
    assert favourable_today(demo_copy) == (58, 31, "Bureaux, une feuille de plus")


def test_too_few_answers_feed_nothing_and_the_bank_knows_whom_it_asks(demo_copy, cast):
    found, asked = banked(demo_copy, cast.didier, False, "banque-satisfaction")
    word = BANK["banque-satisfaction"][1].choices[2]
    for n in range(4):
        assert answer(demo_copy, found.key, {asked["banque-satisfaction"]: word}, f"f {n}")
    closed = closed_by_a_round(demo_copy, CLOSES + timedelta(days=1))
    assert closed == 2, "this one, and that of the demonstration"
    assert select_all(demo_copy, select(Measure).where(Measure.source == "Baromètre")) == []
    draft, _ = drafted(demo_copy, cast.didier)
    for code, sentence in (("banque-satisfaction", "des citoyens"), ("inconnue", "pas dans la")):
        refusal(demo_copy, add_from_bank, cast.didier, draft, code, match=sentence)
    with writing(demo_copy) as session:
        kept = add_from_bank(session, cast.didier, draft, "banque-enps")
        given = QuestionInput(QuestionKind.zero_to_ten, "Tout autre chose ?")
        changed = change_question(session, cast.didier, kept.id, given)
        assert changed.figure is None and changed.code == "tout-autre-chose"


# ── No trace ──────────────────────────────────────────────────────────────────────────────────────


def test_no_byte_tells_what_waits_nor_which_came_first(sqlite_copy, cast):
    found, asked = opened(sqlite_copy, cast.didier)
    folder = Path(sqlite_copy.url.database).parent
    answered_by(sqlite_copy, found, asked, 9)
    content = b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
    assert b"Mot num" not in content, "what waits is sealed"
    assert b"jeton-prive-" not in content, "of a form a hash alone"
    for n in range(9):
        digest = hashlib.sha256(f"jeton-prive-{n}".encode())
        spellings = (digest.digest()[:9], digest.hexdigest()[:18].encode())
        assert not any(told in content for told in spellings), "which is sealed"
        assert base64.urlsafe_b64encode(digest.digest()[:9]) not in content
    with sqlite_copy.connect() as connection:
        assert answer(sqlite_copy, found.key, said(asked, "Mot numéro 9"), "jeton-prive-9")
        del connection
    log = Path(f"{sqlite_copy.url.database}-wal")
    assert not log.exists() or log.stat().st_size == 0


def test_the_order_of_what_waits_is_drawn_anew_and_its_seal_has_no_hour(sqlite_copy, cast):
    found, asked = opened(sqlite_copy, cast.didier)
    seen = []
    for n in range(9):
        assert answer(sqlite_copy, found.key, said(asked, str(n)), f"jeton-{n}")
        with reading(sqlite_copy) as session:
            waiting = session.get(WaitingSheets, found.id)
        seal = base64.urlsafe_b64decode(waiting.sealed)
        assert seal[1:9] == bytes(8), "where a Fernet token says when it was made"
        sheets = json.loads(unsealed(waiting.sealed, "réponses en attente"))
        seen.append([answers["autre-chose"] for _, answers in sheets])
    assert sorted(seen[-1]) == [str(n) for n in range(9)]
    forms = base64.urlsafe_b64decode(waiting.forms)
    assert forms[1:9] == bytes(8), "nor does that of the forms have an hour"
    marks = unsealed(waiting.forms, "formulaires envoyés").split()
    assert len(marks) == 9 and marks == sorted(marks), "in the order of their hashes"
    kept = [one for one in seen[-1] if one != "8"]
    assert seen[-1] != sorted(seen[-1]) or kept != seen[-2], "drawn once, and once more"


def test_at_the_close_pages_and_transactions_tell_no_order(sqlite_copy, cast):
    """Each batch fills pages after the one before; the close writes all in the order of their
    random ids.
    """
    found, asked = opened(sqlite_copy, cast.didier)
    answered_by(sqlite_copy, found, asked, 20)
    closed(sqlite_copy, cast.didier, found.id)
    rows = select_all(
        sqlite_copy,
        select(SurveyAnswer.text)
        .where(SurveyAnswer.survey_id == found.id, SurveyAnswer.text.is_not(None))
        .order_by(SurveyAnswer.id.desc()),
    )
    content = Path(sqlite_copy.url.database).read_bytes()
    lies = sorted(rows, key=lambda words: content.rindex(words.encode()))
    came = [f"Mot numéro {n}" for n in range(20)]
    assert len(lies) == 20 and lies not in (came, came[::-1])
    halves = [set(came[:10]), set(came[10:])]
    assert set(lies[:10]) not in halves, "not one batch after the other"


@pytest.mark.slow
def test_postgresql_tells_one_transaction_for_the_whole_wave(open_copy, cast):
    engine, end = open_copy("postgresql", "demo")
    found, asked = opened(engine, cast.didier)
    answered_by(engine, found, asked, 23)
    closed(engine, cast.didier, found.id)
    with reading(engine) as session:
        marks = session.execute(
            text("SELECT DISTINCT xmin FROM survey_answer WHERE survey_id = :id"),
            {"id": found.id},
        ).all()
    end()
    assert len(marks) == 1


# ── By mail ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def invited(demo_copy, cast, post):
    """An open questionnaire whose mails have left: its row, its questions, person → her code."""
    found, asked = opened(demo_copy, cast.didier, by_link=False)
    with writing(demo_copy) as session:
        few = select(Person.id).where(Person.email == "").order_by(Person.id).limit(300)
        session.execute(
            update(Person)
            .where(Person.id.in_(few))
            .values(email=literal("p") + cast_to(Person.id, String) + "@exemple.invalid")
        )
        many = invite_all(session, cast.didier, found.id)
    rows = select_all(demo_copy, select(SurveyInvitation))
    assert len(rows) == many > 250
    return found, asked, {row.person_id: code_for(found, row.person_id) for row in rows}


def test_each_agent_with_an_address_is_sent_a_link_of_her_own(demo_copy, cast, post):
    found, _ = opened(demo_copy, cast.didier, introduction="Deux minutes.")
    many = write_with(demo_copy, invite_all, cast.didier, found.id)
    assert sending.send(demo_copy, FROZEN).mails >= many
    asked = [plain(mail) for _, mail in post.received if "Votre avis" in subject(mail)]
    codes = {re.search(r"invitation=([0-9a-f]+)", words)[1] for words in asked}
    assert len(asked) == len(codes) == many and all("Deux minutes." in words for words in asked)
    refusal(demo_copy, invite_all, cast.didier, found.id, match="déjà invitées")


def test_a_link_is_used_once_and_its_use_is_written_nowhere(demo_copy, cast, invited):
    found, asked, codes = invited
    person, code = next(iter(codes.items()))
    refuses(
        answer,
        demo_copy,
        found.key,
        said(asked),
        "sans lien",
        match="par le lien reçu par courriel",
    )
    refuses(
        answer,
        demo_copy,
        found.key,
        said(asked),
        "coupé",
        invitation=code[:-1],
        match="n'est pas entier",
    )
    assert answer(demo_copy, found.key, said(asked), "formulaire", invitation=code)
    assert not answer(demo_copy, found.key, said(asked), "formulaire", invitation=code)
    refuses(
        answer, demo_copy, found.key, said(asked), "un autre", invitation=code, match="a déjà servi"
    )
    with reading(demo_copy) as session:
        left = session.exec(select(SurveyInvitation.person_id)).all()
        assert person not in left and len(left) == len(codes) - 1
    assert counted(demo_copy, found) == (0, 1, 0)


@pytest.mark.locks
def test_one_link_on_two_phones_at_once_counts_once(demo_copy, cast, invited):
    found, asked, codes = invited
    code = next(iter(codes.values()))

    def press(n: int) -> bool:
        try:
            return answer(demo_copy, found.key, said(asked), f"téléphone {n}", invitation=code)
        except Refused:
            return False

    with ThreadPoolExecutor(4) as phones:
        assert sorted(phones.map(press, range(4))) == [False, False, False, True]
    assert counted(demo_copy, found) == (0, 1, 0)


def test_one_reminder_reaches_those_whose_link_was_not_used(demo_copy, cast, invited):
    found, asked, codes = invited
    (one, code), (other, later), *_ = codes.items()
    assert answer(demo_copy, found.key, said(asked), "un", invitation=code)
    assert write_with(demo_copy, remind_all, cast.didier, found.id) == len(codes) - 1
    refusal(demo_copy, remind_all, cast.didier, found.id, match="il n'y en a qu'un")
    assert answer(demo_copy, found.key, said(asked), "deux", invitation=later)
    with reading(demo_copy) as session:
        key = notice_key(found, again=True)
        told = set(session.exec(select(Notice.person_id).where(Notice.key == key)).all())
    assert told == codes.keys() - {one, other}, "no reminder waits for who has answered since"
    closed(demo_copy, cast.didier, found.id)
    with reading(demo_copy) as session:
        kind = str(NoticeKind.questionnaire)
        assert session.exec(select(Notice).where(Notice.kind == kind)).all() == []
        assert session.exec(select(SurveyInvitation)).all() == []
        assert session.get(Survey, found.id).invited == len(codes)


def test_rates_by_direction_hide_the_few_and_stay_after_the_close(demo_copy, cast, invited):
    found, asked, codes = invited
    rows = select_all(demo_copy, select(SurveyInvitation))
    sizes = Counter(row.direction_id for row in rows)
    (large, _), *_ = sizes.most_common()
    other = next(place for place, n in sizes.most_common()[1:] if place and n >= 12)
    wanted = {large: 7, other: 3}
    for row in rows:
        if wanted.get(row.direction_id, 0):
            wanted[row.direction_id] -= 1
            code = codes[row.person_id]
            assert answer(demo_copy, found.key, said(asked), f"f-{code}", invitation=code)
    for close in (False, True):
        if close:
            closed(demo_copy, cast.didier, found.id)
        rate = read_with(demo_copy, response_rate, cast.didier, found.id)
        assert rate[None] == (10, len(codes))
        assert other not in rate, "three of them would be known"
        assert all(n >= 5 and of - n >= 5 for n, of in rate.values())


def test_whoever_is_erased_is_not_taken_for_one_who_answered(demo_copy, cast, invited):
    found, _, codes = invited
    person = next(one for one in codes if one != cast.didier.person_id)
    write_with(demo_copy, erase_person, cast.farid, person)
    with reading(demo_copy) as session:
        rate = response_rate(session, cast.didier, found.id)
        left = session.exec(select(SurveyInvitation.person_id)).all()
    assert rate[None] == (0, len(codes) - 1) and person not in left


def test_no_mail_leaves_where_no_server_is_set(demo_copy, cast):
    found, _ = opened(demo_copy, cast.didier)
    refusal(demo_copy, invite_all, cast.didier, found.id, match="serveur de courriel")


def test_no_byte_holds_a_code_nor_who_used_one(sqlite_copy, cast, post):
    found, asked = opened(sqlite_copy, cast.didier)
    write_with(sqlite_copy, invite_all, cast.didier, found.id)
    sending.send(sqlite_copy, FROZEN)
    code = code_for(found, cast.alice.person_id)
    assert answer(sqlite_copy, found.key, said(asked, "Mot très privé"), "f", invitation=code)
    folder = Path(sqlite_copy.url.database).parent
    content = b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
    for secret in (code, stored_hash(code), code[:20], "Mot très privé"):
        assert secret.encode() not in content, secret
