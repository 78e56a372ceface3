"""The form of the code in numbers, as a Markdown table.

    python -m tests.measure [--at COMMIT]

Counted on the Python files of dashboard/, models/, pages/ and seed/, without the tests and without
the steps of the migrations, which are never edited. A line is one that is not blank. `--at`
measures another commit, unpacked into a temporary folder; the commits counted are those before it.
"""

import argparse
import ast
import io
import json
import re
import statistics
import subprocess
import sys
import tarfile
import tempfile
import tokenize
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from models.settings import ROOT

ROOMS = ("dashboard", "models", "pages", "seed")
LONGEST_LINE, MOST_BRANCHES, COMMITS = 100, 8, 60
CODE = {".py", ".html", ".jinja", ".css", ".js", ".typ"}
_RUFF_CHECK = (sys.executable, "-m", "ruff", "check", "--exit-zero", "--output-format=json")
_TAG = re.compile(r"(?<!\?P)<[a-zA-Z][a-z0-9]*[\s>/]")
_COMPREHENSION = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
_WITH_DOCSTRING = (ast.Module, ast.ClassDef, *_FUNCTION)


@dataclass
class Source:
    """One Python file."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @cached_property
    def lines(self) -> list[str]:
        return [line for line in self.text.splitlines() if line.strip()]

    def count(self, *kinds: type[ast.AST]) -> int:
        return sum(isinstance(node, kinds) for node in self.nodes)

    def function_lengths(self) -> list[int]:
        """Lines from `def` to the last statement, blank ones included."""
        return [n.end_lineno - n.lineno + 1 for n in self.nodes if isinstance(n, _FUNCTION)]

    def comment_lines(self) -> int:
        """Lines that hold a comment and nothing else."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return sum(
            token.type == tokenize.COMMENT and token.line.lstrip().startswith("#")
            for token in tokens
        )

    def tags(self) -> int:
        """Opening HTML tags in the string literals, docstrings left out."""
        docstrings = {
            id(node.body[0].value)
            for node in self.nodes
            if isinstance(node, _WITH_DOCSTRING) and ast.get_docstring(node, clean=False)
        }
        return sum(
            len(_TAG.findall(node.value))
            for node in self.nodes
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
        )


@contextmanager
def unpacked(commit: str) -> Iterator[Path]:
    """The files of a commit, for as long as the block lasts."""
    archive = _git("archive", "--format=tar", commit)
    with tempfile.TemporaryDirectory(prefix="cp-measure-") as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
            packed.extractall(folder, filter="data")
        yield Path(folder)


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True).stdout


def sources(root: Path) -> list[Source]:
    return [
        Source(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
        for room in ROOMS
        for path in sorted((root / room).rglob("*.py"))
        if "versions" not in path.parts
    ]


def form(root: Path) -> list[tuple[str, str]]:
    """What is measured on the files under `root` and its value, as written in the table."""
    code = sources(root)
    lengths = [len(line) for source in code for line in source.lines]
    functions = [length for source in code for length in source.function_lengths()]
    tags = [found for source in code if (found := source.tags())]
    thousands = len(lengths) / 1000

    ternaries = sum(source.count(ast.IfExp) for source in code) / thousands
    comprehensions = sum(source.count(*_COMPREHENSION) for source in code) / thousands
    too_long = sum(length > LONGEST_LINE for length in lengths)
    comments = sum(source.comment_lines() for source in code)
    loose = [path for path in (root / "dashboard").glob("*.py") if path.name != "__init__.py"]
    templates = [p for p in (root / "dashboard" / "templates").rglob("*") if p.is_file()]
    readme = (root / "README.md").read_text(encoding="utf-8")
    return [
        ("Python files · lines", f"{len(code)} · {len(lengths)}"),
        ("characters a line, median · p90", f"{_half(lengths)} · {_p90(lengths)}"),
        (f"lines > {LONGEST_LINE}", _percent(too_long, len(lengths))),
        ("ternaries per 1,000 lines", f"{ternaries:.1f}"),
        ("comprehensions per 1,000 lines", f"{comprehensions:.1f}"),
        (
            "function lines, median / p90 / max",
            f"{_half(functions)} / {_p90(functions)} / {max(functions)}",
        ),
        (f"functions over C901 {MOST_BRANCHES}", str(too_complex(root))),
        ("comment lines", _percent(comments, len(lengths))),
        ("opening HTML tags in string literals", f"{sum(tags)} in {len(tags)} files"),
        ("template files", str(len(templates))),
        ("loose modules of dashboard/", str(len(loose))),
        ("README lines", str(len(readme.splitlines()))),
    ]


def too_complex(root: Path) -> int:
    """Functions that ruff finds more complex than the wanted limit, whatever the limit in force."""
    limit = f"--config=lint.mccabe.max-complexity={MOST_BRANCHES}"
    options = ["--isolated", "--select=C901", limit, "--exclude=versions", "--no-cache"]
    found = subprocess.run(
        [*_RUFF_CHECK, *options, *ROOMS],
        cwd=root,
        check=True,
        capture_output=True,
    )
    return len(json.loads(found.stdout))


def touched(commit: str) -> tuple[str, str]:
    """How many files of code the last commits touched; merges and commits without code are left
    out.
    """
    log = _git("log", "--no-merges", "--name-only", "--format=%x00", commit).decode()
    without_tests, with_tests = [], []
    for names in log.split("\0"):
        files = [Path(name) for name in names.split("\n") if name]
        code = [f for f in files if f.suffix in CODE and f.parts[0] in (*ROOMS, "tests")]
        if code and len(with_tests) < COMMITS:
            with_tests.append(len(code))
            without_tests.append(sum(file.parts[0] != "tests" for file in code))
    return (
        f"files of code a commit, median of the last {COMMITS}",
        f"{_half(with_tests)} with tests, {_half(without_tests)} without",
    )


def _half(values: list[int]) -> str:
    return f"{statistics.median(values):g}"


def _p90(values: list[int]) -> int:
    return sorted(values)[int(0.9 * (len(values) - 1))]


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"


def markdown(rows: list[tuple[str, str]], title: str) -> str:
    head = [("measured", title), ("---", "---")]
    return "\n".join(f"| {name} | {value} |" for name, value in head + rows)


def main() -> None:
    parser = argparse.ArgumentParser(description="The form of the code in numbers.")
    parser.add_argument("--at", metavar="COMMIT", help="measures that commit, not the files here")
    commit = parser.parse_args().at
    if commit:
        with unpacked(commit) as root:
            print(markdown([*form(root), touched(commit)], commit))
    else:
        print(markdown([*form(ROOT), touched("HEAD")], "here"))


if __name__ == "__main__":
    main()
