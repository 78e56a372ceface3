"""Matrices of three dimensions, crossed: every pair of values is met, each triple only where
`make matrix` asks for the whole. A story whose every part is met by others too bears the mark
`matrix`: there alone it runs.

As a plugin of pytest (`-p tests.support.crossing`) it tells at the end what no table knows before:
how many fields, buttons and files the pages held.
"""

import os
from collections import Counter
from collections.abc import Sequence

import pytest

from .troupe import BOTH

WHOLE_MATRIX = bool(os.environ.get("WHOLE_MATRIX"))
SENT_BACK = "fields and buttons sent by who was no longer the reader"
FILES_ASKED = "files asked for by who was no longer the reader"


def rest(*values: object) -> list:
    """Values of a parameter that `make matrix` alone adds to those of `make test`."""
    return [
        pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=pytest.mark.matrix)
        for value in values
    ]


def drawn(cases: int) -> int:
    """How many cases are drawn at random: a third of those of `make matrix`."""
    return cases if WHOLE_MATRIX else cases // 3


def turn(some: Sequence, nth: int, of: int = 2) -> list:
    """What the nth of several tests over the same values looks at: each value once, `make matrix`
    all of them each time.
    """
    return list(some) if WHOLE_MATRIX else list(some)[nth::of]


def on_engines(some: Sequence, others: Sequence) -> list[tuple]:
    """(engine, one, other): each one meets each other on one engine, and both engines in turn."""
    return [
        (engine, one, other)
        for i, one in enumerate(some)
        for j, other in enumerate(others)
        for k, engine in enumerate(BOTH)
        if WHOLE_MATRIX or (i + j) % len(BOTH) == k
    ]


def once_each(some: Sequence, others: Sequence, whole: object = None) -> list[tuple]:
    """(engine, one, other): each one meets one of the others, in turn, and `whole` meets all;
    `make matrix` has all with all.
    """
    return [
        (engine, one, other)
        for engine, one, other in on_engines(some, others)
        if WHOLE_MATRIX or one == whole or some.index(one) % len(others) == others.index(other)
    ]


def in_turn(some: Sequence) -> list[tuple]:
    """(engine, one): each one on one of the engines, in turn; `make matrix` has both."""
    return [
        (engine, one)
        for nth, one in enumerate(some)
        for k, engine in enumerate(BOTH)
        if WHOLE_MATRIX or nth % len(BOTH) == k
    ]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Of the tests that passed: nothing was written, nothing was given."""
    counted: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", []):
        for name, number in report.user_properties:
            counted[name] += number
    for name, number in counted.items():
        terminalreporter.write_line(f"{name}: {number}")
