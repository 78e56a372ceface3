"""Correspondences (correspondances) of foreign words: theme → ambition, name → direction. CSV
files of `seed/`, editable by the administration; an empty second cell means « none, on purpose
».
"""

from pathlib import Path

from dashboard.files.uploads import open_table
from models.settings import ROOT

AMBITIONS = ROOT / "seed" / "correspondances-ambitions.csv"
DIRECTIONS = ROOT / "seed" / "correspondances-directions.csv"


def correspondences(path: Path) -> dict[str, str]:
    """Foreign name → our name, code or number, from the first two columns; empty without a file."""
    rows = open_table(path).rows if path.exists() else ()
    return {row.cells[0]: row.cells[1].strip() for row in rows if len(row.cells) > 1}
