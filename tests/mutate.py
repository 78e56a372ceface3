"""`make mutate`: takes every call of `require` in actions and queries away, one at a time, and says
which the tests of refusals do not miss.

`python -m tests.mutate [part of a module's name …]`. A mutant lives in a process of its own, forked
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
from tests.support.refusals import check_act

# Mutants that no test can tell from the product: « module:function right » → why.
SURVIVORS = {
    "dashboard.actions.ideas.filing:file_idea 'idea.file'": "everybody has it, strangers too",
    "dashboard.actions.notices.addresses:_self 'page.everyone'": "preferences ask for it again",
    "dashboard.actions.notices.records:say_told 'notice.tell'": "persons_to_tell asks for it again",
    "dashboard.actions.interests:mark_interest 'interest.file'": "everybody has it, strangers too",
    "dashboard.queries.people.privacy:dossier 'person.export_own'": (
        "whoever has a person has the role of an agent"
    ),
}


def mutants() -> Iterator[tuple[asking.Function, int]]:
    """(function, nth of its calls of `require`)."""
    for one in asking.functions().values():
        yield from ((one, nth) for nth in range(len(one.requires)))


class _Removed(ast.NodeTransformer):
    """The nth `require` as a statement that does nothing."""

    def __init__(self, line: int):
        self.line = line

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if ast.unparse(node.func) == "require" and node.lineno == self.line:
            return ast.copy_location(ast.Constant(None), node)
        return self.generic_visit(node)


def mutated(one: asking.Function, line: int) -> CodeType:
    """The code of the function without its call of this line."""
    module = import_module(one.module)
    tree = _Removed(line).visit(ast.parse(Path(module.__file__).read_text(encoding="utf-8")))
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


def survives(one: asking.Function, line: int, file: str) -> bool:
    """Whether every act that reaches the function is refused as before; asked in a fork."""
    child = os.fork()
    if child == 0:
        os._exit(_ask(one, line, file))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _ask(one: asking.Function, line: int, file: str) -> int:
    original(one).__code__ = mutated(one, line)
    _on(file, STAGE)
    try:
        for act in ACTS:
            if one.key in asking.asks(act.key):
                check_act(STAGE, act)
    except AssertionError:
        return 1
    return 0


def _on(file: str, stage: Stage) -> None:
    stage.engine = house.engine_for(f"sqlite:///{file}")


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
    _ = STAGE.readers
    engine.dispose()
    tried, unnamed = 0, 0
    for one, nth in mutants():
        if wanted and not any(word in one.key for word in wanted):
            continue
        call = one.requires[nth]
        tried += 1
        if survives(one, call.lineno, file):
            name = f"{one.key} {ast.unparse(call.args[1])}"
            reason = SURVIVORS.get(name)
            unnamed += reason is None
            place = one.module.replace(".", "/") + f".py:{call.lineno}"
            print(f"{place} {name}: {reason or 'SURVIVES'}", flush=True)
    print(f"{tried} mutants, {unnamed} survive without a reason")
    return 1 if unnamed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
