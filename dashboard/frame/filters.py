"""The filters of a screen (filtres): one row that writes the scope to the address, alone or above a
screen that is one element (`bodies`).
"""

from datetime import date
from urllib.parse import parse_qsl

import streamlit as st

from dashboard import cached
from dashboard.access import counted_units
from dashboard.cached import memory
from dashboard.frame.scoping import remember_direction
from dashboard.queries.roadmap import is_over
from dashboard.scope import ALL_AMBITIONS, WITHOUT_SERVICES, Scope
from dashboard.ui.components import draw
from dashboard.ui.scripts import screen_component
from dashboard.visit import gate
from dashboard.visit.navigation import address
from dashboard.visit.screens import Screen
from models.directions import UnitKind

_KEY = "cp_screen"
_MOST_LETTERS = 4000  # the longest address that is accepted


def scope_row(scope: Scope, screen: Screen) -> None:
    """One row of filters; each change is written to the address. On a phone it is folded."""
    mount({"filters": filters_of(scope, screen)})


def mount(data: dict, name: str = "") -> None:
    """The element of a screen, with its filters, the parts of its body, or both; `name` identifies
    a further element on the page.
    """
    # In a list: Streamlit would check each value of a dictionary for a table.
    if "filters" in data:
        screen_component()(key=_KEY, data=[data], on_go_change=_go)
    else:
        screen_component()(key=f"{_KEY}_{name}", data=[data])


def _go() -> None:
    """Writes the address chosen on the screen. It is parsed like any address: unknown or forbidden
    parameters are ignored there.
    """
    sent = getattr(st.session_state.get(_KEY), "go", None)
    if not isinstance(sent, str) or len(sent) > _MOST_LETTERS:
        return
    params = dict(parse_qsl(sent.removeprefix("?")))
    codes = params.get("direction")
    if codes and codes != st.query_params.get("direction"):
        remember_direction(st.session_state[gate.READER], codes)
    st.query_params.from_dict(params)


def other_programme(scope: Scope, screen: Screen) -> None:
    """The programme shown instead of the current one, and a link back."""
    running = scope.programmes.running(scope.on)
    programme = scope.asked
    state = "est clos" if is_over(scope.programmes, programme, scope.on) else "n'a pas commencé"
    draw(
        "frame/other_programme.html",
        sentence=f"Vous regardez le programme « {programme.name} », qui {state}.",
        back=(
            f"Revenir au programme en cours, « {running.name} »",
            address(screen.url, scope.of_running_programme()),
        ),
    )


# ── Fields of the row ───────────────────────────────────────────────────────────────────────────


def filters_of(scope: Scope, screen: Screen) -> dict:
    """The fields of the screen, in order, with their choices and values."""
    return {
        "summary": scope.sentence(screen.filters),
        "has": [
            name for name in ("direction", "ambition", "au", "depuis") if name in screen.filters
        ],
        "units": _units(scope.on, counted_units(scope.reader, scope.tree))
        if "direction" in screen.filters
        else [],
        "root": scope.tree.root_code,
        "without": WITHOUT_SERVICES,
        "chosen": [unit.code for unit in scope.units],
        "services": _with_services(scope),
        "ambitions": [
            (ALL_AMBITIONS, "Les cinq ambitions"),
            *((ambition.code, ambition.name) for ambition in cached.ambitions()),
        ]
        if "ambition" in screen.filters
        else [],
        "ambition": scope.ambition.code if scope.ambition else ALL_AMBITIONS,
        "au": scope.on.isoformat(),
        "depuis": scope.since.isoformat() if scope.since else "",
        "first": scope.programmes.first_day.isoformat(),
        "today": cached.today().isoformat(),
    }


@memory.cached("directions")
def _units(on: date, allowed: frozenset[int] | None) -> list[tuple[str, str, int]]:
    """(code, name, depth) of the units that exist at a day, in the order of the chart."""
    tree = cached.tree_at(on)
    depths = {UnitKind.direction: 1, UnitKind.service: 2}
    return [
        (unit.code, unit.name, depths.get(unit.kind, 0))
        for unit, _ in tree.walk()
        if unit.kind != UnitKind.root and (allowed is None or tree.under(unit.id) <= allowed)
    ]


def _with_services(scope: Scope) -> bool | None:
    """Whether the units below are included; None if there are none."""
    if all(unit.kind == UnitKind.service for unit in scope.units):
        return None
    return not scope.alone
