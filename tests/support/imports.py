"""Files of ideas that are brought in, and what an import tells; the real files, which stand in a
folder beside the project.
"""

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from sqlmodel import select

from dashboard.access import OPERATOR
from dashboard.actions.imports import act_of
from dashboard.actions.register_imports import ImportOptions
from models.database import writing
from models.directions import Direction, DirectionPlace
from models.ideas import Idea
from models.roadmap import Ambition

from .transactions import select_all, write_with

# ── Files of ideas that are brought in, and what an import tells ──────────────────────────────────

TODAY = date(2023, 6, 30)


def furnish(engine) -> None:
    with writing(engine) as session:
        for i, name in enumerate(
            (
                "Satisfaction des citoyens",
                "Bien-être des agents",
                "Modernisation",
                "Actualisation des compétences",
                "Développement durable",
            ),
            1,
        ):
            session.add(Ambition(id=i, code=f"ambition-{i}", name=name))
        for i, (code, kind) in enumerate(
            (("ADM", "racine"), ("VC-JSP", "direction"), ("AD-VOI", "direction")), 1
        ):
            session.add(Direction(id=i, code=code, name=f"Unité {code}", kind=kind, position=i))
            session.flush()
            session.add(
                DirectionPlace(
                    direction_id=i,
                    parent_id=None if i == 1 else 1,
                    on=date(2021, 1, 1),
                    recorded_on=date(2021, 1, 1),
                )
            )


def bring(engine, content: str | bytes | Path, name: str = "idees.csv", **options):
    file = content.encode() if isinstance(content, str) else content
    how = ImportOptions(**{"on": TODAY, **options})
    return write_with(engine, act_of("idees"), OPERATOR, file, name, how)


def counts(report) -> tuple[int, int, int, int, int]:
    return report.rows, report.new, report.changed, report.unchanged, len(report.refused)


def as_workbook(rows: list[list], **more: list[list]) -> bytes:
    """The bytes of a workbook: a sheet of rows, and others by their names."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, lines in {"Feuille1": rows, **more}.items():
            sheet = book.add_worksheet(name)
            for y, line in enumerate(lines):
                for x, value in enumerate(line):
                    if isinstance(value, date):
                        sheet.write_datetime(y, x, value, day)
                    elif value is not None:
                        sheet.write(y, x, value)
    return out.getvalue()


def ods_of(*rows: str) -> bytes:
    """A sheet of OpenDocument made of these rows."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="F">{"".join(rows)}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED
        )
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr("content.xml", content)
    return out.getvalue()


def entries(engine) -> dict[str, Idea]:
    return {idea.title: idea for idea in select_all(engine, select(Idea))}


# ── The real files, which stand in a folder beside the project ────────────────────────────────────
# Tests that read them are skipped, with the reason, without it.

_HERE = Path(__file__).resolve()
DATA = next(
    (found for parent in _HERE.parents if (found := parent / "shared" / "data").is_dir()),
    _HERE.parents[2] / "shared" / "data",
)
real_files = pytest.mark.skipif(not DATA.exists(), reason=f"the real files are not at {DATA}")
