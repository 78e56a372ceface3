"""Importing the projects of the PST: new ones by their code, known ones changed, planned, reported.
None is deleted: the file may hold a part.
"""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from sqlmodel import Session, select

from dashboard.access import Reader
from dashboard.actions.import_reports import ImportReport
from dashboard.actions.reference import (
    PROJECT_FIELDS,
    ProjectInput,
    project_faults,
    project_values,
    write_project,
)
from dashboard.actions.register_imports import ONCE, ImportOptions, RegisterImport, import_register
from dashboard.actions.roadmap.projects import (
    PlanInput,
    ProgressInput,
    plan_at,
    plan_faults,
    progress_at,
    progress_faults,
    progress_stands,
    write_plan,
    write_progress,
)
from dashboard.files.ideas.values import compact
from dashboard.files.quoting import shown
from dashboard.files.reference import PROJECTS, level_of, state_of
from dashboard.files.registers import RegisterRow
from dashboard.files.uploads import Problem
from dashboard.queries.projects import LEVELS, Plan, Reported
from models.directions import Direction
from models.roadmap import Ambition, Project, ProjectLevel, ProjectState
from models.texts import clean_title

FROM_FILE = "Fichier importé"
# The fields of the acts under the names that their columns have here.
_COLUMNS = {
    "parent_id": "parent",
    "ambition_id": "ambition",
    "owner_direction_id": "direction",
}
_WHOLE = 100


def import_projects(
    session: Session, reader: Reader, file: Path | bytes, name: str = "", how: ImportOptions = ONCE
) -> ImportReport:
    """Imports projects (CSV, XLSX, XLS, ODS); importing twice changes nothing. An empty cell leaves
    what a known project has.
    """
    return import_register(session, reader, _Import, file, name, how)


class _Import(RegisterImport):
    kind = "projets"
    register = PROJECTS
    subjects = ("directions", "ideas", "roadmap")

    def __init__(self, session: Session, reader: Reader, writes: bool, how: ImportOptions = ONCE):
        super().__init__(session, reader, writes, how)
        self.known = {p.code: p for p in session.exec(select(Project)).all()}
        self.units = {d.code: d.id for d in session.exec(select(Direction)).all()}
        self.ambitions = {
            compact(word): a.id
            for a in session.exec(select(Ambition)).all()
            for word in (a.code, a.name)
        }
        # Where the rows that were only tried would stand, below what.
        self.tried: dict[str, ProjectLevel] = {}
        self.seen: dict[str, int] = {}

    def in_order(self, rows: Iterator[RegisterRow | Problem]) -> Iterator[RegisterRow | Problem]:
        """From the broadest level down, so that a parent is known whatever the file's order."""
        return iter(sorted(rows, key=self._rank))

    def _rank(self, row: RegisterRow | Problem) -> int:
        if isinstance(row, Problem):
            return -1
        try:
            return LEVELS.index(level_of(str(row.get("level", ""))))
        except ValueError:
            known = self.known.get(_code_of(row))
            is_readable = known is not None and known.level in LEVELS
            return LEVELS.index(known.level) if is_readable else len(LEVELS)

    def take(self, row: RegisterRow) -> str:
        code = _code_of(row)
        if code in self.seen:
            self.fault("code", f"Ce code figure déjà à la ligne {self.seen[code]}.")
        project = self.known.get(code)
        stands = project or Project(code=code, name="")
        given = self._given(row, stands)
        self._fault(project_faults(self.session, stands, given))
        plan = plan_at(self.session, project.id, self.day) if project else Plan()
        wanted = self._plan(row, plan)
        self._fault(plan_faults(self.session, wanted, plan))
        report = progress_at(self.session, project.id, self.day) if project else Reported()
        said = self._said(row, report)
        if said:
            self._fault(progress_faults(said))
        self.stop()
        self.seen[code] = row.line
        self.tried[code] = given.level
        if self.writes:
            return self._write(project, given, wanted, said)
        if project is None:
            return "new"
        is_same = self._is_same(project, given, plan, wanted) and _says_the_same(said, report)
        return "unchanged" if is_same else "changed"

    def _fault(self, errors: dict[str, str]) -> None:
        for field, reason in errors.items():
            self.fault(_COLUMNS.get(field, field), reason)

    # --- what a row says ---

    def _given(self, row: RegisterRow, stands: Project) -> ProjectInput:
        return ProjectInput(
            stands.code,
            clean_title(str(row.get("name", stands.name))),
            str(row.get("example", stands.example)),
            self._ambition(row, stands),
            self._level(row, stands),
            str(row.get("objective", stands.objective)),
            self._parent(row, stands),
        )

    def _level(self, row: RegisterRow, stands: Project) -> ProjectLevel:
        word = str(row.get("level", ""))
        try:
            # What stands there may be a word that a hand in the database left.
            return level_of(word or stands.level)
        except ValueError as error:
            self.fault("level", str(error))
            return ProjectLevel.action

    def _parent(self, row: RegisterRow, stands: Project) -> int | None:
        """The parent among those that are known. One that a dry run would only make or move now is
        asked for its level here.
        """
        code = str(row.get("parent", "")).strip().upper()
        if not code:
            return None if row.is_emptied("parent") else stands.parent_id
        parent = self.known.get(code)
        if parent is None and code not in self.tried:
            self.fault("parent", f"« {shown(code)} » n'est le code d'aucun projet.")
            return None
        if parent is not None and self.tried.get(code, parent.level) == parent.level:
            return parent.id
        level = self._level(row, stands)
        above = self.tried[code]
        if LEVELS.index(level) != LEVELS.index(above) + 1:
            self.fault(
                "parent",
                f"{level.label} : ne se place pas sous {code}, de niveau"
                f" « {above.label.lower()} ».",
            )
        return None

    def _ambition(self, row: RegisterRow, stands: Project) -> int | None:
        word = str(row.get("ambition", ""))
        if not word:
            return None if row.is_emptied("ambition") else stands.ambition_id
        found = self.ambitions.get(compact(word))
        if found is None:
            self.fault("ambition", f"« {shown(word)} » n'est aucune de nos ambitions.")
        return found

    def _plan(self, row: RegisterRow, plan: Plan) -> PlanInput:
        return PlanInput(
            row.get("start", plan.start),
            row.get("end", plan.end),
            row.get("budget", plan.budget),
            clean_title(str(row.get("owner", plan.owner))),
            self._direction(row, plan.owner_direction_id),
            FROM_FILE,
        )

    def _direction(self, row: RegisterRow, known: int | None) -> int | None:
        code = str(row.get("direction", "")).upper()
        if not code:
            return None if row.is_emptied("direction") else known
        if code not in self.units:
            self.fault("direction", f"« {shown(code)} » n'est le code d'aucune unité.")
        return self.units.get(code, known)

    def _said(self, row: RegisterRow, report: Reported) -> ProgressInput | None:
        """The report that the row comes to; none where it says nothing of state or progress."""
        word = str(row.get("state", ""))
        progress = row.get("progress")
        if not word and progress is None and not row.is_emptied("progress"):
            return None
        state = self._state(word, report, progress)
        if progress is None:
            is_emptied = row.is_emptied("progress")
            stays = None if is_emptied else report.progress
            said = stays if state is not ProjectState.done else None
        else:
            # A spreadsheet keeps 45 % as 0.45.
            said = round(progress * _WHOLE if 0 < progress < 1 else progress)
        return ProgressInput(state, said, report.comment if state is report.state else "")

    def _state(self, word: str, report: Reported, progress: float | None) -> ProjectState:
        if not word:
            begins = report.state is ProjectState.not_begun and progress
            return ProjectState.under_way if begins else report.state
        try:
            return state_of(word)
        except ValueError as error:
            self.fault("state", str(error))
            return report.state

    # --- what is written ---

    def _is_same(
        self, project: Project, given: ProjectInput, plan: Plan, wanted: PlanInput
    ) -> bool:
        values = project_values(given)
        stays = all(getattr(project, name) == values[name] for name in PROJECT_FIELDS)
        return stays and all(getattr(wanted, name) == value for name, value in asdict(plan).items())

    def _write(
        self,
        project: Project | None,
        given: ProjectInput,
        plan: PlanInput,
        said: ProgressInput | None,
    ) -> str:
        is_new = project is None
        if project is None:
            project = self.known[given.code] = Project(code="", name="")
        changes = [
            write_project(self.session, self.reader, project, project_values(given)),
            write_plan(self.session, self.reader, project, plan),
            said and write_progress(self.session, self.reader, project, said),
        ]
        if is_new:
            return "new"
        return "changed" if any(changes) else "unchanged"


def _code_of(row: RegisterRow) -> str:
    return str(row.get("code", "")).strip().upper()


def _says_the_same(said: ProgressInput | None, report: Reported) -> bool:
    if said is None:
        return True
    progress = _WHOLE if said.state is ProjectState.done else said.progress
    stands = progress_stands(report)
    return {"state": said.state, "progress": progress, "comment": said.comment} == stands
