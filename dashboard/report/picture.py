"""A chart as an image to paste (PNG), made in a process of its own: vl-convert never enters the
serving one.

The child is `python -m dashboard.report.images`: a line of JSON and the rows as an Arrow stream go
in, the PNG comes out.
"""

import json
from collections.abc import Mapping
from threading import Lock

import pyarrow as pa

from dashboard.files.processes import Unanswered, answer_of
from models.errors import Refused

SECONDS = 60
FAILED = "L'image n'a pas pu être préparée ; réessayez dans un instant."
_ONE_AT_A_TIME = Lock()  # each costs some 200 MiB while it lasts


def picture(spec: Mapping, rows: pa.Table, title: str, message: str, note: str) -> bytes:
    """The chart on white, under its title and its sentence, over the scope with its day. Raises
    Refused if it fails.
    """
    words = (
        json.dumps({"spec": spec, "title": title, "message": message, "note": note}).encode()
        + b"\n"
    )
    with _ONE_AT_A_TIME:
        try:
            return answer_of(
                "dashboard.report.images", given=words + _stream(rows), seconds=SECONDS
            )
        except Unanswered as error:
            raise Refused(FAILED) from error


def _stream(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return sink.getvalue().to_pybytes()
