"""Forms of a milestone (jalon): reporting, « Inchangé » in one click, undoing, revising its calendar, tying it to a figure.

Each form is a fragment; what is wrong is said beside its field and nothing typed is lost.
"""

from collections.abc import Callable, Sequence
from datetime import date

import streamlit as st

from dashboard import cached, french, signin
from dashboard.access import may
from dashboard.actions.roadmap import (
    COMMENT_MAX,
    EARLIEST,
    LATEST,
    OWNER_MAX,
    REASON_MAX,
    WEIGHT_MAX,
    ReportInput,
    RevisionInput,
    TieInput,
    can_undo,
    report_milestone,
    revise_milestone,
    tie_milestone,
    undo_report,
)
from dashboard.components import escape_html, escape_md
from dashboard.figures.roadmap import is_expected, is_fresh
from dashboard.figures.tied import Proposal, proposal, tieable
from dashboard.navigation import address, current_scope
from dashboard.queries.roadmap import MilestoneAt, Report
from dashboard.scope import Scope
from models.database import writing
from models.decisions import Instance
from models.directions import UnitKind
from models.errors import Invalid, Refused
from models.roadmap import LADDER, MilestoneState

_SAID, _NOW = "_cp_reported", "_cp_reported_now"
_NOBODY = 0


def _text(text: object) -> str:
    return escape_html(french.typo(str(text)))


def _heading(title: str, said: str = "") -> None:
    sentence = f'<p class="cp-reading">{_text(said)}</p>' if said else ""
    st.html(f'<section class="cp-section"><h2>{_text(title)}</h2>{sentence}</section>')


def said() -> None:
    """What the last act did, once, at the head of the page."""
    st.session_state.pop(_NOW, None)  # this run already shows what was written
    sentence = st.session_state.pop(_SAID, None)
    if sentence:
        st.success(escape_md(sentence), icon=":material/check:")


def may_report(m: MilestoneAt, scope: Scope) -> bool:
    """Reports are dated today: looking at another day, nobody reports."""
    return scope.on == cached.today() and may(scope.reader, "milestone.report", m.schedule, scope.tree)


def may_revise(scope: Scope) -> bool:
    return scope.on == cached.today() and may(scope.reader, "milestone.revise")


# --- reporting --------------------------------------------------------------------------------------------------------


@st.fragment
def report_form(m: MilestoneAt, scope: Scope) -> None:
    """Three fields, filled in with the last report, and an optional fourth; « inchangé » in one click."""
    _heading("Faire rapport")
    last, key = m.report, m.milestone.number
    _rerun_once()
    if m.state == MilestoneState.cancelled:
        st.caption("Ce jalon est annulé : il ne reçoit plus de rapport.")
        return
    errors = _errors("r", key)
    found = proposed(m, scope)
    with st.container(key="cp_report", width=640):
        if found:
            st.html(f'<p class="cp-reading">{_text(proposal_in_words(found, m.milestone.ladder))}</p>')
        _report_fields(m, found, errors)
        with st.container(horizontal=True):
            st.button("Enregistrer le rapport", type="primary", key=f"w_r_{key}_save", on_click=_save, args=(m.milestone.id, key))
            if last and m.state != MilestoneState.done:
                st.button("Inchangé", key=f"w_r_{key}_same", on_click=_same, args=(m.milestone.id, key, last))
            if can_undo(last, scope.reader, scope.on):
                st.button("Annuler ce rapport", key=f"w_r_{key}_undo", icon=":material/undo:", on_click=_undo,
                          args=(m.milestone.id, key))
        _error(errors.get("form"))


def _report_fields(m: MilestoneAt, found: Proposal | None, errors: dict[str, str]) -> None:
    last, key = m.report, m.milestone.number
    step = found.progress if found and m.state != MilestoneState.done else None
    states = [s for s in MilestoneState if s != MilestoneState.cancelled or m.state != MilestoneState.done]
    _first(f"w_r_{key}_state", MilestoneState.done if step == 100 else m.state)
    st.selectbox("État", states, format_func=lambda s: s.label, key=f"w_r_{key}_state")
    if m.milestone.ladder:
        _first(f"w_r_{key}_progress", step if step is not None else last.progress if last else 0)
        st.segmented_control("Avancement", LADDER, format_func=lambda p: f"{p} %", key=f"w_r_{key}_progress", required=True)
        _error(errors.get("progress"))
    _first(f"w_r_{key}_forecast", (last.forecast_end or last.actual_end) if last else m.schedule.end)
    label = "Fin réelle" if st.session_state[f"w_r_{key}_state"] == MilestoneState.done else "Prévision de fin"
    _day(label, f"w_r_{key}_forecast")
    _error(errors.get("forecast_end") or errors.get("actual_end"))
    _first(f"w_r_{key}_comment", last.comment if last else "")
    st.text_area("Commentaire", key=f"w_r_{key}_comment", max_chars=COMMENT_MAX)
    _error(errors.get("comment"))
    _first(f"w_r_{key}_need", last.need if last else "")
    st.text_input("Ce qu'il nous faut (facultatif)", key=f"w_r_{key}_need", max_chars=COMMENT_MAX)
    _error(errors.get("need"))


def proposed(m: MilestoneAt, scope: Scope) -> Proposal | None:
    """What the figure of a tied milestone says today, of the whole administration."""
    if m.milestone.figure is None or m.milestone.figure not in tieable():
        return None
    from_figure = m.milestone.figure.split(".")[0]
    return proposal(m.milestone, cached.board(scope.whole(), [from_figure])[m.milestone.figure])


def proposal_in_words(found: Proposal, ladder: bool) -> str:
    """« Ambassadeurs actifs (90 j) : 64 sur 80, soit 80 % : palier proposé 75 %. »"""
    unit = f" {found.unit}" if found.unit == "%" else ""
    goal = f"{french.number(found.threshold)}{unit}"
    if found.progress is None:
        return f"« {found.label} » (seuil : {goal}) n'a pas de valeur à montrer : rien n'est proposé, choisissez vous-même."
    share = french.percent(found.ratio, 0)
    head = f"{found.label} : {french.number(found.value)}{unit} sur {goal}, soit {share}"
    if found.progress == 100:
        return f"{head} : seuil atteint, l'état « Terminé » est proposé. Confirmez, ou choisissez autre chose."
    if not ladder:
        return f"{head} : le seuil n'est pas atteint."
    return f"{head} : palier proposé {found.progress} %. Confirmez-le, ou choisissez-en un autre."


def _save(milestone_id: int, key: str) -> None:
    state = st.session_state[f"w_r_{key}_state"]
    day = st.session_state.get(f"w_r_{key}_forecast")
    done = state == MilestoneState.done
    report = ReportInput(
        state, st.session_state.get(f"w_r_{key}_progress") or 0, None if done else day, day if done else None,
        st.session_state.get(f"w_r_{key}_comment", ""), st.session_state.get(f"w_r_{key}_need", ""))
    _report(milestone_id, key, report, "Le rapport est enregistré.")


def _same(milestone_id: int, key: str, last: Report) -> None:
    _report(milestone_id, key, unchanged(last), "Le rapport est enregistré.")


def unchanged(last: Report) -> ReportInput:
    """The last report, said again."""
    return ReportInput(MilestoneState(last.state), last.progress, last.forecast_end, last.actual_end, last.comment, last.need)


def _report(milestone_id: int, key: str, report: ReportInput, done: str) -> None:
    _act("r", key, done, lambda session: report_milestone(session, signin.current_reader(), milestone_id, report,
                                                          current_scope().tree))


def _undo(milestone_id: int, key: str) -> None:
    _act("r", key, "Le rapport est annulé : il ne compte plus.",
         lambda session: undo_report(session, signin.current_reader(), milestone_id, current_scope().tree))


# --- mises à jour attendues -------------------------------------------------------------------------------------------


def expected_updates(shown: Sequence[MilestoneAt], scope: Scope) -> None:
    """The reports that are expected and missing, by direction in the order of the chart; then what is needed."""
    expected = [m for m in shown if is_expected(m, scope.on)]
    missing = [m for m in expected if not is_fresh(m, scope.on)]
    _heading("Mises à jour attendues", expected_in_words(len(missing), len(expected)))
    for name, group in _by_direction(missing, scope):
        st.html(f'<div class="cp-chart-head"><h3>{_text(name)}</h3></div>')
        for m in group:
            _expected_line(m, scope)
    needs = [m for m in shown if m.report and m.report.need and m.state not in (MilestoneState.done, MilestoneState.cancelled)]
    _heading("Besoins exprimés", "" if needs else "Aucun besoin n'est exprimé dans les derniers rapports.")
    for name, group in _by_direction(needs, scope):
        items = "".join(f"<li><span>{_title(m, scope)}<small>{_text(m.report.need)}</small></span>"
                        f'<span class="cp-due">rapport du {french.day(m.report.on)}</span></li>' for m in group)
        st.html(f'<div class="cp-chart-head"><h3>{_text(name)}</h3><ul class="cp-todo">{items}</ul></div>')


def expected_in_words(missing: int, expected: int) -> str:
    if not expected:
        return "Aucun rapport n'est attendu à cette date."
    if not missing:
        return f"Tous les rapports attendus sont là (reçu : {expected} sur {expected})."
    return (f"{french.counted(missing, 'rapport attendu', 'rapports attendus')} et pas encore "
            f"{'reçu' if missing < 2 else 'reçus'} (reçu : {expected - missing} sur {expected}).")


def _by_direction(found: Sequence[MilestoneAt], scope: Scope) -> list[tuple[str, list[MilestoneAt]]]:
    """Owner direction → its milestones, in the order of the chart; those without one last."""
    groups = [(unit.label, [m for m in found if m.schedule.owner_direction_id == unit.id]) for unit, _ in scope.tree.walk()]
    known = {unit.id for unit, _ in scope.tree.walk()}
    groups.append(("Sans direction", [m for m in found if m.schedule.owner_direction_id not in known]))
    return [(name, group) for name, group in groups if group]


def _title(m: MilestoneAt, scope: Scope) -> str:
    href = escape_html(address("feuille-de-route", scope, jalon=m.milestone.number))
    return f'<a class="cp-go" href="{href}">{_text(f"{m.milestone.number} {m.milestone.title}")}</a>'


def _expected_line(m: MilestoneAt, scope: Scope) -> None:
    key, last = m.milestone.number, m.report
    since = f"sans nouvelles depuis le {french.day(last.on)}" if last else f"aucun rapport ; début le {french.day(m.schedule.start)}"
    need = f"<small>Ce qu'il nous faut : {_text(last.need)}</small>" if last and last.need else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(f'<div class="cp-chart-head"><ul class="cp-todo"><li><span>{_title(m, scope)}{need}</span>'
                f'<span class="cp-due">{_text(since)}</span></li></ul></div>')
        if last and may_report(m, scope):
            st.button("Inchangé", key=f"w_same_{key}", on_click=_same, args=(m.milestone.id, key, last),
                      help=escape_md(f"Jalon {key} : redire le dernier rapport"))
    _error(_errors("r", key).get("form") or next(iter(_errors("r", key).values()), None))


# --- revising the calendar --------------------------------------------------------------------------------------------


@st.fragment
def revision_form(m: MilestoneAt, scope: Scope) -> None:
    """Dates, weight, owner: filled in with those in force; a reason is needed, and stays in the list."""
    _rerun_once()
    if m.state in (MilestoneState.done, MilestoneState.cancelled):
        return
    key, now = m.milestone.number, m.schedule
    with st.expander("Réviser le calendrier", icon=":material/event_repeat:", key=f"w_v_{key}_box"):
        errors = _errors("v", key)
        columns = st.columns(2)
        for column, name, label, value in ((columns[0], "start", "Début", now.start), (columns[1], "end", "Échéance", now.end)):
            with column:
                _first(f"w_v_{key}_{name}", value)
                _day(label, f"w_v_{key}_{name}")
                _error(errors.get(name))
        _first(f"w_v_{key}_weight", float(now.weight))
        st.number_input("Poids", min_value=0.0, max_value=float(WEIGHT_MAX), step=0.5, format="%.1f", key=f"w_v_{key}_weight")
        _error(errors.get("weight"))
        _first(f"w_v_{key}_critical", now.critical)
        st.checkbox("Jalon critique", key=f"w_v_{key}_critical")
        _owner_fields(m, scope, errors)
        st.text_area("Raison de la révision", key=f"w_v_{key}_reason", max_chars=REASON_MAX)
        _error(errors.get("reason"))
        st.selectbox("Décidée par (facultatif)", list(Instance), format_func=lambda i: i.label, index=None,
                     placeholder="Non précisé", key=f"w_v_{key}_instance")
        st.button("Enregistrer la révision", type="primary", key=f"w_v_{key}_save", on_click=_revise, args=(m.milestone.id, key))
        _error(errors.get("form"))


def _owner_fields(m: MilestoneAt, scope: Scope, errors: dict[str, str]) -> None:
    key, now = m.milestone.number, m.schedule
    _first(f"w_v_{key}_owner", now.owner)
    st.text_input("Porteur", key=f"w_v_{key}_owner", max_chars=OWNER_MAX)
    _error(errors.get("owner"))
    units = {_NOBODY: "Sans direction"} | {unit.id: unit.label for unit, _ in scope.tree.walk()
                                           if unit.kind != UnitKind.service or unit.id == now.owner_direction_id}
    _first(f"w_v_{key}_unit", now.owner_direction_id if now.owner_direction_id in units else _NOBODY)
    st.selectbox("Direction du porteur", list(units), format_func=units.get, key=f"w_v_{key}_unit")
    _error(errors.get("owner_direction_id"))


def _revise(milestone_id: int, key: str) -> None:
    typed = {name: st.session_state.get(f"w_v_{key}_{name}") for name in
             ("start", "end", "weight", "critical", "owner", "unit", "reason", "instance")}
    revision = RevisionInput(typed["start"], typed["end"], typed["weight"] or 0, bool(typed["critical"]), typed["owner"] or "",
                             typed["unit"] or None, typed["reason"] or "", typed["instance"])
    _act("v", key, "La révision est enregistrée.",
         lambda session: revise_milestone(session, signin.current_reader(), milestone_id, revision))


# --- tying to a figure ------------------------------------------------------------------------------------------------


@st.fragment
def tie_form(m: MilestoneAt) -> None:
    """The figure and the threshold from which the report form proposes the progress."""
    _rerun_once()
    key, record = m.milestone.number, m.milestone
    with st.expander("Chiffre qui propose l'avancement", icon=":material/link:", key=f"w_t_{key}_box"):
        errors = _errors("t", key)
        _first(f"w_t_{key}_figure", record.figure if record.figure in tieable() else None)
        st.selectbox("Chiffre", list(tieable()), format_func=tieable().get, index=None, placeholder="Aucun",
                     key=f"w_t_{key}_figure")
        _error(errors.get("figure"))
        _first(f"w_t_{key}_threshold", record.threshold)
        st.number_input("Seuil", min_value=0.0, step=1.0, format="%g", key=f"w_t_{key}_threshold", placeholder="80")
        _error(errors.get("threshold"))
        _first(f"w_t_{key}_count", record.by_count)
        st.checkbox("Comparer le nombre (et non le pourcentage)", key=f"w_t_{key}_count")
        st.button("Enregistrer", key=f"w_t_{key}_save", on_click=_tie, args=(record.id, key))
        _error(errors.get("form"))


def _tie(milestone_id: int, key: str) -> None:
    tie = TieInput(st.session_state.get(f"w_t_{key}_figure"), st.session_state.get(f"w_t_{key}_threshold"),
                   bool(st.session_state.get(f"w_t_{key}_count")))
    _act("t", key, "Le lien avec le chiffre est enregistré.",
         lambda session: tie_milestone(session, signin.current_reader(), milestone_id, tie, tieable()))


# --- what the forms share ---------------------------------------------------------------------------------------------


def _act(form: str, key: str, done: str, act: Callable) -> None:
    """One act in one transaction; what is wrong stays beside its field, what went well empties the form."""
    errors = f"_cp_{form}_{key}_errors"
    try:
        with writing() as session:
            act(session)
    except Invalid as error:
        st.session_state[errors] = error.errors
    except Refused as refusal:
        st.session_state[errors] = {"form": str(refusal)}
    else:
        st.session_state.pop(errors, None)
        st.session_state[_SAID] = done
        # Each form is filled in again with what now stands.
        for name in [n for n in st.session_state if str(n).startswith(tuple(f"w_{f}_{key}_" for f in "rvt"))
                     and not str(n).endswith("_box")]:
            del st.session_state[name]
        st.session_state[_NOW] = True


def _rerun_once() -> None:
    if st.session_state.pop(_NOW, False):
        st.rerun()  # the page around the form shows what was written


def _errors(form: str, key: str) -> dict[str, str]:
    return st.session_state.get(f"_cp_{form}_{key}_errors", {})


def _first(key: str, value: object) -> None:
    if key not in st.session_state:
        st.session_state[key] = value


def _day(label: str, key: str) -> date | None:
    return st.date_input(label, key=key, format="DD/MM/YYYY", min_value=EARLIEST, max_value=LATEST)


def _error(sentence: str | None) -> None:
    if sentence:
        st.html(f'<p class="cp-error" role="alert">{_text(sentence)}</p>')
