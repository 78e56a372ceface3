"""A chart as an image to paste (PNG), made in a process of its own: vl-convert never enters the
serving one.

The child is `python -m dashboard.report.images`: chart and rows go in as JSON, the PNG
comes out.
"""

import json
from collections.abc import Mapping
from threading import Lock

from dashboard.charts.rows import ChartRows
from dashboard.files.processes import Unanswered, answer_of
from models.errors import Refused

SECONDS = 60
FAILED = "L'image n'a pas pu être préparée ; réessayez dans un instant."
_ONE_AT_A_TIME = Lock()  # each costs some 200 MiB while it lasts


def picture(spec: Mapping, rows: ChartRows, title: str, message: str, note: str) -> bytes:
    """The chart on white, under its title and its sentence, over the scope with its day. Raises
    Refused if it fails.
    """
    asked = {
        "spec": spec,
        "rows": rows.for_vega(),
        "title": title,
        "message": message,
        "note": note,
    }
    with _ONE_AT_A_TIME:
        try:
            given = json.dumps(asked).encode()
            return answer_of("dashboard.report.images", given=given, seconds=SECONDS)
        except Unanswered as error:
            raise Refused(FAILED) from error
