"""Cibles et relevés: targets in force and their history, entered measures; the forms to decide
and record them.
"""

from collections.abc import Callable
from datetime import date
from functools import partial

import streamlit as st

from dashboard import cached, french
from dashboard.access import may
from dashboard.actions.figures import measures as measuring, targets as deciding
from dashboard.figures import reasons as say
from dashboard.figures.board import last_target
from dashboard.figures.kinds import Breakdown, Value, all_values, rows_behind
from dashboard.files.values import number_of, whole_of
from dashboard.queries.targets import measures, target_history
from dashboard.scope import Scope
from dashboard.screens.figure_charts import cell_of, figure_owner
from dashboard.ui.address import EARLIEST, LATEST, asked, one_page, page_header
from dashboard.ui.charts import value_of
from dashboard.ui.components import empty_nothing_yet, heading, paragraph, segments
from dashboard.ui.desk import PAGE, Desk, Line, Noun, Opened, desk
from dashboard.ui.forms import Form
from dashboard.ui.tables import link, table
from dashboard.ui.unfolding import unfolding
from dashboard.visit.navigation import address
from models.database import fetch
from models.directions import UnitKind
from models.roadmap import Measure, Target, TargetKind
from models.texts import Invalid

STALE = "sans-donnee"
_NEW = ""  # no measure chosen: a new one
_WHOLE = 0  # no direction: the whole administration


def cibles_view(scope: Scope) -> None:
    page_header("Cibles et relevés")
    views = {"": "Tous", STALE: "Sans donnée récente"}
    view = asked("vue", views, "")
    lists = [(name, address("cibles", scope, vue=v), v == view) for v, name in views.items()]
    segments("Chiffres", lists)
    # The declared figures with targets or measures entered here; those that need a new value.
    values = all_values(stream.id for stream in cached.roadmap().workstreams)
    figures = {c: f for c, f in values.items() if f.takes_targets or f.figure.measured}
    fresh_on = {entry.code: entry.fresh_on for entry in cached.without_fresh_data(scope)}
    if view:
        figures = {code: figure for code, figure in figures.items() if code in fresh_on}
    if not figures:
        return empty_nothing_yet("Chaque chiffre relevé à la main a une donnée récente.")
    decided = cached.targets(scope.on)
    page, shown = one_page(list(figures.values()), PAGE)

    def line(figure: Value) -> Line:
        target = last_target(decided.get(figure.code, ()), scope.on)
        aim, on = "aucune cible" if figure.takes_targets else "suivi sans cible", ""
        if target:
            aim = f"{_aim(target)} pour le {french.day(target.for_date)}"
            on = f"décidée le {french.day(target.on)}"
        if view:
            fresh = fresh_on[figure.code]
            on = f"dernière donnée : {french.day(fresh) if fresh else 'aucune'}"
        return Line(figure.code, figure.label, [aim], on)

    def opened(code: str) -> Opened | None:
        figure = figures.get(code)
        return Opened(figure.label, partial(_one, scope, figure)) if figure else None

    return desk(
        Desk(
            scope=scope,
            screen="cibles",
            entry="chiffre",
            has_sheet=False,
            noun=Noun("chiffre", "chiffres", is_feminine=False),
            lines=[line(figure) for figure in shown],
            total=len(figures),
            page=page,
            keep={"vue": view} if view else {},
            opens=opened,
            reply=("w_target_", "w_measure_"),
            act="décider",
        )
    )


def _one(scope: Scope, figure: Value) -> None:
    """One figure: its owner, its targets and its measures."""
    figure_owner(scope, figure)
    _targets(scope, figure)
    if figure.figure.measured:
        _measures(scope, figure)


def _aim(target: Target) -> str:
    unit = value_of(target.figure).unit
    low = say.target_in_words(target.value, unit)
    return low if target.upper is None else f"{low} à {say.target_in_words(target.upper, unit)}"


def _start(target: Target) -> str:
    if target.baseline is None:
        return "–"
    since = f" ({french.day(target.baseline_on)})" if target.baseline_on else ""
    return f"{say.target_in_words(target.baseline, value_of(target.figure).unit)}{since}"


# --- targets ------------------------------------------------------------------------------------


def _targets(scope: Scope, figure: Value) -> None:
    heading(f"Les cibles de « {figure.label} »")
    if not figure.takes_targets:
        st.caption("Ce chiffre est suivi sans cible.")
        return
    history = fetch(target_history, figure.code, scope.on)
    if history:
        rows = [
            (
                french.day(d.target.for_date),
                _aim(d.target),
                _start(d.target),
                french.day(d.target.on),
                d.by or "–",
                d.target.reason or "–",
                d.fate,
            )
            for d in history
        ]
        table(
            ("Pour le", "Cible", "Départ", "Décidée le", "Par", "Raison", "Sort"),
            rows,
            f"Décisions sur les cibles de {figure.label}",
            frozenset({1}),
        )
    else:
        st.caption("Aucune cible n'a encore été décidée.")
    paragraph(link("Pourquoi ce chiffre ?", address("pourquoi", scope, chiffre=figure.code)))
    if may(scope.reader, "target.decide") and scope.on == cached.today():
        unfolding("Décider une cible", target_form, figure, scope.on, key=f"w_target_{figure.code}")


def target_form(figure: Value, day: date) -> None:
    """Setting a target, withdrawing one in force."""
    form = Form(f"target_{figure.code}")
    current = cached.targets(day).get(figure.code, [])
    start = next((target for target in current if target.baseline is not None), None)
    initial_target = {
        "for_date": None,
        "value": "",
        "upper": "",
        "baseline": f"{start.baseline:.12g}".replace(".", ",") if start else "",
        "baseline_on": start.baseline_on if start else None,
        "reason": "",
    }
    form.opens_with(initial_target, deciding.target_mark(current))
    with st.container(width=640, key=f"cp_target_{figure.code}"):
        _day(form, "Pour le", "for_date")
        unit = say.axis(value_of(figure.code).unit)
        is_range = figure.kind == TargetKind.range
        _text(form, f"Borne basse ({unit})" if is_range else f"Cible ({unit})", "value")
        if is_range:
            _text(form, f"Borne haute ({unit})", "upper")
        else:
            _text(form, "Valeur de départ (facultative)", "baseline")
            _day(form, "Date du départ", "baseline_on")
        form.field(
            "reason",
            st.text_area,
            "Raison de la décision",
            max_chars=deciding.REASON_MAX,
            height=80,
        )
        form.send(
            "Décider cette cible",
            lambda session, reader: _decide(session, reader, figure, form),
            done="La cible est décidée.",
        )
    if current:
        names = {t.id: f"{_aim(t)} pour le {french.day(t.for_date)}" for t in current}
        act = partial(deciding.withdraw, read=deciding.target_mark(current))
        _withdraw(f"untarget_{figure.code}", _TARGET_WORDS, names, act)


def _withdraw(
    name: str,
    words: tuple[str, str, str, str, str],
    names: dict[int, str],
    act: Callable[..., object],
) -> None:
    """The form that withdraws one of these records, with its reason."""
    form = Form(name)
    title, which, why, button, done = words
    with st.popover(title, key=f"w_{form.name}_box"):
        st.selectbox(which, list(names), format_func=names.get, key=form.key("id"))
        st.text_input(why, key=form.key("reason"), max_chars=deciding.REASON_MAX)
        form.first_error()
        form.button(
            button,
            lambda session, reader: act(session, reader, form.value("id"), form.text("reason")),
            primary=False,
            done=done,
        )


_TARGET_WORDS = (
    "Retirer une cible",
    "Cible à retirer",
    "Raison du retrait",
    "Retirer cette cible",
    "La cible est retirée.",
)
_MEASURE_WORDS = (
    "Retirer un relevé",
    "Relevé à retirer",
    "Raison du retrait du relevé",
    "Retirer ce relevé",
    "Le relevé est retiré.",
)


def _decide(session, reader, figure: Value, form: Form) -> None:
    numbers = _numbers(form, ("value", number_of), ("upper", number_of), ("baseline", number_of))
    deciding.decide(
        session,
        reader,
        figure,
        Target(
            **numbers,
            for_date=form.value("for_date"),
            baseline_on=form.value("baseline_on"),
            reason=form.text("reason"),
        ),
        read=form.mark,
    )


# --- measures -----------------------------------------------------------------------------------


def _measures(scope: Scope, figure: Value) -> None:
    heading("Les relevés")
    measures = fetch(rows_behind, scope.whole(), figure.code)
    if measures.rows:
        rows = [tuple(cell_of(cell, scope) for cell in row) for row in measures.rows]
        table(measures.headings, rows, f"Relevés de {figure.label}", measures.numbers)
    else:
        st.caption("Aucun relevé encore, pour toute l'administration.")
    if may(scope.reader, "measure.record") and scope.on == cached.today():
        unfolding("Encoder un relevé", measure_form, scope, figure, key=f"w_measure_{figure.code}")


def measure_form(scope: Scope, figure: Value) -> None:
    """Recording a measure, or correcting one, whose values fill the fields."""
    known = list(reversed(fetch(measures, figure.code, scope.on)))
    with st.container(width=640, key=f"cp_measure_{figure.code}"):
        chosen = _which_measure(scope, figure, known)
        form = Form(f"measure_{figure.code}_{_place(chosen) if chosen else 'new'}")
        if chosen:
            form.opens_with(measuring.measure_values(chosen), measuring.measure_mark(chosen))
        _day(form, "Date du relevé", "on", scope.on)
        _text(form, f"Valeur ({say.axis(value_of(figure.code).unit)})", "value")
        _text(form, "Nombre de réponses (n)", "n")
        form.field(
            "source",
            st.text_input,
            "Source",
            max_chars=measuring.SOURCE_MAX,
            placeholder="baromètre, enquête…",
        )
        if figure.figure.cut is not Breakdown.none:
            units = {_WHOLE: "Toute l'administration"} | {
                unit.id: unit.name
                for unit, _ in scope.tree.walk()
                if unit.kind not in (UnitKind.root, UnitKind.service)
            }
            where = (chosen.direction_id if chosen else None) or _WHOLE
            key = form.default("direction", where if where in units else _WHOLE)
            st.selectbox("Direction", list(units), format_func=units.get, key=key)
            form.error("direction_id")
        form.send(
            "Enregistrer le relevé",
            lambda session, reader: _record(session, reader, figure, form, chosen),
            done="Le relevé est enregistré.",
        )
    if known:
        names = {measure.id: f"Celui {_when_and_where(scope, measure)}" for measure in known}
        marks = {measure.id: measuring.measure_mark(measure) for measure in known}
        _withdraw(
            f"unmeasure_{figure.code}",
            _MEASURE_WORDS,
            names,
            # A measure corrected meanwhile has another mark, or none.
            lambda session, reader, chosen, reason: measuring.withdraw(
                session,
                reader,
                chosen,
                reason,
                read=marks.get(chosen, measuring.measure_mark(None)),
            ),
        )


def _place(measure: Measure) -> str:
    """The day and direction of a measure, which a correction keeps."""
    return f"{measure.on.isoformat()}_{measure.direction_id or _WHOLE}"


def _which_measure(scope: Scope, figure: Value, known: list[Measure]) -> Measure | None:
    """The measure to correct; None for a new one."""
    by_place = {_place(measure): measure for measure in known}
    names = {_NEW: "Un nouveau relevé"} | {
        place: f"Corriger celui {_when_and_where(scope, measure)}"
        for place, measure in by_place.items()
    }
    key = f"w_measures_{figure.code}"
    if st.session_state.get(key) not in names:
        st.session_state[key] = _NEW
    st.selectbox("Relevé", list(names), format_func=names.get, key=key)
    return by_place.get(st.session_state[key])


def _when_and_where(scope: Scope, measure: Measure) -> str:
    unit = scope.tree.by_id.get(measure.direction_id) if measure.direction_id else None
    where = f" ({unit.name if unit else '–'})" if measure.direction_id else ""
    return f"du {french.day(measure.on)}{where}"


def _record(session, reader, figure: Value, form: Form, chosen: Measure | None) -> None:
    numbers = _numbers(form, ("value", number_of), ("n", whole_of))
    measuring.record(
        session,
        reader,
        figure,
        Measure(
            on=form.value("on"),
            value=numbers["value"],
            n=numbers["n"],
            source=form.text("source"),
            direction_id=form.value("direction") or None,
        ),
        chosen.id if chosen else None,
        read=form.mark if chosen else None,
    )


# --- fields -------------------------------------------------------------------------------------


def _text(form: Form, label: str, field: str, first: str = "") -> None:
    form.field(field, st.text_input, label, default=first, max_chars=40)


def _day(form: Form, label: str, field: str, first: date | None = None) -> None:
    form.field(
        field,
        st.date_input,
        label,
        None,
        default=first,
        format="DD/MM/YYYY",
        min_value=EARLIEST,
        max_value=LATEST,
    )


def _numbers(form: Form, *fields: tuple[str, Callable]) -> dict[str, float | int | None]:
    """The numbers of the form, in Belgian notation. Raises Invalid per field."""
    read = {}
    errors = {}
    for name, reads in fields:
        try:
            read[name] = reads(form.value(name) or "")
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise Invalid(errors)
    return read
