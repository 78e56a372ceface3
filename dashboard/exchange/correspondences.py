"""Correspondences (correspondances): which ambition a theme belongs to, which direction a foreign name stands for.

Two CSV files of `seed/` that a civil servant can edit; an empty second cell means « none, on purpose ».
"""

from pathlib import Path

from dashboard.exchange.files import open_table
from dashboard.exchange.values import compact
from models.errors import Refused
from models.settings import ROOT

AMBITIONS = ROOT / "seed" / "correspondances-ambitions.csv"
DIRECTIONS = ROOT / "seed" / "correspondances-directions.csv"


def correspondences(path: Path) -> dict[str, str]:
    """Compacted foreign name → our name, code or number, from the first two columns; empty where there is no file."""
    if not path.exists():
        return {}
    return {compact(row.cells[0]): row.cells[1].strip() for row in open_table(path).rows if len(row.cells) > 1}


def column_map(path: Path) -> dict[str, str]:
    """Our field → header of the file, from a CSV « champ;colonne » (the option --map). Raises Refused."""
    table = open_table(path)
    if len(table.headers) < 2:
        raise Refused(f"« {path.name} » doit compter deux colonnes : champ;colonne.")
    return {compact(row.cells[0]): row.cells[1].strip() for row in table.rows if len(row.cells) > 1}
