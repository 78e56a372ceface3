"""The process behind the jobs (travaux) that the screens ask for: what each kind does."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date
from functools import partial
from operator import length_hint

import typer
from sqlmodel import Session

from dashboard.access import Reader
from dashboard.actions.academy.imports import import_registrations
from dashboard.actions.figures.measures import import_measures
from dashboard.actions.ideas.imports import import_ideas, prepared
from dashboard.actions.import_reports import ImportReport
from dashboard.actions.operations.backups import make_backup, note_backup
from dashboard.actions.operations.heartbeats import record_ends, recording_failure, write_ends
from dashboard.actions.operations.jobs import FILE_ROWS, MEMORY_MB, JobRun, private_file, run_job
from dashboard.actions.register_imports import ImportOptions, act_of
from dashboard.actions.surveys.imports import import_survey, read_file
from dashboard.commands import answering, checking, report
from dashboard.figures.declaring import externally_measured
from dashboard.files.backup_folder import file_name
from dashboard.files.ideas.layout import NoTitle, known_for
from dashboard.files.ideas.reading import read_ideas
from dashboard.files.processes import limit_memory
from dashboard.files.uploads import open_table
from dashboard.french import counted
from dashboard.queries.operations.health import BACKUP, CHECK
from models import clock
from models.database import reading
from models.errors import Refused
from models.jobs import REGISTERS
from models.progress import between
from models.surveys import Survey

app = typer.Typer()
_Made = tuple[bytes, str] | None  # the result of a job and its name; None where it is finished


@app.command(hidden=True)
@answering
def job(ids: list[str]) -> None:
    """Fait des travaux demandés, l'un après l'autre (lancé par le serveur)."""
    limit_own_memory()
    for one in ids:
        run_job(one, MAKERS)


def limit_own_memory() -> None:
    """The memory that one job may take, before it reads anything."""
    limit_memory(MEMORY_MB)


# ── Imports ───────────────────────────────────────────────────────────────────────────────────────


# The act of an import: a session, the reader, `dry_run` and `tell`.
_Act = Callable[..., ImportReport]


def _import(work: JobRun, act: _Act, noun: str, start: float, rows: int | None = None) -> _Made:
    """A dry run, or the import: written in one short transaction with the end of the job. Before
    it every row is tried, unless the file was read to its end already (`rows` of it); `start` is
    the share of the work that is done by then.
    """
    file, is_trial = work.params["fichier"], _is_trial(work)
    if is_trial or rows is None:
        first, last = 0 if rows is None else start, 1 if is_trial else start
        with reading(work.on) as session:
            tell = between(work.tell, first, last)
            report = act(session, work.reader(session), dry_run=True, tell=tell)
        if is_trial:
            return _as_result(report), file
        rows = report.new + report.changed
    with work.writing(start, f"Écriture : {counted(rows, noun)}") as session:
        report = act(
            session, work.reader(session), dry_run=False, tell=between(work.tell, start, 1)
        )
        work.discard_upload(session)
        work.finish(session, file, _as_result(report))
    return None


def import_ideas_job(work: JobRun) -> _Made:
    """Ideas: a dry run that finds no title says what the file holds, so that a person can say which
    column is which.
    """
    file = work.params["fichier"]
    columns = json.loads(work.params.get("colonnes") or "{}")
    try:
        read = read_ideas(open_table(work.upload, file, known_for(columns)), columns)
    except NoTitle as refusal:
        if not _is_trial(work) or not refusal.layout.may_hold_titles:
            raise
        found = {"refusal": str(refusal), "layout": asdict(refusal.layout)}
        return json.dumps(found, ensure_ascii=False).encode(), file
    # Read to the end before a transaction begins: nobody waits for a file to be read.
    table = prepared(read, FILE_ROWS, between(work.tell, 0, 0.6))
    source, agents = work.params["source"] or None, bool(work.params["agents"])

    def act(session: Session, reader: Reader, **how: object) -> ImportReport:
        day = clock.today(session)
        return import_ideas(session, reader, table, today=day, source=source, agents=agents, **how)

    return _import(work, act, "ligne", 0.6, length_hint(table.rows))


def import_measures_job(work: JobRun) -> _Made:
    def act(session: Session, reader: Reader, **how: object) -> ImportReport:
        file = work.params["fichier"]
        return import_measures(
            session, reader, work.upload, externally_measured(), file, most=FILE_ROWS, **how
        )

    return _import(work, act, "relevé", 0.6)


def import_registrations_job(work: JobRun) -> _Made:
    """Registrations of another academy; the year of its months was asked on the screen."""
    year = int(work.params["annee"]) if work.params["annee"] else None

    def act(session: Session, reader: Reader, **how: object) -> ImportReport:
        file = work.params["fichier"]
        return import_registrations(
            session, reader, work.upload, file, year=year, most=FILE_ROWS, **how
        )

    return _import(work, act, "inscription", 0.5)


def import_register_job(kind: str, work: JobRun) -> _Made:
    """One of the registers; who was erased comes back only where that was asked for on the
    screen.
    """
    day = work.params.get("le")
    options = ImportOptions(
        most=FILE_ROWS,
        take_erased=bool(work.params.get("effacees")),
        on=date.fromisoformat(day) if day else None,
    )

    def act(session: Session, reader: Reader, **how: object) -> ImportReport:
        file = work.params["fichier"]
        return act_of(kind)(session, reader, work.upload, file, replace(options, **how))

    return _import(work, act, REGISTERS[kind].noun, 0.5)


def import_survey_job(work: JobRun) -> _Made:
    """The answers of a survey; its series, its day and who answered were asked on the screen."""
    params = work.params
    about = Survey(
        series=params["serie"],
        on=date.fromisoformat(params["le"]),
        title=params["titre"],
        invited=int(params["invites"]) if params["invites"] else None,
        agents=not params["citoyens"],
        # A trial of before an update does not say it.
        number=int(params.get("vague") or 1),
    )
    read = read_file(
        work.upload,
        params["fichier"],
        json.loads(params["colonnes"] or "{}"),
        FILE_ROWS,
        between(work.tell, 0, 1 if _is_trial(work) else 0.5),
    )

    def act(session: Session, reader: Reader, **how: object) -> ImportReport:
        return import_survey(session, reader, read, about, **how)

    return _import(work, act, "fiche", 0.5, len(read.sheets))


def _is_trial(work: JobRun) -> bool:
    return not work.params["essai"]


def _as_result(report: ImportReport) -> bytes:
    layout = {"layout": asdict(report.layout)} if report.layout else {}
    found = report.as_json() | layout | {"told": report.summary()}
    return json.dumps(found, ensure_ascii=False).encode()


# ── The state of the system ───────────────────────────────────────────────────────────────────────


def back_up(work: JobRun) -> None:
    """A file of its own, beside the database; the journal and the end of the job go together."""
    now = clock.now()
    with reading(work.on) as session:
        reader = work.reader(session)
    with recording_failure(BACKUP, work.on):
        make_backup(work.on, reader, private_file(work.id), now, work.tell)
        with work.writing(0.99, "La sauvegarde est relue") as session:
            note_backup(session, reader, now, private_file(work.id))
            write_ends(session, {BACKUP: ""}, now)
            work.finish(session, file_name(now))


def check_database(work: JobRun) -> tuple[bytes, str]:
    """Everything that `check` looks at."""
    found = []
    for finding in checking.verify(work.on):
        found.append({"name": finding.name, "holds": finding.holds, "said": finding.message})
        work.tell(len(found) / checking.HOW_MANY, f"Vérification : {finding.name}")
    holds = all(finding["holds"] for finding in found)
    record_ends({CHECK: "" if holds else Refused.__name__}, work.on)
    return json.dumps(found, ensure_ascii=False).encode(), "verification.json"


MAKERS = {
    **report.MAKERS,
    "idees": import_ideas_job,
    "releves": import_measures_job,
    "inscriptions": import_registrations_job,
    "enquetes": import_survey_job,
    **{kind: partial(import_register_job, kind) for kind in REGISTERS},
    "sauvegarde": back_up,
    "verification": check_database,
}
