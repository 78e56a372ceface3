"""Charts of surveys: the statements of a matrix, each one bar of a hundred per cent, from the
least favourable step to the most.
"""

from collections.abc import Sequence
from functools import partial

from dashboard import french
from dashboard.charts.rows import ChartRows, Kind, live
from models.scales import is_aside, rank_of

# Each step has a sign beside its colour: from the least favourable to the most, « sans avis », what
# is not shown apart.
_SIGNS = {-2: "−−", -1: "−", 0: "=", 1: "+", 2: "++"}
ASIDE = "?"
HIDDEN = "…"

agreement = partial(live, "surveys.agreement")

_AGREEMENT = {
    "statement": Kind.TEXT,
    "answer": Kind.TEXT,
    "sign": Kind.TEXT,
    "start": Kind.NUMBER,
    "end": Kind.NUMBER,
    "label": Kind.TEXT,
    "text": Kind.TEXT,
}


def agreement_rows(
    statements: Sequence[tuple[str, int, Sequence[tuple[str, int | None]]]],
) -> ChartRows:
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
            *([("Non affiché", HIDDEN, hidden)] if hidden else []),
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
    return ChartRows.of(_AGREEMENT, found)


def agreement_alt(bars: ChartRows) -> str:
    """« Je me sens bien dans mon équipe. : pas du tout d'accord 9 %, … », statement by
    statement.
    """
    reasons: dict[str, list[str]] = {}
    for row in bars.lines:
        reasons.setdefault(row["statement"], []).append(
            f"{row['answer'].lower()} {french.percent(row['end'] - row['start'], 0)}"
        )
    return (
        " ; ".join(f"« {statement} » : {', '.join(parts)}" for statement, parts in reasons.items())
        + "."
    )


def sign_of(answer: str) -> str:
    """The sign of a step: « ++ » for « Tout à fait d'accord »."""
    return ASIDE if is_aside(answer) else _SIGNS[rank_of(answer) or 0]
