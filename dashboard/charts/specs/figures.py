"""One figure as a live chart: month by month, and against what is aimed at."""

from functools import cache

import altair as alt

from dashboard import theme
from dashboard.charts.figures import EXPECTED, TARGET, VALUE
from dashboard.charts.specs.frames import compiled, haloed, months, rows


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
