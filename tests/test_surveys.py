"""Surveys (concertation); surveys as they come."""

import itertools
import json
from collections import Counter
from datetime import date, timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from sqlmodel import select
from support.imports import DATA, real_files
from support.questionnaires import answered_by, closed, opened
from support.surveys import (
    CODED,
    HEADERS,
    MAY,
    STEPS,
    WORDS,
    as_csv,
    as_xlsx,
    brought,
    coded_sheets,
    sheets,
    told,
    wave,
)
from support.transactions import (
    contents,
    errors_of,
    read_with,
    refusal,
    refuses,
    select_all,
    select_one,
    write_with,
)
from support.troupe import FROZEN

from dashboard.access import OPERATOR
from dashboard.actions.surveys.making import feed_figure, file_finding, labels_in, name_answers
from dashboard.figures.board import board
from dashboard.figures.kinds import measured
from dashboard.files.matching.fields import Correspondence
from dashboard.files.surveys.columns import asks_who
from dashboard.files.writing import as_bytes
from dashboard.queries.directions import organisation
from dashboard.queries.surveys import results as survey_results
from dashboard.queries.surveys.results import (
    OTHERS,
    answers_file,
    cut,
    cut_choices,
    cut_ticks,
    hidden_shares,
    may_be_shown,
)
from models.database import reading, writing
from models.idea_states import Channel, IdeaKind
from models.ideas import Idea, SourceKey
from models.ledger import Change
from models.roadmap import Measure
from models.surveys import Question, QuestionKind, Survey, SurveyAnswer, SurveyState
from models.texts import Invalid

# ── Surveys (concertation) ────────────────────────────────────────────────────────────────────────
# LimeSurvey's files are read without who answered; counts stay protected; texts become findings.

SECRETS = ("10.0.0.7", "secret-token", "jean.dupont@example.be", "intranet.example", "1234567")


# ── Reading a file ────────────────────────────────────────────────────────────────────────────────


def test_an_export_of_limesurvey_is_read_without_who_answered(demo_copy, cast):
    rows = sheets() + sheets(7, seed=2, finished=False)
    report = brought(demo_copy, cast.didier, as_csv(rows))
    assert (report.rows, report.new, report.table.unfinished, report.written) == (127, 120, 7, True)
    assert [q.kind for q in report.table.questions] == [
        QuestionKind.single,
        QuestionKind.multiple,
        QuestionKind.single,
        QuestionKind.single,
        QuestionKind.zero_to_ten,
        QuestionKind.free,
    ]
    assert (
        report.table.questions[0].choices == list(WORDS)
        and report.table.questions[2].matrix == "Nos ambitions"
    )
    assert {"id", "token", "ipaddr", "email. Votre courriel", "submitdate"} <= set(
        report.table.left
    )
    assert [w.reason for w in report.warnings] == [
        "« Une autre » n'est pas une de nos directions : ces fiches restent sans direction."
    ]
    with reading(demo_copy) as session:
        survey = session.get(Survey, report.more["survey_id"])
        assert (survey.answered, survey.invited, survey.agents) == (120, 200, True)
        answers = session.exec(
            select(SurveyAnswer).where(SurveyAnswer.survey_id == survey.id)
        ).all()
        dumped = json.dumps([a.model_dump(mode="json") for a in answers], ensure_ascii=False)
    assert len({a.sheet for a in answers}) == 120
    assert not [secret for secret in SECRETS if secret in dumped]


def test_the_order_of_the_file_is_not_kept(demo_copy, cast):
    report = brought(demo_copy, cast.didier, as_csv(sheets()))
    found = select_all(
        demo_copy,
        select(SurveyAnswer.text)
        .where(SurveyAnswer.survey_id == report.more["survey_id"], SurveyAnswer.text.is_not(None))
        .order_by(SurveyAnswer.id),
    )
    assert sorted(found) != found and len(found) == 30
    assert found != [row[-1] for row in sheets() if row[-1]]


def test_the_same_answers_twice_change_nothing_and_other_answers_are_refused(demo_copy, cast):
    first = brought(demo_copy, cast.didier, as_csv(sheets()))
    rows = sheets()
    Random(3).shuffle(rows)
    again = brought(demo_copy, cast.didier, as_xlsx(rows), name="reponses.xlsx")
    assert (again.new, again.unchanged, again.written, again.more["survey_id"]) == (
        0,
        120,
        False,
        first.more["survey_id"],
    )
    refuses(
        brought,
        demo_copy,
        cast.didier,
        as_csv(sheets(seed=9)),
        match="une vague ne se remplace pas",
    )
    assert len(select_all(demo_copy, select(Survey).where(Survey.series == "Essai"))) == 1


def test_a_second_wave_of_the_same_day_comes_in_under_its_number(demo_copy, cast):
    def answers(seed: int) -> bytes:
        """Without the columns by which a tool knows its responses again."""
        return as_csv([row[9:] for row in sheets(seed=seed)], HEADERS[9:])

    first = brought(demo_copy, cast.didier, answers(1))
    second = wave(title="", number=2)
    same = brought(demo_copy, cast.didier, answers(1), second)
    assert (same.unchanged, same.more["survey_id"]) == (120, first.more["survey_id"]), (
        "not a second time"
    )
    other = brought(demo_copy, cast.didier, answers(9), second)
    with reading(demo_copy) as session:
        found = session.get(Survey, other.more["survey_id"])
        keys = session.exec(
            select(SourceKey.key).where(
                SourceKey.record_id.in_([first.more["survey_id"], found.id])
            )
        ).all()
    assert (other.new, found.on, found.number) == (120, MAY, 2)
    assert found.title == "Essai, 05/2023\u00a0(2)"
    assert {"Essai|2023-05-12", "Essai|2023-05-12|2"} <= set(keys)


def test_a_dry_run_and_a_strict_refusal_write_nothing(demo_copy, cast):
    report = brought(demo_copy, cast.didier, as_csv(sheets()), dry_run=True)
    assert report.new == 120 and not report.written
    broken = as_csv(sheets()) + b'121,"never closed\n'
    refused = brought(demo_copy, cast.didier, broken, strict=True)
    assert refused.refused and not refused.written
    assert select_all(demo_copy, select(Survey).where(Survey.series == "Essai")) == []


def test_a_plain_table_and_its_correspondence_are_read(sqlite_copy, cast):
    headers = (
        "Horodateur",
        "Où travaillez-vous ?",
        "Êtes-vous satisfait ?",
        "Note sur cinq",
        "Votre avis [accueil]",
        "Votre avis [délais]",
        "Remarques",
        "Âge",
    )
    rows = [
        (
            "01/05/2023",
            "Jeunesse et sports" if i % 2 else "VC-JSP",
            ("Satisfait(e)", "Très satisfait(e)", "Insatisfait(e)")[i % 3],
            1 + i % 5,
            ("Bon", "Mauvais")[i % 2],
            ("Bon", "Mauvais", "Sans avis")[i % 3],
            "Merci" if i % 2 else "",
            20 + i,
        )
        for i in range(30)
    ]
    report = brought(
        sqlite_copy,
        cast.didier,
        as_csv(rows, headers, ";"),
        given=Correspondence(
            columns={"direction": ["Où travaillez-vous ?"], "textes": ["Remarques"]}
        ),
    )
    kinds = {q.code: (q.kind, q.choices) for q in report.table.questions}
    assert kinds["Êtes-vous satisfait ?"] == (
        QuestionKind.single,
        ["Insatisfait(e)", "Satisfait(e)", "Très satisfait(e)"],
    )
    assert kinds["Note sur cinq"] == (QuestionKind.one_to_five, [])
    assert kinds["Votre avis[délais]"][1] == ["Mauvais", "Bon", "Sans avis"]
    assert kinds["Remarques"][0] is QuestionKind.free and "Âge" not in kinds
    assert any("ni un choix, ni une échelle" in w.reason for w in report.warnings)
    report = brought(
        sqlite_copy,
        cast.didier,
        as_csv(rows, headers, ";"),
        wave(number=2),
        given=Correspondence(columns={"direction": ["Nulle part"]}),
        dry_run=True,
    )
    assert any("« Nulle part », que le fichier n'a pas" in w.reason for w in report.warnings)


@pytest.mark.parametrize(
    "field, wrong",
    [
        ("series", {"series": " "}),
        ("on", {"on": None}),
        ("on", {"on": date(2023, 7, 1)}),
        ("invited", {"invited": 0}),
        ("number", {"number": 0}),
    ],
)
def test_what_is_missing_is_told_beside_its_field(sqlite_copy, cast, field, wrong):
    assert list(errors_of(brought, sqlite_copy, cast.didier, as_csv(sheets()), wave(**wrong))) == [
        field
    ]


# ── What may be shown ─────────────────────────────────────────────────────────────────────────────


def test_what_is_shown_is_what_a_naive_count_finds(demo_copy, cast, scope_for):
    rows = sheets(400)
    survey = brought(demo_copy, cast.didier, as_csv(rows)).more["survey_id"]
    found = told(demo_copy, scope_for, cast.didier, survey)
    naive = Counter(row[11] for row in rows)
    assert {share.label: share.n for share in found["Q1"].shares} == naive and found["Q1"].n == 400
    assert (found["Q1"].favourable, found["Q1"].judging) == (naive[WORDS[2]] + naive[WORDS[3]], 400)
    marks = [row[16] for row in rows]
    assert found["Q4"].recommends == pytest.approx(
        100 * (sum(m > 8 for m in marks) - sum(m < 7 for m in marks)) / 400
    )
    assert found["Q4"].mean == round(sum(marks) / 400, 1)
    assert {share.label: share.n for share in found["Q2"].shares}["Les collègues"] == sum(
        row[13] == "Y" for row in rows
    )
    units = read_with(demo_copy, organisation).at(FROZEN).by_code
    in_sports = [row[11] for row in rows if row[9] == "VC-JSP"]
    good = sum(word in WORDS[2:] for word in in_sports)
    assert found["Q1"].cut.places[units["VC-JSP"].id] == (len(in_sports) - good, good)
    assert set(found["Q1"].cut.places) == {
        units["VC-JSP"].id,
        units["AD-VOI"].id,
    }, "the smallest would give away the four without direction"


def test_choices_and_ticks_are_cut_by_direction_and_family(demo_copy, cast, scope_for):
    headers = (
        "direction. Votre direction",
        "famille. Votre famille de fonction",
        "Q1. Où mangez-vous ?",
        "Q2[SQ001]. Ce qui compte [Le salaire]",
        "Q2[SQ002]. Ce qui compte [Les collègues]",
    )
    chance = Random(5)
    rows = [
        (
            ("VC-JSP", "AD-VOI", "VC-CUL")[i % 3],
            ("Technique", "Accueil")[i // 3 % 2],
            chance.choice(("Au réfectoire", "Chez soi", "Dehors", "Nulle part")),
            chance.choice(("Y", "")),
            chance.choice(("Y", "N", "N")),
        )
        for i in range(300)
    ]
    survey = brought(demo_copy, cast.didier, as_csv(rows, headers)).more["survey_id"]
    found = told(demo_copy, scope_for, cast.didier, survey)
    sports = read_with(demo_copy, organisation).at(FROZEN).by_code["VC-JSP"].id
    there = [row for row in rows if row[0] == "VC-JSP"]
    where, several = found["Q1"], found["Q2"]
    assert where.cut.columns == ("Au réfectoire", "Chez soi", "Dehors", "Nulle part") and set(
        where.cut.families
    ) == {"Technique", "Accueil"}
    assert where.persons_of(where.cut.places[sports]) == (
        100,
        tuple(sum(row[2] == choice for row in there) for choice in where.cut.columns),
    )
    # Who left every box empty of a question that has no « no » said nothing.
    said = [row for row in there if row[3] or row[4]]
    assert several.cut.columns == ("Le salaire", "Les collègues")
    assert several.persons_of(several.cut.places[sports]) == (
        len(said),
        (sum(row[3] == "Y" for row in said), sum(row[4] == "Y" for row in said)),
    )


def test_an_agent_sees_her_own_direction_alone_and_the_filter_narrows(sqlite_copy, cast, scope_for):
    survey = brought(sqlite_copy, cast.didier, as_csv(sheets(400))).more["survey_id"]
    everything = told(sqlite_copy, scope_for, cast.didier, survey)["Q1"].cut.places
    tree = read_with(sqlite_copy, organisation).at(FROZEN)
    own = told(sqlite_copy, scope_for, cast.alice, survey)["Q1"].cut.places
    assert set(own) < set(everything) and all(
        cast.alice.service_id in tree.under(place) for place in own
    )
    one = told(sqlite_copy, scope_for, cast.didier, survey, direction="VC-JSP")["Q1"]
    assert set(one.cut.places) == {tree.by_code["VC-JSP"].id} and one.n == 400
    assert told(sqlite_copy, scope_for, cast.nobody, survey) == {}


def test_a_survey_below_ten_answers_tells_nothing_but_their_number(sqlite_copy, cast, scope_for):
    survey = brought(sqlite_copy, cast.didier, as_csv(sheets(9))).more["survey_id"]
    assert told(sqlite_copy, scope_for, cast.didier, survey) == {}


def test_a_question_below_ten_answers_tells_nothing_but_their_number(sqlite_copy, cast, scope_for):
    rows = [(*row[:11], "" if i > 8 else row[11], *row[12:]) for i, row in enumerate(sheets(60))]
    survey = brought(sqlite_copy, cast.didier, as_csv(rows)).more["survey_id"]
    question = told(sqlite_copy, scope_for, cast.didier, survey)["Q1"]
    assert (question.n, question.shares, question.favourable, question.is_shown) == (
        9,
        (),
        None,
        False,
    )


def test_what_a_few_wrote_among_the_choices_is_told_together(sqlite_copy, cast, scope_for):
    """A table without codes holds « Autre : … » in the column of the choices: a name there must
    not be read by all.
    """
    headers = ("Votre lieu", "Votre avis")
    rows = [("Dépôt" if i % 2 else "Bureau", "Bon" if i % 3 else "Mauvais") for i in range(60)] + [
        ("Chez Jean Dupont", "Bon"),
        ("Au 3e, avec Zoé", "Bon"),
    ]
    survey = brought(sqlite_copy, cast.didier, as_csv(rows, headers, ";")).more["survey_id"]
    found = told(sqlite_copy, scope_for, cast.alice, survey)["Votre lieu"]
    assert [(share.label, share.n) for share in found.shares] == [
        ("Bureau", None),
        ("Dépôt", 30),
        ("Autres réponses", None),
    ]


def test_few_words_that_are_not_repeated_are_texts_unless_told(sqlite_copy, cast):
    rows = [(f"Réponse {i % 8}", "Oui") for i in range(12)]
    for columns, kind in (({}, QuestionKind.free), ({"choix": ["Où"]}, QuestionKind.single)):
        report = brought(
            sqlite_copy,
            cast.didier,
            as_csv(rows, ("Où", "Satisfait ?")),
            given=Correspondence(columns=columns),
            dry_run=True,
        )
        assert report.table.questions[0].kind is kind


some_persons = st.lists(
    st.tuples(
        st.sampled_from([None, 1, 2, 3, 4]),
        st.sampled_from(["", "a", "b", "c"]),
        st.integers(0, 1),
        st.integers(1, 9),
    ),
    max_size=24,
)


@given(some_persons)
@settings(max_examples=100)
def test_no_sum_of_what_is_shown_leaves_a_group_that_may_not_be(cells):
    """A second path: every sum of rows with coefficients −1, 0 and 1 of both cuts and of the
    whole, tried one by one.
    """
    people = [(place, family, group) for place, family, group, n in cells for _ in range(n)]
    counts = Counter(people)
    shown = cut(
        {
            (place, family): (counts[place, family, 0], counts[place, family, 1])
            for place, family, _ in people
        }
    )
    rows = (
        [{i for i, p in enumerate(people) if p[0] == place} for place in shown.places]
        + [{i for i, p in enumerate(people) if p[1] == family} for family in shown.families]
        + [set(range(len(people)))]
    )
    for place, counts in shown.places.items():
        assert counts == tuple(
            sum(p[0] == place and p[2] == group for p in people) for group in (0, 1)
        )
    for signs in (
        itertools.product((-1, 0, 1), repeat=len(rows)) if shown.places or shown.families else ()
    ):
        sums = Counter()
        for sign, row in zip(signs, rows, strict=True):
            for i in row if sign else ():
                sums[i] += sign
        left = {i for i, n in sums.items() if n == 1}
        if left and set(sums.values()) <= {0, 1}:
            assert may_be_shown(sum(people[i][2] == group for i in left) for group in (0, 1)), (
                signs,
                left,
            )


def known_groups(rows: list[set], cells: list) -> np.ndarray:
    """Every set of cells (direction, family) that some sum of these rows, with any factors at
    all, leaves over.
    """
    published = np.array([[cell in row for cell in cells] for row in rows], dtype=float)
    _, sizes, directions = np.linalg.svd(published, full_matrices=False)
    basis = directions[sizes > 1e-9]
    groups = (np.arange(1, 2 ** len(cells))[:, None] >> np.arange(len(cells)) & 1).astype(float)
    return groups[np.abs(groups - groups @ basis.T @ basis).max(axis=1) < 1e-6]


def rows_of(shown, cells: list) -> list[set]:
    return (
        [{c for c in cells if c[0] == place} for place in shown.places]
        + [{c for c in cells if c[1] == family} for family in shown.families]
        + [set(cells)]
    )


some_choices = st.dictionaries(
    st.tuples(st.sampled_from([None, 1, 2, 3]), st.sampled_from(["", "a", "b"])),
    st.lists(st.integers(0, 14) | st.sampled_from([0, 5, 20, 40]), min_size=4, max_size=4),
    max_size=9,
)


@given(some_choices)
@settings(max_examples=100)
def test_no_answer_of_a_small_group_can_be_worked_out_from_a_cut_by_choices(table):
    """The attack: exact linear algebra over the whole, both cuts and the choices together, told
    who works where but not what they said.
    """
    answers = {
        key: dict(zip("wxyz", counts, strict=True)) for key, counts in table.items() if sum(counts)
    }
    totals = {choice: sum(counts[choice] for counts in answers.values()) for choice in "wxyz"}
    _, [hidden] = hidden_shares([list(totals.values())])
    told = [choice for choice, is_hidden in zip(totals, hidden, strict=True) if not is_hidden]
    shown = cut_choices(answers, "wxyz", sorted(told, key=lambda choice: -totals[choice]))
    cells = list(answers)
    if not shown.columns:
        return
    parts = [{choice} for choice in shown.columns if choice != OTHERS]
    parts += [set("wxyz") - set(shown.columns)] if OTHERS in shown.columns else []
    for key, counts in (*shown.places.items(), *shown.families.items()):
        assert counts == tuple(
            sum(answers[cell][choice] for cell in cells if key in cell for choice in part)
            for part in parts
        )
    # A factor per column is an attack on each column alone; several together are unions of what
    # each gives away.
    for group in known_groups(rows_of(shown, cells), cells):
        held = [cell for cell, is_in in zip(cells, group, strict=True) if is_in]
        found = [sum(answers[cell][choice] for cell in held for choice in part) for part in parts]
        assert min(found) >= 5 and sum(found) >= 10, (shown, held, found)


@given(some_choices)
@settings(max_examples=66)
def test_no_answer_of_a_small_group_can_be_worked_out_from_ticks(table):
    """The same where people tick several choices: each is a yes or a no of the same persons."""
    persons = {key: max(counts) for key, counts in table.items() if max(counts)}
    answers = {key: dict(zip("wxyz", table[key], strict=True)) for key in persons}
    totals = {choice: sum(counts[choice] for counts in answers.values()) for choice in "wxyz"}
    able = [choice for choice, n in totals.items() if min(n, sum(persons.values()) - n) >= 5]
    shown, cells = cut_ticks(answers, persons, "wxyz", able), list(persons)
    assert set(shown.columns) <= set(able)
    for group in known_groups(rows_of(shown, cells), cells) if shown.columns else ():
        held = [cell for cell, is_in in zip(cells, group, strict=True) if is_in]
        n = sum(persons[cell] for cell in held)
        for choice in shown.columns:
            ticked = sum(answers[cell][choice] for cell in held)
            assert ticked >= 5 and n - ticked >= 5, (shown, held, choice)


@given(st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=5), min_size=1, max_size=3))
def test_a_distribution_hides_small_counts_and_what_would_give_them_back(blocks):
    tops, inside = hidden_shares(blocks)
    for block, top, hidden in zip(blocks, tops, inside, strict=True):
        assert all(is_hidden for n, is_hidden in zip(block, hidden, strict=True) if n < 5)
        small = [n for n, is_hidden in zip(block, hidden, strict=True) if is_hidden]
        if not top and small:
            assert len(small) > 1 and sum(small) >= 5


# ── What is made of the answers ───────────────────────────────────────────────────────────────────


def test_a_free_text_becomes_a_finding_once_and_names_no_place(demo_copy, cast, scope_for):
    survey = brought(demo_copy, cast.didier, as_csv(sheets())).more["survey_id"]
    with reading(demo_copy) as session:
        tree = organisation(session).at(FROZEN)
        first, *_ = survey_results.free_texts(session, cast.didier, tree, survey)
        assert survey_results.count_texts(session, cast.didier, survey) == 30
        places = {
            text.place for text in survey_results.free_texts(session, cast.didier, tree, survey)
        }
        assert places <= {"", *(unit.name for unit in tree.directions())}
    given = {"title": "L'horaire du dépôt", "body": first.text, "ambition_id": 2, "good": False}
    number = write_with(demo_copy, file_finding, cast.didier, first.id, **given)
    with reading(demo_copy) as session:
        idea = session.exec(select(Idea).where(Idea.number == number)).one()
        assert (
            idea.kind,
            idea.channel,
            idea.anonymous,
            idea.author_id,
            idea.origin_id,
            idea.concerns_id,
            idea.published,
            idea.good,
        ) == (IdeaKind.finding, Channel.survey, True, None, None, None, True, False)
        assert session.get(SurveyAnswer, first.id).idea_id == idea.id
        assert (
            next(
                t
                for t in survey_results.free_texts(session, cast.didier, tree, survey)
                if t.id == first.id
            ).idea
            == number
        )
    refusal(demo_copy, file_finding, cast.didier, first.id, **given, match="déjà devenue")


def test_a_question_feeds_a_figure_for_the_whole_and_for_directions(demo_copy, cast, scope_for):
    rows = sheets(400)
    survey = brought(demo_copy, cast.didier, as_csv(rows)).more["survey_id"]
    question = select_one(
        demo_copy, select(Question.id).where(Question.survey_id == survey, Question.code == "Q1")
    )
    recorded = write_with(
        demo_copy, feed_figure, cast.didier, question, measured()["bien-etre.favorable"]
    )
    assert recorded > 2
    assert (
        write_with(
            demo_copy,
            feed_figure,
            cast.didier,
            question,
            measured()["bien-etre.favorable"],
        )
        == 0
    )
    with reading(demo_copy) as session:
        whole = board(session, scope_for(session, OPERATOR), ["bien-etre"])["bien-etre.favorable"]
        sports = board(session, scope_for(session, OPERATOR, direction="VC-JSP"), ["bien-etre"])[
            "bien-etre.favorable"
        ]
        assert session.get(Question, question).figure == "bien-etre.favorable"
        assert {m.source for m in session.exec(select(Measure).where(Measure.on == MAY)).all()} == {
            "Essai de mai"
        }
    said = [row[11] in WORDS[2:] for row in rows]
    assert whole.value == pytest.approx(100 * sum(said) / 400) and whole.n == 400
    there = [row[11] in WORDS[2:] for row in rows if row[9] == "VC-JSP"]
    assert sports.value == pytest.approx(100 * sum(there) / len(there))
    for code, wrong in (
        ("bien-etre.enps", "ne mesure pas"),
        ("citoyens.satisfaits", "auprès des citoyens"),
    ):
        refusal(demo_copy, feed_figure, cast.didier, question, measured()[code], match=wrong)


# ── The demonstration ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "code, title, good",
    [
        (
            "bien-etre.favorable",
            "Baromètre des agents, décembre 2022",
            ("Plutôt satisfait(e)", "Très satisfait(e)"),
        ),
        ("bien-etre.enps", "Baromètre des agents, décembre 2022", None),
        (
            "citoyens.satisfaits",
            "Satisfaction des citoyens aux guichets et en ligne, 2022",
            ("Plutôt satisfait(e)", "Très satisfait(e)"),
        ),
    ],
)
def test_the_figures_of_the_demonstration_are_those_of_its_surveys(
    demo, scope_for, code, title, good
):
    with reading(demo) as session:
        rows = session.execute(
            select(SurveyAnswer.choice, SurveyAnswer.number)
            .join(Question, Question.id == SurveyAnswer.question_id)
            .join(Survey, Survey.id == SurveyAnswer.survey_id)
            .where(Question.figure == code, Survey.title == title)
        ).all()
        entry = board(session, scope_for(session, OPERATOR), [code.split(".")[0]])[code]
    value = (
        sum(choice in good for choice, _ in rows)
        if good
        else sum(mark > 8 for _, mark in rows) - sum(mark < 7 for _, mark in rows)
    )
    assert entry.value == pytest.approx(100 * value / len(rows)) and entry.n == len(rows) > 390


def test_the_whole_demonstration_shows_no_small_group(sqlite_demo, scope_for):
    """Every row of every cut of every question, as the animateur sees them."""
    with reading(sqlite_demo) as session:
        scope = scope_for(session, OPERATOR)
        found = [
            r
            for survey in survey_results.waves(session, scope)
            for r in survey_results.results(session, scope, survey.id)
        ]
    shown = [counts for r in found for counts in (*r.cut.places.values(), *r.cut.families.values())]
    assert len(shown) > 100 and all(may_be_shown(counts) for counts in shown)
    assert all(share.n is None or share.n >= 5 for r in found for share in r.shares)


# ── There and back ────────────────────────────────────────────────────────────────────────────────


def sent(engine, scope_for, who, survey_id: int, suffix: str) -> tuple[list[str], list, bytes]:
    with reading(engine) as session:
        scope = scope_for(session, who)
        headers, rows = answers_file(session, scope, session.get(Survey, survey_id))
    return headers, rows, as_bytes("Enquête", headers, rows, suffix)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_survey_goes_out_as_it_is_shown_and_comes_back_unchanged(
    sqlite_copy, cast, scope_for, suffix
):
    survey = brought(sqlite_copy, cast.didier, as_csv(sheets())).more["survey_id"]
    headers, _, content = sent(sqlite_copy, scope_for, cast.didier, survey, suffix)
    assert headers[0] == "Q1. Mon travail a du sens" and "Q5. Une chose à changer ?" in headers
    assert {"direction", "famille"}.isdisjoint(header.partition(".")[0] for header in headers)
    before = contents(sqlite_copy)
    back = brought(sqlite_copy, cast.didier, content, name=f"retour{suffix}")
    assert (back.new, back.more["survey_id"], back.written) == (0, survey, False)
    assert contents(sqlite_copy) == before
    other = content.replace(b"Les coll", b"Nos coll") if suffix == ".csv" else as_csv(sheets(90))
    refuses(brought, sqlite_copy, cast.didier, other, match="ne se remplace pas")


def test_no_row_of_the_file_of_answers_is_a_sheet_and_no_small_number_leaves(
    sqlite_copy, cast, scope_for
):
    given = sheets(60)
    survey = brought(sqlite_copy, cast.didier, as_csv(given)).more["survey_id"]
    headers, rows, _ = sent(sqlite_copy, scope_for, cast.didier, survey, ".csv")
    found = told(sqlite_copy, scope_for, cast.didier, survey)
    for place, header in enumerate(headers):
        cells = [row[place] for row in rows if row[place] is not None]
        if header.startswith("Q4."):
            hidden = {share.label for share in found["Q4"].shares if share.n is None}
            assert hidden and not hidden & set(cells)
        if not header.startswith("Q5."):
            assert cells == sorted(cells, key=cells.index), "answers stand together, by answer"
    few = brought(sqlite_copy, cast.didier, as_csv(sheets(9)), wave(series="Peu")).more["survey_id"]
    refuses(sent, sqlite_copy, scope_for, cast.didier, few, ".csv", match="ne s'exportent pas")
    refuses(sent, sqlite_copy, scope_for, cast.alice, survey, ".csv", match="droit")


@pytest.mark.slow
def test_every_survey_comes_back_unchanged_asked_here_or_not(sqlite_copy, cast, scope_for):
    made, asked = opened(sqlite_copy, cast.didier)
    answered_by(sqlite_copy, made, asked, 12)
    refuses(sent, sqlite_copy, scope_for, cast.didier, made.id, ".csv", match="rien n'est montré")
    closed(sqlite_copy, cast.didier, made.id)
    is_closed = Survey.state == SurveyState.closed
    for survey in select_all(sqlite_copy, select(Survey).where(is_closed)):
        *_, content = sent(sqlite_copy, scope_for, cast.didier, survey.id, ".csv")
        about = Survey(series=survey.series, on=survey.on, number=survey.number)
        back = brought(sqlite_copy, cast.didier, content, about)
        assert (back.new, back.more["survey_id"]) == (0, survey.id)


# ── Surveys as they come ──────────────────────────────────────────────────────────────────────────
# Codes that Didier names, files that are none, an import that is tried first and runs apart.

# ── Answers that came as codes ────────────────────────────────────────────────────────────────────


def ids_of(engine, survey: int, *codes: str) -> list[int]:
    return list(
        select_all(
            engine,
            select(Question.id)
            .where(Question.survey_id == survey, Question.code.in_(codes))
            .order_by(Question.position),
        )
    )


def named(engine, who, survey: int, text: str, *codes: str) -> int:
    ids = ids_of(engine, survey, *codes)
    with writing(engine) as session:
        choices = [choice for id_ in ids for choice in session.get(Question, id_).options]
        return name_answers(session, who, ids, labels_in(text, choices))


def test_what_the_survey_tool_means_by_itself_is_said_in_french(demo_copy, cast, scope_for):
    report = brought(demo_copy, cast.didier, as_csv(coded_sheets(), CODED))
    assert {q.code: q.choices for q in report.table.questions}["Q3"] == ["A1", "A2", "Autre"]
    found = told(demo_copy, scope_for, cast.alice, report.more["survey_id"])
    rows = coded_sheets()
    assert {share.label: share.n for share in found["Q4"].shares} == {
        "Oui": sum(r[6] == "Y" for r in rows),
        "Non": sum(r[6] == "N" for r in rows),
    }
    assert {share.label for share in found["Q3"].shares} == {"A1", "A2", "Autre"} and found[
        "Q3"
    ].is_coded
    assert not found["Q3"].cut.places, (
        "codes say nothing to anybody: they are cut once they have a name"
    )
    again = brought(demo_copy, cast.didier, as_csv(coded_sheets(), CODED))
    assert (again.new, again.unchanged) == (0, 120)


def test_didier_names_the_codes_of_a_question_and_it_becomes_a_scale(demo_copy, cast, scope_for):
    survey = brought(demo_copy, cast.didier, as_csv(coded_sheets(), CODED)).more["survey_id"]
    assert named(demo_copy, cast.didier, survey, STEPS, "Q1") == 4
    q1 = told(demo_copy, scope_for, cast.didier, survey)["Q1"]
    assert q1.choices == (
        "Pas du tout d'accord",
        "Plutôt pas d'accord",
        "Plutôt d'accord",
        "Tout à fait d'accord",
    )
    rows = coded_sheets()
    assert (q1.favourable, q1.judging) == (sum(row[1] in ("A1", "A2") for row in rows), 120)
    assert {share.label: share.n for share in q1.shares}["Pas du tout d'accord"] == sum(
        row[1] == "A4" for row in rows
    )
    assert len(q1.cut.places) == 2
    line = select_one(
        demo_copy,
        select(Change).where(Change.record == "Essai de mai", Change.field == "libellés de Q1"),
    )
    assert (line.by, line.before) == (
        cast.didier.person_id,
        "A1 · A2 · A3 · A4",
    ) and line.after.startswith("Tout à fait d'accord · Plutôt d'accord")
    brought(demo_copy, cast.didier, as_csv(coded_sheets(), CODED))
    assert told(demo_copy, scope_for, cast.didier, survey)["Q1"].favourable == q1.favourable, (
        "the same file once more keeps the labels"
    )


def test_a_whole_matrix_is_named_at_once_and_marks_may_stand_for_words(demo_copy, cast, scope_for):
    survey = brought(demo_copy, cast.didier, as_csv(coded_sheets(), CODED)).more["survey_id"]
    named(demo_copy, cast.didier, survey, STEPS, "Q2[SQ001]", "Q2[SQ002]")
    found = told(demo_copy, scope_for, cast.didier, survey)
    assert found["Q2[SQ001]"].favourable and found["Q2[SQ002]"].favourable
    refuses(
        named,
        demo_copy,
        cast.didier,
        survey,
        "1 = Mauvais\n2 = Bon",
        "Q5",
        match="il manque 4",
        error=Invalid,
    )
    named(demo_copy, cast.didier, survey, "1 = Très bon\n2 = Bon\n4 = Mauvais", "Q5")
    q5 = told(demo_copy, scope_for, cast.didier, survey)["Q5"]
    assert (q5.kind, q5.choices, q5.favourable) == (
        QuestionKind.single,
        ("Mauvais", "Bon", "Très bon"),
        sum(row[7] in (1, 2) for row in coded_sheets()),
    )


def test_two_codes_may_exchange_their_labels(sqlite_copy, cast, scope_for):
    survey = brought(sqlite_copy, cast.didier, as_csv(coded_sheets(), CODED)).more["survey_id"]
    named(sqlite_copy, cast.didier, survey, "Oui = Non\nNon = Oui", "Q4")
    rows = coded_sheets()
    assert {
        share.label: share.n
        for share in told(sqlite_copy, scope_for, cast.didier, survey)["Q4"].shares
    } == {"Non": sum(r[6] == "Y" for r in rows), "Oui": sum(r[6] == "N" for r in rows)}


@pytest.mark.parametrize(
    "text, said",
    [
        ("A9 = Oui", "Ligne 1"),
        ("A1 Oui", "Ligne 1"),
        ("A1 =", "un libellé au moins"),
        ("A1 = Oui\nA2 = Oui", "Deux réponses"),
        ("A1 = A2", "Deux réponses"),
        (f"A1 = {'x' * 81}", "80 caractères"),
        ("A1 = Autres réponses", "ne peut pas être un libellé"),
    ],
)
def test_labels_that_cannot_be_are_told_and_nothing_is_written(sqlite_copy, cast, text, said):
    survey = brought(sqlite_copy, cast.didier, as_csv(coded_sheets(), CODED)).more["survey_id"]
    refuses(named, sqlite_copy, cast.didier, survey, text, "Q1", match=said, error=Invalid)
    assert json.loads(
        select_one(
            sqlite_copy,
            select(Question.choices).where(Question.id.in_(ids_of(sqlite_copy, survey, "Q1"))),
        )
    ) == ["A1", "A2", "A3", "A4"]


def test_what_feeds_a_figure_keeps_its_words_and_a_text_has_none(sqlite_copy, cast):
    survey = brought(sqlite_copy, cast.didier, as_csv(sheets(400))).more["survey_id"]
    [question] = ids_of(sqlite_copy, survey, "Q1")
    write_with(
        sqlite_copy,
        feed_figure,
        cast.didier,
        question,
        measured()["bien-etre.favorable"],
    )
    refusal(
        sqlite_copy,
        name_answers,
        cast.didier,
        [question],
        {WORDS[0]: "Non"},
        match="alimente un chiffre",
    )
    [text] = ids_of(sqlite_copy, survey, "Q5")
    refusal(
        sqlite_copy,
        name_answers,
        cast.didier,
        [text],
        {"Oui": "Non"},
        match="pas de réponses à nommer",
    )


# ── Files that are none ───────────────────────────────────────────────────────────────────────────

ROWS = [("VC-JSP", "Oui"), ("AD-VOI", "Non")] * 8
TWO = ("direction", "Satisfait ?")


@pytest.mark.parametrize(
    "content, name, said",
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "reponses.csv", "n'est pas un fichier CSV"),
        (b"", "reponses.csv", "est vide"),
        (as_csv([], TWO), "reponses.csv", "aucune fiche"),
        (as_csv([("VC-JSP", "")] * 5, TWO), "reponses.csv", "aucune (fiche|question)"),
        (
            as_csv([("Oui",) * 401] * 9, tuple(f"Q{i}. Question {i}" for i in range(401))),
            "reponses.csv",
            "401 colonnes",
        ),
        (as_xlsx(ROWS, TWO), "reponses.csv", "n'est pas un fichier CSV"),
        (as_csv(ROWS, TWO), "reponses.xlsx", "n'est pas un classeur"),
        (as_csv(ROWS, TWO), "reponses.pdf", "ne peut pas être importé"),
    ],
)
def test_a_file_that_cannot_be_a_survey_is_refused_with_one_sentence(
    sqlite_copy, cast, content, name, said
):
    told_ = refuses(brought, sqlite_copy, cast.didier, content, name=name, match=said)
    assert (
        str(told_).count("\n") == 0 and str(told_).endswith((".", ").")) and len(str(told_)) < 260
    )
    assert select_all(sqlite_copy, select(Survey).where(Survey.series == "Essai")) == []


def test_four_hundred_columns_are_read(sqlite_copy, cast):
    report = brought(
        sqlite_copy,
        cast.didier,
        as_csv(
            [("Oui",) * 200 + ("Non",) * 200] * 12, tuple(f"Q{i}. Question {i}" for i in range(400))
        ),
    )
    assert len(report.table.questions) == 400 and report.written


def test_of_several_tables_the_first_is_read_and_the_others_are_told(sqlite_copy, cast):
    content = (
        as_csv(ROWS, TWO)
        + b"\n"
        + as_csv([("Accueil", "12", "3"), ("Voirie", "5", "4")], ("Lieu", "Total", "Moyenne"))
        + b"\n"
        + as_csv([("a", "1"), ("b", "2")], ("Cle", "Valeur"))
    )
    report = brought(sqlite_copy, cast.didier, content)
    assert (
        report.new == 16
        and [q.code for q in report.table.questions] == ["Satisfait ?"]
        and not report.refused
    )
    assert any("tableaux dans ce fichier" in warning.reason for warning in report.warnings)


# ── What LimeSurvey itself writes ─────────────────────────────────────────────────────────────────

LIME = (
    "ID de la réponse",
    "Date de soumission",
    "Tête de série",
    "Êtes-vous\tsatisfait\u00a0?",
    "Êtes-vous\tsatisfait\u00a0?",
    "Que voulez-vous\u00a0? [Un banc]",
    "Que voulez-vous\u00a0? []",
    "Que voulez-vous\u00a0? [Un banc]",
    "Que voulez-vous\u00a0? []",
    "Si vous souhaitez être recontacté, laissez votre nom et votre téléphone",
    "Pour vous répondre",
    "Le nom de votre service vous convient-il, et pourquoi ?",
)


def lime_rows(first: int, last: int) -> list[tuple]:
    return [
        (
            number,
            f"2023-05-{number % 28 + 1:02} 10:00:{number % 60:02}",
            number * 977,
            ("Oui", "Non")[number % 2],
            ("Oui", "Non")[number % 3 == 0],
            "Oui",
            "Non",
            "Non",
            "Oui",
            f"Madame Dupont{number}, 0470 12 34 {number:02}",
            f"dupont{number}@example.be",
            f"Il est trop long, c'est ma raison numéro {number}",
        )
        for number in range(first, last)
    ]


def test_headers_of_limesurvey_are_read_repeated_with_tabs_and_an_empty_option(sqlite_copy, cast):
    report = brought(sqlite_copy, cast.didier, as_csv(lime_rows(1, 31), LIME))
    assert [(q.code, q.kind) for q in report.table.questions] == [
        ("Êtes-vous satisfait ?", QuestionKind.single),
        ("Êtes-vous satisfait ? (2)", QuestionKind.single),
        ("Que voulez-vous ?", QuestionKind.multiple),
        ("Que voulez-vous ? (2)", QuestionKind.multiple),
        (LIME[-1], QuestionKind.free),
    ]
    assert report.table.questions[2].choices == ["Un banc", "(sans intitulé)"]
    told_ = [problem.reason for problem in report.warnings]
    assert sum("semble dire qui répond" in sentence for sentence in told_) == 2
    assert not any("la première est lue" in sentence for sentence in told_)
    texts = select_all(
        sqlite_copy,
        select(SurveyAnswer.text).where(SurveyAnswer.survey_id == report.more["survey_id"]),
    )
    assert not [text for text in texts if text and ("Dupont" in text or "dupont" in text)]


def test_a_later_wave_does_not_count_those_of_an_earlier_one_again(sqlite_copy, cast):
    brought(sqlite_copy, cast.didier, as_csv(lime_rows(1, 21), LIME))
    later = wave(on=MAY + timedelta(days=20))
    whole = as_csv(lime_rows(1, 31), LIME)
    report = brought(sqlite_copy, cast.didier, whole, later)
    assert (report.new, report.more["earlier"]) == (10, 20)
    assert any("vague précédente" in sentence for sentence in report.sentences())
    assert brought(sqlite_copy, cast.didier, whole, later).unchanged == 10
    refuses(
        brought,
        sqlite_copy,
        cast.didier,
        as_csv(lime_rows(1, 21), LIME),
        wave(on=MAY + timedelta(days=30)),
        match="Toutes les fiches",
    )
    other = [(row[0], row[1], row[2] + 1, *row[3:]) for row in lime_rows(1, 21)]
    third = wave(on=MAY + timedelta(days=30))
    assert brought(sqlite_copy, cast.didier, as_csv(other, LIME), third).new == 20, (
        "another survey of the tool numbers its own responses from 1"
    )


# ── Who answered ──────────────────────────────────────────────────────────────────────────────────

FIRST = ("Anne", "Bernard", "Chloé", "Denis", "Émilie", "Fatima", "Gaëtan")
LAST = ("Lambert", "Dupont", "Van den Broeck", "N'Diaye", "Peeters-Maes", "Collard")


def a_name(number: int) -> str:
    return f"{FIRST[number % 7]} {LAST[number % 6]}"


# Header of a column → what the sheet of that number holds.
WHO_COLUMNS = {
    "1- Nom et prénom (s)": a_name,
    "Nom de l'agent": lambda n: a_name(n).upper(),
    "Prénom et NOM du répondant": a_name,
    "Q7. Identifiant": lambda n: f"u{n:05}",
    "N° de registre national": lambda n: f"80.01.{n % 28 + 1:02}-{n:03}.{n % 97:02}",
    "Date de naissance": lambda n: f"{n % 28 + 1:02}/{n % 12 + 1:02}/{1960 + n % 40}",
    "Qui êtes-vous ?": a_name,
    "Pour la tombola": lambda n: f"ag-{n // 3:04}",
    "Colonne 12": lambda n: f"{LAST[n % 6].lower()} {n}".replace(" ", ""),
}


@pytest.mark.parametrize(
    "header",
    [
        *("Qui répond à cette enquête ?", "Qui es-tu ?", "Nom de la personne qui répond", "Mél"),
        *("Nom du collaborateur", "Répondant", "Signature", "Tél.", "Né(e) le", "DDN", "N° RN"),
        *("N° d'agent", "N° de badge", "Achternaam", "Rijksregisternummer", "Initiales"),
        *("G01Q01[SQ001]. Qui êtes-vous ? [Nom]", "Contact", "Comment vous appelez-vous ?"),
    ],
)
def test_a_header_asks_who_answers_in_whichever_words(header):
    assert asks_who(header)


@pytest.mark.parametrize(
    "header",
    [
        *("Nom de votre service", "Contact avec le public", "L'usage du portable", "Télétravail"),
        *("Quel est le nom de la rue la plus sale ?", "Êtes-vous agent de terrain ?"),
        "Qui répond à vos questions ?",
    ],
)
def test_a_header_that_asks_about_a_thing_is_a_question(header):
    assert not asks_who(header)


@pytest.mark.parametrize("header", WHO_COLUMNS)
def test_a_column_that_says_who_answered_is_left_and_the_trial_names_it(sqlite_copy, cast, header):
    headers = ("direction", "Satisfait ?", header)
    rows = [("VC-JSP", "Oui" if n % 3 else "Non", WHO_COLUMNS[header](n)) for n in range(42)]
    trial = brought(sqlite_copy, cast.didier, as_csv(rows, headers), dry_run=True)
    assert [q.code for q in trial.table.questions] == ["Satisfait ?"]
    assert any(header in sentence for sentence in trial.sentences())
    report = brought(sqlite_copy, cast.didier, as_csv(rows, headers))
    stored = select_all(
        sqlite_copy,
        select(SurveyAnswer.text, SurveyAnswer.choice).where(
            SurveyAnswer.survey_id == report.more["survey_id"]
        ),
    )
    assert {tuple(answer) for answer in stored} == {(None, "Oui"), (None, "Non")}


def test_a_colleague_who_answered_twice_is_not_kept_as_a_choice(sqlite_copy, cast):
    rows = [("Oui", a_name(n % 6)) for n in range(12)]
    trial = brought(
        sqlite_copy, cast.didier, as_csv(rows, ("Satisfait ?", "Nom du collègue")), dry_run=True
    )
    assert [q.code for q in trial.table.questions] == ["Satisfait ?"]


def test_what_somebody_names_in_the_correspondence_is_read_all_the_same(sqlite_copy, cast):
    rows = [("Oui", f"mot{n}", a_name(n)) for n in range(20)]
    headers = ("Satisfait ?", "En un mot", "Nom")
    trial = brought(
        sqlite_copy,
        cast.didier,
        as_csv(rows, headers),
        dry_run=True,
        given=Correspondence(columns={"textes": ["En un mot"], "choix": [headers[2]]}),
    )
    assert [q.code for q in trial.table.questions] == list(headers)


def test_what_people_wrote_in_their_own_words_stays(sqlite_copy, cast):
    rows = [
        (
            "Oui" if n % 2 else "Non",
            f"Revoir l'horaire du dépôt numéro {n}, qui ferme avant la fin des tournées",
            ("Hôtel de Ville", "Seraing", "Jemeppe")[n % 3],
            ("Plus de bancs", "Rien", "La cantine", "Les vestiaires", "")[n % 5],
        )
        for n in range(40)
    ]
    headers = ("Avez-vous une adresse mail ?", "Que changer ?", "Votre site", "En bref")
    trial = brought(sqlite_copy, cast.didier, as_csv(rows, headers), dry_run=True)
    assert [q.code for q in trial.table.questions] == list(headers)


@real_files
def test_real_answers_are_read_and_the_numbers_of_their_authors_are_not(sqlite_copy, cast):
    content = json.loads((DATA / "grand-debat.json").read_text(encoding="utf-8"))
    rows = [(one["reponse"][:2000], one["authorId"]) for one in content[:400]]
    trial = brought(sqlite_copy, cast.didier, as_csv(rows, ("Votre avis", "Auteur")), dry_run=True)
    assert [q.code for q in trial.table.questions] == ["Votre avis"]
    assert any("Auteur" in sentence for sentence in trial.sentences())


SIGNS = ("++", "+", "-", "--", "👍", "★★★", "?")


def test_a_cell_that_is_written_is_an_answer_whatever_its_signs(sqlite_copy, cast, scope_for):
    rows = [("VC-JSP", SIGNS[n % 7]) for n in range(98)]
    report = brought(sqlite_copy, cast.didier, as_csv(rows, ("direction", "Le repas ?")))
    assert (report.new, report.table.empty) == (98, 0)
    found = told(sqlite_copy, scope_for, cast.didier, report.more["survey_id"])["Le repas ?"]
    assert {share.label: share.n for share in found.shares} == dict.fromkeys(SIGNS, 14)
