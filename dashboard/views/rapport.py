"""Rapport: the current scope as a file; prepared by a job, and available later."""

import streamlit as st

from dashboard.access import may
from dashboard.actions.operations import jobs
from dashboard.queries.operations.jobs import JobLine, result
from dashboard.report.kinds import ReportKind
from dashboard.scope import Scope
from dashboard.ui.address import choice, page_header
from dashboard.ui.components import section
from dashboard.ui.downloads import download
from dashboard.ui.jobs import ask_button, jobs_list
from models.database import reading

WHAT = {
    ReportKind.dossier: (
        "De 4 à 8 pages : trois phrases, chantiers, jalons avec commentaires et besoins, tous les"
        " chiffres et leurs définitions."
    ),
    ReportKind.slides: (
        "Pour la séance : un message par diapositive, graphiques et tableaux que l'on modifie dans"
        " PowerPoint ou LibreOffice."
    ),
    ReportKind.college: "Quatre pages, sans commentaires, besoins ni noms.",
    ReportKind.workbook: "Les mêmes chiffres, en vrais nombres et vraies dates.",
    ReportKind.team: (
        "Pour une réunion d'équipe : idées à répondre, jalons, chiffres à côté de l'ensemble."
    ),
}
_NAME = "rapport"  # parameter of the address: « ?rapport=equipe »


def render(scope: Scope) -> None:
    page_header("Rapport")
    if not may(scope.reader, "report.make"):
        st.warning("Préparer un rapport n'est pas ouvert à votre rôle.", icon=":material/lock:")
        return
    kinds = {
        kind.value: kind.label for kind in ReportKind if kind is not ReportKind.team or scope.units
    }
    with st.container(key="cp_report_choice", width=720):
        kind = choice(
            "Quel rapport ?",
            _NAME,
            kinds,
            next(iter(kinds)),
            key="w_report_kind",
            field=st.radio,
            captions=[WHAT[ReportKind(code)] for code in kinds],
        )
        if not scope.units:
            st.caption("Choisissez une direction pour obtenir la feuille d'équipe.")
        ask_button(
            "Préparer le rapport",
            "report_make",
            lambda session, reader: jobs.ask(session, reader, kind, scope.params()),
            icon=":material/summarize:",
        )
    section(
        "Vos rapports",
        "Le rapport se prépare en arrière-plan : vous pouvez quitter cet écran ; il reste ici un"
        " jour.",
    )
    jobs_list(
        scope.reader,
        list(ReportKind),
        empty="Aucun rapport préparé ces vingt-quatre dernières heures.",
        title=lambda line: ReportKind(line.kind).label,
        done=lambda line: download_of(scope, line),
    )


def download_of(scope: Scope, line: JobLine) -> None:
    """The link to a finished report."""
    download(
        f"Télécharger {line.file_name}",
        lambda: _content(scope, line.id),
        line.file_name,
        ReportKind(line.kind).mime,
        key=f"report_{line.id}",
    )


def _content(scope: Scope, job_id: str) -> bytes:
    with reading() as session:
        return result(session, scope.reader, job_id) or b""
