"""Charts of surveys: the statements of a matrix, each one bar of a hundred per cent, from the
least favourable step to the most.
"""

from collections.abc import Sequence

import altair as alt
import pyarrow as pa

from dashboard import french, theme
from dashboard.charts.frames import compiled, rows
from models.scales import is_aside, is_scale, rank_of

# Each step has a sign beside its colour: from the least favourable to the most, « sans avis », what
# is not shown apart.
_SIGNS = {-2: "−−", -1: "−", 0: "=", 1: "+", 2: "++"}
_ASIDE = "?"
_HIDDEN = "…"
_COLOURS = {
    "−−": theme.MUTED,
    "−": theme.LINE,
    "=": theme.HEAT[1],
    "+": theme.HEAT[3],
    "++": theme.HEAT[4],
    _ASIDE: theme.TRACK,
    _HIDDEN: theme.HEAT[0],
}
_DARK = ("−−", "+", "++")


@compiled
def agreement() -> alt.TopLevelMixin:
    """One bar per statement, its words above it, the sign and the share of each step written
    inside.
    """
    # The words stand over the bars: beside them they would leave no room on a phone.
    base = alt.Chart(rows()).encode(y=alt.Y("statement:N", sort=None, title=None, axis=None))
    layers = (_bars(base), *_written_inside(base), _statements(base))
    return alt.layer(*layers).properties(width="container", height=alt.Step(58))


def _bars(base: alt.Chart) -> alt.Chart:
    return base.mark_bar(height=24, yOffset=10, stroke=theme.PAPER.var, strokeWidth=1.5).encode(
        x=alt.X(
            "start:Q",
            title="Part des réponses (%)",
            scale=alt.Scale(domain=[0, 100], nice=False),
            axis=alt.Axis(tickCount=5),
        ),
        x2="end:Q",
        color=alt.Color(
            "sign:N",
            legend=None,
            scale=alt.Scale(
                domain=list(_COLOURS), range=[colour.var for colour in _COLOURS.values()]
            ),
        ),
        tooltip=[
            alt.Tooltip("statement:N", title="Phrase"),
            alt.Tooltip("answer:N", title="Réponse"),
            alt.Tooltip("text:N", title="Part"),
        ],
    )


def _written_inside(base: alt.Chart) -> tuple[alt.Chart, alt.Chart]:
    """The sign and the share of each step, where its bar is wide enough."""
    wide = "scale('x', datum['end']) - scale('x', datum['start'])"
    dark = " || ".join(f"datum.sign == '{sign}'" for sign in _DARK)
    written = {
        "baseline": "middle",
        "yOffset": 10,
        "fontWeight": 600,
        "color": alt.ExprRef(f"{dark} ? '{theme.SURFACE.var}' : '{theme.INK.var}'"),
    }
    signs = base.mark_text(
        align="left", dx=6, opacity=alt.ExprRef(f"{wide} > 22 ? 1 : 0"), **written
    ).encode(x=alt.X("start:Q", title=None), text="sign:N")
    shares = (
        base.transform_filter("isValid(datum.label)")
        .mark_text(align="right", dx=-6, opacity=alt.ExprRef(f"{wide} > 66 ? 1 : 0"), **written)
        .encode(x=alt.X("end:Q", title=None), text="label:N")
    )
    return signs, shares


def _statements(base: alt.Chart) -> alt.Chart:
    return (
        base.transform_filter("datum.start == 0")
        .mark_text(
            align="left",
            dx=1,
            yOffset=-14,
            fontSize=14,
            limit=alt.ExprRef("width"),
            color=theme.INK.var,
        )
        .encode(x=alt.X("start:Q", title=None), text="statement:N")
    )


def agreement_rows(
    statements: Sequence[tuple[str, int, Sequence[tuple[str, int | None]]]],
) -> pa.Table:
    """One row per statement and answer: where it begins and ends on the bar, its share in words.
    `statements` are (text, n, answers with their counts, None: not shown); what is not shown
    stands together at the end.
    """
    found = []
    for statement, n, answers in statements:
        at = 0.0
        shown = [(answer, sign_of(answer), count) for answer, count in answers if count is not None]
        hidden = n - sum(count for _, _, count in shown)
        for answer, sign, count in [
            *shown,
            *([("Non affiché", _HIDDEN, hidden)] if hidden else []),
        ]:
            width = 100 * count / n
            found.append(
                {
                    "statement": statement,
                    "answer": answer,
                    "sign": sign,
                    "start": at,
                    "end": at + width,
                    "label": french.percent(width, 0),
                    "text": f"{french.percent(width)} ({french.number(count)})",
                }
            )
            at += width
    return pa.Table.from_pylist(
        found,
        pa.schema(
            [
                ("statement", pa.string()),
                ("answer", pa.string()),
                ("sign", pa.string()),
                ("start", pa.float64()),
                ("end", pa.float64()),
                ("label", pa.string()),
                ("text", pa.string()),
            ]
        ),
    )


def agreement_alt(bars: pa.Table) -> str:
    """« Je me sens bien dans mon équipe. : pas du tout d'accord 9 %, … », statement by
    statement.
    """
    reasons: dict[str, list[str]] = {}
    for row in bars.to_pylist():
        reasons.setdefault(row["statement"], []).append(
            f"{row['answer'].lower()} {french.percent(row['end'] - row['start'], 0)}"
        )
    return (
        " ; ".join(f"« {statement} » : {', '.join(parts)}" for statement, parts in reasons.items())
        + "."
    )


def sign_of(answer: str) -> str:
    """The sign of a step: « ++ » for « Tout à fait d'accord »."""
    return _ASIDE if is_aside(answer) else _SIGNS[rank_of(answer) or 0]


def has_signs(answers: Sequence[str]) -> bool:
    """Whether these answers are the steps of one scale of words."""
    return is_scale(answers)
