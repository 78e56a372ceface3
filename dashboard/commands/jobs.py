"""The process of the jobs (travaux) that the screens ask for: the act of each kind."""

import json
from dataclasses import asdict, replace
from functools import partial

import typer
from sqlmodel import Session

from dashboard.actions.imports import act_of, read_whole
from dashboard.actions.operations.heartbeats import record_ends, recording_failure
from dashboard.actions.operations.jobs import FILE_ROWS, MEMORY_MB, JobRun, private_file, run_job
from dashboard.actions.operations.restoring import make_backup, note_backup
from dashboard.actions.register_imports import ImportOptions, ImportReport, options_of
from dashboard.commands import answering, checking, report
from dashboard.files.backup_folder import file_name
from dashboard.files.matching.fields import NONE, Correspondence
from dashboard.files.matching.layout import Unmatched
from dashboard.files.processes import limit_memory
from dashboard.french import counted
from dashboard.queries.operations.health import BACKUP, CHECK
from models import clock
from models.database import reading
from models.jobs import REGISTERS
from models.roadmap import between
from models.texts import Refused

app = typer.Typer()
# The content and name of the result; None if the job is finished already.
_Result = tuple[bytes, str] | None


@app.command(hidden=True)
@answering
def job(ids: list[str]) -> None:
    """Fait des travaux demandés, l'un après l'autre (lancé par le serveur)."""
    limit_memory(MEMORY_MB)  # before anything is read
    for job_id in ids:
        run_job(job_id, MAKERS)


# ── Imports ─────────────────────────────────────────────────────────────────────────────────────


def import_job(kind: str, work: JobRun) -> _Result:
    """A dry run, or the import, written in one short transaction together with the end of the job;
    the file is read and tried before.

    A dry run of a file that lacks a field returns its layout, so that a person can match the
    columns.
    """
    name, is_trial = work.params["fichier"], not work.params["essai"]
    how = options_of(kind, work.params, most=FILE_ROWS, given=_correspondence(work))

    def until(first: float, last: float) -> ImportOptions:
        return replace(how, progress=between(work.report_progress, first, last))

    def act(session: Session, options: ImportOptions) -> ImportReport:
        return act_of(kind)(session, work.reader(session), table, name, options)

    try:
        with reading(work.on) as session:
            table = read_whole(session, kind, work.upload, name, until(0, 0.5))
            report = act(session, replace(until(0.5, 1 if is_trial else 0.7), dry_run=True))
    except Unmatched as refusal:
        if not is_trial or not refusal.layout.may_hold_words:
            raise
        answer = {"refusal": str(refusal), "layout": asdict(refusal.layout)}
        return json.dumps(answer, ensure_ascii=False).encode(), name
    if is_trial:
        return _as_result(report), name
    rows = counted(report.new + report.changed, REGISTERS[kind].noun)
    with work.writing(0.7, f"Écriture : {rows}") as session:
        report = act(session, until(0.7, 1))
        work.discard_upload(session)
        work.finish(session, name, _as_result(report))
    return None


def _correspondence(work: JobRun) -> Correspondence:
    """The correspondence of columns and fields chosen by a person."""
    found = json.loads(work.params.get("colonnes") or "{}")
    # A dry run made before an upgrade has another form: its columns are asked for again.
    return Correspondence(**found) if "columns" in found else NONE


def _as_result(report: ImportReport) -> bytes:
    # Its sample values may name people: they are not needed once the file is imported.
    layout = {} if report.written or not report.layout else {"layout": asdict(report.layout)}
    asks = {"unknown": report.unknown, "elsewhere": report.elsewhere}
    result = report.as_json() | layout | asks | {"told": report.summary()}
    return json.dumps(result, ensure_ascii=False).encode()


# ── The state of the system ─────────────────────────────────────────────────────────────────────


def back_up(work: JobRun) -> None:
    """Makes a backup file beside the database; journal and end of the job are one transaction."""
    now = clock.now()
    with reading(work.on) as session:
        reader = work.reader(session)
    with recording_failure(BACKUP, work.on):
        make_backup(work.on, reader, private_file(work.id), now, work.report_progress)
        with work.writing(0.99, "La sauvegarde est relue") as session:
            note_backup(session, reader, now, private_file(work.id))
            work.finish(session, file_name(now))


def check_database(work: JobRun) -> tuple[bytes, str]:
    """All the checks of `check`."""
    findings = []
    for finding in checking.verify(work.on):
        findings.append({"name": finding.name, "holds": finding.holds, "said": finding.message})
        work.report_progress(len(findings) / checking.HOW_MANY, f"Vérification : {finding.name}")
    holds = all(finding["holds"] for finding in findings)
    record_ends({CHECK: "" if holds else Refused.__name__}, work.on)
    return json.dumps(findings, ensure_ascii=False).encode(), "verification.json"


MAKERS = {
    **report.MAKERS,
    **{kind: partial(import_job, kind) for kind in REGISTERS},
    "sauvegarde": back_up,
    "verification": check_database,
}
