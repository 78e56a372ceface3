"""Surveys as they come: codes that Didier names, files that are none, an import that is tried
first and runs apart.
"""

import json
from datetime import timedelta

import pytest
from sqlmodel import select
from support.real_files import DATA, real_files
from support.surveys import (
    CODED,
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
from support.transactions import refusal, refuses, select_all, select_one, write_with

from dashboard.actions.surveys.making import feed_figure, labels_in, name_answers
from dashboard.figures.kinds import measured
from dashboard.files.matching.fields import Correspondence
from dashboard.files.surveys.columns import asks_who
from models.database import writing
from models.ledger import Change
from models.surveys import Question, QuestionKind, Survey, SurveyAnswer
from models.texts import Invalid

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
