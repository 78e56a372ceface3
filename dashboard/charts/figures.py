"""Charts of one figure: its value month by month with what was expected, and its value against
what is aimed at.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache

import altair as alt
import pyarrow as pa

from dashboard import theme
from dashboard.charts.frames import compiled, haloed, months, rows

VALUE = "Valeur"
EXPECTED = "Attendu"
TARGET = "Cible"


@cache
def evolution(unit: str, with_expected: bool = True) -> dict:
    """The value, and the expected line where there is one, month by month; the axis bears the
    unit.
    """
    return compiled(lambda: _evolution(unit, with_expected))()


def _evolution(unit: str, with_expected: bool) -> alt.TopLevelMixin:
    source = alt.Chart(rows()).encode(x=alt.X("on:T", title=None, axis=months()))
    layers = _line(source, "value", VALUE, unit, theme.ACCENT.var, [1, 0])
    if with_expected:
        layers = [*_line(source, "expected", EXPECTED, unit, theme.MUTED.var, [6, 4]), *layers]
    # Room for the name of a line that ends at the top.
    return alt.layer(*layers).properties(
        width="container", height=320, padding={"left": 4, "right": 8, "top": 32, "bottom": 4}
    )


def _line(
    source: alt.Chart, field: str, word: str, unit: str, colour: str, dash: list[int]
) -> list[alt.Chart]:
    """One line and its name with its last number beside its end: above it for the upper of two
    lines, else below.
    """
    base = source.encode(
        y=alt.Y(f"{field}:Q", title=unit or "nombre", scale=alt.Scale(zero=False, nice=True)),
        tooltip=[
            alt.Tooltip("on:T", title="Date", format="%d/%m/%Y"),
            alt.Tooltip(f"{field}:Q", title=f"{word} ({unit})" if unit else word, format=",.1f"),
        ],
    )
    line = base.mark_line(
        color=colour,
        strokeWidth=2.5,
        strokeDash=dash,
        point=alt.OverlayMarkDef(size=26, color=colour),
    )
    end = base.transform_filter(f"isValid(datum.{field}_label)")
    named = [
        layer
        # Of its first line of two.
        for side, dy in (("", -24), ("!", 10))
        for layer in haloed(
            end.transform_filter(f"{side}datum.{field}_upper"),
            f"{field}_label",
            align="left",
            dx=9,
            dy=dy,
            baseline="middle",
            lineBreak="\n",
            fontWeight=600,
            color=colour,
        )
    ]
    return [line, *named]


def _last_known(values: Sequence[float | None]) -> int | None:
    """The place of the last value that is known."""
    places = [place for place, value in enumerate(values) if value is not None]
    return places[-1] if places else None


def evolution_rows(
    points: Sequence[tuple[date, float | None, float | None, float | None, float | None]],
    labels: Mapping[str, str],
) -> pa.Table:
    """One row per date: on, value, expected, numerator, denominator; on the last one of each line,
    what is written there.

    `labels` holds the last value and the last expected one as they are read, by the words VALUE and
    EXPECTED.
    """
    columns = list(zip(*points, strict=True)) if points else [[]] * 5
    table = pa.table(
        {"on": pa.array(columns[0], pa.date32())}
        | {
            name: pa.array(values, pa.float64())
            for name, values in zip(
                ("value", "expected", "numerator", "denominator"), columns[1:], strict=True
            )
        }
    )
    last = {name: _last_known(table[name].to_pylist()) for name in ("value", "expected")}
    ends = {name: None if i is None else table[name][i].as_py() for name, i in last.items()}
    is_upper = ends["expected"] is None or (
        ends["value"] is not None and ends["value"] >= ends["expected"]
    )
    for name, word, upper in (("value", VALUE, is_upper), ("expected", EXPECTED, not is_upper)):
        at_last = f"{word}\n{labels[word]}" if word in labels else None
        label_column = [at_last if i == last[name] else None for i in range(len(table))]
        table = table.append_column(
            f"{name}_label", pa.array(label_column, pa.string())
        ).append_column(f"{name}_upper", pa.array([upper] * len(table), pa.bool_()))
    return table


# --- against the target ---------------------------------------------------------------------------


@cache
def bullet(unit: str) -> dict:
    """Bullet bar (barre à puce): the value as a bar, the target as a thick mark above it, what
    was expected as a thin one below.
    """
    return compiled(lambda: _bullet(unit))()


def _bullet(unit: str) -> alt.TopLevelMixin:
    scale = alt.Scale(domain=[0, 100]) if unit == "%" else alt.Scale(zero=True, nice=True)
    source = alt.Chart(rows())
    base = source.encode(
        x=alt.X("n:Q", title=unit or "nombre", scale=scale, axis=alt.Axis(grid=True, tickCount=6)),
        tooltip=[alt.Tooltip("kind:N", title="Repère"), alt.Tooltip("text:N", title="Nombre")],
    )
    bar = base.transform_filter(f"datum.kind == '{VALUE}'").mark_bar(
        height=22, color=theme.ACCENT.var
    )
    marks = [
        base.transform_filter(f"datum.kind == '{kind}'").mark_tick(
            orient="vertical", size=size, thickness=thick, color=colour
        )
        for kind, size, thick, colour in (
            (TARGET, 44, 4, theme.INK.var),
            (EXPECTED, 34, 2.5, theme.STATUSES["a-surveiller"].colour.var),
        )
    ]
    return alt.layer(
        bar, *marks, *_beside(base, TARGET, -33), *_beside(base, EXPECTED, 30), *_of_bar(base)
    ).properties(width="container", height=150)


def _beside(base: alt.Chart, kind: str, dy: int) -> list[alt.Chart]:
    """« Cible 80 % » over its mark, kept inside the chart: to the left of it in the right half."""
    after = "scale('x', datum.n) < width / 2"
    return haloed(
        base.transform_filter(f"datum.kind == '{kind}'"),
        "label",
        dy=dy,
        baseline="middle",
        fontWeight=600,
        align=alt.ExprRef(f"{after} ? 'left' : 'right'"),
        dx=alt.ExprRef(f"{after} ? -2 : 2"),
    )


def _of_bar(base: alt.Chart) -> list[alt.Chart]:
    """The value, inside a bar that is long enough, else after it."""
    inside = "scale('x', datum.n) > 90"
    value = base.transform_filter(f"datum.kind == '{VALUE}'").encode(text="text:N")
    return [
        value.mark_text(
            baseline="middle",
            fontWeight=700,
            fontSize=14,
            align=alt.ExprRef(f"{inside} ? 'right' : 'left'"),
            dx=alt.ExprRef(f"{inside} ? -10 : 8"),
            color=alt.ExprRef(f"{inside} ? '{theme.SURFACE.var}' : '{theme.INK.var}'"),
        )
    ]


_BULLET = pa.schema(
    {"kind": pa.string(), "n": pa.float64(), "text": pa.string(), "label": pa.string()}
)


def bullet_rows(measured: Sequence[tuple[str, float | None, str]]) -> pa.Table:
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
    return pa.Table.from_pylist(lines, schema=_BULLET)
