"""The bench's judging and its tables; what it measures is no test."""

from pathlib import Path

import pytest

from tests.performance.results import Budget, Line, merged, read, tables, with_growth, write


def line(value: float | None, **given: object) -> Line:
    """Of the cockpit at a thousand ideas, unless told otherwise."""
    told = {"what": "warm load", "part": "browser", "size": "1k", "engine": "sqlite"} | given
    return Line(value=value, **told)


@pytest.mark.parametrize(
    ("value", "budget", "beside", "verdict"),
    [
        (2.0, Budget(2), {}, "tenu"),
        (2.1, Budget(2), {}, "manqué"),
        (60.0, Budget(60, at_least=True), {}, "tenu"),
        (59.0, Budget(60, at_least=True), {}, "manqué"),
        (390.0, Budget(1.5, of="hello"), {"hello": 260.0, "static": 100.0}, "tenu"),
        (391.0, Budget(1.5, of="hello"), {"hello": 260.0, "static": 100.0}, "manqué"),
        (390.0, Budget(1.5, of="hello"), {"static": 260.0}, ""),
        (1e9, None, {"hello": 1.0}, ""),
        (None, Budget(2), {}, ""),
    ],
    ids=str,
)
def test_a_line_is_held_missed_or_not_judged(value, budget, beside, verdict):
    assert line(value, budget=budget, beside=beside).verdict == verdict


def test_growth_is_judged_beside_the_least_volume_of_the_same_engine():
    grown = Budget(1.2, of="1k")
    lines = [
        line(2.0, budget=grown),
        line(2.4, budget=grown, size="100k"),
        line(2.5, budget=grown, size="1M"),
        line(9.0, budget=grown, size="1M", engine="postgresql"),
    ]
    assert [one.verdict for one in with_growth(lines)] == ["", "tenu", "manqué", ""]


def test_a_file_is_renewed_line_by_line_and_keeps_what_was_not_measured_again(tmp_path):
    file = tmp_path / "measured.json"
    budget = Budget(1.5, of="hello")
    first = [line(500.0, budget=budget, beside={"hello": 300.0}), line(None, what="cold load")]
    assert read(file) == []
    write(file, first)
    assert read(file) == first
    again = line(400.0, budget=budget, beside={"hello": 300.0}, when="2026-11-28")
    write(file, merged(read(file), [again, line(3.0, engine="postgresql")]))
    assert read(file) == [again, first[1], line(3.0, engine="postgresql")]


def test_the_table_tells_each_volume_beside_the_floors_with_its_verdict():
    budget = Budget(1.5, of="hello")
    lines = [
        line(390.0, budget=budget, beside={"hello": 260.0, "static": 100.0}),
        line(1391.5, budget=budget, beside={"hello": 260.0}, size="1M"),
        line(12.25, what="bytes", unit="kB"),
        line(None, what="bytes", unit="kB", size="1M"),
        line(0.31, part="sql", budget=Budget(0.3), when="2026-11-28 14:05 UTC"),
    ]
    told = tables(lines)
    assert "| browser | sqlite | 1 | 1 | 2 |  |" in told
    assert "| sql | sqlite | 0 | 1 | 0 | 2026-11-28 14:05 UTC |" in told
    assert "## browser, sqlite\n\n| what | unit | budget | 1k | 1M |\n" in told
    assert (
        "| warm load | ms | ≤ 1.50 × hello | 390 · 1.50 × hello · 3.90 × static · tenu"
        " | 1392 · 5.35 × hello · manqué |" in told
    )
    assert "| bytes | kB |  | 12.2 | – |" in told
    assert "| warm load | ms | ≤ 0.30 | 0.31 · manqué |" in told


def test_every_part_can_be_measured():
    from tests.performance.bench import PARTS

    here = Path(__file__).parent / "performance"
    assert all("def lines(bench: Bench)" in (here / f"{part}.py").read_text() for part in PARTS)
