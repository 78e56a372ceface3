"""What every chart shares: a spec compiled once, without data; data go apart under the name
`rows`.

A name or a number stands at the end of its line rather than in a legend: `label_at` keeps it inside
the chart on a phone.
"""

from collections.abc import Callable
from functools import cache

import altair as alt

from dashboard import theme

# On a phone the names would leave no room for the bars: the numbers stay, the table below has the
# names.
NARROW = "containerSize()[0] < 600"


def compiled(build: Callable[[], alt.TopLevelMixin]) -> Callable[[], dict]:
    """Compiles the chart on first use and keeps the plain dict: building and validating costs 20
    ms a chart.
    """

    @cache
    def spec() -> dict:
        described = build().to_dict()
        for name in ("data", "datasets", "$schema", "config"):
            described.pop(name, None)
        return described

    spec.__doc__ = build.__doc__
    return spec


def rows() -> alt.NamedData:
    return alt.NamedData("rows")


def months(**more: object) -> alt.Axis:
    """A time axis in months: « 06/2023 »."""
    return alt.Axis(format="%m/%Y", labelOverlap=True, labelSeparation=8, tickCount=8, **more)


def day_rule(source: alt.Chart) -> alt.Chart:
    """The vertical line of the day looked at, which every row holds as `day`."""
    return source.mark_rule(
        color=theme.STATUSES["a-surveiller"].colour.var, strokeDash=[2, 3], strokeWidth=1.5
    ).encode(x=alt.X("day:T", aggregate="max", title=None))


def label_at(
    source: alt.Chart, text: str, *, width: int, x: str, before: bool = False, **mark: object
) -> list[alt.Chart]:
    """The field `text` beside its point, after it (or `before`), on the other side where the edge
    is nearer than `width` pixels; a halo of the page's colour keeps it readable over a line. `x` is
    the field of the point's place.
    """
    place = f"scale('x', datum['{x}'])"
    left = f"({place} < {width} ? 1 : 0)" if before else f"({place} > width - {width} ? 0 : 1)"
    words = {
        "align": alt.ExprRef(f"{left} ? 'left' : 'right'"),
        "dx": alt.ExprRef(f"{left} ? 9 : -9"),
        "fontWeight": 600,
    } | mark
    return haloed(source, text, **words)


def haloed(source: alt.Chart, text: str, **words: object) -> list[alt.Chart]:
    """A text twice: its outline in the colour of the page, then itself."""
    under = {name: value for name, value in words.items() if name != "color"}
    shown = source.encode(text=alt.Text(f"{text}:N"))
    return [
        shown.mark_text(**under, stroke=theme.PAPER.var, strokeWidth=4, strokeJoin="round").encode(
            color=alt.value(theme.PAPER.var)
        ),
        shown.mark_text(**words),
    ]
