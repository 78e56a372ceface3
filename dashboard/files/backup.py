"""The file of a backup (sauvegarde): a zip of one JSON-lines file per table and a manifest with
their SHA-256.

It uses no type of an engine, so that a backup of SQLite can be restored on PostgreSQL and vice
versa. A row is one JSON list, in the order of the manifest's columns.
"""

import base64
import hashlib
import json
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import IO

from pydantic import BaseModel, Field, PrivateAttr
from pydantic_core import to_json

from dashboard.files.csvout import draft_of
from dashboard.french import counted
from models.roadmap import Progress, without_progress
from models.texts import Refused

FORMAT = "c-possible-sauvegarde"
VERSION = 1
MANIFEST = "manifeste.json"
_DAMAGED = "Cette sauvegarde est abîmée ou incomplète ({}) : rien n'a été écrit."
_SOME = 2000  # rows written together, and between two progress reports
_PIECE = 2**20  # bytes read together
# Rows are repetitive: the fastest compression already saves nine tenths.
_FAST = 1


# Kind of a column → how a value is written and read; other kinds are native to JSON, and dates are
# written correctly by default.
_WRITTEN = {
    "datetime": lambda moment: (
        moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    ).isoformat(),
    "bytes": lambda raw: base64.b64encode(raw).decode(),
}
_READ = {"date": date.fromisoformat, "datetime": datetime.fromisoformat, "bytes": base64.b64decode}


def _convert(
    columns: dict[str, str], converters: dict[str, Callable]
) -> Callable[[Sequence[object]], list]:
    """A function that converts the columns of a row that need it."""
    changed = [
        (i, converters[kind]) for i, kind in enumerate(columns.values()) if kind in converters
    ]

    def convert(row: Sequence[object]) -> list:
        values = list(row)
        for i, converter in changed:
            if values[i] is not None:
                values[i] = converter(values[i])
        return values

    return convert


# ── Writing ───────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def private_draft(path: Path) -> Iterator[Path]:
    """A private file beside `path`, renamed to it once complete, or deleted. Raises Refused."""
    if path.exists():
        raise Refused(f"« {path} » existe déjà : choisissez un autre nom.")
    with draft_of(path) as draft:
        yield draft


class RowProgress:
    """Reports rows done out of the known total, over all tables; `known` is 0 if nobody counted
    them.
    """

    def __init__(self, progress: Progress, known: int, verb: str):
        self._report = progress
        self._known = known
        self._verb = verb
        self._before = 0

    def __call__(self, table: str, rows: int) -> None:
        share = (self._before + rows) / self._known if self._known else 0.0
        self._report(share, f"{self._verb} : table {table}, {counted(rows, 'ligne')}")

    def end(self, rows: int) -> None:
        """Adds the rows of a finished table."""
        self._before += rows


def write_backup(
    path: Path,
    about: dict,
    tables: Iterable[tuple[str, dict[str, str], Iterable[Sequence[object]]]],
    progress: Progress = without_progress,
    known: int = 0,
) -> dict[str, int]:
    """Writes the file completely or not at all; returns table → rows written. `about` is added
    to the manifest; of each table its name, its columns with their kinds, its rows.

    `known`: the total of rows, for the reported share.
    """
    written: dict[str, dict] = {}
    row_progress = RowProgress(progress, known, "Écriture")
    with (
        private_draft(path) as draft,
        zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST) as out,
        ThreadPoolExecutor(1) as beside,
    ):
        for name, columns, rows in tables:
            written[name] = _write_table(out, beside, name, columns, rows, row_progress)
            row_progress.end(written[name]["rows"])
        manifest = {"format": FORMAT, "version": VERSION, **about, "tables": written}
        out.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
    return {name: facts["rows"] for name, facts in written.items()}


def _write_table(
    out: zipfile.ZipFile,
    beside: Executor,
    name: str,
    columns: dict[str, str],
    rows: Iterable[Sequence[object]],
    row_progress: RowProgress,
) -> dict:
    digest = hashlib.sha256()
    written = 0
    # The size is unknown before writing; 64 bits allow a table over 4 GB.
    with out.open(f"{name}.jsonl", "w", force_zip64=True) as member:
        # Rows already read are hashed and compressed by another thread while the next ones are
        # read: neither needs the GIL. One chunk at a time bounds the memory.
        stored = beside.submit(_store, member, digest, b"")
        for lines, count in _lines(rows, _convert(columns, _WRITTEN)):
            stored.result()
            stored = beside.submit(_store, member, digest, lines)
            written += count
            row_progress(name, written)
        stored.result()
    row_progress(name, written)
    return {"rows": written, "sha256": digest.hexdigest(), "columns": columns}


def _lines(
    rows: Iterable[Sequence[object]], convert: Callable[[Sequence[object]], list]
) -> Iterator[tuple[bytes, int]]:
    """Rows as lines of JSON, and their number."""
    left = iter(rows)
    while some := [to_json(convert(row)) for row in islice(left, _SOME)]:
        yield b"\n".join(some) + b"\n", len(some)


def _store(member: IO[bytes], digest: "hashlib._Hash", lines: bytes) -> None:
    digest.update(lines)
    member.write(lines)


# ── Reading ───────────────────────────────────────────────────────────────────────────────────────


class StoredTable(BaseModel):
    """What the manifest says of a table: column → kind."""

    rows: int
    sha256: str
    columns: dict[str, str]


class Backup(BaseModel):
    """The manifest of a backup, with its file; `revision` is the migration that it was made at."""

    format: str
    version: int
    made_at: datetime
    revision: str
    is_demonstration: bool = Field(alias="demonstration")
    tables: dict[str, StoredTable]
    _file: zipfile.ZipFile = PrivateAttr()

    @property
    def row_count(self) -> int:
        """The number of rows of all tables."""
        return sum(stored.rows for stored in self.tables.values())

    def rows(self, table: str) -> Iterator[list]:
        """The rows of a table, with dates parsed."""
        convert = _convert(self.tables[table].columns, _READ)
        with self._file.open(f"{table}.jsonl") as member:
            for line in member:
                yield convert(json.loads(line))


@contextmanager
def open_backup(path: Path, progress: Progress = without_progress) -> Iterator[Backup]:
    """Opens a backup after verifying its digests. Raises Refused before anything is written."""
    try:
        with zipfile.ZipFile(path) as file:
            yield _verified(file, progress)
    except zipfile.BadZipFile as error:
        raise Refused(_DAMAGED.format("le fichier n'est pas une archive entière")) from error
    except OSError as error:
        raise Refused(f"« {path} » ne peut pas être lu : {error.strerror}.") from error


def _verified(file: zipfile.ZipFile, progress: Progress) -> Backup:
    backup = _manifest(file)
    row_progress = RowProgress(progress, backup.row_count, "Relecture")
    for table, stored in backup.tables.items():
        digest = hashlib.sha256()
        rows = 0
        try:
            with file.open(f"{table}.jsonl") as member:
                while piece := member.read(_PIECE):
                    digest.update(piece)
                    rows += piece.count(b"\n")
                    row_progress(table, rows)
        except (zipfile.BadZipFile, KeyError, EOFError, ValueError, zlib.error) as error:
            raise Refused(_DAMAGED.format(f"table {table}")) from error
        if (digest.hexdigest(), rows) != (stored.sha256, stored.rows):
            raise Refused(_DAMAGED.format(f"table {table}"))
        row_progress.end(rows)
    return backup


def _manifest(file: zipfile.ZipFile) -> Backup:
    try:
        backup = Backup.model_validate_json(file.read(MANIFEST))
    except (KeyError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise Refused(_DAMAGED.format("le manifeste n'est pas lisible")) from error
    if backup.format != FORMAT:
        raise Refused("Ce fichier n'est pas une sauvegarde de C-Possible.")
    if backup.version != VERSION:
        raise Refused(
            "Cette sauvegarde a été faite par un programme plus récent : mettez le programme à"
            " jour."
        )
    backup._file = file
    return backup


SUFFIX = ".age"
_BEGINS = b"age-encryption.org/v1"


def encrypt(source: Path, target: Path, key: str) -> None:
    """Encrypts (chiffrer) for a public key, `age1…`. Raises Refused."""
    age = _age()
    try:
        recipient = age.x25519.Recipient.from_str(key)
    except age.RecipientError as error:
        raise Refused("CP_BACKUP_KEY n'est pas une clé publique d'age (age1…).") from error
    try:
        age.encrypt_file(str(source), str(target), [recipient])
    except (OSError, age.EncryptError) as error:
        raise Refused(f"« {source.name} » ne peut pas être chiffrée.") from error


def is_encrypted(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_BEGINS)) == _BEGINS
    except OSError:  # the reader gives a better error
        return False


@contextmanager
def opened(path: Path, identity: Path | None, beside: Path) -> Iterator[Path]:
    """The readable file, for the duration of the block; an encrypted one is decrypted
    (déchiffrer) into a temporary folder in `beside`. Raises Refused.
    """
    if not is_encrypted(path):
        yield path
        return
    if identity is None:
        raise Refused(
            "Cette sauvegarde est chiffrée : donnez sa clé privée avec --identity FICHIER."
        )
    age = _age()
    keys = _identities(age, identity)
    beside.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".c-possible-clair-", dir=beside) as folder:
        plain = Path(folder) / path.name.removesuffix(SUFFIX)
        try:
            age.decrypt_file(str(path), str(plain), keys)
        except (OSError, age.DecryptError) as error:
            raise Refused(
                "Cette clé n'ouvre pas cette sauvegarde, ou le fichier est abîmé : rien n'a été"
                " écrit."
            ) from error
        yield plain


def _identities(age: ModuleType, file: Path) -> list:
    """The keys of a file of `age-keygen`: one per line, with comments."""
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
        return [age.x25519.Identity.from_str(line) for line in lines if line and line[0] != "#"]
    except (OSError, UnicodeError, age.IdentityError) as error:
        raise Refused(f"« {file} » n'est pas une clé privée d'age (AGE-SECRET-KEY-…).") from error


def _age() -> ModuleType:
    try:
        import pyrage
    except ImportError as error:
        raise Refused(
            "Les sauvegardes chiffrées demandent le paquet pyrage (pip install pyrage)."
        ) from error
    return pyrage
