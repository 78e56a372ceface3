"""Correspondences (correspondances): which ambition a theme belongs to, which direction a foreign
name stands for, which column of a file holds which of our fields.

The first two are CSV files of `seed/` that a civil servant can edit; an empty second cell means «
none, on purpose ». The third is a small TOML file that the screen or the command proposes, and that
a later import takes again.
"""

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path

from dashboard.files.ideas.profiles import ASKED, NAMES
from dashboard.files.uploads import open_table
from dashboard.files.values import compact
from models.errors import Refused
from models.settings import ROOT

AMBITIONS = ROOT / "seed" / "correspondances-ambitions.csv"
DIRECTIONS = ROOT / "seed" / "correspondances-directions.csv"
_TABLE = "colonnes"
_LARGEST = 100_000  # bytes of a correspondence: a few lines
_FIELDS = {compact(name): field for field in NAMES for name in (field, *ASKED.get(field, ())[:2])}


def correspondences(path: Path) -> dict[str, str]:
    """Compacted foreign name → our name, code or number, from the first two columns; empty where
    there is no file.
    """
    return {compact(name): ours for name, ours in correspondence_rows(path)}


def correspondence_rows(path: Path) -> list[tuple[str, str]]:
    """(foreign name, ours) as they are written."""
    if not path.exists():
        return []
    return [
        (row.cells[0], row.cells[1].strip()) for row in open_table(path).rows if len(row.cells) > 1
    ]


def column_map(file: Path | bytes, name: str = "", others: Collection[str] = ()) -> dict[str, str]:
    """Our field → header of the file (the option --map), from a TOML file, or a CSV «
    champ;colonne »; the fields of an idea, or those of `others`. Raises Refused.
    """
    fields = {compact(field): field for field in others} or _FIELDS
    name = name or (file.name if isinstance(file, Path) else "correspondance.toml")
    if Path(name).suffix.lower() == ".csv":
        table = open_table(file, name)
        if len(table.headers) < 2:
            raise Refused(f"« {name} » doit compter deux colonnes : champ;colonne.")
        given = {row.cells[0]: row.cells[1] for row in table.rows if len(row.cells) > 1}
    else:
        given = _from_toml(file, name)
    unknown = [field for field in given if compact(field) not in fields]
    if unknown:
        known = ", ".join(others or (field for field, *_ in ASKED.values()))
        raise Refused(
            f"« {unknown[0][:80]} » n'est pas un champ connu. Champs de « {name} » : {known}."
        )
    return {fields[compact(field)]: header.strip() for field, header in given.items()}


def _from_toml(file: Path | bytes, name: str) -> dict[str, str]:
    content = _bytes_of(file, name)
    try:
        found = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        where = ""
        if isinstance(error, tomllib.TOMLDecodeError) and "line" in str(error):
            where = f" : {error}"
        raise Refused(
            f"« {name} » n'est pas une correspondance lisible"
            f" (TOML){where.replace('(at line', '(ligne').replace('column', 'colonne')}."
        ) from None
    columns = found.get(_TABLE)
    if not isinstance(columns, dict) or not all(
        isinstance(header, str) for header in columns.values()
    ):
        raise Refused(
            f'« {name} » doit tenir un tableau [{_TABLE}], où chaque ligne dit : champ = "en-tête'
            ' du fichier".'
        )
    return columns


def _bytes_of(file: Path | bytes, name: str) -> bytes:
    if isinstance(file, bytes):
        content = file
    else:
        try:
            content = file.read_bytes()
        except FileNotFoundError:
            raise Refused(f"Le fichier « {name} » est introuvable.") from None
        except OSError as error:
            raise Refused(
                f"Le fichier « {name} » ne peut pas être ouvert : {error.strerror}."
            ) from error
    if len(content) > _LARGEST:
        raise Refused(f"« {name} » est trop long pour une correspondance.")
    return content


def as_toml(columns: Mapping[str, str]) -> str:
    """The correspondence as a file that a person can read and correct; fields without a column
    stand empty.
    """
    lines = [
        "# Correspondance des colonnes : champ de C-Possible = en-tête du fichier à importer.",
        (
            "# Un champ vide n'est pas lu. À reprendre à l'écran « Imports », ou : c-possible"
            " import ideas FICHIER --map CE_FICHIER"
        ),
        "",
        f"[{_TABLE}]",
    ]
    lines += [
        f"{name} = {_quoted(columns.get(field, ''))}"
        + (f"  # {label}" + (f", {what}" if what else ""))
        for field, (name, label, what) in ASKED.items()
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return (
        '"'
        + "".join(f"\\u{ord(c):04x}" if ord(c) < 32 or ord(c) == 127 else c for c in plain)
        + '"'
    )
