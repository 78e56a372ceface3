"""Importing the milestones of a programme: new ones by their number, known ones renamed, moved,
revised or reported. None is deleted: the file may hold a part.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.import_reports import ImportReport
from dashboard.actions.register_imports import ONCE, ImportOptions, RegisterImport, import_register
from dashboard.actions.roadmap.imported_reports import reported
from dashboard.actions.roadmap.milestones import (
    MilestoneInput,
    MilestoneText,
    first_day,
    milestone_faults,
    text_faults,
    write_milestone,
    write_text,
)
from dashboard.actions.roadmap.records import last_report, schedule_at
from dashboard.actions.roadmap.reports import (
    ReportInput,
    day_of,
    report_faults,
    report_refusal,
    write_report,
)
from dashboard.actions.roadmap.revisions import RevisionInput, revision_faults, write_revision
from dashboard.files.ideas.values import compact
from dashboard.files.milestones import MILESTONES
from dashboard.files.quoting import shown
from dashboard.files.registers import RegisterRow
from dashboard.files.uploads import Problem
from dashboard.queries.roadmap import period_of
from models.directions import Direction
from models.roadmap import Milestone, MilestoneReport, MilestoneState, Rebaseline, Workstream

FROM_FILE = "Fichier importé"
_OVER = (MilestoneState.done, MilestoneState.cancelled)
_DATED = ("start", "end", "weight", "critical", "owner", "owner_direction_id")


def import_milestones(
    session: Session, reader: Reader, file: Path | bytes, name: str = "", how: ImportOptions = ONCE
) -> ImportReport:
    """Imports milestones (CSV, XLSX, XLS, ODS); importing twice changes nothing. An empty cell
    leaves what a known milestone has.
    """
    return import_register(session, reader, _Import, file, name, how)


class _Import(RegisterImport):
    register = MILESTONES
    kind = "jalons"
    subjects = ("roadmap",)

    def __init__(self, session: Session, reader: Reader, writes: bool, how: ImportOptions = ONCE):
        super().__init__(session, reader, writes, how)
        self.known = {m.number: m for m in session.exec(select(Milestone)).all()}
        self.units = {d.code: d.id for d in session.exec(select(Direction)).all()}
        self.streams = {
            compact(word): stream.id
            for stream in session.exec(select(Workstream)).all()
            for word in (str(stream.id), stream.code, stream.name, stream.short_name)
        }
        # As they are before this file reports anything.
        self.first_days = {
            stream: first_day(session, stream, self.day) for stream in set(self.streams.values())
        }
        self.seen: dict[str, int] = {}

    def take(self, row: RegisterRow) -> str:
        number = str(row.get("number", "")).strip()
        if number in self.seen:
            self.fault("number", f"Ce numéro figure déjà à la ligne {self.seen[number]}.")
        milestone = self.known.get(number)
        outcome = self._new(row, number) if milestone is None else self._change(row, milestone)
        self.seen[number] = row.line
        return outcome

    def _new(self, row: RegisterRow, number: str) -> str:
        given = MilestoneInput(
            number,
            MilestoneText(str(row.get("title", "")), self._stream(row), bool(row.get("ladder"))),
            row.get("start"),
            row.get("end"),
            row.get("weight", 1.0),
            bool(row.get("critical")),
            str(row.get("owner", "")),
            self._direction(row, None),
        )
        errors = milestone_faults(self.session, given)
        self._tell_outside(row, given.text.workstream_id, given.start, given.end)
        # Both are looked at before either stops the row: all its faults are told at once.
        report = self._report(row, None, given.end, given.text.ladder)
        self._faults(errors)
        if self.writes:
            given = replace(given, since=self._since(given.text.workstream_id, report))
            milestone = write_milestone(self.session, self.reader, given)
            if report:
                write_report(self.session, self.reader, milestone, report, None)
        return "new"

    def _tell_outside(
        self, row: RegisterRow, workstream_id: int | None, start: date | None, end: date | None
    ) -> None:
        """Tells a milestone that does not lie within the years of its programme."""
        if workstream_id is None or start is None or end is None:
            return
        period = period_of(self.session, workstream_id)
        if period.first_day <= start and end <= period.last_day:
            return
        reason = (
            f"Le jalon {row.get('number')} va du {start:%d/%m/%Y} au {end:%d/%m/%Y}, hors du"
            f" programme « {period.name} » : vérifiez ses dates, ou celles du programme."
        )
        self.report.warnings.append(Problem(row.line, "", reason))

    def _since(self, workstream_id: int, report: ReportInput | None) -> date:
        """From which day a new milestone counts: its programme's first one where it comes with a
        past of its own.
        """
        since = self.first_days[workstream_id]
        if report is None or day_of(report, None, self.day) >= since:
            return since
        return min(period_of(self.session, workstream_id).first_day, since)

    def _change(self, row: RegisterRow, milestone: Milestone) -> str:
        schedule = schedule_at(self.session, milestone.id, self.day)
        text = MilestoneText(
            str(row.get("title", milestone.title)),
            self._stream(row, milestone.workstream_id),
            self._ladder(row, milestone),
        )
        revision = self._revision(row, schedule)
        is_revised = any(getattr(schedule, name) != getattr(revision, name) for name in _DATED)
        last = last_report(self.session, milestone.id, self.day)
        if is_revised and last and last.state in _OVER:
            state = MilestoneState(last.state).label.lower()
            self.fault("end", f"Le jalon {milestone.number} est {state} : il ne se révise plus.")
        report = self._report(row, last, revision.end, text.ladder)
        if report and (refusal := self._refusal(milestone, last, report)):
            self.fault("state", refusal)
        self._faults(text_faults(self.session, text) | revision_faults(self.session, revision))
        is_renamed = (text.title, text.workstream_id, text.ladder) != (
            milestone.title,
            milestone.workstream_id,
            milestone.ladder,
        )
        if is_revised:
            self._tell_outside(row, text.workstream_id, revision.start, revision.end)
        if self.writes and is_renamed:
            write_text(self.session, self.reader, milestone, text)
        if self.writes and is_revised:
            write_revision(self.session, self.reader, milestone.id, revision)
        if self.writes and report:
            write_report(self.session, self.reader, milestone, report, last)
        return "changed" if is_renamed or is_revised or report else "unchanged"

    def _refusal(
        self, milestone: Milestone, last: MilestoneReport | None, report: ReportInput
    ) -> str | None:
        return report_refusal(self.session, milestone, last, report.state)

    def _report(
        self, row: RegisterRow, last: MilestoneReport | None, end: date | None, ladder: bool
    ) -> ReportInput | None:
        """The report that the row comes to; what is wrong with it is told."""
        report, errors = reported(row, last, end)
        if report is not None:
            errors = report_faults(report, ladder, self.day, last)
            if not 0 <= report.progress <= 100:
                errors["progress"] = "L'avancement va de 0 à 100 %."
        for field, reason in errors.items():
            self.fault(field, reason)
        return report

    def _revision(self, row: RegisterRow, schedule: Rebaseline) -> RevisionInput:
        critical = row.get("critical")
        return RevisionInput(
            row.get("start", schedule.start),
            row.get("end", schedule.end),
            row.get("weight", schedule.weight),
            schedule.critical if critical is None else critical,
            str(row.get("owner", schedule.owner)),
            self._direction(row, schedule.owner_direction_id),
            str(row.get("reason", FROM_FILE)),
        )

    def _ladder(self, row: RegisterRow, milestone: Milestone) -> bool:
        wanted = row.get("ladder")
        if wanted is None or wanted == milestone.ladder:
            return milestone.ladder
        if last_report(self.session, milestone.id, self.day):
            self.fault("ladder", "Ce jalon a déjà un rapport : son échelle ne change plus.")
        return wanted

    def _stream(self, row: RegisterRow, known: int | None = None) -> int | None:
        word = str(row.get("workstream", ""))
        if not word:
            return known
        found = self.streams.get(compact(word))
        if found is None:
            self.fault("workstream", f"« {shown(word)} » n'est aucun de nos chantiers.")
        return found

    def _direction(self, row: RegisterRow, known: int | None) -> int | None:
        code = str(row.get("direction", "")).upper()
        if not code:
            return None if row.is_emptied("direction") else known
        if code not in self.units:
            self.fault("direction", f"« {shown(code)} » n'est le code d'aucune unité.")
        return self.units.get(code)

    def _faults(self, errors: dict[str, str]) -> None:
        """Those of the acts, under the names that the columns have here; then the row stops."""
        renamed = {"workstream_id": "workstream", "owner_direction_id": "direction"}
        for field, reason in errors.items():
            self.fault(renamed.get(field, field), reason)
        self.stop()
