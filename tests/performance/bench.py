"""Measures the budgets, beside hello world in the same run; prints Markdown, and keeps the lines as
JSON.

    python -m tests.performance.bench [--parts browser,screens] [--sizes 1k] [--engines postgresql]

Nothing here is a test: machines differ. README.md in this folder says what each line is.
"""

import argparse
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from tests.performance import results
from tests.performance.clocks import conditions
from tests.performance.results import Line
from tests.performance.volumes import Bench, work_folder

# Each is a module here whose `lines` measures one installation → the sizes that have a budget.
PARTS = {
    "browser": "1k,100k",
    "gestures": "1k",
    "screens": "100k",
    "light": "1k",
    "workday": "100k",
    "writing": "100k",
    "crowd": "1k",
    "tabs": "1k",
    "search": "100k",
    "starting": "100k",
}
FAILED: list[str] = []


def main() -> None:
    options = arguments()
    options.work.mkdir(parents=True, exist_ok=True)
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}", file=sys.stderr)
    file, found = options.json or options.work / "measured.json", []
    for bench, part in asked(options):
        for line in measured(part, bench):
            found.append(line)
            # Each at once: a bench that is ended keeps what it has measured.
            results.write(file, results.merged(results.read(file), found))
    print(results.tables(found))
    if FAILED:
        sys.exit(f"Not measured to the end: {'; '.join(FAILED)}")


def arguments() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--parts", default=",".join(PARTS), help=f"among {', '.join(PARTS)}")
    asked.add_argument("--sizes", help="1k, 10k, 100k or any number; by default those of each part")
    asked.add_argument("--engines", default="sqlite", help="sqlite, postgresql or both")
    asked.add_argument("--work", type=Path, default=work_folder())
    asked.add_argument("--json", type=Path, help="the file whose lines are renewed")
    return asked.parse_args()


def asked(options: argparse.Namespace) -> Iterator[tuple[Bench, str]]:
    for part in options.parts.split(","):
        for engine in options.engines.split(","):
            for size in (options.sizes or PARTS[part]).split(","):
                yield Bench(size, engine, options.work), part


def measured(part: str, bench: Bench) -> Iterator[Line]:
    """The lines of one part of one installation; one that breaks leaves those that follow."""
    print(f"{part}, {bench.size}, {bench.engine}", file=sys.stderr, flush=True)
    began, when = time.perf_counter(), conditions()
    lines: Callable[[Bench], Iterator[Line]] = import_module(f"tests.performance.{part}").lines
    of = {"part": part, "size": bench.size, "engine": bench.engine, "when": when}
    try:
        for line in lines(bench):
            print(f"  {line.what}: {results.cell(line)}", file=sys.stderr, flush=True)
            yield replace(line, **of)
    except Exception:
        traceback.print_exc()
        FAILED.append(f"{part}, {bench.size}, {bench.engine}")
    print(f"took {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
