"""Common ground (terrain d'entente): which statements of a survey most people share, and which
divide them. Counts that results hide stay hidden: such a statement is not judged.
"""

from collections.abc import Iterable

from dashboard.queries.surveys.results import Result
from models.surveys import AGREE, DISAGREE
from models.words import Word

MOST = 60  # per cent on one side: most people share it
DIVIDED = 25  # per cent on each side, at least: it divides


class Standing(Word):
    """Where respondents stand on a statement."""

    shared = "partagee", "Ce que la plupart partagent"
    divided = "divise", "Ce qui partage"
    open = "ouverte", "Ce qui n'est pas tranché"


def sides(result: Result) -> tuple[float, float]:
    """The shares that agree and disagree, in per cent of those who answered; 0 where hidden."""
    counts = {share.label: share.n or 0 for share in result.shares}
    agree, disagree = (100 * counts.get(side, 0) / (result.n or 1) for side in (AGREE, DISAGREE))
    return agree, disagree


def standing(result: Result) -> Standing:
    """Shared: at least six in ten on one side. Divided: at least a quarter on each."""
    if max(sides(result)) >= MOST:
        return Standing.shared
    return Standing.divided if min(sides(result)) >= DIVIDED else Standing.open


def common_ground(found: Iterable[Result]) -> dict[Standing, list[Result]]:
    """The statements by standing: the most shared first, the most evenly divided first."""
    statements = [result for result in found if result.is_statement]
    placed = {
        place: [result for result in statements if standing(result) is place] for place in Standing
    }
    for place, results in placed.items():
        weight = min if place is Standing.divided else max
        results.sort(key=lambda result, weight=weight: weight(sides(result)), reverse=True)
    return {place: results for place, results in placed.items() if results}
