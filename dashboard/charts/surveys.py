"""Charts of surveys: each statement of a matrix is one bar of a hundred per cent, from the least to
the most favourable answer; each question of two waves is one line between them.
"""

from collections.abc import Sequence

from dashboard import french, theme
from dashboard.charts import plots
from dashboard.charts.plots import CIRCLE, Bar, Line, Mark, Plot
from models.scales import is_off_scale, rank_of

# Each answer has a sign beside its colour, from the least to the most favourable; then « sans avis
# » and suppressed answers.
_SIGNS = {-2: "−−", -1: "−", 0: "=", 1: "+", 2: "++"}
ASIDE = "?"
HIDDEN = "…"
_COLOURS = {
    "−−": theme.MUTED,
    "−": theme.LINE,
    "=": theme.HEAT[1],
    "+": theme.HEAT[3],
    "++": theme.HEAT[4],
    ASIDE: theme.TRACK,
    HIDDEN: theme.HEAT[0],
}
_DARK = ("−−", "+", "++")
# Per cent of width needed to show the sign and the share: wide, and on a phone.
_OF_SIGN, _OF_SHARE = (3.5, 8), (10, 22)

# A statement, how many answered, answers with their counts (None: suppressed).
Statement = tuple[str, int, Sequence[tuple[str, int | None]]]
Part = tuple[str, str, str, float, int]  # statement, answer, sign, share in per cent, count


def parts(statements: Sequence[Statement]) -> list[Part]:
    """Each answer of each statement, in order; suppressed answers are summed at the end."""
    result = []
    for statement, n, answers in statements:
        shown = [(answer, sign_of(answer), count) for answer, count in answers if count is not None]
        hidden = n - sum(count for _, _, count in shown)
        rest = [("Non affiché", HIDDEN, hidden)] if hidden else []
        result += [
            (statement, answer, sign, 100 * count / n, count)
            for answer, sign, count in [*shown, *rest]
        ]
    return result


def rows(bars: Sequence[Part]) -> list[tuple[str, str, str]]:
    """One row per answer: statement, answer, its share as text."""
    return [
        (statement, answer, f"{french.percent(share)} ({french.number(count)})")
        for statement, answer, _, share, count in bars
    ]


def agreement(answers: Sequence[Part]) -> Plot:
    """One bar per statement, its text above it, the sign and share of each answer inside."""
    statements = list(dict.fromkeys(part[0] for part in answers))
    height, marks, bands = plots.captioned(statements)
    bars = []
    for statement, (y, thick) in zip(statements, bands, strict=True):
        begin = 0.0
        for _, answer, sign, share, count in (part for part in answers if part[0] == statement):
            tip = f"{answer} : {french.percent(share)} ({french.number(count)})"
            bar = Bar(
                round(begin, 2),
                y,
                round(max(share - 0.2, 0), 2),
                thick,
                _COLOURS[sign].var,
                tip=tip,
            )
            bars.append(bar)
            marks += _inside(bar, sign, share)
            begin += share
    ticks = [(n, french.percent(n, 0)) for n in (0, 25, 50, 75, 100)]
    return Plot(height, ticks=ticks, bars=bars, marks=marks, left=(2, 2), right=(20, 20))


def _inside(bar: Bar, sign: str, share: float) -> list[Mark]:
    """The sign and share of one answer, as far as they fit into its bar."""
    colour = (theme.SURFACE if sign in _DARK else theme.INK).var
    middle = bar.y + bar.height / 2
    places = (
        (bar.x, sign, 6, "start", _OF_SIGN),
        (bar.x + bar.width, french.percent(share, 0), -6, "end", _OF_SHARE),
    )
    return [
        Mark(
            round(x, 2),
            middle,
            text,
            colour,
            dx=dx,
            anchor=anchor,
            has_halo=False,
            is_spare=share < narrow,
        )
        for x, text, dx, anchor, (wide, narrow) in places
        if share >= wide
    ]


def agreement_alt(answers: Sequence[Part]) -> str:
    """« Je me sens bien dans mon équipe. : pas du tout d'accord 9 %, … », statement by
    statement.
    """
    reasons: dict[str, list[str]] = {}
    for statement, answer, _, share, _ in answers:
        reasons.setdefault(statement, []).append(f"{answer.lower()} {french.percent(share, 0)}")
    return (
        " ; ".join(f"« {statement} » : {', '.join(parts)}" for statement, parts in reasons.items())
        + "."
    )


def sign_of(answer: str) -> str:
    """The sign of an answer: « ++ » for « Tout à fait d'accord »."""
    return ASIDE if is_off_scale(answer) else _SIGNS[rank_of(answer) or 0]


# --- two waves ------------------------------------------------------------------------------------

End = tuple[float, str]  # a place between 0 and 100, and its label
# A question, its place in the earlier wave and in the later one, whether it moved for certain.
Change = tuple[str, End, End, bool]


def changes(found: Sequence[Change]) -> Plot:
    """One line per question, under its text: from one wave to the other, written at both ends; grey
    if chance alone may have moved it.
    """
    height, marks, bands = plots.captioned([text for text, *_ in found])
    lines = []
    for (_, before, after, is_clear), (y, thick) in zip(found, bands, strict=True):
        middle, way = y + thick / 2, 1 if after[0] >= before[0] else -1
        colour = (_UP if way > 0 else _DOWN) if is_clear else theme.MUTED
        ends = [(_across(value), middle) for value, _ in (before, after)]
        lines.append(Line(ends, colour.var, 3))
        for (value, text), of, symbol, side in (
            (before, theme.MUTED, "", -way),
            (after, colour, CIRCLE, way),
        ):
            anchor = "start" if side > 0 else "end"
            marks.append(
                Mark(_across(value), middle, text, of.var, symbol, 10 * side, anchor=anchor)
            )
    return Plot(height, lines=lines, marks=marks, left=(2, 2), right=(2, 2))


def _across(value: float) -> float:
    """Inside the drawing, so that there is room for a label on both sides."""
    return round(18 + 0.64 * value, 2)


_UP, _DOWN = theme.ACCENT, theme.STATUSES["en-difficulte"].colour
