"""What leaves comes back: a whole demonstration through each format, long texts in cells,
workbooks that lie about their size.
"""

import io
import json
import zipfile
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from support.imports import as_workbook, bring, counts, entries
from support.real_files import DATA, real_files
from support.transactions import (
    refuses,
)
from support.troupe import FROZEN

from dashboard.access import OPERATOR
from dashboard.files import writing as files
from dashboard.files.ideas.columns import COLUMNS, IDEAS, chosen
from dashboard.files.ideas.reading import read_ideas
from dashboard.files.ideas.rows import IdeaRead
from dashboard.files.matching.fields import Correspondence
from dashboard.files.matching.layout import known_for
from dashboard.files.uploads import EXTENSIONS, open_table
from dashboard.queries.ideas.records import idea_rows
from models.database import reading, writing
from models.ideas import BODY_MAX
from models.texts import Refused

FORMATS = (".csv", ".xlsx", ".json")
# Supports belong to persons, comments to their threads, a relay is a person: they are told, and not
# read back.
TOLD_ONLY = {column.field for column in COLUMNS if not column.read_back}


FIELDS = tuple(column.field for column in COLUMNS)


def exported(engine, scope_for, fields=FIELDS) -> list[dict]:
    with reading(engine) as session:
        return [
            dict(zip(fields, row, strict=True))
            for row in idea_rows(session, scope_for(session, OPERATOR), fields=fields)
        ]


def as_file(rows: list[dict], suffix: str) -> bytes:
    columns = [column for name in rows[0] for column in COLUMNS if column.field == name]
    headers = [column.header for column in columns]
    return files.as_bytes("Idées", headers, [tuple(row.values()) for row in rows], suffix, columns)


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_whole_demonstration_comes_back_unchanged(sqlite_copy, scope_for, suffix):
    rows = exported(sqlite_copy, scope_for)
    report = bring(sqlite_copy, as_file(rows, suffix), f"export{suffix}", on=FROZEN)
    assert counts(report) == (len(rows), 0, 0, len(rows), 0) and report.warnings == []
    assert exported(sqlite_copy, scope_for) == rows


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_whole_demonstration_fills_an_empty_database_with_the_same(
    sqlite_copy, scope_for, suffix
):
    rows = exported(sqlite_copy, scope_for)
    with writing(sqlite_copy) as session:
        session.execute(text("PRAGMA defer_foreign_keys=ON"))
        for (table,) in session.execute(
            text(
                "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type ="
                " 'table' AND c.name IN ('idea_id', 'into_id') GROUP BY 1"
            )
        ).all():
            session.execute(text(f"DELETE FROM {table}"))
        session.execute(text("DELETE FROM source_key"))
        session.execute(text("DELETE FROM idea"))
    report = bring(sqlite_copy, as_file(rows, suffix), f"export{suffix}", on=FROZEN)
    assert counts(report) == (len(rows), len(rows), 0, 0, 0)
    kept = [
        {name: value for name, value in row.items() if name not in TOLD_ONLY}
        for row in exported(sqlite_copy, scope_for)
    ]
    wanted = [{name: value for name, value in row.items() if name not in TOLD_ONLY} for row in rows]
    assert sorted(kept, key=lambda row: row["number"]) == sorted(
        wanted, key=lambda row: row["number"]
    )


@pytest.mark.parametrize("suffix", FORMATS)
def test_long_and_dangerous_texts_make_the_round_trip_in_every_format(
    small_town, scope_for, suffix
):
    texts = [
        "=1+1",
        "'=x",
        "é" * BODY_MAX,
        "=" * 40_000,
        "a\n\nb",
        "_x0041_ et _x005F_ ; x0041_",
        "🎉" * 20_000,
        "  =dedans",
        "[1]",
        "＝1\u2028-2",
        "x" * 32_766,
        "x" * 32_767,
    ]
    bring(
        small_town,
        json.dumps([{"id": i, "titre": f"T{i}", "texte": body} for i, body in enumerate(texts)]),
        "boite.json",
    )
    rows = exported(small_town, scope_for)
    assert counts(bring(small_town, as_file(rows, suffix), f"export{suffix}", on=FROZEN))[1:4] == (
        0,
        0,
        len(texts),
    )
    found = {
        row.title: row.body
        for row in read_ideas(
            open_table(as_file(rows, suffix), f"export{suffix}", known_for(IDEAS))
        ).rows
    }
    assert {title: body == entries(small_town)[title].body for title, body in found.items()} == {
        f"T{i}": True for i in range(len(texts))
    }


def test_an_export_without_all_its_columns_says_so_when_it_comes_back(small_town, scope_for):
    bring(small_town, "titre\nBanc\n")
    rows = exported(small_town, scope_for, ("number", "title", "source", "key"))
    refuses(bring, small_town, as_file(rows, ".csv"), "export.csv", match="exportez-les toutes")


def test_a_column_is_asked_for_by_its_field_or_its_header():
    assert [column.field for column in chosen(["Titre", "status", " titre "])] == [
        "title",
        "status",
    ]
    refuses(chosen, ["auteur"], match="« auteur »")


# ── Workbooks ─────────────────────────────────────────────────────────────────────────────────────


def test_headers_on_two_lines_and_lines_above_them_are_understood(small_town):
    content = as_workbook(
        [
            ["Boîte à idées, export du 12 mars"],
            [],
            ["N°", "Idée", None, "Suivi"],
            [None, "Titre", "Texte", "État"],
            [1, "Un banc", "Au soleil", "Retenue"],
            [2, "Un arbre", "Un chêne", "Reçue"],
        ]
    )
    report = bring(small_town, content, "classeur.xlsx")
    assert counts(report) == (2, 2, 0, 0, 0), [p.reason for p in report.refused]
    assert {title: (idea.body, idea.status) for title, idea in entries(small_town).items()} == {
        "Un banc": ("Au soleil", "retenue"),
        "Un arbre": ("Un chêne", "recue"),
    }
    assert any("occupe les lignes" in p.reason for p in report.warnings)


def test_days_and_numbers_of_a_workbook_are_days_and_numbers(small_town):
    bring(
        small_town,
        as_workbook(
            [
                ["id", "titre", "date", "votes"],
                [1, "Un banc", date(2023, 2, 3), 12],
                [2, "Un arbre", "05/02/2023", "1 200"],
            ]
        ),
        "c.xlsx",
    )
    assert {t: (i.filed_on, i.voices) for t, i in entries(small_town).items()} == {
        "Un banc": (date(2023, 2, 3), 12),
        "Un arbre": (date(2023, 2, 5), 1200),
    }


def archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in members.items():
            book.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return out.getvalue()


def test_an_archive_that_lies_about_its_size_is_refused(small_town):
    content = bytearray(as_workbook([["titre"], ["x" * 5000]]))
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        entry = book.getinfo("xl/worksheets/sheet1.xml")
    place = content.index(b"PK\x01\x02")
    while content[place + 46 : place + 46 + len(entry.filename)] != entry.filename.encode():
        place = content.index(b"PK\x01\x02", place + 1)
    content[place + 24 : place + 28] = (10).to_bytes(4, "little")
    refuses(bring, small_town, bytes(content), "menteur.xlsx", match="abîmé")


def test_one_text_repeated_without_end_is_refused_before_it_is_unfolded(small_town):
    cells = b'<c r="A1" t="s"><v>0</v></c>' * 20_000
    shared = archive(
        xl__workbook_xml=b"<workbook/>",
        xl__sharedStrings_xml=b"<sst><si><t>" + b"x" * 30_000 + b"</t></si></sst>",
        xl__worksheets__sheet1_xml=b"<row>" + cells + b"</row>",
    )
    refuses(bring, small_town, shared, "gonflé.xlsx", match="mémoire|lisible")
    row = (
        b'<table:table-row table:number-rows-repeated="1000000"><table:table-cell'
        b' office:value-type="string"><text:p>'
        + b"x" * 500
        + b"</text:p></table:table-cell></table:table-row>"
    )
    refuses(
        bring,
        small_town,
        archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet", content_xml=row),
        "gonflé.ods",
        match="mémoire|lisible",
    )


@real_files
@pytest.mark.parametrize(
    "path",
    sorted((DATA / "encodages").glob("*.*")) if DATA.exists() else [],
    ids=lambda path: path.name,
)
def test_every_real_file_passes_or_is_refused_in_one_sentence(path: Path):
    if path.suffix not in EXTENSIONS:
        pytest.skip("not a file to import")
    try:
        table = open_table(path, known=known_for(IDEAS))
        first = next((h for h in table.headers if h), "")
        rows = list(read_ideas(table, Correspondence(columns={"title": [first]})).rows)
    except Refused as refusal:
        assert str(refusal).endswith(".") and "\n" not in str(refusal)
    else:
        assert all(isinstance(row, IdeaRead) or row.problem.reason for row in rows)
