"""Registers that are brought in as files, and what is told of them."""

from dashboard.access import Reader
from dashboard.actions.imports import act_of
from dashboard.actions.register_imports import ONCE, ImportOptions
from models.database import writing

TRY = ImportOptions(dry_run=True)


def bring(engine, who: Reader, kind: str, *lines: str, how: ImportOptions = ONCE):
    file = "\n".join(lines).encode()
    with writing(engine) as session:
        return act_of(kind)(session, who, file, f"{kind}.csv", how)


def counts(report) -> tuple[int, int, int, int]:
    return report.new, report.changed, report.unchanged, report.lines_refused
