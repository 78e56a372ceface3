"""The columns of an export of ideas (colonnes): header, meaning, and whether the import reads
them.

They are declared in `words/idea-columns.toml`. `core` columns are those a complete re-import needs.
"""

import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import nh3

from dashboard.files.csvout import restored
from dashboard.files.matching.fields import Correspondence, Field, Fields, fields_of
from dashboard.files.tables import Table
from dashboard.files.values import compact, day_of, quoted, shown
from dashboard.files.words import words_of
from models.discussions import COMMENT_MAX
from models.ideas import DETAILS, OWN_SOURCE
from models.search import fold
from models.texts import Refused, clean_text


@dataclass(frozen=True)
class IdeaColumn:
    """One column: our field, its header, its meaning in one sentence."""

    field: str
    header: str
    meaning: str
    core: bool = True
    read_back: bool = True


def _columns() -> Iterator[IdeaColumn]:
    for field, declared in words_of("idea-columns").items():
        yield IdeaColumn(field, **declared)
        if field == "answered_on":
            # An older export lacks the newest columns: their fields stay unchanged.
            for one in DETAILS:
                yield IdeaColumn(one.column, one.title, one.meaning, core=False)


COLUMNS = tuple(_columns())
OWN_HEADERS = {column.field: column.header for column in COLUMNS}
_REST = re.compile(r"(.+) \(suite(?: ([0-9]))?\)")


def rest_header(header: str, part: int) -> str:
    """The header of the continuation of a text longer than a workbook cell: « Texte (suite) », «
    Texte (suite 2) »; `part` from 1.
    """
    return f"{header} (suite)" if part == 1 else f"{header} (suite {part})"


def chosen(names: Sequence[str]) -> list[IdeaColumn]:
    """The columns with these fields or headers, in the given order; all by default. Raises
    Refused.
    """
    known = {fold(name): column for column in COLUMNS for name in (column.field, column.header)}
    asked_names = [name.strip() for name in names if name.strip()]
    unknown = [name for name in asked_names if fold(name) not in known]
    if unknown:
        raise Refused(
            f"La colonne « {unknown[0][:80]} » n'existe pas. Colonnes :"
            f" {', '.join(column.field for column in COLUMNS)}."
        )
    return list(dict.fromkeys(known[fold(name)] for name in asked_names)) or list(COLUMNS)


KIND = "idees"
_DETAILS = [Field(one.column, (one.title, *one.headers), asked=False) for one in DETAILS]
IDEAS = Fields(KIND, [*fields_of(KIND).values(), *_DETAILS])
OWN = Correspondence(
    "Export de C-Possible",
    marks=((OWN_HEADERS["source"], OWN_HEADERS["key"]),),
    source=OWN_SOURCE,
    columns={name: (header,) for name, header in OWN_HEADERS.items() if name in IDEAS},
)


def text_rests(headers: list[str]) -> dict[int, list[int]]:
    """Column → the columns that continue its long texts, in order."""
    rests: dict[int, list[int]] = {}
    for place, header in enumerate(headers):
        match = _REST.fullmatch(header)
        if match and match[1] in OWN_HEADERS.values() and match[1] in headers:
            rests.setdefault(headers.index(match[1]), []).append(place)
    return rests


def require_whole(table: Table) -> None:
    present = {compact(restored(header)) for header in table.headers}
    missing = [
        column.header for column in COLUMNS if column.core and compact(column.header) not in present
    ]
    if missing:
        raise Refused(
            f"« {table.name} » est un export de C-Possible où il manque des colonnes"
            f" ({quoted(missing)}) :"
            " exportez-les toutes pour le réimporter."
        )


_BLOCKS = "p div br ul ol li h1 h2 h3 h4 h5 h6 blockquote tr table section article pre".split()
_OTHERS = (
    "a b i u s em strong span font small sub sup code img iframe script style td th tbody thead"
    " figure figcaption video form input object svg hr mark del ins oembed"
).split()
_TAGS = "|".join(_BLOCKS + _OTHERS)
_MARKUP = re.compile(rf"</?(?:{_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
# What is lost of HTML as plain text.
CONTENT = re.compile(
    r"<(?:img|script|style|iframe|object|svg|video|form|input|oembed)\b", re.IGNORECASE
)
_LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_TEXTS = ("body", "text", "texte", "content", "contenu", "commentaire", "comment", "message")
_DAYS = ("created_at", "createdAt", "published_at", "publishedAt", "date", "le", "on")
_ANSWERS = ("replies", "comments", "children", "réponses", "reponses")
_GONE = ("hidden", "hidden_at", "deleted", "deleted_at", "trashed")
_BETWEEN = re.compile(r"\n\s*(?:-{3,}|\*{3,})\s*\n|\n[^\S\n]*\n|\s\|\s")
_DATED = re.compile(
    r"\[?(\d{4}-\d{2}-\d{2}(?:T[\d:.+Z-]*)?|\d{1,2}/\d{1,2}/\d{4})\]?(?:\s+\d{1,2}:\d{2})?\s*[:–—-]\s*(.+)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class CommentRead:
    """A comment of a source (commentaire): its text, and its day if known."""

    text: str
    on: date | None = None


def is_html(text: str) -> bool:
    """Whether a text is HTML; « a < b » is not."""
    return "<" in text and _MARKUP.search(text) is not None


def plain_text(text: str) -> str:
    """HTML as plain text: paragraphs and lists become lines, links are followed by their
    address; scripts and pictures are dropped.
    """
    safe = nh3.clean(
        text,
        tags={*_BLOCKS, "a"},
        attributes={"a": {"href"}},
        link_rel=None,
        url_schemes={"http", "https", "mailto"},
    )
    safe = _LINK.sub(_with_address, re.sub(r"\s+", " ", safe))
    safe = re.sub(r"<li>\s*", "\n- ", safe)
    safe = re.sub(r"<br>\s*|</(?:li|tr|div|h\d)>\s*|<(?:div|h\d|tr)>\s*", "\n", safe)
    safe = re.sub(r"</(?:p|ul|ol|table|blockquote|pre)>\s*|<(?:p|blockquote|pre)>\s*", "\n\n", safe)
    plain = html.unescape(re.sub(r"<[^<>]*>", "", safe))
    lines = (line.strip() for line in plain.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _with_address(match: re.Match) -> str:
    address = match[1]
    shown = re.sub(r"<[^<>]*>", "", match[2]).strip()
    if address in (shown, f"mailto:{shown}") or not address:
        return shown
    return f"{shown} ({address})".strip()


def comments_of(cell: str, one: bool = False) -> tuple[list[CommentRead], list[str]]:
    """(comments in order, sentences about unusable ones) of a cell: JSON, or texts between blank
    lines, dashes or bars; each may start with its day. `one`: the cell is a single comment.
    """
    comments = []
    warnings = []
    for text, day in [(cell, "")] if one else _pieces(cell.strip()):
        text = clean_text(plain_text(text) if is_html(text) else text)
        if not text:
            continue
        if len(text) > COMMENT_MAX:
            warnings.append(
                f"Un commentaire de {len(text)} caractères n'est pas repris : {COMMENT_MAX} au"
                " plus."
            )
            continue
        try:
            comments.append(CommentRead(text, day_of(day)))
        except ValueError:
            comments.append(CommentRead(text))
            warnings.append(
                f"La date « {shown(day)} » d'un commentaire n'est pas lisible : celle de l'import"
                " est prise."
            )
    return comments, warnings


def _pieces(cell: str) -> Iterator[tuple[str, str]]:
    if cell.startswith(("[", "{")):
        try:
            yield from _inside(json.loads(cell))
            return
        except (ValueError, RecursionError):
            # A text that starts like a list.
            pass
    for piece in _BETWEEN.split(cell):
        dated = _DATED.fullmatch(piece.strip())
        yield (dated[2], dated[1]) if dated else (piece, "")


def _in_a_language(text: object) -> object:
    """The text in French, else in another language, of a multilingual value."""
    if not isinstance(text, dict):
        return text
    languages = ("fr", "en", "nl", *text)
    return next((text[language] for language in languages if text.get(language)), "")


def _inside(value: object) -> Iterator[tuple[str, str]]:
    """(text, day) of every comment in a JSON value, replies after their comment."""
    if isinstance(value, list):
        for item in value:
            yield from _inside(item)
    elif isinstance(value, dict) and value.get("node", value) is not value:
        yield from _inside(value["node"])
    elif isinstance(value, dict):
        yield from _of_one(value)
    elif value not in (None, ""):
        yield str(value), ""


def _of_one(value: dict) -> Iterator[tuple[str, str]]:
    """One comment, then its replies."""
    text = _in_a_language(next((value[name] for name in _TEXTS if value.get(name)), ""))
    if not any(value.get(name) for name in _GONE):
        yield str(text), str(next((value[name] for name in _DAYS if value.get(name)), ""))
    for name in _ANSWERS:
        if isinstance(value.get(name), list):
            yield from _inside(value[name])
