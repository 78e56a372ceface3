"""Pourquoi ce chiffre ? — the calculation, the rule of the status, the curve, the directions,
the rows behind one figure.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial

import streamlit as st

from dashboard import cached, french
from dashboard.access import counted_units, may
from dashboard.charts import figures as charts
from dashboard.figures import Breakdown, Figure, Point, Unit, Value
from dashboard.figures import reasons as say
from dashboard.figures.board import Entry, expected_value, imposed_on, scope_for
from dashboard.figures.declaring import declared
from dashboard.figures.kinds import every_value
from dashboard.figures.workstreams import schedule_steps
from dashboard.queries.figures.as_known import known_by
from dashboard.queries.figures.figure_rows import CellLink, Rows
from dashboard.queries.figures.late_facts import late_facts
from dashboard.queries.people.readers import function_of
from dashboard.scope import Scope
from dashboard.screens.status_form import status_form
from dashboard.ui.blocks import stacked
from dashboard.ui.cards import card
from dashboard.ui.charts import chart_with_table
from dashboard.ui.components import (
    badge_html,
    caption,
    empty_for_filters,
    heading,
    page_header,
)
from dashboard.ui.figures import card_of, figure_of
from dashboard.ui.forms import say_what_was_done
from dashboard.ui.tables import link, pager, table, terms
from dashboard.visit.lists_read import note_list_read
from dashboard.visit.navigation import address, current_scope, whole_number
from models.clock import month_ends
from models.database import reading
from models.directions import Unit as Place
from models.directions import UnitKind

_YES = "oui"
_FEW = "petit effectif"


def render(scope: Scope) -> None:
    value = _asked(scope)
    if value is None:
        page_header("Pourquoi ce chiffre ?", trail=(_way_back(scope),))
        return empty_for_filters("Ce chiffre n'existe pas.", _way_back(scope)[1])
    figure = figure_of(value.code)
    page_header("Pourquoi ce chiffre ?", value.label, trail=(_way_back(scope),))
    say_what_was_done()
    shown = _as_known(scope, value)
    entry = cached.board(shown, [figure.code])[value.code]
    # Without its « Pourquoi ? »: one is there.
    card(replace(card_of(shown, entry), why=""))
    _then_and_now(scope, figure, value)
    # Two by two where there is room: what it is made of is seen without going far.
    with st.container(key="cp_why"):
        calculation, status = st.columns(2, gap="medium")
        with calculation:
            _calculation(shown, figure, value, entry)
        with status:
            _status(shown, figure, value, entry)
        evolution, parts = st.columns(2, gap="medium")
        with evolution:
            _evolution(shown, figure, value)
        with parts:
            _parts(shown, figure, value)
    _rows(scope_for(shown, figure), value)


def _asked(scope: Scope) -> Value | None:
    """The value of the address; None where there is none, or its workstream is of another
    programme.
    """
    streams = [stream.id for stream in cached.streams(scope)]
    wanted = st.query_params.get("chiffre", "")
    return next((value for _, value in every_value(streams) if value.code == wanted), None)


def _way_back(scope: Scope) -> tuple[str, str]:
    """To the screen the reader came from: an agent has no Tableau de bord."""
    if may(scope.reader, "page.cockpit"):
        return "Tableau de bord", address("tableau-de-bord", scope)
    return "Accueil", address("", scope)


def _as_known(scope: Scope, value: Value) -> Scope:
    """The scope of the page: as known then where the switch says so; counts of persons keep
    their protected comparison.
    """
    wanted = st.query_params.get("connu") == _YES
    # The address leads: the way back of the browser changes it without any click on the switch.
    if st.session_state.get("w_known") != wanted:
        st.session_state["w_known"] = wanted
    st.toggle(
        "Tel que connu alors",
        key="w_known",
        on_change=_known_to_address,
        help=(
            "Seulement avec ce qui était inscrit à la date regardée, sans les corrections faites"
            " depuis."
        ),
    )
    # Beside the value of today, an exact value of then would tell who joined or left in between.
    return replace(scope, known=wanted and not value.of_persons)


def _known_to_address() -> None:
    if st.session_state["w_known"]:
        st.query_params["connu"] = _YES
    else:
        st.query_params.pop("connu", None)


# --- the calculation and the status ---------------------------------------------------------------


def _calculation(scope: Scope, figure: Figure, value: Value, entry: Entry) -> None:
    steps = None
    if value.code == "ecart.mois":
        known = known_by(scope, scope.on)
        steps = schedule_steps(cached.roadmap(scope.asked).at(scope.on, known), scope.on)
    fresh = f"dernier fait du {french.day(entry.fresh_on)}" if entry.fresh_on else ""
    is_cut = figure.cut and not value.whole_only
    rows = [
        ("Définition", value.definition),
        ("Formule", say.formula_in_words(value)),
        ("Avec les nombres", say.formula_in_numbers(value, entry, steps)),
        ("Ce qui est compté", say.counts_in_words(value, entry)),
        ("n", french.number(entry.n) if entry.n is not None and not entry.suppressed else ""),
        ("Couverture", say.coverage_in_words(entry)),
        ("Attendent encore", _still_open(scope, value)),
        ("Période", say.window_in_words(figure, value, scope.on)),
        ("Périmètre", scope_for(scope, figure).sentence()),
        ("Découpe", f"par {figure.cut}" if is_cut else "toute l'administration seulement"),
        ("Comparaison", _compared(scope, figure, value, entry)),
        ("Fraîcheur", fresh or "aucun fait encore"),
        ("Source", figure.source),
        ("Pour qui", figure.reader),
    ]
    if entry.suppressed:
        sentence = (
            "Moins de 5 personnes (10 réponses pour un relevé), ou un nombre qui permettrait de les"
            " retrouver : rien n'est affiché."
        )
        rows.append(("Petit effectif", sentence))
    with stacked():
        heading("Le calcul")
        terms(rows)
        caption(
            "L'adresse de cette page garde la date, la direction et l'ambition : copiez-la pour"
            " montrer ce chiffre."
        )


def _still_open(scope: Scope, value: Value) -> str:
    """A median counts answers given: those still waited for are told beside it."""
    if value.code not in ("reponse.mediane", "reponse.p90"):
        return ""
    board = cached.board(scope, ["reponse", "reponse.ancienne"])
    waiting = board["reponse.ouvertes"].value or 0
    oldest = board["reponse.ancienne"].value
    message = f"{french.counted(waiting, 'idée')} à décider"
    if oldest is None:
        return message
    return f"{message}, la plus ancienne depuis {french.counted(oldest, 'jour')}"


def _compared(scope: Scope, figure: Figure, value: Value, entry: Entry) -> str:
    if scope.since is None:
        return ""
    before = cached.points(figure, scope_for(scope, figure), [scope.on, scope.since])[value.code][1]
    value_text = _FEW if before.suppressed else say.say(before.value, value.unit)
    message = f"au {french.day(scope.since)} : {value_text}"
    if before.numerator is not None and before.denominator is not None:
        message += f" ({say.count(before.numerator)} / {say.count(before.denominator)})"
    if entry.change is not None:
        message += f" ; évolution : {say.say_change(entry.change, value.unit)}"
    return message


def _status(scope: Scope, figure: Figure, value: Value, entry: Entry) -> None:
    known = known_by(scope, scope.on)
    decided = cached.aims(scope.on, known, scope.asked).get(value.code, [])
    by_hand = imposed_on(value, scope_for(scope, figure), cached.imposed(scope.on, known))
    rows: list[tuple[str, object]] = []
    if entry.status:
        rows.append(("Statut", badge_html(entry.status)))
    if by_hand:
        with reading() as session:
            author = function_of(session, by_hand.by)
        reason = say.imposed_reason(by_hand, author)
        rows.append((reason.term, reason.message))
    rows += [
        (reason.term, reason.message) for reason in say.status_reasons(value, entry, decided, scope)
    ]
    if may(scope.reader, "page.cockpit") and declared(figure, value).takes_targets:
        rows.append(
            (
                "Cibles",
                link("Les cibles de ce chiffre", address("cibles", scope, chiffre=value.code)),
            )
        )
    with stacked():
        heading("Le statut")
        terms(rows)
    _against_target(scope, value, entry)
    if scope.is_whole and scope.ambition is None and not scope.known:
        status_form(scope, value.status_subject)


# --- the curve and the directions -----------------------------------------------------------------


def _evolution(scope: Scope, figure: Figure, value: Value) -> None:
    dates = month_ends(scope.on, first=scope.programmes.first_day)
    # What was known then is counted from raw facts: a date a quarter is enough.
    if scope.known:
        dates = dates[::-3][::-1]
    points = cached.curve(scope, figure.code, value.code, dates)
    heading("L’évolution")
    known = [point for point in points if point.value is not None]
    if not known:
        if any(point.suppressed for point in points):
            st.caption("Les valeurs ne sont pas affichées (petit effectif).")
        else:
            st.caption("Aucune valeur depuis le début du programme.")
        return
    # The months before the first value would only take room.
    shown = points[points.index(known[0]) :]
    rows = [
        (p.on, p.value, _expected_on(scope, value, p.on), p.numerator, p.denominator) for p in shown
    ]
    expected = [expected for _, _, expected, _, _ in rows if expected is not None]
    title = _from_first_to_last(value, known)
    aimed = ""
    short = {charts.VALUE: _on_the_curve(known[-1].value, value)}
    if expected:
        aimed = f" Attendu à la dernière date : {say.say(expected[-1], value.unit)}."
        short[charts.EXPECTED] = _on_the_curve(expected[-1], value)
    chart_with_table(
        partial(charts.evolution, say.axis(value.unit), bool(expected)),
        charts.evolution_rows(rows, short),
        f"{value.label}. {title}.{aimed}",
        title,
        key="evolution",
        note=_printed(scope, value),
        message=_how_to_read(scope, points, bool(expected)),
        columns=_columns(value, points, bool(expected)),
    )


def _from_first_to_last(value: Value, known: Sequence[Point]) -> str:
    first = known[0]
    last = known[-1]
    end = f"{say.say(last.value, value.unit)} au {french.day(last.on)}"
    if first is last:
        return end
    return f"De {say.say(first.value, value.unit)} au {french.day(first.on)} à {end}"


def _on_the_curve(n: float, value: Value) -> str:
    """The value beside the last point: the unit is that of the axis, but for per cent."""
    return say.say(n, value.unit) if value.unit == Unit.percent else say.count(n)


def _how_to_read(scope: Scope, points: Sequence[Point], with_expected: bool) -> str:
    message = "Trimestre par trimestre" if scope.known else "Mois par mois"
    if with_expected:
        message += " ; en pointillé, ce que les cibles d'alors faisaient attendre"
    hidden = sum(point.suppressed for point in points)
    if not hidden:
        return f"{message}."
    return f"{message}. {french.counted(hidden, 'date')} sans valeur affichée ({_FEW})."


def _columns(value: Value, points: Sequence[Point], with_expected: bool) -> dict[str, str]:
    top, bottom = value.counts or ("Numérateur", "Dénominateur")
    columns = {"on": "Date", "value": f"Valeur ({say.axis(value.unit)})"}
    if with_expected:
        columns["expected"] = "Attendu"
    if any(point.denominator is not None for point in points):
        columns |= {"numerator": top.capitalize(), "denominator": bottom.capitalize()}
    return columns


def _printed(scope: Scope, value: Value) -> str:
    """What an image says of itself: the figure, the scope, the day."""
    known = " · tel que connu alors" if scope.known else ""
    return f"{value.label} · {scope_for(scope, figure_of(value.code)).sentence()}{known}"


def _against_target(scope: Scope, value: Value, entry: Entry) -> None:
    """The bullet bar: the value beside what is aimed at and what was expected by now; nothing
    where there is no target.
    """
    if entry.value is None or entry.target is None:
        return
    rows = charts.bullet_rows(
        [
            (charts.VALUE, entry.value, say.say(entry.value, value.unit)),
            (charts.EXPECTED, entry.expected, say.say(entry.expected, value.unit)),
            (charts.TARGET, entry.target, say.say_aim(entry.target, value.unit)),
        ]
    )
    title = say.say(entry.value, value.unit)
    if entry.expected is not None:
        gap = say.say_change(entry.value - entry.expected, value.unit)
        title += f" : {gap} par rapport à la cible à cette date"
        title += f" ({say.say(entry.expected, value.unit)})"
    title += f", cible {say.say_aim(entry.target, value.unit)}"
    chart_with_table(
        partial(charts.bullet, say.axis(value.unit)),
        rows,
        f"{value.label}. {title}.",
        title,
        key="cible",
        note=_printed(scope, value),
        message=(
            "Barre : la valeur ; trait épais, au-dessus : la cible ; trait fin, au-dessous : ce que"
            " la cible faisait attendre à cette date."
        ),
        columns={"kind": "Repère", "n": say.axis(value.unit).capitalize()},
    )


def _expected_on(scope: Scope, value: Value, on: date) -> float | None:
    """What was expected at a day, by the targets in force that day."""
    # Thresholds are the same on every day: nothing is expected by a date.
    if value.thresholds:
        return None
    in_force = cached.aims(on, known_by(scope, on), scope.asked).get(value.code, [])
    first = (scope.asked or scope.programmes.running(on)).first_day
    return expected_value(value, in_force, on, first)


def _parts(scope: Scope, figure: Figure, value: Value) -> None:
    """One line for each unit below, in the order of the organisation chart, never by
    performance.
    """
    units = _units_below(scope, figure)
    if not units or value.whole_only:
        return
    counts = value.counts or ()
    rows = [_part_row(scope.within(unit), unit, figure, value) for unit in units]
    with stacked():
        heading("Par direction")
        table(
            ("Direction", "Valeur", *(name.capitalize() for name in counts), "Statut"),
            rows,
            f"{value.label} par direction",
            frozenset(range(1, 2 + len(counts))),
        )
        caption(
            "Dans l'ordre de l'organigramme. Une valeur trop petite pour être montrée sans désigner"
            " des personnes est cachée."
        )


def _part_row(scope: Scope, unit: Place, figure: Figure, value: Value) -> tuple:
    entry = cached.board(scope, [figure.code])[value.code]
    known = _YES if scope.known else None
    counts = (entry.numerator, entry.denominator)[: len(value.counts or ())]
    return (
        link(unit.label, address("pourquoi", scope, chiffre=value.code, connu=known)),
        _FEW if entry.suppressed else say.say(entry.value, value.unit),
        *(_cell(count, scope) for count in counts),
        badge_html(entry.status) if entry.status else "–",
    )


def _units_below(scope: Scope, figure: Figure) -> list[Place]:
    """The children of the unit looked at that are open to the reader; of the whole, an agent's
    own direction.
    """
    if figure.cut == Breakdown.none or len(scope.units) > 1 or scope.alone:
        return []
    top = scope.unit or scope.tree.root
    allowed = counted_units(scope.reader, scope.tree)
    below = scope.tree.children.get(top.id, []) if top else []
    has_directions = any(unit.kind != UnitKind.department for unit in below)
    if figure.cut == Breakdown.department and has_directions:
        return []
    open_to = [unit for unit in below if allowed is None or scope.tree.under(unit.id) <= allowed]
    if not open_to and scope.is_whole and allowed and figure.cut != Breakdown.department:
        return [unit for unit in scope.tree.directions() if scope.tree.under(unit.id) <= allowed]
    return open_to


# --- the rows behind ------------------------------------------------------------------------------


def _rows(scope: Scope, value: Value) -> None:
    # What somebody typed in the address becomes an OFFSET: it stays a number that an engine takes.
    page = min(whole_number(st.query_params.get("page")) or 1, 10_000)
    found = cached.rows(scope, value.code, page)
    if found is None:
        return
    with stacked():
        heading("Les lignes derrière")
        _rows_of_page(scope, value, found)
    if found.rows and found.nominative:
        note_list_read(f"{value.code}, {scope.codes}, {scope.on}, page {page}")
    pager(page, found.pages)


def _rows_of_page(scope: Scope, value: Value, found: Rows) -> None:
    if unseen := say.unseen_in_words(found):
        caption(unseen)
    if found.rows:
        table(
            found.headings,
            [tuple(_cell(cell, scope) for cell in row) for row in found.rows],
            f"Lignes derrière : {value.label}",
            found.numbers,
        )
    elif not found.note or found.total:
        caption("Aucune ligne.")
    if found.note:
        caption(found.note)


def _cell(cell: object, scope: Scope) -> object:
    if isinstance(cell, CellLink):
        return link(cell.label, address(cell.screen, scope, **{cell.param: cell.value}))
    if isinstance(cell, date):
        return french.day(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return french.number(cell, 0 if cell == int(cell) else 1)
    # Not `cell or "–"`: a number may be 0.
    return "–" if cell is None or cell == "" else cell


# --- as it was known then -------------------------------------------------------------------------


def _then_and_now(scope: Scope, figure: Figure, value: Value) -> None:
    """Both values and what was recorded in between; counts of persons that could be subtracted
    are not compared.
    """
    if st.query_params.get("connu") != _YES:
        return
    now = cached.board(replace(scope, known=False), [figure.code])[value.code]
    then = cached.board(replace(scope, known=True), [figure.code])[value.code]
    heading("Tel que connu alors")
    if say.gives_a_person_away(value, now, then):
        st.caption(
            "La différence ferait connaître moins de cinq personnes : elle n'est pas montrée."
        )
        return
    with reading() as session:
        late = late_facts(session, scope_for(scope, figure), figure.facts)
    # How many facts came late would tell of how few persons they speak.
    facts = None if value.of_persons else late.count
    count = say.corrected_since(value, now, then, facts, scope.on)
    terms(
        [
            ("Connu aujourd'hui", _in_words(now, value)),
            (f"Connu le {french.day(scope.on)}", _in_words(then, value)),
            ("Différence", count),
        ]
    )
    if late.shown and not value.of_persons:
        table(
            ("Vrai depuis le", "Inscrit le", "Fait"),
            [(french.day(f.on), french.day(f.recorded_on), f.text) for f in late.shown],
            "Faits inscrits après la date regardée",
        )
        if late.count > len(late.shown):
            st.caption(
                f"Les {len(late.shown)} premiers que vous pouvez lire, sur"
                f" {french.number(late.count)}."
            )


def _in_words(entry: Entry, value: Value) -> str:
    if entry.suppressed:
        return _FEW
    written = say.say(entry.value, value.unit)
    if entry.numerator is None or entry.denominator is None:
        return written
    return f"{written} ({say.count(entry.numerator)} / {say.count(entry.denominator)})"


render(current_scope())
