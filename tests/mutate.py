"""`make mutate`: takes every call of `require` and of `idea_conditions` in actions and queries away,
one at a time, and says which the tests of refusals do not miss.

`python -m tests.mutate [part of a function's name, a right or « condition » …]`. A mutant lives in a process of its own, forked
once everything is imported: the function's code is replaced there, and only the acts that reach it
are called. Exit code 1 where a survivor has no reason in SURVIVORS.
"""

import ast
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import CodeType

from models import database as house
from tests.support import asking
from tests.support.acts import ACTS, Stage
from tests.support.reads import READS, check_read
from tests.support.refusals import check_act

# Mutants that no test can tell from the product: « module:function right » → why.
SURVIVORS = {
    "dashboard.actions.ideas.filing:file_idea 'idea.file'": "everybody has it, strangers too",
    "dashboard.actions.notices.addresses:_self 'page.everyone'": "preferences ask for it again",
    "dashboard.actions.notices.records:mark_notified 'notice.tell'": "persons_to_notify asks for it again",
    "dashboard.actions.interests:mark_interest 'interest.file'": "everybody has it, strangers too",
    "dashboard.queries.people.privacy:dossier 'person.export_own'": (
        "whoever has a person has the role of an agent"
    ),
    "dashboard.queries.ideas.handover:_waiting condition": (
        "what she relayed herself, or what is published, is hers to read"
    ),
}


# What stands in the place of a call that is taken away: no check, and a condition that all meet.
INSTEAD = {"require": "None", "idea_conditions": "__import__('sqlalchemy').true()"}


def mutants() -> Iterator[tuple[asking.Function, ast.Call]]:
    """(function, the call that is taken away)."""
    for one in asking.functions().values():
        yield from ((one, call) for call in (*one.requires, *one.conditions))


class _Removed(ast.NodeTransformer):
    """The tree without one call."""

    def __init__(self, call: ast.Call):
        self.source, self.line = ast.unparse(call), call.lineno

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if node.lineno == self.line and ast.unparse(node) == self.source:
            return ast.parse(INSTEAD[ast.unparse(node.func)], mode="eval").body
        return self.generic_visit(node)


def mutated(one: asking.Function, call: ast.Call) -> CodeType:
    """The code of the function without this call."""
    module = import_module(one.module)
    tree = _Removed(call).visit(ast.parse(Path(module.__file__).read_text(encoding="utf-8")))
    code = compile(ast.fix_missing_locations(tree), module.__file__, "exec")
    for part in one.name.split("."):
        code = next(
            const
            for const in code.co_consts
            if isinstance(const, CodeType) and const.co_name == part
        )
    return code


def original(one: asking.Function) -> Callable:
    found = import_module(one.module)
    for part in one.name.split("."):
        found = getattr(found, part)
    return found


def survives(one: asking.Function, call: ast.Call, file: str) -> bool:
    """Whether every act that reaches the function is refused as before; asked in a fork."""
    child = os.fork()
    if child == 0:
        os._exit(_ask(one, call, file))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _ask(one: asking.Function, call: ast.Call, file: str) -> int:
    original(one).__code__ = mutated(one, call)
    STAGE.engine = house.engine_for(f"sqlite:///{file}")
    try:
        if call in one.conditions:
            for name in READS:
                check_read(STAGE, name)
        for act in ACTS:
            if call in one.requires and one.key in asking.asks(act.key):
                check_act(STAGE, act)
    except AssertionError:
        return 1
    return 0


STAGE: Stage


def main(wanted: list[str]) -> int:
    """Prints the survivors; 1 where one has no reason."""
    global STAGE
    os.environ["CP_DATA_DIR"] = folder = tempfile.mkdtemp(prefix="cp-mutate-")
    file = f"{folder}/c-possible.db"
    engine = house.engine_for(f"sqlite:///{file}")
    house.migrate(engine)
    from dashboard.commands import demonstration

    with house.writing(engine) as session:
        demonstration.load_demonstration(session)
    STAGE = Stage(engine)
    for name in READS:  # what fails by itself would kill every mutant
        check_read(STAGE, name)
    for act in ACTS:
        check_act(STAGE, act)
    engine.dispose()
    tried, unnamed = 0, 0
    for one, call in mutants():
        name = f"{one.key} {ast.unparse(call.args[1]) if call in one.requires else 'condition'}"
        if wanted and not any(word in name for word in wanted):
            continue
        tried += 1
        if survives(one, call, file):
            reason = SURVIVORS.get(name)
            unnamed += reason is None
            place = one.module.replace(".", "/") + f".py:{call.lineno}"
            print(f"{place} {name}: {reason or 'SURVIVES'}", flush=True)
    print(f"{tried} mutants, {unnamed} survive without a reason")
    return 1 if unnamed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
