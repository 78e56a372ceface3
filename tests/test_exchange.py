"""Files in, files out: whatever the encoding, nothing is lost and nothing is guessed without
being told.
"""

from datetime import date
from itertools import product

import pytest
from hypothesis import given, strategies as st
from support.real_files import DATA, real_files
from support.transactions import refuses

from dashboard.files.csvout import as_bytes, protected, restored
from dashboard.files.ideas.reading import read_ideas
from dashboard.files.ideas.rows import STATUSES, RefusedRow
from dashboard.files.uploads import open_table
from dashboard.files.values import compact, day_of
from dashboard.files.writing import write
from models.idea_states import IdeaStatus
from models.texts import Refused


def rows_of(content: bytes, name: str = "idees.csv") -> list[tuple[int, list[str]]]:
    return [(row.line, row.cells) for row in open_table(content, name).rows]


@pytest.mark.parametrize(
    "encoding",
    [
        "utf-8",
        "utf-8-sig",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "cp1252",
        "latin-1",
        "mac_roman",
        "cp850",
    ],
)
def test_every_encoding_line_end_and_separator_gives_the_same_rows(encoding):
    for end, separator in product(["\n", "\r\n", "\r"], [";", ",", "\t"]):
        rows = [["titre", "texte"], ["Été à la forêt", "élève déjà fêté"], []]
        text = end.join(separator.join(row) for row in rows)
        found = rows_of(text.encode(encoding))
        assert found == [(2, ["Été à la forêt", "élève déjà fêté"])], (end, separator)


EXPECTED = {
    "mac_newlines.csv": [(2, ["1", "2", "3"]), (3, ["Once upon\ra time", "5", "6"])],
    "test_header_newline.csv": [(8, ["d", "e", "f"])],
    "test_latin1.csv": [(2, ["1", "2", "3"]), (3, ["4", "5", "©"])],
    "test_utf8.csv": [(2, ["1", "2", "3"]), (3, ["4", "5", "ʤ"])],
    "test_utf8_bom.csv": [(2, ["1", "2", "3"]), (3, ["4", "5", "ʤ"])],
    "test_utf16_big.csv": [(2, ["1", "2", "3"]), (3, ["4", "5", "ʤ"])],
    "test_utf16_little.csv": [(2, ["1", "2", "3"]), (3, ["4", "5", "ʤ"])],
    "null_byte.csv": [(2, ["", "2", "3"])],
    "optional_quote_characters.csv": [(2, ["1", "2", "3"])],
    "test_locale.csv": [(2, ["1,7", "200.000.000", ""])],
    "date_like_number.csv": [(2, ["4.5"])],
}


@real_files
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_files_with_every_fault_are_read(name):
    assert rows_of((DATA / "encodages" / name).read_bytes()) == EXPECTED[name]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "est vide"),
        (b"\n", "est vide"),
        (b"\x89PNG\r\n\x1a\n", "une image PNG"),
        (b"%PDF-1.7", "un document PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "XLS"),
        (b"PK\x03\x04", "une archive ZIP"),
        (b"<!DOCTYPE html><p>", "une page HTML"),
        (b'[{"titre": "a"}]', "du JSON"),
        (b"\0" * 500, "binaire"),
        (bytes(range(256)) * 8, "encodage|binaire"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(content, said):
    refuses(open_table, content, "idees.csv", match=said)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'[{"a": 1},', "colonne"),
        (b"{}", "liste"),
        (b"[]", "vide"),
        (b"[" * 100_000, "lisible"),
        (b"titre;texte", "lisible"),
    ],
)
def test_a_json_file_that_cannot_be_read_is_refused(content, said):
    refuses(open_table, content, "idees.json", match=said)


def test_an_unknown_extension_and_a_missing_file_are_refused(tmp_path):
    refuses(open_table, b"titre", "idees.docx", match="CSV ou JSON")
    refuses(open_table, tmp_path / "idees.csv", match="introuvable")


def test_a_quote_that_never_closes_costs_its_line_and_no_other():
    table = open_table(b'titre;texte\na;"ouvert\nb;c\n"x"y";z\nd;"e\nf"\n', "idees.csv")
    assert [(row.line, bool(row.problem)) for row in table.rows] == [
        (2, True),
        (3, False),
        (4, True),
        (5, False),
    ]


def test_too_many_cells_refuse_the_row_too_few_warn():
    table = open_table(b"titre;texte\na;b;c\nd\n;\n\ne;f;;\n", "idees.csv")
    assert [(row.line, bool(row.problem)) for row in table.rows] == [
        (2, True),
        (3, False),
        (6, False),
    ]
    assert [problem.line for problem in table.warnings] == [3]


def test_a_separator_line_of_excel_keeps_the_line_numbers():
    assert rows_of(b"sep=,\r\ntitre,texte\r\na,b\r\n") == [(3, ["a", "b"])]


def test_inner_objects_of_json_become_columns():
    table = open_table(b'{"data": [{"title": {"fr": "Banc"}, "n": 4860.0}, 3]}', "idees.json")
    assert table.headers == ["title/fr", "n"]
    first, second = table.rows
    assert (
        (first.line, first.cells) == (0, ["Banc", "4860.0"]) and second.line == 1 and second.problem
    )


def test_a_row_that_breaks_a_rule_is_refused_with_its_line_and_column():
    rows = list(
        read_ideas(open_table(f"titre;texte\n;a\n{'x' * 256};b\nc;d\n".encode(), "idees.csv")).rows
    )
    refused = [row.problem for row in rows if isinstance(row, RefusedRow)]
    assert [(p.line, p.column) for p in refused] == [(2, "titre"), (3, "titre")]
    assert "256 caractères" in refused[1].reason


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2023-06-30", date(2023, 6, 30)),
        ("2023-06-30 23:59:59", date(2023, 6, 30)),
        ("2023-06-30T08:00:00Z", date(2023, 6, 30)),
        ("30/06/2023", date(2023, 6, 30)),
        ("30-06-2023", date(2023, 6, 30)),
        ("30.06.2023", date(2023, 6, 30)),
        ("30 juin 2023", date(2023, 6, 30)),
        ("02/févr./23 2:40 PM", date(2023, 2, 2)),
        ("2023-06-30T10:00:00+01:00", date(2023, 6, 30)),
        ("2024-02", date(2024, 2, 29)),
        ("2014", None),
        ("", None),
        ("1999-01-01", date(1999, 1, 1)),
        ("2099-12-31", date(2099, 12, 31)),
    ],
)
def test_days_are_read_in_every_spelling(text, day):
    assert day_of(text) == day


@pytest.mark.parametrize("text", ["January 12, 2026 → March 13, 2026", "12/01/2026 → 13/03/2026"])
def test_a_span_of_two_days_is_not_read_as_its_first(text):
    with pytest.raises(ValueError, match="n'est pas une date lisible"):
        day_of(text)


@pytest.mark.parametrize(
    "text",
    ["31/02/2023", "2023-13-01", "2023-13", "hier", "0001-01-01", "9999-12-31", "12/31/2023"],
)
def test_days_that_do_not_exist_are_refused(text):
    refuses(day_of, text, error=ValueError)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("FIN", IdeaStatus.implemented),
        ("ABANDONNÉ", IdeaStatus.refused),
        ("(non démarré)", IdeaStatus.accepted),
        ("à l’étude", IdeaStatus.studied),
        ("A L'ETUDE", IdeaStatus.studied),
        ("a-l-etude", IdeaStatus.studied),
        ("declined", IdeaStatus.refused),
        ("Under review", IdeaStatus.studied),
        ("Goedgekeurd", IdeaStatus.accepted),
        ("Niet weerhouden", IdeaStatus.refused),
        ("Infaisable", IdeaStatus.refused),
        ("Bestaat al", IdeaStatus.already),
        ("uitgesteld", IdeaStatus.postponed),
        ("?!", None),
    ],
)
def test_states_are_recognised_folded_and_in_three_languages(text, status):
    assert STATUSES.get(compact(text)) is status


@given(st.text())
def test_a_protected_text_comes_back_exactly_and_never_starts_a_formula(text):
    assert restored(protected(text)) == text
    assert not protected(text).lstrip().startswith(tuple("=+-@＝＋－＠"))
    assert not protected(text).startswith(("\t", "\r", "\n"))


def test_what_is_written_keeps_numbers_and_dates_and_protects_headers():
    rows = [("=1+1", -5, date(2023, 6, 30)), (None, 0, True)]
    assert as_bytes(["Titre", "=Nombre", "Jour"], rows) == (
        b"\xef\xbb\xbfTitre;'=Nombre;Jour\r\n'=1+1;-5;2023-06-30\r\n;0;oui\r\n"
    )


def test_a_write_that_fails_leaves_the_old_file(tmp_path):
    out = tmp_path / "idees.csv"
    out.write_text("avant")

    def rows():
        yield ("a",)
        raise Refused("Interrompu.")

    refuses(write, "Idées", ["Titre"], rows(), out)
    assert out.read_text() == "avant" and list(tmp_path.iterdir()) == [out]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), min_size=1, max_size=5))
def test_every_cell_written_is_read_back(cells):
    (row,) = open_table(
        as_bytes(["Titre", *map(str, range(len(cells)))], [("a", *cells)]), "x.csv"
    ).rows
    assert [restored(cell) for cell in row.cells[1:]] == cells
