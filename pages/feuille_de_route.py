"""Feuille de route: the workstreams and their milestones, planned and actual; reporting for those who may."""

from datetime import date

import streamlit as st

from dashboard import cached, french, signin
from dashboard.access import may
from dashboard.actions.roadmap import COMMENT_MAX, ReportInput, report_milestone
from dashboard.charts import roadmap as charts
from dashboard.components import badge_html, chart_with_table, empty_for_filters, escape_html, escape_md, page_header
from dashboard.figures.roadmap import earned_at, health_of, planned_at
from dashboard.formulas import slip
from dashboard.listing import Html, link, table
from dashboard.navigation import address, current_scope, whole_number
from dashboard.queries.roadmap import MilestoneAt
from dashboard.scope import Scope
from models.database import writing
from models.errors import Invalid, Refused
from models.roadmap import LADDER, MilestoneState

_EVERY = 0


def render(scope: Scope) -> None:
    milestones = cached.milestones(scope.on)
    wanted = next((m for m in milestones if m.milestone.number == st.query_params.get("jalon")), None)
    if wanted:
        return one(scope, wanted)
    page_header("Feuille de route 2021-2023", scope.sentence())
    chosen = _workstream_choice()
    shown = [m for m in milestones if _is_shown(m, scope, chosen)]
    if not shown:
        return empty_for_filters("Aucun jalon pour ces filtres.", f"/feuille-de-route?au={scope.on.isoformat()}")
    _gantt(shown, scope)
    _s_curve(shown, scope)
    _table(shown, scope)


def _is_shown(m: MilestoneAt, scope: Scope, workstream: int) -> bool:
    here = scope.is_whole or m.schedule.owner_direction_id in scope.counted
    return here and workstream in (_EVERY, m.milestone.workstream_id)


def _workstream_choice() -> int:
    names = {_EVERY: "Tous"} | {w.id: f"{w.id}. {w.short_name}" for w in cached.programme().workstreams}
    wanted = whole_number(st.query_params.get("chantier"))
    number = wanted if wanted in names else _EVERY
    if st.session_state.get("w_workstream") != number:
        st.session_state["w_workstream"] = number
    st.pills("Chantier", list(names), format_func=names.get, key="w_workstream", required=True, on_change=_keep_workstream)
    return number


def _keep_workstream() -> None:
    number = st.session_state["w_workstream"]
    if number:
        st.query_params["chantier"] = str(number)
    else:
        st.query_params.pop("chantier", None)


def _gantt(shown: list[MilestoneAt], scope: Scope) -> None:
    healths = [health_of(m, scope.on).health for m in shown]
    late = sum(m.state not in (MilestoneState.done, MilestoneState.cancelled) and m.schedule.end < scope.on for m in shown)
    done = sum(m.state == MilestoneState.done for m in shown)
    title = f"{french.counted(done, 'jalon')} sur {len(shown)} {'atteint' if done < 2 else 'atteints'}, {late} en retard"
    chart_with_table(charts.gantt(), charts.gantt_rows(shown, healths, scope.on),
                     f"Calendrier des jalons : {title}.", title, key="calendrier", level=2,
                     said="Barre claire : le calendrier. Barre de couleur : le réel, ou la prévision. Ligne : la date regardée.",
                     columns={"name": "Jalon", "start": "Début", "end": "Échéance", "until": "Fin réelle ou prévue",
                              "state": "État"})


def _s_curve(shown: list[MilestoneAt], scope: Scope) -> None:
    rows = cached.s_curve(scope.on, frozenset(m.milestone.id for m in shown))
    now, plan = earned_at(shown), planned_at(shown, scope.on)
    if now is None or plan is None:
        return
    title = f"Acquis {french.percent(now)}, prévu {french.percent(plan)} : {french.signed(now - plan, 'point', 1)}"
    chart_with_table(charts.s_curve(), rows, f"Courbe en S. {title}.", title,
                     key="courbe", level=2, said="Part du poids des jalons, mois par mois.",
                     columns={"on": "Date", "kind": "Courbe", "value": "%"})


def _table(shown: list[MilestoneAt], scope: Scope) -> None:
    st.html("<h2>Les jalons</h2>")
    rows = [_line(m, scope) for m in shown]
    table(("N°", "Jalon proposé", "Porteur", "Poids", "Échéance", "Fin réelle ou prévue", "Glissement", "Avancement", "Santé"),
          rows, "Jalons de la feuille de route", frozenset({3, 6, 7}))


def _line(m: MilestoneAt, scope: Scope) -> tuple:
    days = slip(m.facts())
    until = m.actual_end or (m.report.forecast_end if m.report else None)
    title = m.milestone.title + (" (critique)" if m.schedule.critical else "")
    return (m.milestone.number, link(title, address("feuille-de-route", scope, jalon=m.milestone.number)), m.schedule.owner,
            french.number(m.schedule.weight), french.day(m.schedule.end), french.day(until) if until else "–",
            french.signed(days, "j", 0) if days is not None else "–", french.percent(100 * m.progress, 0),
            Html(badge_html(str(health_of(m, scope.on).health))))


# --- one milestone ----------------------------------------------------------------------------------------------------


def one(scope: Scope, m: MilestoneAt) -> None:
    back = ("Feuille de route", address("feuille-de-route", scope))
    page_header(f"{m.milestone.number} — {m.milestone.title}", f"Porteur : {m.schedule.owner}", trail=(back,))
    verdict = health_of(m, scope.on)
    st.html(f'<p>{badge_html(str(verdict.health))} <span class="cp-why">{escape_html(french.typo(verdict.rule))}</span></p>')
    said = st.session_state.pop("_cp_reported", None)
    if said:
        st.success(escape_md(said), icon=":material/check:")
    _history(m, scope)
    if may(scope.reader, "milestone.report", m.schedule, scope.tree) and scope.on == cached.today():
        report_form(m)


def _history(m: MilestoneAt, scope: Scope) -> None:
    first = f" (calendrier initial : {french.day(m.first.end)})" if m.first.end != m.schedule.end else ""
    st.html(f"<p>Début {french.day(m.schedule.start)} · échéance {french.day(m.schedule.end)}{first} · poids "
            f"{french.number(m.schedule.weight)}</p><h2>Rapports</h2>")
    reports = cached.programme().history(m.milestone.id, scope.on)
    rows = [(french.day(r.on), MilestoneState(r.state).label, french.percent(r.progress, 0) if m.milestone.ladder else "–",
             french.day(r.actual_end or r.forecast_end) if r.actual_end or r.forecast_end else "–", r.comment, r.need)
            for r in reversed(reports)]
    if rows:
        table(("Date", "État", "Avancement", "Fin réelle ou prévue", "Commentaire", "Ce qu'il nous faut"), rows,
              "Rapports du jalon")
    else:
        st.caption("Aucun rapport encore.")


@st.fragment
def report_form(m: MilestoneAt) -> None:
    """Three fields, filled in with the last report, and an optional fourth; « inchangé » in one click."""
    st.html("<h2>Faire rapport</h2>")
    last, key = m.report, m.milestone.number
    if st.session_state.pop("_cp_reported_now", False):
        st.rerun()  # the page around the form shows the new report
    if m.state == MilestoneState.cancelled:
        st.caption("Ce jalon est annulé : il ne reçoit plus de rapport.")
        return
    errors = st.session_state.get(f"_cp_report_{key}", {})
    with st.container(key="cp_report", width=640):
        states = [s for s in MilestoneState if s != MilestoneState.cancelled or m.state != MilestoneState.done]
        _first(f"w_r_{key}_state", m.state)
        st.selectbox("État", states, format_func=lambda s: s.label, key=f"w_r_{key}_state")
        if m.milestone.ladder:
            _first(f"w_r_{key}_progress", last.progress if last else 0)
            st.segmented_control("Avancement", LADDER, format_func=lambda p: f"{p} %", key=f"w_r_{key}_progress", required=True)
            _error(errors.get("progress"))
        _first(f"w_r_{key}_forecast", last.forecast_end if last else m.schedule.end)
        label = "Fin réelle" if st.session_state[f"w_r_{key}_state"] == MilestoneState.done else "Prévision de fin"
        st.date_input(label, key=f"w_r_{key}_forecast", format="DD/MM/YYYY", min_value=date(2020, 1, 1),
                      max_value=date(2035, 12, 31))
        _error(errors.get("forecast_end") or errors.get("actual_end"))
        _first(f"w_r_{key}_comment", last.comment if last else "")
        st.text_area("Commentaire", key=f"w_r_{key}_comment", max_chars=COMMENT_MAX)
        _first(f"w_r_{key}_need", last.need if last else "")
        st.text_input("Ce qu'il nous faut (facultatif)", key=f"w_r_{key}_need", max_chars=COMMENT_MAX)
        with st.container(horizontal=True):
            st.button("Enregistrer le rapport", type="primary", key=f"w_r_{key}_save", on_click=_save, args=(m.milestone.id, key))
            if last and m.state != MilestoneState.done:
                st.button("Inchangé", key=f"w_r_{key}_same", on_click=_same, args=(m.milestone.id, key, last))
        _error(errors.get("form"))


def _first(key: str, value: object) -> None:
    if key not in st.session_state:
        st.session_state[key] = value


def _save(milestone_id: int, key: str) -> None:
    state = st.session_state[f"w_r_{key}_state"]
    day = st.session_state.get(f"w_r_{key}_forecast")
    done = state == MilestoneState.done
    _report(milestone_id, key, ReportInput(
        state, st.session_state.get(f"w_r_{key}_progress") or 0, None if done else day, day if done else None,
        st.session_state.get(f"w_r_{key}_comment", ""), st.session_state.get(f"w_r_{key}_need", "")))


def _same(milestone_id: int, key: str, last) -> None:
    _report(milestone_id, key, ReportInput(MilestoneState(last.state), last.progress, last.forecast_end, last.actual_end,
                                           last.comment, last.need))


def _report(milestone_id: int, key: str, report: ReportInput) -> None:
    try:
        with writing() as session:
            report_milestone(session, signin.current_reader(), milestone_id, report, current_scope().tree)
    except Invalid as error:
        st.session_state[f"_cp_report_{key}"] = error.errors
    except Refused as refusal:
        st.session_state[f"_cp_report_{key}"] = {"form": str(refusal)}
    else:
        st.session_state.pop(f"_cp_report_{key}", None)
        st.session_state["_cp_reported"] = "Le rapport est enregistré."
        for name in [n for n in st.session_state if str(n).startswith(f"w_r_{key}_")]:
            del st.session_state[name]
        st.session_state["_cp_reported_now"] = True


def _error(sentence: str | None) -> None:
    if sentence:
        st.html(f'<p class="cp-error" role="alert">{escape_html(french.typo(sentence))}</p>')


render(current_scope())
