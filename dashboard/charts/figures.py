"""Charts of one figure: its value month by month with what was expected, and its value against
what is aimed at.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

from dashboard.charts.plots import Bullet, Line, Mark
from dashboard.charts.rows import ChartRows, Kind, live

VALUE = "Valeur"
EXPECTED = "Attendu"
TARGET = "Cible"

evolution = partial(live, "figures.evolution")

_MONTHS = {
    "on": Kind.DAY,
    "value": Kind.NUMBER,
    "expected": Kind.NUMBER,
    "numerator": Kind.NUMBER,
    "denominator": Kind.NUMBER,
}
# What is written at the end of each line, and whether above it.
_EVOLUTION = _MONTHS | {
    "value_label": Kind.TEXT,
    "value_upper": Kind.YES_NO,
    "expected_label": Kind.TEXT,
    "expected_upper": Kind.YES_NO,
}


def _last_known(values: Sequence[float | None]) -> int | None:
    """The place of the last value that is known."""
    places = [place for place, value in enumerate(values) if value is not None]
    return places[-1] if places else None


def evolution_rows(
    points: Sequence[tuple[date, float | None, float | None, float | None, float | None]],
    labels: Mapping[str, str],
) -> ChartRows:
    """One row per date: on, value, expected, numerator, denominator; on the last one of each line,
    what is written there.

    `labels` holds the last value and the last expected one as they are read, by the words VALUE and
    EXPECTED.
    """
    lines = [dict(zip(_MONTHS, point, strict=True)) for point in points]
    last = {name: _last_known([line[name] for line in lines]) for name in ("value", "expected")}
    ends = {name: None if i is None else lines[i][name] for name, i in last.items()}
    is_upper = ends["expected"] is None or (
        ends["value"] is not None and ends["value"] >= ends["expected"]
    )
    for name, word, upper in (("value", VALUE, is_upper), ("expected", EXPECTED, not is_upper)):
        for line in lines:
            line[f"{name}_upper"] = upper
        if last[name] is not None and word in labels:
            lines[last[name]][f"{name}_label"] = f"{word}\n{labels[word]}"
    return ChartRows.of(_EVOLUTION, lines)


def evolution_lines(rows: ChartRows) -> tuple[list[Line], list[Mark]]:
    """The same rows as the page itself draws them: both lines, and the words at their ends."""
    lines, marks = [], []
    for name, tone in (("expected", "planned"), ("value", "earned")):
        points = [(row["on"], row[name]) for row in rows.lines]
        if any(value is not None for _, value in points):
            lines.append(Line(tone, points))
        marks += [
            Mark(tone, row["on"], row[name], words.replace("\n", " "), row[f"{name}_upper"])
            for row in rows.lines
            if (words := row.get(f"{name}_label"))
        ]
    return lines, marks


# --- against the target ---------------------------------------------------------------------------

bullet = partial(live, "figures.bullet")

_BULLET = {"kind": Kind.TEXT, "n": Kind.NUMBER, "text": Kind.TEXT, "label": Kind.TEXT}


def bullet_rows(measured: Sequence[tuple[str, float | None, str]]) -> ChartRows:
    """One row per mark (Valeur, Attendu, Cible) that has a number: kind, n, as it is read, as it
    is written beside a mark.
    """
    lines = [
        {
            "kind": kind,
            "n": n,
            "text": text,
            # The value is the bar itself, whose text stands in it.
            "label": None if kind == VALUE else f"{kind} {text}",
        }
        for kind, n, text in measured
        if n is not None
    ]
    return ChartRows.of(_BULLET, lines)


def bullet_of(rows: ChartRows) -> Bullet:
    """The same rows as the page itself draws them."""
    by_kind = {row["kind"]: row for row in rows.lines}
    value, target = by_kind[VALUE], by_kind[TARGET]
    expected = by_kind.get(EXPECTED)
    return Bullet(
        (value["n"], value["text"]),
        (target["n"], target["label"]),
        (expected["n"], expected["label"]) if expected else None,
    )
