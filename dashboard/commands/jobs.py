"""The process of the jobs (travaux) that the screens ask for: the act of each kind."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date
from functools import partial
from operator import length_hint

import typer
from sqlmodel import Session

from dashboard.access import Reader
from dashboard.actions.ideas.imports import import_ideas, opened_ideas, prepared
from dashboard.actions.import_reports import ImportReport
from dashboard.actions.operations.backups import make_backup, note_backup
from dashboard.actions.operations.heartbeats import record_ends, recording_failure
from dashboard.actions.operations.jobs import FILE_ROWS, MEMORY_MB, JobRun, private_file, run_job
from dashboard.actions.register_imports import ImportOptions, act_of
from dashboard.actions.surveys.imports import import_survey, read_file
from dashboard.commands import answering, checking, report
from dashboard.files.backup_folder import file_name
from dashboard.files.matching.correspondences import NONE, Correspondence
from dashboard.files.matching.layout import Unmatched
from dashboard.files.processes import limit_memory
from dashboard.french import counted
from dashboard.queries.operations.health import BACKUP, CHECK
from models import clock
from models.database import reading
from models.errors import Refused
from models.jobs import REGISTERS
from models.progress import between
from models.surveys import Survey

app = typer.Typer()
# The content and name of the result; None if the job is finished already.
_Result = tuple[bytes, str] | None


@app.command(hidden=True)
@answering
def job(ids: list[str]) -> None:
    """Fait des travaux demandés, l'un après l'autre (lancé par le serveur)."""
    limit_own_memory()
    for job_id in ids:
        run_job(job_id, MAKERS)


def limit_own_memory() -> None:
    """Limits the memory of one job, before it reads anything."""
    limit_memory(MEMORY_MB)


# ── Imports ─────────────────────────────────────────────────────────────────────────────────────


# The act of an import: a session, the reader, `dry_run` and `progress`.
_Act = Callable[..., ImportReport]


def _import(work: JobRun, act: _Act, noun: str, start: float, rows: int | None = None) -> _Result:
    """A dry run, or the import, written in one short transaction together with the end of the job.
    All rows are tried before, unless the file was read completely already (`rows` of it); `start`
    is the share of the work done by then.
    """
    file, is_trial = work.params["fichier"], _is_trial(work)
    if is_trial or rows is None:
        first, last = 0 if rows is None else start, 1 if is_trial else start
        with reading(work.on) as session:
            progress = between(work.report_progress, first, last)
            report = act(session, work.reader(session), dry_run=True, progress=progress)
        if is_trial:
            return _as_result(report), file
        rows = report.new + report.changed
    with work.writing(start, f"Écriture : {counted(rows, noun)}") as session:
        report = act(
            session,
            work.reader(session),
            dry_run=False,
            progress=between(work.report_progress, start, 1),
        )
        work.discard_upload(session)
        work.finish(session, file, _as_result(report))
    return None


def import_ideas_job(work: JobRun) -> _Result:
    with reading(work.on) as session:
        read = opened_ideas(session, work.upload, work.params["fichier"], _correspondence(work))
    # Read completely before a transaction begins, so that reading blocks no writer.
    table = prepared(read, FILE_ROWS, between(work.report_progress, 0, 0.6))
    source, agents = work.params["source"] or None, bool(work.params["agents"])

    def act(session: Session, reader: Reader, **how: object) -> ImportReport:
        day = clock.today(session)
        return import_ideas(session, reader, table, today=day, source=source, agents=agents, **how)

    return _import(work, act, "ligne", 0.6, length_hint(table.rows))


def import_register_job(kind: str, work: JobRun) -> _Result:
    """One of the registers; erased persons come back only if that was requested on the screen."""
    day = work.params.get("le")
    options = ImportOptions(
        most=FILE_ROWS,
        take_erased=bool(work.params.get("effacees")),
        on=date.fromisoformat(day) if day else None,
        year=int(work.params["annee"]) if work.params.get("annee") else None,
        given=_correspondence(work),
    )

    def act(session: Session, reader: Reader, **how: object) -> ImportReport:
        file = work.params["fichier"]
        return act_of(kind)(session, reader, work.upload, file, replace(options, **how))

    return _import(work, act, REGISTERS[kind].noun, 0.5)


def import_survey_job(work: JobRun) -> _Result:
    """The answers of a survey; its series, day and respondents were asked on the screen."""
    params = work.params
    about = Survey(
        series=params["serie"],
        on=date.fromisoformat(params["le"]),
        title=params["titre"],
        invited=int(params["invites"]) if params["invites"] else None,
        agents=not params["citoyens"],
        # A dry run made before an upgrade lacks it.
        number=int(params.get("vague") or 1),
    )
    read = read_file(
        work.upload,
        params["fichier"],
        _correspondence(work),
        FILE_ROWS,
        between(work.report_progress, 0, 1 if _is_trial(work) else 0.5),
    )

    def act(session: Session, reader: Reader, **how: object) -> ImportReport:
        return import_survey(session, reader, read, about, **how)

    return _import(work, act, "fiche", 0.5, len(read.sheets))


def _reporting_missing_fields(make: Callable[[JobRun], _Result]) -> Callable[[JobRun], _Result]:
    """The same job, but a dry run of a file that lacks a field returns its layout, so that a person
    can match the columns.
    """

    def run(work: JobRun) -> _Result:
        try:
            return make(work)
        except Unmatched as refusal:
            if not _is_trial(work) or not refusal.layout.may_hold_words:
                raise
            answer = {"refusal": str(refusal), "layout": asdict(refusal.layout)}
            return json.dumps(answer, ensure_ascii=False).encode(), work.params["fichier"]

    return run


def _correspondence(work: JobRun) -> Correspondence:
    """The correspondence of columns and fields chosen by a person."""
    found = json.loads(work.params.get("colonnes") or "{}")
    # A dry run made before an upgrade has another form: its columns are asked for again.
    return Correspondence(**found) if "columns" in found else NONE


def _is_trial(work: JobRun) -> bool:
    return not work.params["essai"]


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
    "idees": _reporting_missing_fields(import_ideas_job),
    "enquetes": import_survey_job,
    **{kind: _reporting_missing_fields(partial(import_register_job, kind)) for kind in REGISTERS},
    "sauvegarde": back_up,
    "verification": check_database,
}
