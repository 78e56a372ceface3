"""Cleaning of typed texts before they are stored."""

import re
import unicodedata
from collections.abc import Mapping

_FORBIDDEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u0080-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_HALVES = re.compile("[\ud800-\udfff]")


def clean_text(text: str | None) -> str:
    """The stored form of a text: NFC, no control characters, no bidirectional overrides, no
    surrounding blanks.
    """
    if not text:
        return ""
    if text.isprintable():  # no forbidden character is printable, nor is a line break
        return (text if text.isascii() else unicodedata.normalize("NFC", text)).strip()
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if lines.isascii():  # ASCII has a single form
        return _FORBIDDEN.sub("", lines).strip()
    whole = _HALVES.sub("\N{REPLACEMENT CHARACTER}", lines)
    # Forbidden characters first: one between a letter and its accent would prevent NFC from joining
    # them.
    return unicodedata.normalize("NFC", _FORBIDDEN.sub("", whole)).strip()


def clean_title(text: str | None) -> str:
    return " ".join(clean_text(text).split())


def too_long(text: str, most: int, what: str = "Le texte") -> str:
    """The sentence for a text above the maximum length; else empty."""
    return f"{what} compte {len(text)} caractères : {most} au plus." if len(text) > most else ""


_PROPOSED = 90  # characters of a first line that becomes a title


def first_line(text: str) -> str:
    """The first line, cut at a word if it is long."""
    lines = (line.strip() for line in (text or "").splitlines())
    line = next(filter(None, lines), "")
    if len(line) <= _PROPOSED:
        return line
    return line[:_PROPOSED].rsplit(" ", 1)[0] + "…"


class Refused(Exception):
    """Refus: an act that the rules do not allow. The message is one French sentence, shown as it
    is.
    """


class Invalid(Exception):
    """Saisie à corriger: one French sentence per field, shown beside the field; the input is
    preserved.

    `errors` maps the field's name to its sentence.
    """

    def __init__(self, errors: dict[str, str]):
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def refuse(faults: Mapping[str, object]) -> None:
    """Raises Invalid with the sentences by field, if any is not empty."""
    errors = {field: sentence for field, sentence in faults.items() if sentence}
    if errors:
        raise Invalid(errors)


class EditConflict(Refused):
    """Entre-temps: somebody else changed the record after this form had read it. Nothing is saved.

    `current` is the current content of the record, by field name; `mark` is what the form must post
    once its user has seen it.
    """

    def __init__(self, sentence: str, current: Mapping[str, object], mark: object):
        super().__init__(sentence)
        self.current = dict(current)
        self.mark = mark
