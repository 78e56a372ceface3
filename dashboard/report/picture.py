"""A chart as an image (PNG), laid out by Typst."""

import json
import re
from pathlib import Path
from threading import Lock

from dashboard import french
from dashboard.charts.figures import events_in_words
from dashboard.charts.plots import Chart, on_paper
from dashboard.report import fonts
from models.texts import Refused

FAILED = "L'image n'a pas pu être préparée ; réessayez dans un instant."
WIDTH = 900  # points
_DOTS_AN_INCH = 144  # twice as many dots as points, so that print stays sharp
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
    import typst  # loaded by the first paper, not by every server

    with _ONE_AT_A_TIME:
        try:
            return typst.compile(
                Path(__file__).with_name("picture.typ"),
                format="png",
                ppi=_DOTS_AN_INCH,
                font_paths=[fonts.FOLDER],
                ignore_system_fonts=True,
                sys_inputs={"data": json.dumps(request)},
            )
        except typst.TypstError as error:
            raise Refused(FAILED) from error


def _printed(text: str) -> str:
    # Symbols that our fonts do not contain.
    return re.sub("[●▲■◇✓○‖×] ", "", french.typo(text))
