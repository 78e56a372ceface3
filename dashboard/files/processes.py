"""Processes beside the serving one: for heavy or risky work, short, limited, and gone with all that
it took.

A child imports this module too, so that it imports nothing of the house: that alone would cost
seconds.
"""

import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]


class Unanswered(Exception):
    """A child that gave no answer: it took too long, asked for too much memory, or failed."""


def environment() -> dict[str, str]:
    """The environment of a child that finds the project, whatever its current folder."""
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    return os.environ | {"PYTHONPATH": path}


def answer_of(program: str, *words: str, stdin: bytes, seconds: float) -> bytes:
    """What `python -m program words` writes once it has read `stdin`. Raises Unanswered."""
    # The folder of the child's own is ours to sweep: nothing stays, whatever becomes of the child.
    with tempfile.TemporaryDirectory(prefix="cp-child-") as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-m", program, *words],
                input=stdin,
                timeout=seconds,
                env=environment() | {"TMPDIR": folder},
                capture_output=True,
                check=True,
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise Unanswered(program) from error
    return done.stdout


def limit_memory(megabytes: int) -> None:
    """Limits the memory of this process, so that a file that unfolds without end stops it and not
    the machine.

    Where the system knows no such limit, there is none.
    """
    with suppress(ImportError, ValueError, OSError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, hard))
