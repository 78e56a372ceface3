"""A chart as an image to paste (PNG), made in a process of its own: vl-convert never enters the serving one.

The child is `python -m dashboard.report.images`: a line of JSON and the rows as an Arrow stream go in, the PNG comes out.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from threading import Lock

import pyarrow as pa

from models.errors import Refused
from models.settings import ROOT

SECONDS = 60
FAILED = "L'image n'a pas pu être préparée ; réessayez dans un instant."
_ONE_AT_A_TIME = Lock()  # each costs some 200 MiB while it lasts


def picture(spec: Mapping, rows: pa.Table, title: str, said: str, note: str) -> bytes:
    """The chart on white, under its title and its sentence, over the scope with its day. Raises Refused if it fails."""
    words = json.dumps({"spec": spec, "title": title, "said": said, "note": note}).encode() + b"\n"
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    # The folder of the child's own is ours to sweep: nothing stays, whatever becomes of the child.
    with _ONE_AT_A_TIME, tempfile.TemporaryDirectory(prefix="cp-image-") as folder:
        try:
            made = subprocess.run([sys.executable, "-m", "dashboard.report.images"], input=words + _stream(rows), timeout=SECONDS,
                                  env=os.environ | {"PYTHONPATH": path, "TMPDIR": folder}, capture_output=True, check=True)
        except (subprocess.SubprocessError, OSError) as error:
            raise Refused(FAILED) from error
    return made.stdout


def _stream(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return sink.getvalue().to_pybytes()
