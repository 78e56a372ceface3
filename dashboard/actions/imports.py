"""Every kind of file that is imported, and the class that reads it: an import from a file, or from
the rows typed on a screen.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.academy.imports import RegistrationImport
from dashboard.actions.communities import MemberImport
from dashboard.actions.figures.measures import MeasureImport
from dashboard.actions.figures.targets import TargetImport
from dashboard.actions.ideas.imports import CommentImport, IdeaImport
from dashboard.actions.people.imports import AccountImport, PersonImport
from dashboard.actions.people.organisation_imports import DirectionImport, HeadcountImport
from dashboard.actions.register_imports import ONCE, ImportOptions, ImportReport, RegisterImport
from dashboard.actions.registers import TrainingImport, WorkstreamImport, record_import
from dashboard.actions.roadmap.plan_imports import MilestoneImport, ProjectImport, PstImport
from dashboard.actions.surveys.imports import SurveyImport
from dashboard.files.matching.fields import Correspondence, Fields
from dashboard.files.matching.layout import Layout, Unmatched
from dashboard.files.registers import ReadTable, TypedRows, read_register
from dashboard.queries.reference_tables import REGISTERED
from models.jobs import REGISTERS
from models.roadmap import Progress, between
from models.texts import Refused

IMPORTS: dict[str, type[RegisterImport]] = {
    kind: record_import(register) for kind, register in REGISTERED.items()
} | {
    of.kind: of
    for of in (
        IdeaImport,
        CommentImport,
        SurveyImport,
        RegistrationImport,
        MeasureImport,
        TargetImport,
        DirectionImport,
        HeadcountImport,
        PersonImport,
        AccountImport,
        MemberImport,
        TrainingImport,
        WorkstreamImport,
        MilestoneImport,
        ProjectImport,
        PstImport,
    )
}


def importable(kind: str) -> Fields:
    """The fields of one of the REGISTERS."""
    return IMPORTS[kind].register


def act_of(kind: str) -> Callable[..., ImportReport]:
    """The act of one of the REGISTERS: session, reader, file (or TypedRows), its name,
    ImportOptions.
    """
    return partial(import_register, kind=kind)


def read_whole(
    session: Session, kind: str, file: bytes, name: str, how: ImportOptions
) -> ReadTable:
    """A file of this kind, read to its end; `import_register` takes it as often as one likes.
    Raises Refused.
    """
    walked = IMPORTS[kind]
    return walked.whole(walked.opened(session, file, name, how), how)


def layout_of_file(
    session: Session, kind: str, file: Path | bytes, given: Correspondence
) -> Layout:
    """Which column of a file is read as what. Raises Refused for a kind without columns."""
    try:
        found = IMPORTS[kind].opened(session, file, "", ImportOptions(given=given)).layout
    except Unmatched as missing:
        return missing.layout
    if not isinstance(found, Layout):
        raise Refused("Ce genre de fichier ne prend pas de correspondance des colonnes.")
    return found


def import_register(
    session: Session,
    reader: Reader,
    file: Path | bytes | TypedRows | ReadTable,
    name: str = "",
    how: ImportOptions = ONCE,
    *,
    kind: str,
) -> ImportReport:
    """Imports a file (CSV, JSON, XLSX, XLS, ODS), rows typed on the screen or a table that was
    read, into the open `writing()` transaction; importing twice changes nothing. `dry_run` gives
    the same report and writes nothing; so does `strict` where a row is refused. Raises Refused for
    a file that cannot be read.
    """
    require(reader, REGISTERS[kind].right)
    walked = IMPORTS[kind]

    def walk(writes: bool, progress: Progress) -> ImportReport:
        table = file
        if isinstance(file, TypedRows):
            table = read_register(file.table(), walked.register, file.emptied())
        elif isinstance(file, Path | bytes):
            table = walked.opened(session, file, name, how)
        return walked(session, reader, writes, replace(how, progress=progress)).run(table)

    progress = how.progress
    if how.strict and not how.dry_run:
        preview = walk(False, between(progress, 0, 0.3))
        if preview.refused:
            preview.strict = True
            return preview
        progress = between(progress, 0.3, 1)
    return walk(not how.dry_run, progress)
