"""Blocks of a search: corrected words, the order, and the counts of the results by state, kind and
ambition.
"""

from collections.abc import Iterable, Mapping

from dashboard import cached
from dashboard.actions.ideas.vain_words import count_words_in_vain
from dashboard.queries.ideas.near_words import words_in_vain
from dashboard.queries.ideas.records import COUNTED_UP_TO, Filters
from dashboard.queries.ideas.search import Facets
from dashboard.scope import Scope
from dashboard.ui.components import draw
from dashboard.visit.navigation import address
from models.database import reading, writing
from models.idea_states import IdeaKind, IdeaStatus


def asked_instead(
    words: str, instead: Filters, scope: Scope, address_params: Mapping[str, str]
) -> None:
    """The sentence shown when the results answer other words than those typed."""
    rest = "moins de dix idées en ont tous les mots, suivent celles qui en ont le plus"
    is_corrected = instead.words != words
    draw(
        "search/asked_instead.html",
        words=words,
        corrected=instead.words if is_corrected else "",
        href=address("idees", scope, **dict(address_params) | {"q": instead.words}),
        rest=f" : {rest}" if instead.some else "",
    )


def count_in_vain(scope: Scope, filters: Filters) -> None:
    """Records words without any result, once a day."""
    with reading() as session:
        words = words_in_vain(session, scope, filters.query, cached.today())
    if words:
        with writing() as session:
            count_words_in_vain(session, scope, filters.query, cached.today())


def facet_lines(counted: Facets, scope: Scope, address_params: Mapping[str, str]) -> None:
    """One line per facet, a link per value; the active one is highlighted, and its link removes
    it.
    """
    lines = [
        _line("État", "etat", _found(IdeaStatus, counted.status), scope, address_params),
        _line("Genre", "genre", _found(IdeaKind, counted.kind), scope, address_params),
    ]
    # With an ambition chosen in the frame, this facet is pointless.
    if not scope.ambition:
        ambitions = [
            (ambition.code, ambition.name, counted.ambition[str(ambition.id)])
            for ambition in cached.ambitions()
            if str(ambition.id) in counted.ambition
        ]
        lines.append(_line("Ambition", "ambition", ambitions, scope, address_params))
    draw(
        "search/facets.html",
        lines=[line for line in lines if line[1]],
        counted_up_to=COUNTED_UP_TO if counted.more else 0,
    )


def _found(
    values: type[IdeaStatus] | type[IdeaKind], counts: Mapping[str, int]
) -> list[tuple[str, str, int]]:
    """(code, label, count) of the values found, in their own order."""
    return [(v.value, v.label, counts[v.value]) for v in values if v.value in counts]


def _line(
    title: str,
    name: str,
    values: Iterable[tuple[str, str, int]],
    scope: Scope,
    address_params: Mapping[str, str],
) -> tuple[str, list[dict]]:
    return title, [
        _value(name, value, label, n, scope, address_params) for value, label, n in values
    ]


def _value(
    name: str, value: str, label: str, n: int, scope: Scope, address_params: Mapping[str, str]
) -> dict:
    is_chosen = address_params.get(name) == value
    others = {key: value for key, value in address_params.items() if key not in (name, "page")}
    href = address("idees", scope, **others if is_chosen else others | {name: value})
    return {"label": label, "href": href, "n": n, "is_chosen": is_chosen}
