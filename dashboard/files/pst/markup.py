"""Reads and writes XML as a tree of nodes with their line. DTDs are refused, hence entities and
external files; size, depth and number are limited.
"""

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from xml.etree import ElementTree
from xml.parsers import expat

from dashboard.files.tables import Problem
from dashboard.files.values import shown
from dashboard.files.words import words_of
from models.texts import Refused

MOST_BYTES = 20 << 20
_DEEPEST = 64
_MOST_NODES = 500_000
_ENCODINGS = {"utf-8": "UTF-8", "iso-8859-1": "ISO-8859-1", "us-ascii": "UTF-8"}


@dataclass
class Node:
    """One element; with children, its text is only white space."""

    tag: str
    text: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: list["Node"] = field(default_factory=list)
    line: int = 0

    def child(self, tag: str) -> "Node | None":
        return next((node for node in self.children if node.tag == tag), None)

    def value(self, tag: str) -> str:
        """The stripped text of a child; empty if it is missing."""
        child = self.child(tag)
        return child.text.strip() if child else ""

    def walk(self) -> Iterator["Node"]:
        yield self
        for child in self.children:
            yield from child.walk()

    def means(self) -> tuple:
        """Its content for comparison, without lines and white space."""
        text = "" if self.children else self.text
        own = (self.tag, text, dict(self.attributes))
        return (*own, tuple(child.means() for child in self.children))


@dataclass(frozen=True)
class Document:
    root: Node
    encoding: str = "UTF-8"


def parse(content: bytes, name: str) -> Document:
    """Parses a file. Raises Refused with one sentence."""
    if len(content) > MOST_BYTES:
        raise Refused(f"« {name} » dépasse {MOST_BYTES >> 20} Mo : un PST n'est jamais si grand.")
    builder = _Builder(name)
    try:
        builder.parser.Parse(content, True)
    except expat.ExpatError as error:
        raise Refused(_not_well_formed(name, content, error, builder.encoding)) from None
    encoding = _ENCODINGS.get((builder.encoding or "utf-8").lower(), "UTF-8")
    if encoding == "ISO-8859-1" and not content.isascii() and _bad_byte(content) is None:
        raise Refused(
            f"« {name} » se dit en ISO-8859-1, mais ses caractères accentués sont en UTF-8 :"
            " corrigez l'encodage de sa première ligne."
        )
    return Document(builder.root, encoding)


def _bad_byte(content: bytes) -> int | None:
    """The place of the first byte that is not UTF-8."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return None


def _not_well_formed(
    name: str, content: bytes, error: expat.ExpatError, encoding: str | None
) -> str:
    is_utf8 = (encoding or "utf-8").lower() == "utf-8"
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    bad = _bad_byte(content) if is_utf8 and not is_utf16 else None
    if bad is not None:
        line = content.count(b"\n", 0, bad) + 1
        return (
            f"« {name} », ligne {line} : un caractère n'est pas en"
            " UTF-8, l'encodage que le fichier annonce. S'il vient d'un outil qui écrit en"
            " ISO-8859-1, sa première ligne doit le dire."
        )
    return (
        f"« {name} », ligne {error.lineno} : ce n'est pas du XML bien formé"
        f" ({_WORDS.get(error.code, 'écriture non valable')})."
    )


_WORDS = {
    expat.errors.codes[expat.errors.XML_ERROR_TAG_MISMATCH]: "une balise fermée n'est pas celle"
    " qui était ouverte",
    expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS]: "le fichier est vide ou coupé",
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN]: "le fichier est coupé",
    expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]: "une entité n'est pas définie",
}


class _Builder:
    """Builds the nodes during parsing."""

    def __init__(self, name: str):
        self.name = name
        self.encoding: str | None = None
        self.root: Node | None = None
        self._open: list[Node] = []
        self._count = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declared
        self.parser.StartDoctypeDeclHandler = self._refuse_document_type
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = lambda _tag: self._open.pop()
        self.parser.CharacterDataHandler = self._say

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.encoding = encoding
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise Refused(
                f"« {self.name} » se dit en {encoding[:40]} : un PST est en UTF-8 ou en ISO-8859-1."
            )

    def _refuse_document_type(self, *_: object) -> None:
        # Entities are declared in a DTD: without one there is no bomb and no external file.
        raise Refused(
            f"« {self.name} », ligne {self.parser.CurrentLineNumber} : une déclaration DOCTYPE"
            " n'est pas acceptée (entités, fichiers d'ailleurs)."
        )

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > _MOST_NODES or len(self._open) >= _DEEPEST:
            raise Refused(f"« {self.name} » compte trop d'éléments, ou ils sont trop imbriqués.")
        node = Node(tag, "", attributes, line=self.parser.CurrentLineNumber)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def _say(self, text: str) -> None:
        self._open[-1].text += text


def written(document: Document) -> bytes:
    """Serialises a tree; a character missing from the encoding becomes a reference."""
    root = _element(document.root)
    ElementTree.indent(root)
    content = ElementTree.tostring(root, document.encoding, xml_declaration=False)
    # A carriage return that is no reference would be read as a line feed.
    content = content.replace(b"\r", b"&#13;").replace(b" />", b"/>")
    return f'<?xml version="1.0" encoding="{document.encoding}"?>\n'.encode() + content


def _element(node: Node) -> ElementTree.Element:
    made = ElementTree.Element(node.tag, dict(node.attributes))
    made.text = None if node.children else node.text
    made.extend(map(_element, node.children))
    return made


ROOT = "dataroot"
VERSION = "201805V1"
_OPTIONAL, _REPEATED = ("?", "*"), ("+", "*")
_MOST = 200  # faults reported per file


@dataclass(frozen=True)
class Kind:
    """A kind of element: a text of a type (`base`) with its bounds, or attributes (name → type) and
    parts (tag → kind, and whether it may be missing or come again).
    """

    base: str = ""
    words: Sequence[str] = ()
    longest: int | None = None
    least: int | None = None
    most: int | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)


@cache
def kinds() -> dict[str, Kind]:
    """The kinds of the schema, by name."""
    return {name: Kind(**declared) for name, declared in words_of("pst-schema").items()}


# ── A file against it ─────────────────────────────────────────────────────────────────────────────


def faults(root: Node) -> list[Problem]:
    """The errors of a file, by line; empty if it is valid."""
    if root.tag != ROOT:
        reason = (
            f"Ce n'est pas un PST d'eComptes : il commence par « {shown(root.tag)} », « {ROOT} »"
            " est attendu."
        )
        return [Problem(root.line, root.tag[:80], reason)]
    problems = []
    for problem in _faults(root, "Dataroot"):
        problems.append(problem)
        if len(problems) == _MOST:
            break
    return sorted(problems, key=lambda problem: problem.line)


def _faults(node: Node, kind: str) -> Iterator[Problem]:
    rule = kinds().get(kind) or Kind(kind)
    if rule.base:
        if node.children:
            yield Problem(node.line, node.tag, "Un texte est attendu ici, non des éléments.")
        elif reason := _fault_of_text(node.text, rule):
            yield Problem(node.line, node.tag, reason)
        return
    if node.text.strip():
        yield Problem(node.line, node.tag, f"Du texte hors de sa place : « {shown(node.text)} ».")
    yield from _faults_of_attributes(node, rule)
    yield from _faults_of_sequence(node, rule.parts)


def _faults_of_attributes(node: Node, rule: Kind) -> Iterator[Problem]:
    for name, kind in rule.attributes.items():
        if name not in node.attributes:
            yield Problem(node.line, name, f"Il manque l'attribut « {name} » à « {node.tag} ».")
        elif reason := _fault_of_text(node.attributes[name], Kind(kind)):
            yield Problem(node.line, name, reason)
    for name in node.attributes.keys() - rule.attributes.keys():
        reason = f"L'attribut « {shown(name)} » n'existe pas dans « {node.tag} »."
        yield Problem(node.line, name[:80], reason)


def _faults_of_sequence(node: Node, parts: Mapping[str, str]) -> Iterator[Problem]:
    rest = list(node.children)
    for tag, part in parts.items():
        kind, _, times = part.partition(" ")
        count = 0
        while rest and rest[0].tag == tag and (times in _REPEATED or not count):
            yield from _faults(rest.pop(0), kind)
            count += 1
        if times not in _OPTIONAL and not count:
            line = rest[0].line if rest else node.line
            yield Problem(line, tag, f"Il manque « {tag} » dans « {node.tag} ».")
    for child in rest:
        reason = f"« {shown(child.tag)} » n'est pas attendu à cette place dans « {node.tag} »."
        yield Problem(child.line, child.tag[:80], reason)


# ── Values ────────────────────────────────────────────────────────────────────────────────────────

_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)?")
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_INTEGER = re.compile(r"[+-]?\d+")
_LONGEST_NUMBER = 30


def day_of(text: str) -> date | None:
    """A day in XML format; None for anything else."""
    match = _DATE.fullmatch(text.strip())
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


# Type → its form, and the expected content in words.
_BASES: dict[str, tuple[re.Pattern, str]] = {
    "xs:date": (_DATE, "une date (AAAA-MM-JJ)"),
    "xs:decimal": (_DECIMAL, "un nombre, avec un point et sans espace"),
    "xs:integer": (_INTEGER, "un nombre entier"),
}


def _fault_of_text(text: str, rule: Kind) -> str:
    if rule.base in _BASES:
        (form, expected), plain = _BASES[rule.base], text.strip()
        is_day = rule.base != "xs:date" or day_of(plain)
        if not form.fullmatch(plain) or len(plain) > _LONGEST_NUMBER or not is_day:
            return f"« {shown(plain)} » n'est pas {expected}."
        return _out_of_bounds(plain, rule)
    if rule.words and text not in rule.words:
        one_of = "est attendu" if len(rule.words) == 1 else "sont admis"
        return f"« {shown(text)} » n'est pas admis : {', '.join(rule.words)} {one_of}."
    if rule.longest is not None and len(text) > rule.longest:
        return f"Ce texte compte {len(text)} caractères : {rule.longest} au plus."
    return ""


def _out_of_bounds(text: str, rule: Kind) -> str:
    if rule.least is None:
        return ""
    if rule.most is not None and not rule.least <= Decimal(text) <= rule.most:
        return f"{text} n'est pas un nombre de {rule.least} à {rule.most}."
    return f"{text} est plus petit que {rule.least}." if Decimal(text) < rule.least else ""
