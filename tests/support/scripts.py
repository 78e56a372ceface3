"""Scripts and commands of a story in processes of their own, forked from one that has imported ours
already: a fresh interpreter takes 1.5 to 2.5 seconds of a processor before it begins.

What starts a real one stays in tests/test_installing.py, tests/test_sending.py and
tests/test_ledger.py.
"""

import os
import sys
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType

from sqlalchemy import Engine

from models import database as house
from models.settings import ROOT, settings

from .served import FORKS, Forked


def begun(code: str, *words: str) -> BaseProcess:
    """This script, with these words in `sys.argv`, as it begins."""
    process = FORKS.Process(target=_run, args=(code, ["-c", *words], dict(os.environ)))
    # As in `Forked`: the script of an AppTest may have stayed behind as `__main__`.
    left, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    try:
        process.start()
    finally:
        sys.modules["__main__"] = left
    return process


def end_of(code: str, engine: Engine, *words: str) -> int:
    """How this script ended on that database, whose address is its first word; -9: it was killed."""
    process = begun(code, engine.url.render_as_string(hide_password=False), *words)
    process.join()
    return process.exitcode


def _run(code: str, argv: list[str], environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    settings.cache_clear()
    house.engine.cache_clear()
    sys.argv = argv
    exec(compile(code, "script", "exec"), {"__name__": "__main__"})


def started(
    folder: Path, name: str, *words: str, constants: Mapping[str, object] | None = None
) -> Forked:
    """`python -m dashboard …` in this folder; what it prints and logs goes into `name`.out there."""
    folder.mkdir(exist_ok=True)
    out = folder / f"{name}.out"
    out.touch()
    return Forked(list(words), str(folder), dict(os.environ), str(out), str(out), constants)
