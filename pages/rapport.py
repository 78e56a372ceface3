"""Rapport: the state on the screen as a file to hand over; it is prepared apart, and found again later."""

import streamlit as st

from dashboard import french
from dashboard.access import may
from dashboard.actions import jobs
from dashboard.components import empty_nothing_yet, escape_md, page_header
from dashboard.navigation import current_scope
from dashboard.queries.jobs import JobLine, recent, result
from dashboard.report.kinds import ReportKind
from dashboard.scope import Scope
from models.clock import now
from models.database import reading, writing
from models.errors import Refused
from models.keeping import JobState

WHAT = {
    ReportKind.dossier: "De 4 à 8 pages : trois phrases, chantiers, jalons avec commentaires et besoins, tous les chiffres et leurs définitions.",
    ReportKind.college: "Quatre pages, sans commentaires, besoins ni noms.",
    ReportKind.workbook: "Les mêmes chiffres, en vrais nombres et vraies dates, avec la courbe.",
    ReportKind.team: "Pour une réunion d'équipe : idées à répondre, jalons, chiffres à côté de l'ensemble.",
}
_NAME = "rapport"  # the kind in the address: « ?rapport=equipe »
_EVERY = 1.0  # seconds between two looks at what is being prepared


def render(scope: Scope) -> None:
    page_header("Rapport", scope.sentence())
    if not may(scope.reader, "report.make"):
        st.warning("Préparer un rapport n'est pas ouvert à votre rôle.", icon=":material/lock:")
        return
    _choice(scope)
    lines = _lines(scope)
    st.html('<div class="cp-chart-head"><h2>Vos rapports</h2><p class="cp-reading">Un rapport se prépare à part : vous pouvez '
            "quitter cet écran et le retrouver ici pendant un jour.</p></div>")
    st.fragment(_jobs, run_every=_EVERY if any(line.is_open for line in lines) else None)(scope)


def _choice(scope: Scope) -> None:
    """Which file, as the address says; a team's sheet only for directions."""
    kinds = [kind for kind in ReportKind if kind is not ReportKind.team or scope.units]
    chosen = next((kind for kind in kinds if kind == st.query_params.get(_NAME)), kinds[0])
    if st.session_state.get("w_report_kind") != chosen:
        st.session_state["w_report_kind"] = chosen
    with st.container(key="cp_report_choice", width=720):
        st.radio("Quel rapport ?", kinds, format_func=lambda kind: kind.label, captions=[WHAT[kind] for kind in kinds], key="w_report_kind",
                 on_change=_to_address)
        if not scope.units:
            st.caption("La feuille d'équipe se propose quand une direction est choisie.")
        st.button("Préparer le rapport", type="primary", key="w_report_make", icon=":material/summarize:", on_click=_ask, args=(scope,))
        refused = st.session_state.pop("_cp_report_refused", None)
        if refused:
            st.warning(escape_md(refused), icon=":material/hourglass_top:")


def _to_address() -> None:
    st.query_params[_NAME] = str(st.session_state["w_report_kind"])


def _ask(scope: Scope) -> None:
    try:
        with writing() as session:
            job = jobs.ask(session, scope.reader, str(st.session_state["w_report_kind"]), scope.params())
    except Refused as error:
        st.session_state["_cp_report_refused"] = str(error)
    else:
        jobs.start(job.id)


def _lines(scope: Scope) -> list[JobLine]:
    with reading() as session:
        return recent(session, scope.reader, now())


def _jobs(scope: Scope) -> None:
    """The reader's reports, the latest first. Looks again while one is being prepared, then stops."""
    lines = _lines(scope)
    waited, waits = st.session_state.get("_cp_report_waits", False), any(line.is_open for line in lines)
    st.session_state["_cp_report_waits"] = waits
    if not lines:
        empty_nothing_yet("Aucun rapport préparé ces vingt-quatre dernières heures.")
    for line in lines:
        _job(scope, line)
    if waited and not waits:
        st.rerun()  # the whole page, without the clock


def _job(scope: Scope, line: JobLine) -> None:
    kind = ReportKind(line.kind)
    here = line.asked_at.astimezone()
    asked = f"demandé le {french.day(here.date())} à {here:%H}{french.NO_BREAK}h{french.NO_BREAK}{here:%M}"
    with st.container(border=True, key=f"cp_job_{line.id}"):
        st.markdown(f"**{escape_md(kind.label)}** · {escape_md(asked)}")
        if line.is_open:
            st.progress(line.progress, text=escape_md(line.said or line.state.label))
        elif line.state == JobState.failed:
            st.error(escape_md(line.said), icon=":material/error:")
        else:
            st.download_button(f"Télécharger {escape_md(line.file_name)}", data=lambda: _content(scope, line.id), file_name=line.file_name,
                               mime=kind.mime, key=f"w_report_{line.id}", icon=":material/download:", on_click="ignore")


def _content(scope: Scope, job_id: str) -> bytes:
    with reading() as session:
        return result(session, scope.reader, job_id) or b""


render(current_scope())
