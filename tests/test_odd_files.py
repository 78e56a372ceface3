"""Files of platforms that the product had not seen: what their sources hide stays hidden, what they
repeat is one thing, and the report tells what really happened.
"""

import io
import json
from datetime import date

import pytest
import xlsxwriter
from sqlmodel import select
from support.imports import TODAY, bring, counts, entries, ods_of
from support.transactions import (
    add_rows,
    refuses,
    select_all,
)
from typer.testing import CliRunner

from dashboard.__main__ import app
from models.database import reading
from models.idea_events import IdeaEvent
from models.ideas import Idea
from models.jobs import Installation
from models.settings import settings


def shown(engine) -> dict[str, bool]:
    return {title: idea.published for title, idea in entries(engine).items()}


# ── What a source does not show ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("header", "hides", "shows"),
    [
        ("hidden", "true", "false"),
        ("hidden_at", "2023-02-01 10:00", ""),
        ("trashedStatus", "INVISIBLE", "null"),
        ("deleted_at", "2023-02-01", "NULL"),
        ("isDraft", "1", "0"),
        ("Brouillon", "oui", "non"),
        ("published", "false", "true"),
        ("published_at", "", "2023-02-01"),
        ("Visibilité", "privée", "publique"),
        ("state", "draft", "accepted"),
        ("Statut de modération", "refusé", "validé"),
        ("moderation/hidden_at", "2023-02-01", ""),
        ("Statut", "En attente de modération", "Acceptée"),
    ],
)
def test_what_its_source_hides_comes_in_unpublished_and_is_counted_apart(
    small_town, header, hides, shows
):
    file = f"id;title;body;{header}\n1;Un banc;À la gare;{shows}\n2;Un secret;Chez moi;{hides}\n"
    report = bring(small_town, file)
    assert shown(small_town) == {"Un banc": True, "Un secret": False}
    assert (counts(report), report.unpublished) == ((2, 2, 0, 0, 0), 1)
    assert any("pas publiée" in sentence for sentence in report.sentences())
    assert bring(small_town, file).unchanged == 2


def test_what_its_source_hides_later_is_hidden_here_with_a_fact(small_town):
    file = "id;title;hidden\n1;Un banc;{}\n2;Un arbre;non\n"
    bring(small_town, file.format("non"))
    report = bring(small_town, file.format("oui"))
    assert shown(small_town) == {"Un banc": False, "Un arbre": True}
    assert counts(report) == (2, 0, 1, 1, 0)
    assert "La source ne le montre plus" in select_all(small_town, select(IdeaEvent.reason))
    bring(small_town, file.format("non"))
    assert not shown(small_town)["Un banc"], "whoever reads them here shows it again"


# ── What a file repeats ───────────────────────────────────────────────────────────────────────────


def test_one_identifier_with_one_content_is_one_entry_and_that_is_told(small_town):
    file = (
        "id;titre;texte;votes\n1;Un banc;À la gare;3\n2;Un arbre;Ici;1\n"
        "1;Un banc;À la gare;3\n1;Un banc;À la gare;4\n1;Autre chose;Ailleurs;0\n;Sans;x;\n;Sans;x;\n"
    )
    report = bring(small_town, file)
    titles = sorted(select_all(small_town, select(Idea.title)))
    assert titles == ["Autre chose", "Sans", "Sans", "Un arbre", "Un banc"]
    told = [problem.message for problem in report.warnings]
    assert any("une seule entrée (2" in sentence for sentence in told)
    assert any("gardé comme une autre entrée" in sentence for sentence in told)
    assert bring(small_town, file).unchanged == 5


# ── What really changed ───────────────────────────────────────────────────────────────────────────

WHOLE = (
    "id;titre;texte;theme;direction;statut;date;votes;commentaires;published\n"
    "1;Un banc;À la gare;Modernisation;VC-JSP;Acceptée;02/01/2023;12;Oui !;oui\n"
    "2;Un arbre;Ici;Modernisation;VC-JSP;Refusée;03/01/2023;4;;non\n"
)


def test_a_column_that_the_later_file_lacks_changes_nothing(small_town):
    bring(small_town, WHOLE)
    before = {title: idea.model_dump() for title, idea in entries(small_town).items()}
    report = bring(small_town, "id;titre\n1;Un banc\n2;Un arbre\n")
    assert counts(report) == (2, 0, 0, 2, 0) and not report.warnings
    assert {title: idea.model_dump() for title, idea in entries(small_town).items()} == before
    whole = bring(small_town, WHOLE.replace(";4;", ";5;"))
    assert counts(whole) == (2, 0, 1, 1, 0), "what a column said before it was left out is known"
    assert entries(small_town)["Un arbre"].voices == 5


def test_a_row_that_says_the_same_in_other_words_is_not_counted_as_changed(small_town):
    bring(small_town, WHOLE)
    file = WHOLE.replace("02/01/2023", "2023-01-02").replace("Acceptée", "accepted")
    assert counts(bring(small_town, file)) == (2, 0, 0, 2, 0)
    told = bring(small_town, WHOLE.replace("03/01/2023", "04/01/2023"))
    assert counts(told) == (2, 0, 0, 2, 0)
    assert any("les nôtres restent" in problem.reason for problem in told.warnings)
    bring(small_town, WHOLE.replace("Modernisation;VC-JSP;Acc", "Inconnu;VC-JSP;Acc"))
    with_more = WHOLE.replace("Oui !", "Oui ! | Encore")
    assert bring(small_town, with_more).changed == 1


# ── Dates that are none ───────────────────────────────────────────────────────────────────────────


def test_a_word_in_the_column_of_dates_leaves_the_row_and_is_told(small_town):
    report = bring(
        small_town,
        "id;titre;statut;date du statut;date\n"
        "1;Un banc;Retenue;bientôt;02/01/2023\n2;Un arbre;Reçue;;à préciser\n3;Un pré;Reçue;;à préciser\n",
    )
    assert counts(report) == (3, 3, 0, 0, 0)
    told = {problem.column: problem.message for problem in report.warnings}
    assert "« bientôt »" in told["date du statut"] and "laissée vide" in told["date du statut"]
    assert "(2" in told["date"] and entries(small_town)["Un banc"].filed_on == date(2023, 1, 2)


def test_what_was_done_at_no_known_day_was_not_done_today(small_town):
    bring(
        small_town,
        "id;titre;statut;date;réponse\n1;Un banc;Réalisée;02/01/2022;Il y est.\n"
        "2;Un arbre;Réalisée;;Il y est.\n3;Un pré;Retenue;02/01/2022;Oui.\n",
    )
    states = select_all(
        small_town,
        select(Idea.title, IdeaEvent.on)
        .join(Idea, Idea.id == IdeaEvent.idea_id)
        .where(IdeaEvent.to_status == Idea.status),
    )
    assert dict(states) == {
        "Un banc": date(2022, 1, 2),
        "Un arbre": settings().cp_programme_start,
        "Un pré": TODAY,
    }


# ── Many remarks that are one ─────────────────────────────────────────────────────────────────────


def test_a_remark_that_holds_for_many_lines_is_one_sentence_with_their_number(small_town):
    rows = "".join(f"{n};Idée {n}\n" for n in range(2, 3002))
    report = bring(small_town, f"id;titre;texte;votes\n{rows}", dry_run=True)
    (short,) = [problem for problem in report.warnings if "cellules pour" in problem.reason]
    assert (short.times, short.lines) == (3000, (2, 3, 4, 5, 6))
    assert "(3" in short.message and ": 2, 3, 4, 5, 6…)." in short.message
    assert sum("cellules pour" in sentence for sentence in report.sentences()) == 1
    assert report.as_json()["warnings"][0]["reason"] == short.message


def test_remarks_that_differ_in_a_value_alone_are_told_as_far_as_anybody_reads(small_town):
    rows = "".join(f"{n};Idée {n};x{n};{n} août\n" for n in range(3000))
    report = bring(small_town, f"id;titre;votes;date\n{rows}", dry_run=True)
    assert (report.new, len(report.warnings)) == (3000, 202)
    assert sum(problem.times for problem in report.warnings if problem.column == "votes") == 3000


def test_rows_refused_for_one_reason_are_one_sentence_and_each_counts(small_town):
    report = bring(small_town, "id;titre\n" + "".join(f"{n};\n" for n in range(400)), dry_run=True)
    assert report.lines_refused == len(report.as_json()["refused"]) == 400
    assert sum(sentence.startswith("Refusée") for sentence in report.sentences()) == 1


# ── What a workbook does not show ─────────────────────────────────────────────────────────────────


def test_hidden_sheets_rows_and_columns_are_read_and_told(small_town):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet("Accueil").write(0, 0, "Bonjour")
        sheet = book.add_worksheet("Idées & avis")
        sheet.hide()
        sheet.write_row(0, 0, ["titre", "texte", "votes"])
        for line in range(1, 5):
            sheet.write_row(line, 0, [f"Idée {line}", "À voir", line])
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_row(4, None, None, {"hidden": True})
        sheet.set_column(2, 2, 10, None, {"hidden": True})
    report = bring(small_town, out.getvalue(), "classeur.xlsx", dry_run=True)
    told = [problem.message for problem in report.warnings]
    assert report.new == 4
    assert any("« Idées & avis » est masquée" in sentence for sentence in told)
    assert any("Des lignes ou des colonnes sont masquées" in sentence for sentence in told)


def test_hidden_rows_and_columns_of_an_open_document_are_told(small_town):
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    rows = (
        '<table:table-column/><table:table-column table:visibility="collapse"/>',
        f"<table:table-row>{cell.format('titre')}{cell.format('texte')}</table:table-row>",
        f"<table:table-row>{cell.format('Un banc')}{cell.format('Ici')}</table:table-row>",
        '<table:table-row table:visibility="filter">'
        f"{cell.format('Un arbre')}{cell.format('Là')}</table:table-row>",
    )
    report = bring(small_town, ods_of(*rows), "tableau.ods", dry_run=True)
    told = [problem.reason for problem in report.warnings]
    assert report.new == 2 and len(told) == 1 and "masquées ou filtrées" in told[0]


# ── Lists and objects in a cell ───────────────────────────────────────────────────────────────────


def test_lists_and_objects_are_told_as_what_they_are_and_name_nobody(small_town):
    people = [{"name": "Jeanne Dupont"}, {"name": "Omer Peeters"}]
    elements = [
        {
            "id": n,
            "title": f"Idée {n}",
            "body": people,
            "category": people,
            "scope": people,
            "status": people,
            "created_at": people,
            "votes": people,
            "answer": people,
        }
        for n in range(3)
    ]
    report = bring(small_town, json.dumps(elements), "idees.json")
    told = json.dumps([report.as_json(), report.sentences()], ensure_ascii=False)
    assert report.new == 3 and "une liste de 2" in told
    assert "Dupont" not in told and "Dupont" not in str(report.layout)
    with reading(small_town) as session:
        kept = session.exec(select(Idea.body, Idea.voices)).all()
        assert kept == [("", 2)] * 3
        assert not [text for text in session.exec(select(IdeaEvent.text)).all() if text]


# ── Who is for an entry ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "header", ["endorsements", "endorsements_count", "votes_count", "likesCount", "Nb de soutiens"]
)
def test_supports_under_other_names_are_voices(small_town, header):
    bring(small_town, f"id;titre;{header}\n1;Un banc;12\n")
    assert entries(small_town)["Un banc"].voices == 12


def test_columns_of_supports_that_are_not_read_are_told(small_town):
    report = bring(small_town, "id;titre;votes;endorsements;voted_by\n1;Un banc;12;3;Omer\n")
    assert entries(small_town)["Un banc"].voices == 12
    assert report.layout.left == ["endorsements", "voted_by"]


# ── A title that is almost certain ────────────────────────────────────────────────────────────────


def test_a_title_that_is_almost_certain_is_proposed_and_taken_with_yes(
    small_town, commands_on, tmp_path
):
    add_rows(small_town, Installation(id=1))
    commands_on(small_town)
    file = tmp_path / "projets.csv"
    file.write_text(
        "ref;titre_projet_depose;montant\n1;Un banc à la gare;100\n2;Un arbre sur la place;200\n",
        encoding="utf-8",
    )
    refused = CliRunner().invoke(app, ["import", "ideas", str(file)])
    assert refused.exit_code == 1 and entries(small_town) == {}
    assert "presque certainement « titre_projet_depose »" in " ".join(refused.output.split())
    tried = CliRunner().invoke(app, ["import", "ideas", str(file), "--yes"])
    assert "rien n'a été écrit" in tried.output and "--write" in tried.output
    assert tried.exit_code == 0 and entries(small_town) == {}
    taken = CliRunner().invoke(app, ["import", "ideas", str(file), "--yes", "--write"])
    assert taken.exit_code == 0 and "titre ← « titre_projet_depose »" in taken.output
    assert set(entries(small_town)) == {"Un banc à la gare", "Un arbre sur la place"}
    file.write_text("ref;machin\n1;Un banc à la gare\n", encoding="utf-8")
    assert CliRunner().invoke(app, ["import", "ideas", str(file), "--yes"]).exit_code == 1


# ── Themes and ambitions ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("theme", "ambition"),
    [
        ("Satisfaction des citoyens", 1),
        ("mobilités", 5),
        ("Mobilité douce", 5),
        ("Environnement et climat", 5),
        ("Formation continue", 4),
        ("Conditions de travail au dépôt", 2),
        ("Numérique et formation", None),
        ("Cadre de vie", None),
        ("Culture et patrimoine", None),
        ("La vie de nos quartiers et de leurs habitants", None),
    ],
)
def test_a_theme_goes_to_an_ambition_by_its_words_or_is_left_blank(small_town, theme, ambition):
    report = bring(small_town, f"id;titre;thème\n1;Un banc;{theme}\n")
    assert entries(small_town)["Un banc"].ambition_id == ambition
    told = any("ne correspond à aucune" in problem.reason for problem in report.warnings)
    assert told == (ambition is None)


# ── What goes and comes back ──────────────────────────────────────────────────────────────────────


def test_what_has_gone_is_told_once_and_its_return_too(small_town):
    one, two, three = "1;Un banc\n", "2;Un arbre\n", "3;Un pré\n"
    told = []
    for rows in (one + two + three, one + three, one, one + two, one + two + three):
        report = bring(small_town, f"id;titre\n{rows}")
        told.append((report.gone, report.returned, report.unchanged))
    assert told[1:] == [(1, 0, 2), (1, 0, 1), (0, 1, 2), (0, 1, 3)]
    assert any("revenue" in sentence for sentence in report.sentences())
    bring(small_town, f"id;titre\n{one}")
    tried = bring(small_town, f"id;titre\n{one}{two}", dry_run=True)
    again = bring(small_town, f"id;titre\n{one}2;Un grand arbre\n")
    assert (tried.returned, again.returned, again.changed) == (1, 1, 1)
    assert set(entries(small_town)) == {"Un banc", "Un grand arbre", "Un pré"}


# ── What is no idea ───────────────────────────────────────────────────────────────────────────────


def test_lines_that_the_file_calls_comments_are_no_ideas_and_that_is_told(small_town):
    report = bring(
        small_town,
        "proposal_id,contribution_type,proposal_title,proposal_comments_body\n"
        "p1,proposal,Un banc,\n"
        "p1,proposalComment,Un banc,Bravo\n"
        "p2,proposalComment,Un arbre,Oui\n"
        "p3,proposalVote,Une fontaine,\n"
        "p4,proposalComment,Un arbre,Non\n",
    )
    (bench,) = entries(small_town).values()
    assert (bench.title, bench.comments) == ("Un banc", 1)
    told = [problem.message for problem in report.warnings]
    assert told == [
        "« proposalComment » n'est pas une idée : laissé de côté (2\N{NO-BREAK SPACE}lignes : 4, 6).",
        "« proposalVote » n'est pas une idée : laissé de côté.",
    ]


def test_an_export_of_comments_alone_is_refused_as_that(small_town):
    refuses(
        bring,
        small_town,
        "id;created_at;body;commentable_id;title\n1;2023-01-02;Bravo;12;Un banc\n",
        match="export de commentaires",
    )
    assert entries(small_town) == {}
