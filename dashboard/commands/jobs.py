"""The process behind the jobs (travaux) that the screens ask for: what each kind does."""

import json
from dataclasses import asdict, replace
from datetime import date
from functools import partial
from operator import length_hint

import typer

from dashboard.actions.academy.imports import import_registrations
from dashboard.actions.figures.measures import import_measures
from dashboard.actions.ideas.imports import import_ideas, prepared
from dashboard.actions.import_reports import ImportReport
from dashboard.actions.keeping.backups import make_backup, note_backup
from dashboard.actions.keeping.heartbeats import note_all, note_ends, noting_failure
from dashboard.actions.keeping.jobs import FILE_ROWS, MEMORY_MB, Work, private_file, run_job
from dashboard.actions.register_imports import ImportOptions, act_of
from dashboard.actions.surveys.imports import import_survey, read_file
from dashboard.commands import answering, checking, report
from dashboard.figures.declaring import outside
from dashboard.files.backup_folder import file_name
from dashboard.files.ideas.layout import NoTitle, known_for
from dashboard.files.ideas.reading import read_ideas
from dashboard.files.processes import keep_within
from dashboard.files.uploads import open_table
from dashboard.french import counted
from dashboard.queries.keeping.health import BACKUP, CHECK
from models import clock
from models.database import reading
from models.errors import Refused
from models.jobs import REGISTERS
from models.progress import between
from models.surveys import Survey

app = typer.Typer()


@app.command(hidden=True)
@answering
def job(ids: list[str]) -> None:
    """Fait des travaux demandés, l'un après l'autre (lancé par le serveur)."""
    keep_within_memory()
    for one in ids:
        run_job(one, MAKERS)


def keep_within_memory() -> None:
    """The memory that one job may take, before it reads anything."""
    keep_within(MEMORY_MB)


# ── Imports ───────────────────────────────────────────────────────────────────────────────────────


def bring_ideas(work: Work) -> tuple[bytes, str] | None:
    """A dry run, or the import: read to the end first, written in one short transaction with the
    end of the job.

    A dry run that finds no title says what the file holds, so that a person can say which column is
    which.
    """
    file = work.params["fichier"]
    params = {"source": work.params["source"] or None, "agents": bool(work.params["agents"])}
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
    if _is_trial(work):
        with reading(work.on) as session:
            found = import_ideas(
                session,
                work.reader(session),
                table,
                dry_run=True,
                today=clock.today(session),
                tell=between(work.tell, 0.6, 1),
                **params,
            )
        return _as_result(found, told=found.summary()), file
    with work.writing(0.6, f"Écriture : {counted(length_hint(table.rows), 'ligne')}") as session:
        found = import_ideas(
            session,
            work.reader(session),
            table,
            today=clock.today(session),
            tell=between(work.tell, 0.6, 1),
            **params,
        )
        work.let_upload_go(session)
        work.finish(session, file, _as_result(found, told=found.summary()))
    return None


def bring_measures(work: Work) -> tuple[bytes, str] | None:
    """The same for measures; every row is tried before one is written."""
    file = work.params["fichier"]
    with reading(work.on) as session:
        found = import_measures(
            session,
            work.reader(session),
            work.upload,
            outside(),
            file,
            dry_run=True,
            most=FILE_ROWS,
            tell=between(work.tell, 0, 1 if _is_trial(work) else 0.6),
        )
    if _is_trial(work):
        return _as_result(found), file
    with work.writing(0.6, f"Écriture : {counted(found.new + found.changed, 'relevé')}") as session:
        found = import_measures(
            session,
            work.reader(session),
            work.upload,
            outside(),
            file,
            tell=between(work.tell, 0.6, 1),
        )
        work.let_upload_go(session)
        work.finish(session, file, _as_result(found))
    return None


def bring_registrations(work: Work) -> tuple[bytes, str] | None:
    """The same for registrations of another academy; the year of its months was asked on the
    screen.
    """
    file = work.params["fichier"]
    how = {
        "year": int(work.params["annee"]) if work.params["annee"] else None,
        "most": FILE_ROWS,
    }
    with reading(work.on) as session:
        found = import_registrations(
            session,
            work.reader(session),
            work.upload,
            file,
            dry_run=True,
            tell=between(work.tell, 0, 1 if _is_trial(work) else 0.5),
            **how,
        )
    if _is_trial(work):
        return _as_result(found, told=found.summary()), file
    with work.writing(
        0.5, f"Écriture : {counted(found.new + found.changed, 'inscription')}"
    ) as session:
        found = import_registrations(
            session, work.reader(session), work.upload, file, tell=between(work.tell, 0.5, 1), **how
        )
        work.let_upload_go(session)
        work.finish(session, file, _as_result(found, told=found.summary()))
    return None


def bring_register(kind: str, work: Work) -> tuple[bytes, str] | None:
    """The same for one of the registers; who was erased comes back only where that was asked for
    on the screen.
    """
    imports = act_of(kind)
    noun = REGISTERS[kind].noun
    file = work.params["fichier"]
    day = work.params.get("le")
    how = ImportOptions(
        most=FILE_ROWS,
        take_erased=bool(work.params.get("effacees")),
        on=date.fromisoformat(day) if day else None,
    )
    with reading(work.on) as session:
        tried = replace(
            how, dry_run=True, tell=between(work.tell, 0, 1 if _is_trial(work) else 0.5)
        )
        found = imports(session, work.reader(session), work.upload, file, tried)
    if _is_trial(work):
        return _as_result(found, told=found.summary()), file
    with work.writing(0.5, f"Écriture : {counted(found.new + found.changed, noun)}") as session:
        found = imports(
            session,
            work.reader(session),
            work.upload,
            file,
            replace(how, tell=between(work.tell, 0.5, 1)),
        )
        work.let_upload_go(session)
        work.finish(session, file, _as_result(found, told=found.summary()))
    return None


def bring_survey(work: Work) -> tuple[bytes, str] | None:
    """The same for the answers of a survey; its series, its day and who answered were asked on
    the screen.
    """
    params = work.params
    file = params["fichier"]
    given = Survey(
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
        file,
        json.loads(params["colonnes"] or "{}"),
        FILE_ROWS,
        between(work.tell, 0, 1 if _is_trial(work) else 0.5),
    )
    if _is_trial(work):
        with reading(work.on) as session:
            found = import_survey(session, work.reader(session), read, given, dry_run=True)
        return _as_result(found, told=found.summary()), file
    with work.writing(0.5, f"Écriture : {counted(len(read.sheets), 'fiche')}") as session:
        found = import_survey(
            session, work.reader(session), read, given, tell=between(work.tell, 0.5, 1)
        )
        work.let_upload_go(session)
        work.finish(session, file, _as_result(found, told=found.summary()))
    return None


def _is_trial(work: Work) -> bool:
    return not work.params["essai"]


def _as_result(found: ImportReport, **more: object) -> bytes:
    layout = {"layout": asdict(found.layout)} if found.layout else {}
    return json.dumps(found.as_json() | layout | more, ensure_ascii=False).encode()


# ── The state of the system ───────────────────────────────────────────────────────────────────────


def back_up(work: Work) -> None:
    """A file of its own, beside the database; the journal and the end of the job go together."""
    now = clock.now()
    with reading(work.on) as session:
        reader = work.reader(session)
    with noting_failure(BACKUP, work.on):
        make_backup(work.on, reader, private_file(work.id), now, work.tell)
        with work.writing(0.99, "La sauvegarde est relue") as session:
            note_backup(session, reader, now, private_file(work.id))
            note_ends(session, {BACKUP: ""}, now)
            work.finish(session, file_name(now))


def look_over(work: Work) -> tuple[bytes, str]:
    """Everything that `check` looks at."""
    found = []
    for finding in checking.verify(work.on):
        found.append({"name": finding.name, "holds": finding.holds, "said": finding.message})
        work.tell(len(found) / checking.HOW_MANY, f"Vérification : {finding.name}")
    holds = all(finding["holds"] for finding in found)
    note_all({CHECK: "" if holds else Refused.__name__}, work.on)
    return json.dumps(found, ensure_ascii=False).encode(), "verification.json"


MAKERS = {
    **report.MAKERS,
    "idees": bring_ideas,
    "releves": bring_measures,
    "inscriptions": bring_registrations,
    "enquetes": bring_survey,
    **{kind: partial(bring_register, kind) for kind in REGISTERS},
    "sauvegarde": back_up,
    "verification": look_over,
}
