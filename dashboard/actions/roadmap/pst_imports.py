"""Importing what the town's tool says of the PST: a file that holds, whole, from its day on; and
taking the last one back.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

from sqlmodel import Session

from dashboard.access import Reader, require
from dashboard.actions.acts import add_fact, note
from dashboard.actions.import_reports import ImportReport
from dashboard.actions.register_imports import ImportOptions, RegisterImport, too_long
from dashboard.files.pst.elements import SHEET, PstFile, nodes_of, read_pst
from dashboard.files.pst.markup import MOST_BYTES
from dashboard.files.uploads import opened
from dashboard.french import day as in_french
from dashboard.queries.pst import content_of, statements, ties
from models.clock import today
from models.jobs import REGISTERS
from models.programmes import PstStatement, PstTie
from models.revisions import hold
from models.texts import Refused, refuse

SUBJECT = "pst"
_EARLIEST = date(2000, 1, 1)
_NAME_MAX = 200


class _Import(RegisterImport):
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
    require(reader, REGISTERS[_Import.kind].right)
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
