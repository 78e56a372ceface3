"""Jobs (travaux): their kinds, and the registers imported as files. The right of each is checked
when it is requested, when it runs, and when its result is fetched.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field

from models.facts import Stored
from models.scales import Word


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of job: the right it needs, its name, whether it imports a file, and whether a
    second request finds the running job instead of starting another (`once`).
    """

    right: str
    name: str
    is_import: bool = False
    once: bool = False


@dataclass(frozen=True, slots=True)
class RegisterKind:
    """One kind of file that is imported, a table of `registers.toml`; its command, job and choice
    on a screen are made from this: the right, the names of the job and of the choice, the command
    and its help, the noun of a row, the importer module below `dashboard.actions` (none: that of
    all declared registers), whether the screen « Imports » offers it (else « État du système »
    does), and which of the `ImportOptions` are asked for beside the file. Its columns are the
    fields that its walk reads (`importable` in `dashboard.actions.register_imports`).
    """

    right: str
    name: str
    title: str
    command: str
    help: str
    noun: str
    act: str = ""
    is_on_imports: bool = False
    asks: Sequence[str] = ()


REGISTERS = {
    kind: RegisterKind(**register)
    for kind, register in tomllib.loads(
        Path(__file__).with_name("registers.toml").read_text(encoding="utf-8")
    ).items()
}
JOBS: dict[str, JobKind] = {
    "dossier": JobKind("report.make", "Dossier pour le CODIR (PDF)"),
    "diapositives": JobKind("report.make", "Diapositives (PPTX)"),
    "college": JobKind("report.make", "Version Collège (PDF, 4 pages)"),
    "classeur": JobKind("report.make", "Classeur (XLSX)"),
    "equipe": JobKind("report.make", "Feuille d'équipe (PDF, une page)"),
    **{
        kind: JobKind(register.right, register.name, is_import=True, once=True)
        for kind, register in REGISTERS.items()
    },
    "sauvegarde": JobKind("backup.make", "Fichier de sauvegarde", once=True),
    "verification": JobKind("system.check", "Contrôle complet", once=True),
}


class JobState(Word):
    waiting = "en-attente", "En attente"
    running = "en-cours", "En cours"
    done = "fait", "Prêt"
    failed = "echoue", "Échoué"


class Job(Stored, table=True):
    """Travail: a long task (a report, an import, a backup) that a separate process does for one
    person; stored for a day.

    `id` is 128 random bits in hexadecimal; the result is given only to the person who requested it.
    Only the day is stored here; the times are in its `SignOfLife`. `upload` is its input file,
    `result` its output file.
    """

    id: str = Field(primary_key=True)
    kind: str
    asked_by: int | None = Field(default=None, foreign_key="person.id")
    asked_on: date = Field(index=True)
    state: str = JobState.waiting
    progress: int = 0
    said: str = ""
    params: str = "{}"
    file_name: str = ""
    upload: bytes | None = Field(default=None, sa_type=LargeBinary)
    result: bytes | None = Field(default=None, sa_type=LargeBinary)


class Heartbeat(Stored, table=True):
    """Signe de vie d'une tâche: `failure` is the type of its last error, without its message;
    `in_a_row` the number of failures since the last success. `amount` and `place` are what it left:
    the bytes and the folder of the last backup, the rows of the last restore test.
    """

    task: str = Field(primary_key=True)
    good_on: date | None = None
    failed_on: date | None = None
    failure: str = ""
    in_a_row: int = 0
    amount: int = Field(default=0, sa_type=BigInteger)
    place: str = ""


class Installation(Stored, table=True):
    """One row about this database. A demonstration cannot become real. Entries of the days before
    `mixed_before` have no order.
    """

    id: int = Field(default=1, primary_key=True)
    demonstration: bool = False
    frozen_on: date | None = None
    mixed_before: date | None = None


class Revision(Stored, table=True):
    """One row per subject, raised in each writing transaction: the key of every cache."""

    subject: str = Field(primary_key=True)
    n: int = Field(default=0, sa_type=BigInteger)


MAIL_DAYS = 90  # the text of a notice; the rest of the row stays
DRAFT_DAYS = 90  # a draft that was not continued
CONTACT_MONTHS = 12  # a mark of interest without a contact
GUEST_DAYS = 14  # the details of a guest, after the meeting or session
