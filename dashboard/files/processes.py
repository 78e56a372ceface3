"""Child processes for heavy or risky work: short, limited, and removed with their files.

Children import this module too, so it imports nothing else of the project: that would cost
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
    """A child without an answer: too slow, out of memory, or failed."""


def environment() -> dict[str, str]:
    """The environment in which a child finds the project, from any folder."""
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    return os.environ | {"PYTHONPATH": path}


def answer_of(program: str, *words: str, stdin: bytes, seconds: float) -> bytes:
    """The output of `python -m program words` with `stdin`. Raises Unanswered."""
    # The child's temporary folder is deleted, however the child ends.
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
    """Limits the memory of this process, so that a decompression bomb stops it and not the
    machine.

    Does nothing on systems without such a limit.
    """
    with suppress(ImportError, ValueError, OSError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, hard))
