"""The bench's judging and its tables; what it measures is no test."""

from pathlib import Path

import pytest

from tests.performance.results import Budget, Line, merged, read, tables, write


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


def test_the_page_tells_what_has_a_budget_beside_the_floor_with_its_verdict():
    budget = Budget(1.5, of="hello")
    lines = [
        line(390.0, budget=budget, beside={"hello": 260.0}, when="2026-11-28 14:05 UTC"),
        line(1391.5, budget=budget, beside={"hello": 260.0}, size="100k"),
        line(12.25, what="bytes", unit="kB"),
        line(0.31, what="lost", unit="", part="writing", budget=Budget(0.3)),
    ]
    told = tables(lines)
    assert "1 lines keep their budget, 2 do not." in told
    assert "- `browser`: 2026-11-28 14:05 UTC" in told
    assert "| what | budget | sqlite, 1k | sqlite, 100k |" in told
    assert (
        "| warm load | ≤ 1.50 × hello ms | 390 · 1.50 × hello · tenu | 1392 · 5.35 × hello · manqué |"
        in told
    )
    assert "| lost | ≤ 0.30 | 0.31 · manqué |  |" in told
    assert "bytes" not in told


def test_of_many_places_the_page_tells_the_one_that_is_nearest_to_its_budget():
    weighs = {"part": "light", "unit": "kB", "budget": Budget(45)}
    lines = [
        line(20.0, what="Agenda: HTML, style, script", **weighs),
        line(46.0, what="Accueil: HTML, style, script", **weighs),
    ]
    assert "| HTML, style, script | ≤ 45 kB | Accueil 46 · manqué; 1 of 2 tenu |" in tables(lines)


def test_every_part_can_be_measured():
    from tests.performance.bench import PARTS

    here = Path(__file__).parent / "performance"
    assert all("def lines(bench: Bench)" in (here / f"{part}.py").read_text() for part in PARTS)
