"""Validates a file against the schema of the PST (`201805V1.xsd`): errors in French, with line
and field.

Implements the part of XML Schema that this schema uses: no validator explains its errors in
plain French. Used for import and export.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from dashboard.files.pst.markup import Node, parse
from dashboard.files.tables import Problem
from dashboard.files.values import shown

_FILE = Path(__file__).with_name("201805V1.xsd")
ROOT = "dataroot"
VERSION = "201805V1"
_MOST = 200  # faults reported per file


@dataclass(frozen=True)
class Simple:
    """A simple type: its base and its bounds."""

    base: str
    words: tuple[str, ...] = ()
    longest: int | None = None
    least: Decimal | None = None
    most: Decimal | None = None


@dataclass(frozen=True)
class Part:
    """One element in a sequence."""

    tag: str
    kind: str
    is_needed: bool
    is_repeated: bool


@dataclass(frozen=True)
class Complex:
    """A complex type: its attributes (name → type) and its children, in order."""

    parts: tuple[Part, ...]
    attributes: Mapping[str, str] = field(default_factory=dict)


@cache
def kinds() -> dict[str, Simple | Complex]:
    """The types of the schema, by name."""
    nodes = {
        node.attributes["name"]: node
        for node in parse(_FILE.read_bytes(), _FILE.name).root.children
        if node.tag in ("xs:complexType", "xs:simpleType")
    }
    return {name: _kind(node, nodes) for name, node in nodes.items()}


def _kind(node: Node, nodes: Mapping[str, Node]) -> Simple | Complex:
    if node.tag == "xs:simpleType":
        return _simple(node.child("xs:restriction"))
    content = node.child("xs:complexContent")
    if content is None:
        return Complex(_parts(node), _attributes(node))
    extension = content.child("xs:extension")
    base = _kind(nodes[extension.attributes["base"]], nodes)
    return Complex(base.parts + _parts(extension), base.attributes | _attributes(extension))


def _simple(node: Node) -> Simple:
    facets = {child.tag: child.attributes["value"] for child in node.children}
    bounds = [facets.get(f"xs:{name}Inclusive") for name in ("min", "max")]
    words = (c.attributes["value"] for c in node.children if c.tag == "xs:enumeration")
    return Simple(
        node.attributes["base"],
        tuple(words),
        int(facets["xs:maxLength"]) if "xs:maxLength" in facets else None,
        *(None if bound is None else Decimal(bound) for bound in bounds),
    )


def _parts(node: Node) -> tuple[Part, ...]:
    sequence = node.child("xs:sequence")
    return tuple(
        Part(
            part.attributes["name"],
            part.attributes["type"],
            part.attributes.get("minOccurs") != "0",
            part.attributes.get("maxOccurs") == "unbounded",
        )
        for part in sequence.children
    )


def _attributes(node: Node) -> dict[str, str]:
    declared = (child.attributes for child in node.children if child.tag == "xs:attribute")
    return {attribute["name"]: attribute["type"] for attribute in declared}


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
    rule = kinds().get(kind) or Simple(kind)
    if isinstance(rule, Simple):
        if node.children:
            yield Problem(node.line, node.tag, "Un texte est attendu ici, non des éléments.")
        elif reason := _fault_of_text(node.text, rule):
            yield Problem(node.line, node.tag, reason)
        return
    if node.text.strip():
        yield Problem(node.line, node.tag, f"Du texte hors de sa place : « {shown(node.text)} ».")
    yield from _faults_of_attributes(node, rule)
    yield from _faults_of_sequence(node, rule.parts)


def _faults_of_attributes(node: Node, rule: Complex) -> Iterator[Problem]:
    for name, kind in rule.attributes.items():
        if name not in node.attributes:
            yield Problem(node.line, name, f"Il manque l'attribut « {name} » à « {node.tag} ».")
        elif reason := _fault_of_text(node.attributes[name], Simple(kind)):
            yield Problem(node.line, name, reason)
    for name in node.attributes.keys() - rule.attributes.keys():
        reason = f"L'attribut « {shown(name)} » n'existe pas dans « {node.tag} »."
        yield Problem(node.line, name[:80], reason)


def _faults_of_sequence(node: Node, parts: Sequence[Part]) -> Iterator[Problem]:
    rest = list(node.children)
    for part in parts:
        count = 0
        while rest and rest[0].tag == part.tag and (part.is_repeated or not count):
            yield from _faults(rest.pop(0), part.kind)
            count += 1
        if part.is_needed and not count:
            line = rest[0].line if rest else node.line
            yield Problem(line, part.tag, f"Il manque « {part.tag} » dans « {node.tag} ».")
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


def _is_decimal(text: str) -> bool:
    return len(text) <= _LONGEST_NUMBER and bool(_DECIMAL.fullmatch(text))


def _is_integer(text: str) -> bool:
    return len(text) <= _LONGEST_NUMBER and bool(_INTEGER.fullmatch(text))


# Type → its test, and the expected content in words.
_BASES: dict[str, tuple[Callable[[str], object], str]] = {
    "xs:date": (day_of, "une date (AAAA-MM-JJ)"),
    "xs:decimal": (_is_decimal, "un nombre, avec un point et sans espace"),
    "xs:integer": (_is_integer, "un nombre entier"),
}


def _fault_of_text(text: str, rule: Simple) -> str:
    if rule.base in _BASES:
        holds, expected = _BASES[rule.base]
        if not holds(text.strip()):
            return f"« {shown(text.strip())} » n'est pas {expected}."
        return _out_of_bounds(text.strip(), rule)
    if rule.words and text not in rule.words:
        one_of = "est attendu" if len(rule.words) == 1 else "sont admis"
        return f"« {shown(text)} » n'est pas admis : {', '.join(rule.words)} {one_of}."
    if rule.longest is not None and len(text) > rule.longest:
        return f"Ce texte compte {len(text)} caractères : {rule.longest} au plus."
    return ""


def _out_of_bounds(text: str, rule: Simple) -> str:
    if rule.least is None:
        return ""
    if rule.most is not None and not rule.least <= Decimal(text) <= rule.most:
        return f"{text} n'est pas un nombre de {rule.least} à {rule.most}."
    return f"{text} est plus petit que {rule.least}." if Decimal(text) < rule.least else ""
