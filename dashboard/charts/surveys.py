"""Charts of surveys: each statement of a matrix is one bar of a hundred per cent, from the least to
the most favourable answer.
"""

import textwrap
from collections.abc import Sequence

from dashboard import french, theme
from dashboard.charts.plots import Bar, Mark, Plot
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
_LETTERS = 47  # of a statement, on a phone's line
# Pixels: a text line, a bar, the gap between two statements.
_LINE, _BAR, _BETWEEN = 17, 24, 16
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
    written = {part[0]: textwrap.wrap(french.typo(part[0]), _LETTERS) for part in answers}
    height = sum(_LINE * len(lines) + _BAR + _BETWEEN for lines in written.values())
    bars, marks, at = [], [], 0
    for statement, lines in written.items():
        for line in lines:
            at += _LINE
            marks.append(Mark(0, 100 * at / height, line, dy=-3, has_halo=False))
        begin = 0.0
        for _, answer, sign, share, count in (part for part in answers if part[0] == statement):
            tip = f"{answer} : {french.percent(share)} ({french.number(count)})"
            bar = Bar(
                round(begin, 2),
                100 * at / height,
                round(max(share - 0.2, 0), 2),
                100 * _BAR / height,
                _COLOURS[sign].var,
                tip=tip,
            )
            bars.append(bar)
            marks += _inside(bar, sign, share)
            begin += share
        at += _BAR + _BETWEEN
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
