"""Correspondences (correspondances) of foreign words: theme → ambition, name → direction. CSV
files of `seed/`, editable by the administration; an empty second cell means « none, on purpose
».
"""

from pathlib import Path

from dashboard.files.uploads import open_table
from dashboard.files.values import compact
from models.settings import ROOT

AMBITIONS = ROOT / "seed" / "correspondances-ambitions.csv"
DIRECTIONS = ROOT / "seed" / "correspondances-directions.csv"


def correspondences(path: Path) -> dict[str, str]:
    """Compacted foreign name → our name, code or number, from the first two columns; empty
    without a file.
    """
    return {compact(name): ours for name, ours in correspondence_rows(path)}


def correspondence_rows(path: Path) -> list[tuple[str, str]]:
    """(foreign name, ours), as written."""
    if not path.exists():
        return []
    return [
        (row.cells[0], row.cells[1].strip()) for row in open_table(path).rows if len(row.cells) > 1
    ]
