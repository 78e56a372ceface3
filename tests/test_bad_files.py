"""Files as people really send them: taken or refused, always with a sentence, never half."""

import io
import re
import zipfile

import pytest
import xlsxwriter
from sqlmodel import select
from support.imports import as_workbook, bring, counts, entries, ods_of
from support.transactions import refuses, select_all

from dashboard.actions.register_imports import ImportOptions, read_whole
from models.database import reading
from models.errors import Refused
from models.ideas import BODY_MAX, Idea

HOSTILE = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://x")',
    "\u202egnihton",
    "🎉🎉🎉",
    "@SUM(A1)",
    "[lien](javascript:alert(1))",
)


def lines(*rows: str) -> str:
    return "titre;texte;date\n" + "".join(f"{row}\n" for row in rows)


def test_a_body_of_fifty_thousand_characters_comes_in_and_one_more_is_told(small_town):
    report = bring(
        small_town,
        lines(f"Long;{'é' * BODY_MAX};", f"Trop long;{'é' * (BODY_MAX + 1)};", "Court;ok;"),
    )
    assert (
        counts(report) == (3, 2, 0, 0, 1)
        and report.refused[0].line == 3
        and str(BODY_MAX)[:2] in report.refused[0].reason
    )
    assert set(entries(small_town)) == {"Long", "Court"}


def test_hostile_titles_are_texts(small_town):
    report = bring(
        small_town, lines(*(f'"{title.replace(chr(34), chr(34) * 2)}";;' for title in HOSTILE))
    )
    assert report.new + len(report.refused) == len(HOSTILE) and report.new >= len(HOSTILE) - 1
    assert all("\u202e" not in title for title in entries(small_town))


def test_headers_that_stand_twice_are_told_and_the_first_is_read(small_town):
    report = bring(small_town, "titre;texte;texte\nUn;premier;second\n")
    assert any("2 fois" in problem.reason for problem in report.warnings)
    assert entries(small_town)["Un"].body == "premier"


def test_of_three_tables_in_one_file_the_one_with_titles_is_read_and_the_others_are_told(
    small_town,
):
    content = (
        "Bilan du mois;;\n\nsemaine;visites\n1;12\n2;15\n\ntitre;texte\nUn banc;Au soleil\nUn"
        " arbre;À l'ombre\n\nservice;agents;postes\nVoirie;12;3\nBâtiments;9;2\n"
    )
    report = bring(small_town, content)
    assert set(entries(small_town)) == {"Un banc", "Un arbre"}
    assert any(re.search(r"3\stableaux", problem.reason) for problem in report.warnings), (
        "what is passed over is told"
    )


def test_a_second_table_of_the_same_width_is_pointed_at_once(small_town):
    """It may be rows of ours after a blank line: they are read, and whoever imports is told
    where to look before she does.
    """
    report = bring(
        small_town,
        "titre;texte\nUn banc;Au soleil, près du"
        " bassin\n\nnom;prénom\nDurand;Paul\n\ndate;montant\n01/01/2023;5\n",
    )
    assert [
        problem.line for problem in report.warnings if "ressemble à un en-tête" in problem.reason
    ] == [4]
    report = bring(
        small_town, "titre;texte\nUn arbre;À l'ombre\n\nUn abri pour les vélos du dépôt;Il pleut\n"
    )
    assert not report.warnings, "a title of an idea is no header"


def test_a_workbook_with_several_sheets_says_which_one_it_reads(small_town):
    content = as_workbook(
        [["Notes"], ["à voir"]],
        Idées=[["Titre", "Texte"], ["Un banc", "Au soleil"]],
        Archives=[["Titre"], ["Vieux"]],
    )
    report = bring(small_town, content, "classeur.xlsx")
    assert set(entries(small_town)) == {"Un banc"}
    assert any(
        "Feuille1" in problem.reason and "Archives" in problem.reason for problem in report.warnings
    )


@pytest.mark.slow
def test_thirty_megabytes_on_one_line_are_refused_in_one_sentence(small_town):
    endless = b"titre;texte;" + b"x" * 30_000_000
    refuses(bring, small_town, endless, "grand.csv", match="16 millions de caractères")
    report = bring(small_town, lines("Un banc;" + "x" * 17_000_000 + ";", "Un arbre;ok;"))
    assert "16 millions" in report.refused[0].reason and set(entries(small_town)) == {"Un arbre"}


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "idees.csv", "image"),
        (b"", "idees.csv", "vide"),
        (b"titre;texte\n", "idees.csv", ""),
        (b"PK\x03\x04pas un classeur", "idees.xlsx", ""),
        (b"{", "idees.json", "JSON"),
        (b"titre\n", "idees.exe", "CSV"),
    ],
)
def test_what_is_no_table_is_refused_or_brings_nothing(small_town, content, name, said):
    try:
        report = bring(small_town, content, name)
    except Refused as refusal:
        assert said in str(refusal) and str(refusal).endswith(".")
    else:
        assert report.new == 0
    assert select_all(small_town, select(Idea)) == []


@pytest.mark.slow
def test_a_workbook_that_unpacks_without_end_is_refused_before_it_is_unpacked(small_town):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("[Content_Types].xml", "<Types/>")
        bomb.writestr("xl/workbook.xml", "<workbook/>")
        bomb.writestr("xl/worksheets/sheet1.xml", b" " * (200 * 1024 * 1024))
    refuses(bring, small_town, out.getvalue(), "bombe.xlsx", match="décompressé")


def sheet_with_a_cell_at(place: str, said: str = "x") -> bytes:
    """A workbook of two rows of ideas and one cell somewhere."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["titre", "texte"])
        sheet.write_row(1, 0, ["Un banc", "À la gare"])
        if said:
            sheet.write(place, said)
        else:
            sheet.write_blank(place, None, book.add_format({"bold": True}))
    return out.getvalue()


ODS_HEADER = (
    '<table:table-row><table:table-cell office:value-type="string"><text:p>titre</text:p>'
    "</table:table-cell></table:table-row>"
)
ODS_FAR = (
    '<table:table-row table:number-rows-repeated="900000"><table:table-cell/></table:table-row>'
    '<table:table-row><table:table-cell table:number-columns-repeated="16000"/>'
    '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
    "</table:table-row>"
)


def test_one_cell_very_far_away_is_a_sentence_that_says_how_to_find_it(small_town):
    refuses(bring, small_town, sheet_with_a_cell_at("QQQ123456"), "loin.xlsx", match=r"Ctrl\+Fin")
    refuses(bring, small_town, sheet_with_a_cell_at("QQ25000"), "loin.xlsx", match="cellules, 10")
    refuses(bring, small_town, ods_of(ODS_HEADER, ODS_FAR), "loin.ods", match="très loin")
    assert entries(small_town) == {}


def test_a_far_cell_that_only_has_a_style_and_a_long_sheet_are_read(small_town):
    assert bring(small_town, sheet_with_a_cell_at("QQQ123456", ""), "stylé.xlsx").new == 1
    assert bring(
        small_town, ods_of(ODS_HEADER, ODS_HEADER.replace("titre", "Un arbre")), "un.ods"
    ).new


@pytest.mark.slow
def test_four_hundred_thousand_lines_are_refused_on_the_screen_in_one_sentence(small_town):
    content = ("titre\n" + "Une idée\n" * 400_000).encode()
    how = ImportOptions(most=20_000)
    with reading(small_town) as session, pytest.raises(Refused, match=r"20\s000|lignes"):
        read_whole(session, "idees", content, "grand.csv", how)
    assert entries(small_town) == {}
