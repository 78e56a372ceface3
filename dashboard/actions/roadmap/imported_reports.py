"""What a file says of the state of a milestone: a report, where it differs from the last one."""

from datetime import date

from dashboard.actions.roadmap.reports import ReportInput
from dashboard.files.milestones import state_of
from dashboard.files.quoting import shown
from dashboard.files.registers import RegisterRow
from models.roadmap import MilestoneReport, MilestoneState

_WHOLE = 100
_SAID = ("state", "progress", "forecast_end", "actual_end")


def reported(
    row: RegisterRow, last: MilestoneReport | None, end: date | None
) -> tuple[ReportInput | None, dict[str, str]]:
    """(the report, what is wrong with it by column): no report where the row says nothing new. The
    end in force stands for a forecast that is not given.
    """
    if not any(row.get(name) not in (None, "") for name in _SAID):
        return None, {}
    state = _state(row, last)
    if state is None:
        word = str(row.get("state", ""))
        return None, {"state": f"« {shown(word)} » n'est pas un état de jalon connu."}
    is_done = state is MilestoneState.done
    report = ReportInput(
        state,
        _WHOLE if is_done else _progress(row, last),
        None if is_done else row.get("forecast_end", last.forecast_end if last else None) or end,
        row.get("actual_end", last.actual_end if last else None) if is_done else None,
        str(row.get("comment", "")),
        on=row.get("on"),
    )
    if is_done and report.actual_end is None:
        # Dated by the day of the import, it would count as done today.
        return None, {"actual_end": "Donnez la fin réelle : ce jalon est dit terminé, sans date."}
    return (None if _is_same(report, last) else report), {}


def _state(row: RegisterRow, last: MilestoneReport | None) -> MilestoneState | None:
    """The state that is said, else the one that what is said comes to."""
    word = str(row.get("state", ""))
    if word:
        return state_of(word)
    if row.get("actual_end"):
        return MilestoneState.done
    if last is not None and last.state != MilestoneState.to_plan:
        return MilestoneState(last.state)
    return MilestoneState.under_way if row.get("progress") else MilestoneState.to_plan


def _progress(row: RegisterRow, last: MilestoneReport | None) -> int:
    said = row.get("progress")
    if said is None:
        return last.progress if last else 0
    return round(said)


def _is_same(report: ReportInput, last: MilestoneReport | None) -> bool:
    if last is None:
        return False
    is_said_before = report.comment in ("", last.comment)
    return is_said_before and all(getattr(report, name) == getattr(last, name) for name in _SAID)
