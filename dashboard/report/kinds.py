"""The kinds of report: their choice, file name and maker.

The layout modules are imported only when a report is made: the server lists the kinds without
loading Typst.
"""

from sqlmodel import Session

from dashboard.scope import Scope
from models.jobs import JOBS
from models.roadmap import Progress, between, without_progress
from models.scales import Word

PDF = "application/pdf"
_OFFICE = "application/vnd.openxmlformats-officedocument"
XLSX = f"{_OFFICE}.spreadsheetml.sheet"
PPTX = f"{_OFFICE}.presentationml.presentation"


class ReportKind(Word):
    dossier = "dossier", JOBS["dossier"].name
    slides = "diapositives", JOBS["diapositives"].name
    college = "college", JOBS["college"].name
    workbook = "classeur", JOBS["classeur"].name
    team = "equipe", JOBS["equipe"].name

    @property
    def mime(self) -> str:
        return {ReportKind.workbook: XLSX, ReportKind.slides: PPTX}.get(self, PDF)

    @property
    def extension(self) -> str:
        return {XLSX: ".xlsx", PPTX: ".pptx"}.get(self.mime, ".pdf")


def file_name(scope: Scope, kind: ReportKind) -> str:
    """« c-possible-dossier-2023-06-30-vc-jsp.pdf »."""
    places = "".join(f"-{unit.code.lower()}" for unit in scope.units[:3])
    return f"c-possible-{kind}-{scope.on.isoformat()}{places}{kind.extension}"


def make(
    session: Session, scope: Scope, kind: ReportKind, progress: Progress = without_progress
) -> bytes:
    """The report of this kind. Raises Refused without the right, or without directions for a team's
    sheet.
    """
    if kind is ReportKind.team:
        from dashboard.report.team import team_sheet

        return team_sheet(session, scope, progress)
    from dashboard.report.pack import gather

    pack = gather(session, scope, between(progress, 0, 0.7))
    progress(0.7, "La mise en page se fait")
    if kind is ReportKind.workbook:
        from dashboard.report.workbook import workbook

        return workbook(pack)
    if kind is ReportKind.slides:
        from dashboard.report.slides import slides

        return slides(pack)
    from dashboard.report import pdf

    return pdf.college(pack) if kind is ReportKind.college else pdf.dossier(pack)
