"""Materials of a training (supports): accepted file types, recognised by content, not by name."""

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath

_NAME_MAX = 120
_UNFIT = re.compile(r"[\x00-\x1f\x7f<>:\"/\\|?*]+")


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of file: its extensions, its MIME type, its label."""

    extensions: tuple[str, ...]
    mime: str
    label: str


_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
PDF = Kind(("pdf",), "application/pdf", "PDF")
PNG = Kind(("png",), "image/png", "Image PNG")
JPEG = Kind(("jpg", "jpeg"), "image/jpeg", "Image JPEG")
# An entry found only in archives of this type.
_BY_PART = {
    "word/document.xml": Kind(("docx",), f"{_OFFICE}wordprocessingml.document", "Word"),
    "ppt/presentation.xml": Kind(("pptx",), f"{_OFFICE}presentationml.presentation", "PowerPoint"),
    "xl/workbook.xml": Kind(("xlsx",), f"{_OFFICE}spreadsheetml.sheet", "Excel"),
}
_BY_MIME = {
    kind.mime: kind
    for kind in (
        Kind(("odt",), f"{_OPEN}text", "Texte OpenDocument"),
        Kind(("odp",), f"{_OPEN}presentation", "Présentation OpenDocument"),
        Kind(("ods",), f"{_OPEN}spreadsheet", "Classeur OpenDocument"),
    )
}
KINDS = (PDF, PNG, JPEG, *_BY_PART.values(), *_BY_MIME.values())
EXTENSIONS = tuple(extension for kind in KINDS for extension in kind.extensions)
_HEADS = ((b"%PDF-", PDF), (b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG))


def kind_of(content: bytes) -> Kind | None:
    """The type of a file by its content; None if not accepted, or with macros."""
    for head, kind in _HEADS:
        if content.startswith(head):
            return kind
    return _in_archive(content) if content.startswith(b"PK\x03\x04") else None


def _in_archive(content: bytes) -> Kind | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            # Only the list of entries is read, and the one that names the type.
            parts = set(archive.namelist())
            if any(part.endswith("vbaProject.bin") or part.startswith("Basic/") for part in parts):
                return None
            if "mimetype" in parts and archive.getinfo("mimetype").file_size < 200:
                return _BY_MIME.get(archive.read("mimetype").decode("ascii", "replace").strip())
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError):
        return None
    return next((kind for part, kind in _BY_PART.items() if part in parts), None)


def file_name(given: str, kind: Kind) -> str:
    """The download name: without a path or forbidden characters, with the extension of the type."""
    bare = _UNFIT.sub(" ", PurePosixPath(given.replace("\\", "/")).name).strip(" .")
    stem, _, extension = bare.rpartition(".")
    if extension.lower() not in EXTENSIONS:
        stem, extension = bare, ""
    if extension.lower() not in kind.extensions:
        extension = kind.extensions[0]
    return f"{(stem or 'support')[:_NAME_MAX].rstrip()}.{extension}"


def label_of(mime: str) -> str:
    """The label of a type: « PDF »."""
    return next((kind.label for kind in KINDS if kind.mime == mime), "Fichier")
