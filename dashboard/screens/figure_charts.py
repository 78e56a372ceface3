"""The two charts of a figure: its value month by month with the expected value (évolution), and
against its target (cible).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.figures.targets import name_owner, owner_values, verify_definition
from dashboard.charts import figures as charts, plots
from dashboard.charts.figures import with_events
from dashboard.charts.plots import Chart
from dashboard.figures import reasons as say
from dashboard.figures.board import Entry, expected_value, scope_for
from dashboard.figures.kinds import Figure, Point, Unit, Value, every_value
from dashboard.queries.figures.figure_rows import CellLink
from dashboard.queries.figures.small_cells import last_step
from dashboard.queries.journal import mark_of
from dashboard.scope import Scope
from dashboard.screens.roadmap.calendar import owner_fields
from dashboard.ui.charts import figure_of, files_of, show
from dashboard.ui.components import caption, heading, paragraph
from dashboard.ui.forms import Form
from dashboard.ui.tables import link
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from dashboard.web.files import ScopeFile
from models.clock import month_ends
from models.database import fetch
from models.roadmap import FigureEvent, FigureStep, PlanSchedule

FIGURE, KNOWN = "chiffre", "connu"  # parameter of the address
YES = "oui"
FEW = "petit effectif"
_ASKS = (FIGURE, KNOWN)


@dataclass(frozen=True)
class AskedValue:
    """A value chosen by the address. With « as known then » its scope is that of the day looked
    at.
    """

    scope: Scope
    figure: Figure
    value: Value

    @property
    def address(self) -> Mapping[str, str]:
        """The parameters of the address that name it, besides the scope."""
        return {FIGURE: self.value.code} | ({KNOWN: YES} if self.scope.as_known_then else {})


def asked_of(scope: Scope, chiffre: str, connu: str) -> AskedValue | None:
    """The value named by the parameters of an address."""
    streams = [stream.id for stream in cached.streams(scope)]
    value = next((value for _, value in every_value(streams) if value.code == chiffre), None)
    if value is None:
        return None
    # Of persons never « as known then »: beside today's value, an exact past one would reveal who
    # joined or left in between.
    then = connu == YES and not value.of_persons
    return AskedValue(replace(scope, as_known_then=then), figure_of(value.code), value)


def cell_of(cell: object, scope: Scope) -> object:
    """A cell of the rows behind a figure, as it is written."""
    if isinstance(cell, CellLink):
        return link(cell.label, address(cell.screen, scope, **{cell.param: cell.value}))
    if isinstance(cell, date):
        return french.day(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return french.number(cell, 0 if cell == int(cell) else 1)
    # Not `cell or "–"`: a number may be 0.
    return "–" if cell is None or cell == "" else cell


# --- month by month -----------------------------------------------------------------------------


def evolution(asked: AskedValue) -> None:
    """The chart of the value month by month, or a sentence if there is none."""
    heading("L'évolution")
    if chart := _evolution(asked):
        return show(chart, asked.scope, files=EVOLUTION_FILES, asked=asked.address)
    if any(point.suppressed for point in _points(asked)):
        return caption(f"Les valeurs ne sont pas affichées ({FEW}).")
    return caption("Aucune valeur depuis le début du programme.")


def _points(asked: AskedValue) -> list[Point]:
    dates = month_ends(asked.scope.on, first=asked.scope.programmes.first_day)
    # « As known then » is counted from raw facts: one date per quarter is enough.
    if asked.scope.as_known_then:
        dates = dates[::-3][::-1]
    return cached.curve(asked.scope, asked.figure.code, asked.value.code, dates)


def _evolution(asked: AskedValue) -> Chart | None:
    value, points = asked.value, _points(asked)
    known = [point for point in points if point.value is not None]
    if not known:
        return None
    # Months before the first value are left out: they would only take space.
    shown = points[points.index(known[0]) :]
    expected = [_number(_expected_on(asked.scope, value, point.on)) for point in shown]
    aims = [aim for aim in expected if aim is not None]
    curves = {charts.VALUE: [(point.on, _number(point.value)) for point in shown]}
    words = {charts.VALUE: f"{charts.VALUE} {_on_the_curve(known[-1].value, value)}"}
    title = _from_first_to_last(value, known)
    aimed = ""
    if aims:
        curves[charts.EXPECTED] = list(zip((p.on for p in shown), expected, strict=True))
        words[charts.EXPECTED] = f"{charts.EXPECTED} {_on_the_curve(aims[-1], value)}"
        aimed = f" Attendu à la dernière date : {say.say(aims[-1], value.unit)}."
    columns = _columns(value, shown, expected if aims else None)
    chart = Chart(
        "evolution",
        title,
        _how_to_read(asked, points, bool(aims)),
        f"{value.label}. {title}.{aimed}",
        charts.evolution(curves, words, _most(value), lambda n: _on_the_curve(n, value)),
        tuple(columns),
        list(zip(*columns.values(), strict=True)),
        curves,
        say.axis(value.unit),
    )
    return with_events(chart, cached.events(asked.scope, asked.figure, value))


def _number(value: object) -> float | None:
    return None if value is None else float(value)


def _most(value: Value) -> float | None:
    return 100 if value.unit == Unit.percent else None


def _from_first_to_last(value: Value, known: Sequence[Point]) -> str:
    first = known[0]
    last = known[-1]
    end = f"{say.say(last.value, value.unit)} au {french.day(last.on)}"
    if first is last:
        return end
    return f"De {say.say(first.value, value.unit)} au {french.day(first.on)} à {end}"


def _on_the_curve(n: float, value: Value) -> str:
    """The label of the last point; the unit is on the axis, except per cent."""
    return say.say(n, value.unit) if value.unit == Unit.percent else say.count(n)


def _how_to_read(asked: AskedValue, points: Sequence[Point], with_expected: bool) -> str:
    pace = "Trimestre par trimestre" if asked.scope.as_known_then else "Mois par mois"
    message = f"{pace} ({say.axis(asked.value.unit)})"
    if with_expected:
        message += " ; en pointillé, ce que les cibles d'alors faisaient attendre"
    hidden = sum(point.suppressed for point in points)
    if not hidden:
        return f"{message}."
    return f"{message}. {french.counted(hidden, 'date')} sans valeur affichée ({FEW})."


def _columns(
    value: Value, points: Sequence[Point], expected: Sequence[float | None] | None
) -> dict[str, Sequence]:
    """The table's columns, by heading."""
    columns = {
        "Date": [point.on for point in points],
        f"Valeur ({say.axis(value.unit)})": [_number(point.value) for point in points],
    }
    if expected:
        columns["Attendu"] = expected
    if any(point.denominator is not None for point in points):
        top, bottom = value.counts or ("Numérateur", "Dénominateur")
        columns[top.capitalize()] = [_number(point.numerator) for point in points]
        columns[bottom.capitalize()] = [_number(point.denominator) for point in points]
    return columns


def _expected_on(scope: Scope, value: Value, on: date) -> float | None:
    """The expected value on a day, by the targets in force that day."""
    # A threshold is constant: no value is expected by a date.
    if value.thresholds:
        return None
    in_force = cached.aims(on, scope.known_by(on), scope.asked).get(value.code, [])
    first = (scope.asked or scope.programmes.running(on)).first_day
    return expected_value(value, in_force, on, first)


# --- against the target -------------------------------------------------------------------------


def against_target(asked: AskedValue) -> None:
    """The bullet bar: the value, its target and the value expected by now; draws nothing without a
    target.
    """
    if chart := _against_target(asked):
        show(chart, asked.scope, files=TARGET_FILES, asked=asked.address)


def _against_target(asked: AskedValue) -> Chart | None:
    unit, entry = asked.value.unit, entry_of(asked)
    if entry.value is None or entry.target is None:
        return None
    value, target = say.say(entry.value, unit), say.target_in_words(entry.target, unit)
    title, expected = value, None
    rows = [("Valeur", float(entry.value)), ("Cible", float(entry.target))]
    if entry.expected is not None:
        aimed = say.say(entry.expected, unit)
        expected = (entry.expected, f"Attendu {aimed}")
        rows.insert(1, ("Attendu", float(entry.expected)))
        title += f", pour {aimed} attendus à cette date"
    title += f" ; cible : {target}"
    return Chart(
        "cible",
        title,
        "Barre : la valeur ; trait épais, au-dessus : la cible ; trait fin, au-dessous : ce que"
        " la cible faisait attendre à cette date.",
        f"{asked.value.label}. {title}.",
        plots.bullet(
            (entry.value, value),
            (entry.target, f"Cible {target}"),
            expected,
            _most(asked.value),
        ),
        ("Repère", say.axis(unit).capitalize()),
        rows,
    )


def entry_of(asked: AskedValue) -> Entry:
    """The entry of the value on the board: with its target and status."""
    return cached.board(asked.scope, [asked.figure.code])[asked.value.code]


# --- as files -----------------------------------------------------------------------------------


def _files(code: str, chart: Callable[[AskedValue], Chart | None]) -> Sequence[ScopeFile]:
    """The files of a chart, of the value named by their address."""

    def drawn(scope: Scope, **of: str) -> Chart | None:
        asked = asked_of(scope, **of)
        return chart(asked) if asked else None

    return files_of(code, "page.everyone", drawn, _note_of, asks=_ASKS)


def _note_of(scope: Scope, **of: str) -> str:
    asked = asked_of(scope, **of)
    known = " · tel que connu alors" if asked.scope.as_known_then else ""
    return f"{asked.value.label} · {scope_for(asked.scope, asked.figure).sentence()}{known}"


EVOLUTION_FILES = _files("evolution", _evolution)
TARGET_FILES = _files("cible", _against_target)
FILES = (*EVOLUTION_FILES, *TARGET_FILES)


def figure_owner(scope: Scope, figure: Value) -> None:
    owner, verified = (
        fetch(last_step, figure.code, step, scope.on)
        for step in (FigureStep.owned, FigureStep.verified)
    )
    whose = "Ce chiffre n'a pas encore de porteur."
    if owner:
        unit = scope.tree.name_of(owner.owner_direction_id)
        whose = f"Porteur du chiffre : {owner.owner}{f' ({unit})' if unit else ''}."
    paragraph(f"{whose} {_verified_in_words(figure, verified)}")
    is_today = scope.on == cached.today()
    if is_today and may(scope.reader, "target.decide"):
        key = f"w_owner_{figure.code}"
        unfolding("Nommer le porteur du chiffre", _owner_form, scope, figure, owner, key=key)
    if is_today and may(scope.reader, "figure.verify", owner, scope.tree):
        Form(f"verify_{figure.code}").button(
            "Confirmer la définition",
            lambda session, reader: verify_definition(session, reader, figure, scope.tree),
            primary=False,
            icon=":material/fact_check:",
            done="La définition est vérifiée.",
        )


def _verified_in_words(figure: Value, fact: FigureEvent | None) -> str:
    """« Définition vérifiée le … par … »: it lapses when the definition changes."""
    if fact is None:
        return "Définition pas encore vérifiée."
    by = cached.job_title_of(fact.by)
    verified = f"vérifiée le {french.day(fact.on)}{f' par {by}' if by else ''}"
    if fact.mark == figure.mark:
        return f"Définition {verified}."
    return f"Définition à vérifier : elle a changé depuis qu'elle a été {verified}."


def _owner_form(scope: Scope, figure: Value, owner: FigureEvent | None) -> None:
    form, values = Form(f"owner_{figure.code}"), owner_values(owner)
    form.opens_with(values, mark_of(values))
    with st.container(width=640, key=f"cp_owner_{figure.code}"):
        owner_fields(form, scope.tree, PlanSchedule(owner_direction_id=values["unit"] or None))
        form.error("unit")

    def act(session, reader) -> str:
        owner, unit = form.value("owner") or "", form.value("unit") or None
        typed = FigureEvent(owner=owner, owner_direction_id=unit)
        name_owner(session, reader, figure, typed, read=form.mark)
        return "Le porteur est nommé."

    form.send("Enregistrer le porteur", act)
