"""Importing plans: the milestones of a programme by their number, the elements of the PST by their
code; new ones, known ones renamed, moved, revised or reported. None is deleted: the file may hold a
part. What the town's tool says of the PST is a file that holds, whole, from its day on; the last
one can be taken back.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import ClassVar

from rapidfuzz import fuzz
from sqlmodel import Session, select

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, note
from dashboard.actions.register_imports import (
    ImportOptions,
    ImportReport,
    RegisterImport,
    free_code,
    too_long,
)
from dashboard.actions.roadmap.plans import (
    CODE_MAX,
    FIRST_CALENDAR,
    NUMBER_MAX,
    as_given,
    first_day,
    plan_faults,
    text_changes,
    write_new_plan,
    write_text,
    wrong_place,
)
from dashboard.actions.roadmap.records import (
    differs,
    last_report,
    revision_refusal,
    schedule_faults,
    schedule_now,
    write_schedule,
)
from dashboard.actions.roadmap.reports import day_of, report_faults, report_refusal, write_report
from dashboard.files.pst.elements import SHEET, PstFile, nodes_of, read_pst
from dashboard.files.pst.markup import MOST_BYTES
from dashboard.files.registers import MILESTONES, RegisterRow, level_of, outlined, state_of
from dashboard.files.uploads import opened
from dashboard.files.values import compact, shown
from dashboard.french import day as in_french
from dashboard.queries import reference_tables as choices
from dashboard.queries.reference_rows import Option
from dashboard.queries.roadmap import UNPLANNED, content_of, period_of, statements, ties
from models.clock import today
from models.directions import Direction
from models.jobs import REGISTERS
from models.programmes import PstStatement, PstTie
from models.revisions import hold
from models.roadmap import (
    IS_ELEMENT,
    IS_MILESTONE,
    PST_LEVELS,
    MilestoneState,
    Plan,
    PlanLevel,
    PlanReport,
    PlanSchedule,
    ProjectState,
    states_of,
)
from models.search import fold
from models.texts import Refused, clean_text, clean_title, refuse

_ALIKE = 60  # per cent of the letters of two titles
UNDATED = (
    "Donnez la fin réelle : ce jalon est dit terminé, sans date (ou dites « oui » pour « fini à"
    " l'échéance »)."
)
# The fields of the acts under the names that their columns have here.
_COLUMNS = {
    "workstream_id": "workstream",
    "parent_id": "parent",
    "ambition_id": "ambition",
    "owner_direction_id": "direction",
}
_REPORTED = ("state", "progress", "forecast_end", "actual_end")


class _Plans(RegisterImport):
    """One walk through a file of plans; the columns of its layout tell what a row may say."""

    level: ClassVar[PlanLevel]  # of a new row that says none
    longest: ClassVar[int]  # signs of a number
    is_outlined = are_foreign = False

    def begin(self) -> None:
        of_kind = IS_MILESTONE if self.level is PlanLevel.milestone else IS_ELEMENT
        self.known = {p.number: p for p in self.session.exec(select(Plan).where(of_kind))}
        self.options |= {
            "workstream": choices.workstreams(self.session, self.day),
            "ambition": choices.ambitions(self.session, self.day),
        }
        # A closed unit may still own a plan.
        units = self.session.exec(select(Direction)).all()
        self.words["direction"] |= {compact(d.code): Option(d.id, d.code, d.name) for d in units}
        # As they are before this file reports anything.
        self.first_days = {
            option.stored: first_day(self.session, option.stored, self.day)
            for option in self.options["workstream"]
        }
        # Title → number, where the file gives none.
        self.numbers = {
            (plan.workstream_id, compact(plan.title)): plan.number for plan in self.known.values()
        }
        # What a parent is called by → its number.
        self.named: dict[str, str] = {}
        # Where the rows that were only tried would stand, below what.
        self.tried: dict[str, PlanLevel] = {}

    def in_order(self, rows: list[RegisterRow]) -> Iterable[RegisterRow]:
        """The rows with what their outline says of them. Where most numbers that are known bear
        other titles here, they are not ours.
        """
        read = outlined(rows)
        alike = [is_alike for row in read if (is_alike := self._is_alike(row)) is not None]
        self.are_foreign = len(alike) > 1 and alike.count(False) > alike.count(True)
        return read

    def _is_alike(self, row: RegisterRow) -> bool | None:
        """Whether a row of a known number bears its title; None where it says nothing of it."""
        plan = self.known.get(row.text("number").strip())
        if plan is None or not row.get("title"):
            return None
        return fuzz.partial_ratio(fold(str(row.get("title"))), fold(plan.title)) >= _ALIKE

    def take(self, row: RegisterRow) -> str:
        if not (self.is_typed or row.text("number").strip() or row.get("title")):
            self.warn(row.line, "Une ligne qui n'a ni titre ni numéro est laissée de côté.")
            return ""
        number = self.number_of(row)
        self.once("number", number, row.line, "Ce numéro figure déjà")
        plan = self.known.get(number)
        stands = plan or Plan(level=self.level, number=number, title="")
        now = schedule_now(self.session, plan) if plan else UNPLANNED
        last = last_report(self.session, plan.id, self.day) if plan else None
        self._tell_renamed(row, stands)
        ladder = row.get("ladder")
        given = as_given(
            stands,
            title=clean_title(row.text("title", stands.title)),
            level=self._level(row, stands),
            workstream_id=self._one_of(row, "workstream", self._stream(row, stands)),
            ladder=stands.ladder if ladder is None else ladder,
            parent_id=self._parent(row, stands),
            ambition_id=self._one_of(row, "ambition", stands.ambition_id),
            objective=row.text("objective", stands.objective),
            example=row.text("example", stands.example),
        )
        wanted = self._schedule(row, now)
        is_revised = differs(now, wanted)
        if plan and is_revised and (refusal := revision_refusal(self.session, plan)):
            self.fault("end", refusal)
        report = self._report(row, stands, given, last, wanted.end)
        # All are looked at before the row stops: its faults are told at once.
        self.faults_of(plan_faults(self.session, stands, given), _COLUMNS)
        self.faults_of(schedule_faults(self.session, stands, wanted, now), _COLUMNS)
        if is_revised:
            self._tell_outside(row, given.workstream_id, wanted)
        self.stop()
        self.tried[number] = given.level
        if plan is None:
            return self.written(plan, lambda: self._write_new(given, wanted, report))
        is_changed = bool(is_revised or report or text_changes(plan, given))
        if self.writes and is_changed:
            write_text(self.session, self.reader, plan, given)
            write_schedule(self.session, self.reader, plan, wanted)
            if report:
                write_report(self.session, self.reader, plan, report, last)
        return "changed" if is_changed else "unchanged"

    def _tell_renamed(self, row: RegisterRow, stands: Plan) -> None:
        """Tells another title under a number that is known: it may be another plan's."""
        title = row.text("title", stands.title)
        if stands.id is not None and compact(title) != compact(stands.title):
            said = f"{stands.number} est ici « {stands.title} » : il devient « {title} »."
            self.warn(row.line, said)
            if self.are_foreign and not self._is_alike(row):
                self.fault(
                    "number",
                    f"{stands.number} est ici « {stands.title} » : ce numéro est d'un autre outil."
                    " Laissez cette colonne de côté (le titre suffit), ou corrigez-la.",
                )

    def number_of(self, row: RegisterRow) -> str:
        """The number of a row; of one without, that of its title, which is new where none is."""
        given = row.text("number").strip()
        if "number" in row.values and len(given) <= self.longest:
            return given
        key = (self._place(row), compact(row.text("title")))
        if key not in self.numbers:
            self.numbers[key] = self.free_number(row)
        return self.numbers[key]

    def _place(self, _row: RegisterRow) -> int | None:
        """Within what a title stands for one plan."""
        return None

    def _write_new(self, given: Plan, wanted: PlanSchedule, report: PlanReport | None) -> None:
        since = None
        if given.level is PlanLevel.milestone:
            wanted.reason = FIRST_CALENDAR
            since = self.first_days[given.workstream_id]
            # With a past of its own it counts from its programme's first day.
            if report and day_of(report, None, self.day) < since:
                since = min(period_of(self.session, given.workstream_id).first_day, since)
        plan = write_new_plan(self.session, self.reader, given, wanted, since)
        self.known[plan.number] = plan
        if report:
            write_report(self.session, self.reader, plan, report, None)

    def _tell_outside(
        self, row: RegisterRow, workstream_id: int | None, wanted: PlanSchedule
    ) -> None:
        """Tells a milestone that does not lie within the years of its programme."""
        start, end = wanted.start, wanted.end
        if workstream_id is None or start is None or end is None:
            return
        period = period_of(self.session, workstream_id)
        if period.first_day <= start and end <= period.last_day:
            return
        called = row.get("number") or f"« {row.text('title')} »"
        reason = (
            f"Le jalon {called} va du {start:%d/%m/%Y} au {end:%d/%m/%Y}, hors du"
            f" programme « {period.name} » : vérifiez ses dates, ou celles du programme."
        )
        self.warn(row.line, reason)

    # --- what a row says ---

    def _stream(self, row: RegisterRow, stands: Plan) -> int | None:
        """The workstream that the plan has, else the one after which a group above is called."""
        groups = [compact(each.text("title")) for each in reversed(row.get("above", []))]
        streams = self.words["workstream"]
        found = next((streams[title].stored for title in groups if title in streams), None)
        return stands.workstream_id or found

    def _level(self, row: RegisterRow, stands: Plan) -> PlanLevel:
        word = row.text("level")
        if not word and stands.id is None and row.get("depth") is not None and self.is_outlined:
            return PST_LEVELS[min(row.get("depth"), len(PST_LEVELS) - 1)]
        if not word and stands.level in list(PlanLevel):
            return PlanLevel(stands.level)
        # What stands there may be a word that a hand in the database left.
        found = level_of(word or stands.level)
        if found is None:
            written = shown(word or stands.level)
            said = f"« {written} » n'est pas un niveau"
            self.no_word("level", word, (level.label for level in PST_LEVELS), said)
        return found or self.level

    def _one_of(self, row: RegisterRow, field: str, stands: int | None) -> int | None:
        """The id of what a cell names; what the plan has where the cell says nothing."""
        if not row.get(field, ""):
            return None if field in row.emptied else stands
        found = self.choice(row, field)
        return found.stored if found else None

    def _parent(self, row: RegisterRow, stands: Plan) -> int | None:
        """The parent among those that are known. One that a dry run would only make or move now is
        asked for its level here.
        """
        code = row.text("parent").strip().upper()
        if code and code not in self.known:
            code = self.named.get(compact(code), code)
        above = row.get("above", [])
        if not code and "parent" not in row.values and above and self.is_outlined:
            code = self.number_of(above[-1])
        if not code:
            return None if "parent" in row.emptied else stands.parent_id
        parent = self.known.get(code)
        if parent is None and code not in self.tried:
            self.fault("parent", f"« {shown(code)} » n'est le code d'aucun projet.")
            return None
        if parent is not None and self.tried.get(code, parent.level) == parent.level:
            return parent.id
        if wrong := wrong_place(self._level(row, stands), code, self.tried[code]):
            self.fault("parent", wrong)
        return None

    def _schedule(self, row: RegisterRow, now: PlanSchedule) -> PlanSchedule:
        critical = row.get("critical")
        start, end = row.get("start", now.start), row.get("end", now.end)
        if start is None and end and self.level is PlanLevel.milestone and not self.is_typed:
            self.warn(row.line, "Sans début, un jalon commence le jour de son échéance.")
            start = end
        return PlanSchedule(
            start=start,
            end=end,
            weight=row.get("weight", now.weight),
            critical=now.critical if critical is None else critical,
            budget=row.get("budget", now.budget),
            owner=clean_text(row.text("owner", now.owner)),
            owner_direction_id=self._one_of(row, "direction", now.owner_direction_id),
            reason=row.text("reason", "Fichier importé"),
        )

    def _report(
        self,
        row: RegisterRow,
        stands: Plan,
        given: Plan,
        last: PlanReport | None,
        end: date | None,
    ) -> PlanReport | None:
        """The report that the row comes to, where it differs from the last one; what is wrong with
        it is told.
        """
        word = row.text("state")
        if word and state_of(given.level, word) is None:
            labels = [state.label for state in states_of(given.level)]
            self.no_word("state", word, labels, f"« {shown(word)} » n'est pas un état")
            return None
        report, errors = reported(row, given.level, last, end)
        if report is not None:
            as_given = Plan(level=given.level, number=given.number, title="", ladder=given.ladder)
            errors = report_faults(as_given, report, self.day, last)
        if report is not None and stands.id is not None:
            refusal = report_refusal(self.session, stands, last, report.state)
            errors |= {"state": refusal} if refusal else {}
        self.faults_of(errors, _COLUMNS)
        return report


class MilestoneImport(_Plans):
    """Imports milestones (CSV, XLSX, XLS, ODS); importing twice changes nothing. An empty cell
    leaves what a known milestone has.
    """

    kind = "jalons"
    register = MILESTONES
    level = PlanLevel.milestone
    longest = NUMBER_MAX

    def in_order(self, rows: list[RegisterRow]) -> Iterable[RegisterRow]:
        """The rows, each below the workstream whose name stands alone above it."""
        titles = [cell for cells in self.above[-1:] for cell in cells if cell.strip()]
        group = RegisterRow(0, {"title": titles[0]}) if len(titles) == 1 else None
        others = [field.code for field in MILESTONES.asked if field.code != "title"]
        found = []
        for row in super().in_order(rows):
            is_alone = not any(map(row.get, others))
            if is_alone and compact(row.text("title")) in self.words["workstream"]:
                row = group = replace(row, values={**row.values, "is_group": True})
            elif group and not row.get("above"):
                row = replace(row, values={**row.values, "above": [group]})
            found.append(row)
        return found

    def take(self, row: RegisterRow) -> str:
        if row.get("is_group") and row.text("number") not in self.known:
            said = "Une ligne qui en réunit d'autres n'est pas un jalon : laissée de côté"
            self.warn(row.line, f"{said}.")
            return ""
        return super().take(row)

    def _place(self, row: RegisterRow) -> int | None:
        named = self.words["workstream"].get(compact(row.text("workstream")))
        unknown = Plan(level=self.level, number="", title="")
        return named.stored if named else self._stream(row, unknown)

    def free_number(self, row: RegisterRow) -> str:
        """The next number of its workstream."""
        stream = self._place(row)
        taken = {*self.known, *self.numbers.values()}
        return next(number for n in count(1) if (number := f"{stream or 0}.{n}") not in taken)


class ProjectImport(_Plans):
    """Imports elements of the PST, in the same manner."""

    kind = "projets"
    level = PlanLevel.action
    longest = CODE_MAX

    def number_of(self, row: RegisterRow) -> str:
        return super().number_of(row).upper().replace(".", "-")

    def free_number(self, row: RegisterRow) -> str:
        return free_code(row.text("title"), {*self.known, *self.numbers.values()}, CODE_MAX)

    def in_order(self, rows: list[RegisterRow]) -> Iterable[RegisterRow]:
        """From the broadest level down, so that a parent is known whatever the file's order."""
        read = _leveled(super().in_order(rows), self.known)
        self.is_outlined = any(row.get("depth") for row in read)
        for row in read:
            for name in _names(row):
                self.named.setdefault(name, self.number_of(row))
        return sorted(read, key=self._rank)

    def _rank(self, row: RegisterRow) -> int:
        known = self.known.get(self.number_of(row))
        level = level_of(row.text("level")) or (known and known.level)
        if level is None and self.is_outlined:
            return row.get("depth")
        return PST_LEVELS.index(level) if level in PST_LEVELS else len(PST_LEVELS)


# Kinds of tasks of other tools, the broadest first.
_TASKS = {
    word: rank
    for rank, words in enumerate(
        ("initiative", "epic", "story recit userstory task tache feature", "soustache subtask")
    )
    for word in words.split()
}


def _leveled(rows: Sequence[RegisterRow], known: Collection[str]) -> list[RegisterRow]:
    """The rows with our levels for « Epic », « Tâche »: the narrowest of the file is an action;
    without such words a parent stands above what names it. What is known stays where it is.
    """
    words = [compact(row.text("level")) for row in rows]
    ranks = sorted({_TASKS[word] for word in words if word in _TASKS}, reverse=True)
    levels = dict(zip(ranks, reversed(PST_LEVELS), strict=False))
    parents = {compact(row.text("parent")) for row in rows} - {""}
    above_parents = {compact(row.text("parent")) for row in rows if _names(row) & parents}
    found = []
    for row, word in zip(rows, words, strict=True):
        level = levels.get(_TASKS.get(word))
        if not word and _names(row) & parents:
            is_top = bool(_names(row) & above_parents)
            level = PlanLevel.strategic if is_top else PlanLevel.operational
        is_known = row.text("number").strip().upper() in known
        said = {"level": "" if is_known else level} if level else {}
        found.append(replace(row, values={**row.values, **said}))
    return found


def _names(row: RegisterRow) -> set[str]:
    """What others may call a row by: its number, its title, its identifier in the tool."""
    return {compact(row.text(field)) for field in ("number", "title", "id")} - {""}


# --- what a row says of the state -----------------------------------------------------------------


def reported(
    row: RegisterRow, level: PlanLevel, last: PlanReport | None, end: date | None
) -> tuple[PlanReport | None, dict[str, str]]:
    """(the report, what is wrong with it by column): no report where the row says nothing new. The
    end in force stands for a forecast that is not given.
    """
    is_reported = any(row.get(name) not in (None, "") for name in _REPORTED)
    if not is_reported and "progress" not in row.emptied:
        return None, {}
    state = _state(row, level, last)
    is_milestone, is_done = level is PlanLevel.milestone, state == MilestoneState.done
    forecast = row.get("forecast_end", last.forecast_end if last else None) or end
    same_words = last.comment if last and state == last.state and not is_milestone else ""
    actual = row.get("actual_end", last.actual_end if last else None)
    if is_milestone and row.get("done_as_due"):
        actual = actual or end
    report = PlanReport(
        state=state,
        progress=_progress(row, last, is_milestone, is_done),
        forecast_end=forecast if is_milestone and not is_done else None,
        actual_end=actual if is_done else None,
        comment=row.text("comment", same_words),
        on=row.get("on"),
    )
    if is_milestone and is_done and report.actual_end is None:
        # Dated by the day of the import, it would count as done today.
        return None, {"actual_end": UNDATED}
    return (None if _is_same(report, level, last) else report), {}


def _state(
    row: RegisterRow, level: PlanLevel, last: PlanReport | None
) -> MilestoneState | ProjectState | None:
    """The state that is said, else the one that what is said comes to."""
    word, states = row.text("state"), states_of(level)
    first = next(iter(states))
    if word:
        return state_of(level, word)
    if row.get("actual_end"):
        return states.done
    if last is not None and last.state != first:
        return states(last.state)
    return states.under_way if row.get("progress") else first


def _progress(
    row: RegisterRow, last: PlanReport | None, is_milestone: bool, is_done: bool
) -> int | None:
    typed = row.get("progress")
    if is_done and (is_milestone or typed is None):
        return 100
    if typed is not None:
        return round(typed)
    if "progress" in row.emptied:
        return 0 if is_milestone else None
    return last.progress if last else (0 if is_milestone else None)


def _is_same(report: PlanReport, level: PlanLevel, last: PlanReport | None) -> bool:
    if last is None:
        nothing = (next(iter(states_of(level))), None)
        return level is not PlanLevel.milestone and (report.state, report.progress) == nothing
    is_same_comment = report.comment in ("", last.comment)
    return is_same_comment and all(
        getattr(report, name) == getattr(last, name) for name in _REPORTED
    )


# ── The file of the PST ───────────────────────────────────────────────────────────────────────────


SUBJECT = "pst"
_EARLIEST = date(2000, 1, 1)
_NAME_MAX = 200


class PstImport(RegisterImport):
    """What a PST says holds from the day of the file (`how.on`, else today) until the next one. A
    file with a fault is not taken at all; one that says nothing new changes nothing.
    """

    kind = "pst"
    register = SHEET

    @classmethod
    def opened(cls, session: Session, file: Path | bytes, name: str, how: ImportOptions) -> PstFile:
        name = (name or (file.name if isinstance(file, Path) else "fichier"))[:_NAME_MAX]
        with opened(file, name) as stream:
            content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise Refused(f"« {name} » dépasse {MOST_BYTES >> 20} Mo.")
        how.progress(0.1, "Lecture du PST")
        return replace(read_pst(content, name), name=name, content=content)

    @classmethod
    def whole(cls, table: PstFile, how: ImportOptions) -> PstFile:
        if how.most is not None and len(table.elements) > how.most:
            raise too_long(how.most)
        return table

    def run(self, table: PstFile) -> ImportReport:
        on = self.how.on or self.day
        if not _EARLIEST <= on <= self.day:
            raise Refused(
                f"La date d'un fichier va du {in_french(_EARLIEST)} au {in_french(self.day)}."
            )
        report = self.report
        report.rows = len(table.elements)
        report.refused = list(table.problems)
        if report.refused:
            report.strict = True
            report.told.append("Un PST entre entier ou pas du tout : corrigez ces fautes d'abord.")
            return report
        if self.writes:
            # Two imports of one file at once: the second one finds it there.
            hold(self.session, "roadmap")
        report.written = self.writes
        digest = sha256(table.content).hexdigest()
        known = statements(self.session, self.day)
        same = next((one for one in known if one.digest == digest), None)
        if same is not None:
            report.unchanged = report.rows
            report.told.append(f"Ce fichier est déjà là, au {in_french(same.on)}.")
            return report
        # What is new, changed or gone against the file that held until then.
        before = _file_of(self.session, [one for one in known if one.on <= on])
        now, then = _meanings(table), _meanings(before) if before else {}
        report.new = len(now.keys() - then.keys())
        report.changed = sum(now[key] != then[key] for key in now.keys() & then.keys())
        report.unchanged = report.rows - report.new - report.changed
        report.gone = len(then.keys() - now.keys())
        if report.written and report.new + report.changed + report.gone:
            told = {"name": table.name, "content": table.content, "digest": digest}
            add_fact(self.session, self.reader, PstStatement(on=on, **told))
            self.note(SUBJECT, table.name, "importé", None, in_french(on))
        return report


def _file_of(session: Session, known: Sequence[PstStatement]) -> PstFile | None:
    """The last of these files, read again; None where there is none."""
    last = known[-1] if known else None
    return read_pst(content_of(session, last.id), last.name) if last else None


def _meanings(file: PstFile) -> Mapping[str, object]:
    """Key → all that is said of an element, apart from what stands below it."""
    if file.document is None:
        return {
            one.key: (one.title, one.state, one.progress, one.end, one.health, one.parent)
            for one in file.elements
        }
    return {
        key: (
            parent,
            [
                part.means()
                for part in node.children
                if part.tag not in ("ObjectifStrategiques", "ObjectifsOperationnels", "Actions")
            ],
        )
        for key, parent, node in nodes_of(file.document.root)
    }


def withdraw_pst(session: Session, reader: Reader, statement_id: int) -> None:
    """Retirer un fichier: from its own day, what the one before it said holds again. Raises Refused
    where it does not count any more.
    """
    require(reader, REGISTERS[PstImport.kind].right)
    hold(session, "roadmap")
    day = today(session)
    found = next((one for one in statements(session, day) if one.id == statement_id), None)
    if found is None:
        raise Refused("Ce fichier n'est plus là : il a déjà été retiré.")
    withdrawn = {"name": found.name, "digest": "", "content": b""}
    add_fact(session, reader, PstStatement(on=found.on, voids=found.id, **withdrawn))
    note(session, reader, SUBJECT, found.name, "importé", in_french(found.on), None)


def tie_element(
    session: Session, reader: Reader, element: str, subject: str | None, allowed: Collection[str]
) -> None:
    """Lier un élément, from today, to a record, or to none (an empty subject); `allowed` are the
    existing subjects. Raises Invalid per field, also where no subject was chosen.
    """
    require(reader, "milestone.revise")
    hold(session, "roadmap")
    day = today(session)
    last = _file_of(session, statements(session, day))
    titles = {read.key: read.title for read in last.elements} if last else {}
    before = ties(session, day).get(element)
    tied = before.subject if before else None
    is_gone = subject and subject not in allowed
    gone = is_gone and "Ce jalon, ce chantier ou ce projet n'existe plus."
    none = "Choisissez à quoi la lier, ou « Rien chez nous »."
    refuse({"element": element not in titles and "Choisissez une action du dernier PST importé."})
    refuse({"subject": none if subject is None else gone})
    refuse({"form": tied == subject and "Rien ne change."})
    title = titles[element]
    add_fact(session, reader, PstTie(element=element, title=title, subject=subject))
    note(session, reader, SUBJECT, title, "lié à", tied, subject or None)
