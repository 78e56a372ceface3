"""Importing what the town's tool says of the PST: a file that holds, whole, from its day on; and
taking the last one back.
"""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.import_reports import ImportReport, too_long
from dashboard.actions.journal import note
from dashboard.actions.register_imports import ONCE, ImportOptions, RegisterImport
from dashboard.files.pst.elements import PstFile, nodes_of
from dashboard.files.pst.markup import MOST_BYTES
from dashboard.files.pst.reading import read_pst
from dashboard.files.pst.sheet import SHEET
from dashboard.french import day as in_french
from dashboard.queries.pst import content_of, statements
from models.clock import today
from models.errors import Refused
from models.jobs import REGISTERS
from models.pst import PstStatement
from models.revisions import hold

SUBJECT = "pst"
_EARLIEST = date(2000, 1, 1)
_NAME_MAX = 200


class _Import(RegisterImport):
    """Its place among the registers: the columns of the workbook; the file is taken whole."""

    kind = "pst"
    register = SHEET


def import_pst(
    session: Session, reader: Reader, file: Path | bytes, name: str = "", how: ImportOptions = ONCE
) -> ImportReport:
    """Importer un PST: what it says holds from the day of the file (`how.on`, else today) until the
    next one. A file with a fault is not taken at all; one that says nothing new changes nothing.
    Raises Refused for one that cannot be read.
    """
    require(reader, REGISTERS[_Import.kind].right)
    name = (name or (file.name if isinstance(file, Path) else "fichier"))[:_NAME_MAX]
    content = _content(file, name)
    how.progress(0.1, "Lecture du PST")
    read = read_pst(content, name)
    if how.most is not None and len(read.elements) > how.most:
        raise too_long(how.most)
    on = how.on or today(session)
    if not _EARLIEST <= on <= today(session):
        raise Refused(
            f"La date d'un fichier va du {in_french(_EARLIEST)} au {in_french(today(session))}."
        )
    report = ImportReport(rows=len(read.elements), noun=REGISTERS[_Import.kind].noun)
    report.refused = list(read.problems)
    if report.refused:
        report.strict = True
        report.told.append("Un PST entre entier ou pas du tout : corrigez ces fautes d'abord.")
        return report
    return _take(session, reader, report, read, PstStatement(**_said(name, content, on)), how)


def _content(file: Path | bytes, name: str) -> bytes:
    if isinstance(file, bytes):
        return file
    try:
        if file.stat().st_size > MOST_BYTES:
            raise Refused(f"« {name} » dépasse {MOST_BYTES >> 20} Mo.")
        return file.read_bytes()
    except FileNotFoundError:
        raise Refused(f"Le fichier « {name} » est introuvable.") from None
    except OSError as error:
        raise Refused(f"Le fichier « {name} » ne peut pas être lu : {error.strerror}.") from error


def _said(name: str, content: bytes, on: date) -> dict[str, object]:
    digest = sha256(content).hexdigest()
    return {"name": name, "content": content, "digest": digest, "on": on}


def _take(
    session: Session,
    reader: Reader,
    report: ImportReport,
    read: PstFile,
    said: PstStatement,
    how: ImportOptions,
) -> ImportReport:
    if not how.dry_run:
        # Two imports of one file at once: the second one finds it there.
        hold(session, "roadmap")
    known = statements(session, today(session))
    same = next((one for one in known if one.digest == said.digest), None)
    if same is not None:
        report.unchanged = report.rows
        report.told.append(f"Ce fichier est déjà là, au {in_french(same.on)}.")
    else:
        before = [one for one in known if one.on <= said.on]
        _compare(session, report, read, before[-1] if before else None)
    report.written = not how.dry_run
    if report.written and report.new + report.changed + report.gone:
        _write(session, reader, said)
    return report


def _compare(
    session: Session, report: ImportReport, read: PstFile, before: PstStatement | None
) -> None:
    """What is new, changed or gone against the file that held until then."""
    then = _meanings(read_pst(content_of(session, before.id), before.name)) if before else {}
    now = _meanings(read)
    report.new = len(now.keys() - then.keys())
    report.changed = sum(now[key] != then[key] for key in now.keys() & then.keys())
    report.unchanged = report.rows - report.new - report.changed
    report.gone = len(then.keys() - now.keys())


def _meanings(file: PstFile) -> Mapping[str, object]:
    """Key → all that is said of an element, apart from what stands below it."""
    if file.document is None:
        return {
            one.key: (one.title, one.state, one.progress, one.end, one.health, one.parent)
            for one in file.elements
        }
    return {
        key: (parent, [part.means() for part in node.children if part.tag not in _HOLDERS])
        for key, parent, node in nodes_of(file.document.root)
    }


_HOLDERS = ("ObjectifStrategiques", "ObjectifsOperationnels", "Actions")


def _write(session: Session, reader: Reader, said: PstStatement) -> None:
    day = today(session)
    said.recorded_on = day
    said.by = reader.person_id
    session.add(said)
    note(session, reader, day, SUBJECT, said.name, "importé", None, in_french(said.on))


def withdraw_pst(session: Session, reader: Reader, statement_id: int) -> None:
    """Retirer un fichier: from its own day, what the one before it said holds again. Raises Refused
    where it does not count any more.
    """
    require(reader, REGISTERS[_Import.kind].right)
    hold(session, "roadmap")
    day = today(session)
    found = next((one for one in statements(session, day) if one.id == statement_id), None)
    if found is None:
        raise Refused("Ce fichier n'est plus là : il a déjà été retiré.")
    session.add(
        PstStatement(
            on=found.on,
            recorded_on=day,
            by=reader.person_id,
            voids=found.id,
            name=found.name,
            digest="",
            content=b"",
        )
    )
    note(session, reader, day, SUBJECT, found.name, "importé", in_french(found.on), None)
