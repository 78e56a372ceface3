"""Which functions of actions, queries and reports ask for a right, read from their source: by themselves, or
through a function that they hand their reader or their scope to.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from models.settings import ROOT

ROOMS = ("dashboard/actions", "dashboard/queries", "dashboard/report")
HANDED_ON = {"reader", "scope", "filing"}  # the scope of another day or place is its reader's too
# What answers how far a right goes and refuses nothing: the function that asks acts on it itself.
QUESTIONS = ("may", "reach", "counted_units", "listed_units", "registered_units")
PERSONS_LISTED = "scope.listed"  # listed_units, as a scope carries the answer
LISTED_AS = {
    "require": "requires",
    "idea_conditions": "conditions",
    **dict.fromkeys(QUESTIONS, "questions"),
}


@dataclass
class Function:
    """One function: where it stands, the lines where it asks itself (refuses, limits a query, or
    acts on the answer to a question; `listed`: to the one that its scope carries), and whom it
    hands its reader to.
    """

    module: str
    name: str
    node: ast.FunctionDef
    requires: list[ast.Call] = field(default_factory=list)
    conditions: list[ast.Call] = field(default_factory=list)
    questions: list[ast.Call] = field(default_factory=list)
    listed: list[ast.Attribute] = field(default_factory=list)
    hands_to: set[str] = field(default_factory=set)

    @property
    def key(self) -> str:
        return f"{self.module}:{self.name}"

    @property
    def is_public(self) -> bool:
        return not any(part.startswith("_") for part in self.name.split("."))


@cache
def functions() -> dict[str, Function]:
    """Every function and method of these rooms, by « module:name »."""
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            found |= {one.key: one for one in _of_module(path)}
    return found


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def _called(function: ast.expr) -> str:
    """As `ast.unparse` says it, which takes a second for all of them."""
    if isinstance(function, ast.Name):
        return function.id
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return f"{function.value.id}.{function.attr}"
    return ast.unparse(function)


def _of_module(path: Path) -> Iterator[Function]:
    module, tree = module_of(path), ast.parse(path.read_text(encoding="utf-8"))
    known = _names(module, tree)
    for name, node in _named(tree):
        one = Function(module, name, node)
        one.listed = [
            part
            for part in ast.walk(node)
            if (isinstance(part, ast.Attribute) and ast.unparse(part) == PERSONS_LISTED)
        ]
        for call in (part for part in ast.walk(node) if isinstance(part, ast.Call)):
            called = _called(call.func)
            if called in LISTED_AS:
                getattr(one, LISTED_AS[called]).append(call)
            elif called in known and HANDED_ON & {
                ast.unparse(arg).split(".")[0] for arg in call.args
            }:
                one.hands_to.add(known[called])
        yield one


def _named(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from (
                (f"{node.name}.{part.name}", part)
                for part in node.body
                if isinstance(part, ast.FunctionDef)
            )


def _names(module: str, tree: ast.Module) -> dict[str, str]:
    """Name in this module → the key of the function that it means."""
    known = {
        alias.asname or alias.name: f"{node.module}:{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    return known | {name: f"{module}:{name}" for name, _ in _named(tree)}


@cache
def asks(key: str) -> frozenset[str]:
    """The functions that ask for a right when this one is called (itself among them)."""
    reached, waiting = set(), [key]
    while waiting:
        one = functions().get(waiting.pop())
        if one is not None and one.key not in reached:
            reached.add(one.key)
            waiting += one.hands_to
    return frozenset(one for one in reached if functions()[one].requires)


def acts() -> set[str]:
    """What the table of the tests must know how to call: every public function that asks."""
    return {key for key, one in functions().items() if one.is_public and asks(key)}


def questioners() -> set[str]:
    """What the table of conditions must know how to call: every function that asks a question."""
    return {key for key, one in functions().items() if one.questions or one.listed}


def questions_named() -> int:
    """How often these rooms name a question that they import, called or not."""
    return sum(_named_in(path) for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def _named_in(path: Path) -> int:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    imported = {
        alias.asname or alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module == "dashboard.access"
        for alias in node.names
        if alias.name in QUESTIONS
    }
    return sum(isinstance(node, ast.Name) and node.id in imported for node in nodes)
