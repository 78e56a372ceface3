"""The extent of a workbook's sheets: the library allocates every cell between the first and last
one, and every repetition of a text, so that a small file may exhaust the memory without an
exception. The workbook is first read in a separate process: see `extent_trial.py`.
"""

import json
import zipfile
from typing import BinaryIO

from dashboard.files.processes import Unanswered, answer_of
from dashboard.french import number
from models.errors import Refused

MOST_CELLS = 10_000_000
_MEGABYTES = 512
_SECONDS = 60
_TRIAL = "dashboard.files.extent_trial"


def refuse_far_cells(stream: BinaryIO, name: str) -> None:
    """Raises Refused if a sheet reaches too far, or needs too much memory."""
    ending = _ending(stream)
    stream.seek(0)
    try:
        answer = answer_of(_TRIAL, str(_MEGABYTES), ending, stdin=stream.read(), seconds=_SECONDS)
    except Unanswered:
        raise Refused(
            f"« {name} » ne peut pas être lu : une de ses cellules est très loin des autres"
            " (Ctrl+Fin y mène), ou il demande trop de mémoire. Effacez ce qui s'y trouve, ou"
            " enregistrez la feuille utile en CSV."
        ) from None
    for rows, columns in json.loads(answer):
        if rows * columns > MOST_CELLS:
            raise Refused(
                f"« {name} » ne peut pas être lu : une de ses feuilles compte"
                f" {number(rows * columns)} cellules, {number(MOST_CELLS)} au plus. Effacez ce qui"
                " est très loin du reste (Ctrl+Fin y mène), puis enregistrez le classeur."
            )


def _ending(stream: BinaryIO) -> str:
    """The suffix for this content; the file name may differ."""
    if not zipfile.is_zipfile(stream):
        return ".xls"
    with zipfile.ZipFile(stream) as archive:
        return ".ods" if "content.xml" in archive.namelist() else ".xlsx"
