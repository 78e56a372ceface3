"""Validates a file against the schema of the PST, declared in `words/pst-schema.toml`: errors in
French, with line and field. Used for import and export.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache

from dashboard.files.pst.markup import Node
from dashboard.files.tables import Problem
from dashboard.files.values import shown
from dashboard.files.words import words_of

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
