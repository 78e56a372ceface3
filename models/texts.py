"""Cleaning of typed texts before they are stored."""

import re
import unicodedata

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
