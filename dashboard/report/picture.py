"""A chart as an image (PNG), laid out by Typst in a child process, so that the server does not load
it.

The child is `dashboard.report.images`: texts and drawing are passed as JSON, the PNG is returned.
"""

import json
import re
from threading import Lock

from dashboard import french
from dashboard.charts.figures import events_in_words
from dashboard.charts.plots import Chart, on_paper
from dashboard.files.processes import Unanswered, answer_of
from dashboard.report import fonts
from models.texts import Refused

SECONDS = 60
FAILED = "L'image n'a pas pu être préparée ; réessayez dans un instant."
WIDTH = 900  # points
_ONE_AT_A_TIME = Lock()  # each takes memory while it runs


def picture(chart: Chart, note: str) -> bytes:
    """The chart on white, with its title and sentence, the scope and its day. Raises Refused if it
    fails.
    """
    request = {
        "title": _printed(chart.title),
        "lines": [_printed(line) for line in (chart.message, note) if line],
        "svg": on_paper(chart.plot, WIDTH),
        "events": [_printed(line) for line in events_in_words(chart)],
        "fonts": {"text": fonts.TEXT, "title": fonts.TITLE},
    }
    payload = json.dumps(request).encode()
    with _ONE_AT_A_TIME:
        try:
            return answer_of("dashboard.report.images", stdin=payload, seconds=SECONDS)
        except Unanswered as error:
            raise Refused(FAILED) from error


def _printed(text: str) -> str:
    # Symbols that our fonts do not contain.
    return re.sub("[●▲■◇✓○‖×] ", "", french.typo(text))
