"""The filters of a screen (filtres): one row that writes the scope to the address."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date

import streamlit as st
from sqlalchemy.exc import OperationalError

from dashboard import cached
from dashboard.access import Reader, counted_units
from dashboard.actions.people.preferences import DIRECTION, remember
from dashboard.frame.menu import filters_button
from dashboard.queries.roadmap import is_over
from dashboard.scope import ALL_AMBITIONS, WITHOUT_SERVICES, Scope
from dashboard.ui.components import draw
from dashboard.visit.navigation import Screen, address
from models.database import writing
from models.directions import Tree, UnitKind

_INDENT = "\u2003"
_CHOSEN = "_cp_direction_chosen"  # what was chosen in the filter and is not written yet


def scope_row(scope: Scope, screen: Screen) -> None:
    """One row of filters; each change is written to the address, which alone decides. On a phone
    it is folded.
    """
    filters_button(scope.sentence(screen.filters))
    with st.container(key="cp_scope"):
        widths = [3, 2, 1.4]
        if {"au", "depuis"} <= screen.filters:
            widths.append(1.4)
        drawn = iter(st.columns(widths))
        if "direction" in screen.filters:
            with next(drawn):
                _direction_box(scope)
        if "ambition" in screen.filters:
            with next(drawn):
                _ambition_box(scope)
        if "au" in screen.filters:
            with next(drawn):
                _day_box("Situation au", "au", scope.on)
        if "depuis" in screen.filters:
            with next(drawn):
                _day_box("Évolution depuis", "depuis", scope.since)


def other_programme(scope: Scope, screen: Screen) -> None:
    """Which programme is looked at instead of the one that runs, and the way back to that."""
    running = scope.programmes.running(scope.on)
    asked = scope.asked
    state = "est clos" if is_over(scope.programmes, asked, scope.on) else "n'a pas commencé"
    draw(
        "frame/other_programme.html",
        sentence=f"Vous regardez le programme « {asked.name} », qui {state}.",
        back=(
            f"Revenir au programme en cours, « {running.name} »",
            address(screen.url, scope.of_running_programme()),
        ),
    )


def _direction_box(scope: Scope) -> None:
    """One direction, several or none; beside them whether what stands below is counted."""
    _set("w_direction", [unit.code for unit in scope.units])
    st.multiselect(
        "Direction",
        _open_units(scope),
        key="w_direction",
        placeholder="Toute l'administration",
        format_func=lambda code: _unit_label(code, scope.tree),
        # « Voirie » is not « Avaloirs et interventions », whose letters hold it in order.
        filter_mode="contains",
        on_change=_directions_to_address,
        args=(scope.tree.root_code,),
    )
    if any(unit.kind != UnitKind.service for unit in scope.units):
        _set("w_services", not scope.alone)
        st.checkbox(
            "Avec les services en dessous", key="w_services", on_change=_services_to_address
        )


def _directions_to_address(whole: str) -> None:
    codes = ",".join(st.session_state["w_direction"]) or whole
    st.query_params["direction"] = codes
    st.query_params.pop("page", None)
    # Written by the run that follows, not here: a write would hold the answer to the click up.
    st.session_state[_CHOSEN] = codes


@contextmanager
def keeping_direction(reader: Reader) -> Iterator[None]:
    """What was chosen is found again the next time, even by whoever leaves before the page is
    drawn. It is written once the page is there: nobody waits for a write to see it.
    """
    # Taken first: a run that is cut may not ask the tab any more.
    codes = st.session_state.pop(_CHOSEN, None)
    try:
        yield
    finally:
        if codes is not None and reader.is_known:
            # A busy database may cost the memory of a filter, never the page.
            with suppress(OperationalError), writing() as session:
                remember(session, reader, DIRECTION, codes)


def _services_to_address() -> None:
    if st.session_state["w_services"]:
        st.query_params.pop("services", None)
    else:
        st.query_params["services"] = WITHOUT_SERVICES


def _open_units(scope: Scope) -> list[str]:
    """The units whose figures this reader may ask for, in the order of the chart."""
    allowed = counted_units(scope.reader, scope.tree)
    return [
        unit.code
        for unit, _ in scope.tree.walk()
        if unit.kind != UnitKind.root and (allowed is None or scope.tree.under(unit.id) <= allowed)
    ]


def _unit_label(code: str, tree: Tree) -> str:
    unit = tree.by_code[code]
    depth = {UnitKind.direction: 1, UnitKind.service: 2}.get(unit.kind, 0)
    return f"{_INDENT * depth}{unit.name}"


def _ambition_box(scope: Scope) -> None:
    names = {ALL_AMBITIONS: "Les cinq ambitions"} | {a.code: a.name for a in cached.ambitions()}
    _set("w_ambition", scope.ambition.code if scope.ambition else ALL_AMBITIONS)
    st.selectbox(
        "Ambition",
        list(names),
        key="w_ambition",
        format_func=names.get,
        on_change=_to_address,
        args=("ambition", "w_ambition"),
    )


def _day_box(label: str, name: str, value: date | None) -> None:
    _set(f"w_{name}", value)
    st.date_input(
        label,
        None,
        key=f"w_{name}",
        format="DD/MM/YYYY",
        min_value=cached.programmes().first_day,
        max_value=cached.today(),
        on_change=_to_address,
        args=(name, f"w_{name}"),
    )


def _set(key: str, value: object) -> None:
    """The widget follows the address, not the other way round."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def _to_address(name: str, key: str) -> None:
    value = st.session_state[key]
    if isinstance(value, date):
        value = value.isoformat()
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)
    # Another list begins at its first page.
    st.query_params.pop("page", None)
