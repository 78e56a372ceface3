"""A chart as an image to paste (PNG), laid out by Typst in a process of its own: it never enters
the serving one.

The child is `dashboard.report.images`: words and drawing go in as JSON, the PNG comes out.
"""

import json
import re
from threading import Lock

from dashboard import french
from dashboard.charts.chart import Chart
from dashboard.charts.plots import on_paper
from dashboard.files.processes import Unanswered, answer_of
from dashboard.report import fonts
from models.errors import Refused

SECONDS = 60
FAILED = "L'image n'a pas pu être préparée ; réessayez dans un instant."
WIDTH = 900  # points
_ONE_AT_A_TIME = Lock()  # each costs memory while it lasts


def picture(chart: Chart, note: str) -> bytes:
    """The chart on white, under its title and its sentence, with the scope and its day. Raises
    Refused if it fails.
    """
    asked = {
        "title": _printed(chart.title),
        "lines": [_printed(line) for line in (chart.message, note) if line],
        "svg": on_paper(chart.plot, WIDTH),
        "fonts": {"text": fonts.TEXT, "title": fonts.TITLE},
    }
    given = json.dumps(asked).encode()
    with _ONE_AT_A_TIME:
        try:
            return answer_of("dashboard.report.images", stdin=given, seconds=SECONDS)
        except Unanswered as error:
            raise Refused(FAILED) from error


def _printed(text: str) -> str:
    # A sign that our fonts do not have.
    return re.sub("[●▲■◇✓○‖×] ", "", french.typo(text))
