"""Cibles et relevés: the targets in force and their history, the measures typed in; deciding and recording for who may."""

from collections.abc import Callable
from datetime import date

import streamlit as st

from dashboard import cached, french, signin
from dashboard.access import may
from dashboard.actions import measures as measuring
from dashboard.actions import targets as deciding
from dashboard.actions.declared import Declared
from dashboard.components import escape_md, field_error, page_header
from dashboard.exchange.measures import number_of, whole_of
from dashboard.figures import reasons as say
from dashboard.figures.declaring import all_declared
from dashboard.listing import link, table
from dashboard.navigation import address, current_scope
from dashboard.presenting import value_of
from dashboard.queries.behind import rows_behind
from dashboard.queries.roadmap import measures, target_history
from dashboard.scope import Scope
from models.database import reading, writing
from models.directions import UnitKind
from models.errors import Invalid, Refused
from models.roadmap import Target, TargetKind

_ALL, _WHOLE = "", 0
_EARLIEST, _LATEST = date(2020, 1, 1), date(2099, 12, 31)


def render(scope: Scope) -> None:
    page_header("Cibles et relevés", "Ce que nous voulons atteindre, qui l'a décidé, et ce qui a été mesuré ailleurs.",
                trail=(("Tableau de bord", address("tableau-de-bord", scope)),))
    said = st.session_state.pop("_cp_cibles_said", None)
    if said:
        st.success(escape_md(said), icon=":material/check:")
    figure = _chosen()
    if figure is None:
        return _overview(scope)
    _targets(scope, figure)
    if figure.is_measured:
        _measures(scope, figure)


def _chosen() -> Declared | None:
    """The figure of the address; one field chooses another."""
    figures = {code: f for code, f in all_declared().items() if f.takes_targets or f.is_measured}
    code = st.query_params.get("chiffre", _ALL)
    code = code if code in figures else _ALL
    if st.session_state.get("w_figure") != code:
        st.session_state["w_figure"] = code
    names = {_ALL: "Tous les chiffres"} | {name: f.label for name, f in figures.items()}
    st.selectbox("Chiffre", list(names), format_func=names.get, key="w_figure", on_change=_figure_to_address, width=480)
    return figures.get(code)


def _figure_to_address() -> None:
    if st.session_state["w_figure"]:
        st.query_params["chiffre"] = st.session_state["w_figure"]
    else:
        st.query_params.pop("chiffre", None)


def _overview(scope: Scope) -> None:
    """Every target in force, in the order of the catalogue."""
    decided = cached.targets(scope.on)
    rows = [(link(figure.label, address("cibles", scope, chiffre=code)), french.day(t.for_date), _aim(t), _start(t),
             french.day(t.on), t.reason or "–") for code, figure in all_declared().items() for t in decided.get(code, [])]
    st.html("<h2>Les cibles en vigueur</h2>")
    table(("Chiffre", "Pour le", "Cible", "Départ", "Décidée le", "Raison"), rows, "Cibles en vigueur", frozenset({2}))


def _aim(target: Target) -> str:
    unit = value_of(target.figure).unit
    low = say.say_aim(target.value, unit)
    return low if target.upper is None else f"{low} à {say.say_aim(target.upper, unit)}"


def _start(target: Target) -> str:
    if target.baseline is None:
        return "–"
    since = f" ({french.day(target.baseline_on)})" if target.baseline_on else ""
    return f"{say.say_aim(target.baseline, value_of(target.figure).unit)}{since}"


# --- targets ----------------------------------------------------------------------------------------------------------


def _targets(scope: Scope, figure: Declared) -> None:
    st.html(f"<h2>Les cibles de « {french.typo(figure.label)} »</h2>")
    if not figure.takes_targets:
        st.caption("Ce chiffre est suivi sans cible.")
        return
    with reading() as session:
        history = target_history(session, figure.code, scope.on)
    if history:
        rows = [(french.day(d.target.for_date), _aim(d.target), _start(d.target), french.day(d.target.on), d.by or "–",
                 d.target.reason or "–", d.fate) for d in history]
        table(("Pour le", "Cible", "Départ", "Décidée le", "Par", "Raison", "Sort"), rows, f"Décisions sur les cibles de {figure.label}",
              frozenset({1}))
    else:
        st.caption("Aucune cible n'a encore été décidée.")
    st.html(_why(scope, figure))
    if may(scope.reader, "target.decide") and scope.on == cached.today():
        target_form(figure, scope.on)


def _why(scope: Scope, figure: Declared) -> str:
    return f"<p>{link('Pourquoi ce chiffre ?', address('pourquoi', scope, chiffre=figure.code)).text}</p>"


@st.fragment
def target_form(figure: Declared, day: date) -> None:
    """Deciding a target, withdrawing one in force."""
    _rerun_page()
    standing = cached.targets(day).get(figure.code, [])
    key, errors = f"w_target_{figure.code}", st.session_state.get(f"_cp_target_{figure.code}", {})
    st.html("<h3>Décider une cible</h3>")
    with st.container(width=640, key=f"cp_target_{figure.code}"):
        _day("Pour le", f"{key}_for_date", None, errors.get("for_date"))
        unit = say.axis(value_of(figure.code).unit)
        is_range = figure.kind == TargetKind.range
        _text(f"Borne basse ({unit})" if is_range else f"Cible ({unit})", f"{key}_value", "", errors.get("value"))
        if is_range:
            _text(f"Borne haute ({unit})", f"{key}_upper", "", errors.get("upper"))
        else:
            start = next((t for t in standing if t.baseline is not None), None)
            _text("Valeur de départ (facultative)", f"{key}_baseline", f"{start.baseline:.12g}".replace(".", ",") if start else "",
                  errors.get("baseline"))
            _day("Date du départ", f"{key}_baseline_on", start.baseline_on if start else None, errors.get("baseline_on"))
        st.text_area("Raison de la décision", key=f"{key}_reason", max_chars=deciding.REASON_MAX, height=80)
        field_error(errors.get("reason"))
        st.button("Décider cette cible", type="primary", key=f"{key}_save", on_click=_decide, args=(figure,))
        field_error(errors.get("form"))
    if standing:
        _withdraw_target(figure, standing)


def _withdraw_target(figure: Declared, standing: list[Target]) -> None:
    errors, key = st.session_state.get(f"_cp_untarget_{figure.code}", {}), f"w_untarget_{figure.code}"
    with st.expander("Retirer une cible", expanded=bool(errors), key=f"{key}_box"):
        names = {t.id: f"{_aim(t)} pour le {french.day(t.for_date)}" for t in standing}
        st.selectbox("Cible à retirer", list(names), format_func=names.get, key=f"{key}_id")
        st.text_input("Raison du retrait", key=f"{key}_reason", max_chars=deciding.REASON_MAX)
        field_error(errors.get("reason") or errors.get("form"))
        st.button("Retirer cette cible", key=f"{key}_save", on_click=_undecide, args=(figure,))


def _decide(figure: Declared) -> None:
    key, state = f"w_target_{figure.code}", st.session_state

    def act(session) -> None:
        numbers = _numbers(key, ("value", number_of), ("upper", number_of), ("baseline", number_of))
        deciding.decide(session, signin.current_reader(), figure, deciding.TargetInput(
            state.get(f"{key}_for_date"), numbers["value"], numbers["upper"], numbers["baseline"],
            state.get(f"{key}_baseline_on"), state.get(f"{key}_reason") or ""))

    _try("target", figure, act, "La cible est décidée.")


def _undecide(figure: Declared) -> None:
    key, state = f"w_untarget_{figure.code}", st.session_state

    def act(session) -> None:
        deciding.withdraw(session, signin.current_reader(), state[f"{key}_id"], state.get(f"{key}_reason") or "")

    _try("untarget", figure, act, "La cible est retirée.")


# --- measures ---------------------------------------------------------------------------------------------------------


def _measures(scope: Scope, figure: Declared) -> None:
    st.html("<h2>Les relevés</h2>")
    with reading() as session:
        found = rows_behind(session, scope.whole(), figure.code)
    if found.rows:
        rows = [tuple(french.day(c) if isinstance(c, date) else french.number(c) if isinstance(c, int | float) else c or "–" for c in row)
                for row in found.rows]
        table(found.headings, rows, f"Relevés de {figure.label}", found.numbers)
    else:
        st.caption("Aucun relevé encore, pour toute l'administration.")
    if may(scope.reader, "measure.record") and scope.on == cached.today():
        measure_form(scope, figure)


@st.fragment
def measure_form(scope: Scope, figure: Declared) -> None:
    """Recording a measure, or correcting one."""
    _rerun_page()
    key, errors = f"w_measure_{figure.code}", st.session_state.get(f"_cp_measure_{figure.code}", {})
    st.html("<h3>Encoder un relevé</h3>")
    with st.container(width=640, key=f"cp_measure_{figure.code}"):
        known = _known_measures(scope, figure)
        st.selectbox("Relevé", list(known), format_func=known.get, key=f"{key}_corrects")
        _day("Date du relevé", f"{key}_on", scope.on, errors.get("on"))
        _text(f"Valeur ({say.axis(value_of(figure.code).unit)})", f"{key}_value", "", errors.get("value"))
        _text("Nombre de réponses (n)", f"{key}_n", "", errors.get("n"))
        st.text_input("Source", key=f"{key}_source", max_chars=measuring.SOURCE_MAX, placeholder="baromètre 2023, enquête…")
        field_error(errors.get("source"))
        if figure.by_direction:
            units = {_WHOLE: "Toute l'administration"} | {
                unit.id: unit.name for unit, _ in scope.tree.walk() if unit.kind not in (UnitKind.root, UnitKind.service)}
            st.selectbox("Direction", list(units), format_func=units.get, key=f"{key}_direction")
            field_error(errors.get("direction_id"))
        st.button("Enregistrer le relevé", type="primary", key=f"{key}_save", on_click=_record, args=(figure,))
        field_error(errors.get("form"))
    if len(known) > 1:
        _withdraw_measure(figure, {m: said.replace("Corriger celui", "Celui") for m, said in known.items() if m != _WHOLE})


def _withdraw_measure(figure: Declared, known: dict[int, str]) -> None:
    errors, key = st.session_state.get(f"_cp_unmeasure_{figure.code}", {}), f"w_unmeasure_{figure.code}"
    with st.expander("Retirer un relevé", expanded=bool(errors), key=f"{key}_box"):
        st.selectbox("Relevé à retirer", list(known), format_func=known.get, key=f"{key}_id")
        st.text_input("Raison du retrait du relevé", key=f"{key}_reason", max_chars=deciding.REASON_MAX)
        field_error(errors.get("reason") or errors.get("form"))
        st.button("Retirer ce relevé", key=f"{key}_save", on_click=_unrecord, args=(figure,))


def _known_measures(scope: Scope, figure: Declared) -> dict[int, str]:
    with reading() as session:
        found = measures(session, figure.code, scope.on)
    names = {unit.id: unit.name for unit in scope.tree.units}
    return {_WHOLE: "Un nouveau relevé"} | {
        m.id: f"Corriger celui du {french.day(m.on)}" + (f" ({names.get(m.direction_id, '–')})" if m.direction_id else "")
        for m in reversed(found)}


def _unrecord(figure: Declared) -> None:
    key, state = f"w_unmeasure_{figure.code}", st.session_state

    def act(session) -> None:
        measuring.withdraw(session, signin.current_reader(), state[f"{key}_id"], state.get(f"{key}_reason") or "")

    _try("unmeasure", figure, act, "Le relevé est retiré.")


def _record(figure: Declared) -> None:
    key, state = f"w_measure_{figure.code}", st.session_state

    def act(session) -> None:
        numbers = _numbers(key, ("value", number_of), ("n", whole_of))
        measuring.record(session, signin.current_reader(), figure, measuring.MeasureInput(
            state.get(f"{key}_on"), numbers["value"], numbers["n"], state.get(f"{key}_source") or "",
            state.get(f"{key}_direction") or None), state.get(f"{key}_corrects") or None)

    _try("measure", figure, act, "Le relevé est enregistré.")


# --- fields -----------------------------------------------------------------------------------------------------------


def _text(label: str, key: str, first: str, error: str | None) -> None:
    if key not in st.session_state:
        st.session_state[key] = first
    st.text_input(label, key=key, max_chars=40)
    field_error(error)


def _day(label: str, key: str, first: date | None, error: str | None) -> None:
    if key not in st.session_state:
        st.session_state[key] = first
    st.date_input(label, None, key=key, format="DD/MM/YYYY", min_value=_EARLIEST, max_value=_LATEST)
    field_error(error)


def _numbers(key: str, *fields: tuple[str, Callable]) -> dict[str, float | int | None]:
    """The numbers of the form, written the Belgian way. Raises Invalid per field."""
    read, errors = {}, {}
    for name, reads in fields:
        try:
            read[name] = reads(st.session_state.get(f"{key}_{name}") or "")
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise Invalid(errors)
    return read


def _try(form: str, figure: Declared, act: Callable, said: str) -> None:
    """One act; what is wrong is said beside its field and nothing typed is lost."""
    state, kept = st.session_state, f"_cp_{form}_{figure.code}"
    try:
        with writing() as session:
            act(session)
    except Invalid as error:
        state[kept] = error.errors
    except Refused as refusal:
        state[kept] = {"form": str(refusal)}
    else:
        for name in [n for n in state if str(n).startswith(f"w_{form}_{figure.code}_") or n == kept]:
            del state[name]
        state["_cp_cibles_said"], state["_cp_cibles_changed"] = said, True


def _rerun_page() -> None:
    """The page around a form shows what it wrote."""
    if st.session_state.pop("_cp_cibles_changed", False):
        st.rerun()


render(current_scope())
