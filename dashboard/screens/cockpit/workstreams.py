"""« Les six chantiers »: a bar for each, with the plan, its progress at the compared meeting, and
the probable end.
"""

from datetime import date

from dashboard import cached, french, theme
from dashboard.figures.forecast import Forecast
from dashboard.figures.workstreams import WorkstreamState, worst_first
from dashboard.scope import Scope
from dashboard.ui.components import draw
from dashboard.visit.navigation import COCKPIT, address

ORDER = "ordre"  # parameter of the address
WORST, OWN = "retard", "chantiers"
_ORDERS = {WORST: "Par gravité", OWN: "Dans leur ordre"}


def order_of(asked: dict[str, str]) -> str:
    """The order given in the address, else the default."""
    return OWN if asked.get(ORDER) == OWN else WORST


def workstreams(scope: Scope, order: str, since: date | None, **others: str) -> None:
    """The workstreams of the programme; `others` are parameters kept in the address."""
    states = cached.workstreams(scope.on, scope.asked)
    known = cached.forecasts_at(scope.on, scope.asked).workstreams
    before = _earned_at(since, scope)
    title = french.sentence_case(french.every(len(states), "chantier"))
    draw(
        "cockpit/workstreams.html",
        title=title + ("" if scope.is_whole else " (toute l'administration)"),
        orders=[
            (label, address(COCKPIT, scope, **others, **{ORDER: code}), code == order)
            for code, label in _ORDERS.items()
        ],
        bars=[
            _bar(s, known[s.workstream.id], before.get(s.workstream.id), since, scope)
            for s in (worst_first(states) if order == WORST else states)
        ],
        since=since,
    )


def _earned_at(day: date | None, scope: Scope) -> dict[int, float | None]:
    if day is None:
        return {}
    return {w.workstream.id: w.earned for w in cached.workstreams(day, scope.asked)}


def _bar(
    state: WorkstreamState,
    end: Forecast,
    before: float | None,
    since: date | None,
    scope: Scope,
) -> dict:
    stream = state.workstream
    return {
        "name": stream.short_name,
        "href": address("feuille-de-route", scope, chantier=stream.id),
        "done": french.percent(state.earned),
        "planned": french.percent(state.planned),
        "width": _place(state.earned),
        "mark": _place(state.planned),
        "ghost": _place(before),
        "gap": french.signed(state.gap, "point", 1),
        "moved": _moved(state.earned, before, since),
        "end": _end_in_words(end),
        "status": theme.STATUSES[str(state.verdict.health)],
        "note": _note(state),
        "reason": state.lowered_in_words,
    }


def _place(value: float | None) -> str:
    return "" if value is None else f"{min(max(value, 0), 100):.1f}%"


def _moved(now: float | None, before: float | None, since: date | None) -> str:
    """The progress since the compared meeting; empty if unchanged or not compared."""
    if since is None or now is None or before is None or round(now - before, 1) == 0:
        return ""
    return french.signed(now - before, "point", 1)


def _end_in_words(end: Forecast) -> str:
    return french.month_in_short(end.probable) if end.probable else ""


def _note(state: WorkstreamState) -> str:
    return (
        f"{state.done} jalons atteints sur {state.total}, reçu : {state.reported.numerator} sur"
        f" {state.reported.denominator}"
    )
