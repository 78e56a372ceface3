"""The roadmap of the demonstration: monthly reports, paused, cancelled and revised milestones."""

from collections.abc import Iterable
from datetime import date, timedelta
from hashlib import sha256

from sqlmodel import select

from models.ideas import SourceKey
from models.programmes import PstStatement, PstTie
from models.roadmap import (
    ENDED,
    IS_ELEMENT,
    MilestoneState,
    Plan,
    PlanReport,
    PlanSchedule,
    PlanWait,
    Target,
    TargetKind,
)
from seed.stage import DATA, START, TODAY, CsvRow, Stage, read

# Its owner changed function: no reports since.
_SILENT = {"2.7": date(2023, 2, 28)}
# Recorded a week after it happened: « tel que connu alors », the end of that month did not know it.
_RECORDED_LATE = {("5.5", date(2023, 1, 30)): date(2023, 2, 6)}
UNCHANGED = "Inchangé"
SOURCE = "demonstration:rapports"


def load_reports(stage: Stage) -> None:
    """The reports of rapports.csv, repeated « inchangé » on the last working day of each month
    between two of them; and the dependencies of attentes.csv.
    """
    ids = stage.ids_by(Plan.number)
    histories: dict[str, list[CsvRow]] = {}
    for row in read(DATA / "rapports.csv"):
        histories.setdefault(row.need("number"), []).append(row)
    # The last working day of each month.
    lasts = {day.replace(day=1): day for day in stage.open_days(START, TODAY)}.values()
    reports: list[tuple[str, dict]] = []
    for number, history in histories.items():
        entries = [_report(row, ids[number]) for row in history]
        reports += [(number, report) for report in _history(lasts, number, entries)]
    for number, report in sorted(reports, key=lambda item: item[1]["on"]):
        recorded_on = _RECORDED_LATE.get((number, report["on"]))
        row = stage.add(PlanReport, recorded_on=recorded_on, **report)
        stage.add(
            SourceKey,
            source=SOURCE,
            key=f"jalon {number}, {row['on']:%d/%m/%Y}",
            subject="milestone_report",
            record_id=row["id"],
            digest="",
        )
    for row in read(DATA / "attentes.csv"):
        plan, waits_for = ids[row.need("plan")], ids[row.need("waits_for")]
        stage.add_line(PlanWait, row, plan_id=plan, waits_for_id=waits_for)


def _report(row: CsvRow, plan_id: int) -> dict:
    report = row.values(PlanReport) | {"plan_id": plan_id}
    if report["state"] == MilestoneState.done:
        report |= {"forecast_end": None, "actual_end": report["on"]}
    return report


def _history(lasts: Iterable[date], number: str, entries: list[dict]) -> list[dict]:
    rows: list[dict] = []
    for entry, following in zip(entries, [*entries[1:], None], strict=True):
        rows.append(entry)
        if entry["state"] not in ENDED:
            if following:
                until = following["on"]
            else:
                until = min(_SILENT.get(number, TODAY), TODAY) + timedelta(days=1)
            rows += [
                entry | {"on": day, "reason": UNCHANGED}
                for day in lasts
                if entry["on"] < day < until
            ]
    return rows


# The town's own tool, fictive: its file, and who matched its actions with ours.
_PST = "pst.xml"
_PST_DAY, _TIED_ON = date(2023, 6, 15), date(2023, 6, 19)


def load_projects(stage: Stage) -> None:
    """The plans and reports of projets.csv: each line is a report, and also a schedule if it has a
    budget.
    """
    codes = dict(stage.session.exec(select(Plan.number, Plan.id).where(IS_ELEMENT)).all())
    for row in read(DATA / "projets.csv"):
        plan = codes[row.need("code")]
        stage.add_line(PlanReport, row, plan_id=plan)
        if row.get("budget"):
            direction = stage.units[row.need("direction")]
            stage.add_line(
                PlanSchedule,
                row,
                plan_id=plan,
                owner_direction_id=direction,
                reason=row.get("revised") or None,
            )
    content = (DATA / _PST).read_bytes()
    digest = sha256(content).hexdigest()
    stage.add(PstStatement, on=_PST_DAY, name=_PST, digest=digest, content=content)
    for row in read(DATA / "pst-liens.csv"):
        stage.add_line(PstTie, row, on=_TIED_ON)


def _revise(stage: Stage, number: str, on: date, **changed: object) -> None:
    """Adds a schedule like the last one of a milestone, with what changed."""
    last = stage.session.exec(
        select(PlanSchedule)
        .join(Plan, Plan.id == PlanSchedule.plan_id)
        .where(Plan.number == number)
        .order_by(PlanSchedule.id.desc())
    ).first()
    values = last.model_dump(exclude={"id", "recorded_on"}) | {"on": on} | changed
    stage.add(PlanSchedule, **values)


_MORE_AGENTS = "300 agents au 30/06/23 devenus 500 au 31/10/23 (comité de co-pilotage)"


def revise_milestones(stage: Stage) -> None:
    """Jalon 5.8: 300 agents by 30/06/23 became 500 by 31/10/23, decided by the comité de
    co-pilotage.
    """
    on = date(2023, 1, 31)
    _revise(stage, "5.8", on, end=date(2023, 10, 31), reason=_MORE_AGENTS)
    # The first target is replaced together with its date, or both would be in force.
    replaced = stage.session.exec(
        select(Target).where(Target.figure == "formation", Target.for_date == date(2023, 6, 30))
    ).one()
    stage.add(
        Target,
        on=on,
        figure=replaced.figure,
        kind=TargetKind.follow,
        for_date=replaced.for_date,
        value=replaced.value,
        voids=replaced.id,
        reason=_MORE_AGENTS,
    )
    # Jalon 2.7, which was silent, is taken over by Carine, with its dates as they were.
    _revise(
        stage,
        "2.7",
        on=date(2023, 6, 15),
        owner="Directrice de la Jeunesse et des Sports",
        owner_direction_id=stage.units["VC-JSP"],
        reason="Le porteur a changé de fonction (comité de co-pilotage)",
    )
