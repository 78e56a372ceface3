"""`python -m tests.mutate`: takes every question of a right in actions, queries and reports away, one at a
time, and says which the tests of refusals do not notice: `require` refuses nobody, `idea_conditions`
limits nothing, `may`, `reach` and the units that are counted, listed or registered open everything.

It takes part of a function's name, a right, « condition »… to try those alone. A mutant lives in a
process of its own, forked once everything is imported: the function's code is replaced there, and
only the acts, reads or conditions that reach it are called. What guards beside the rights (limits of
strangers, the reader of a file: `support/guards.py`) is taken away too, and its one test asked. Exit
code 1 where a survivor has no reason in SURVIVORS, or a name stands there that does not survive.
"""

import ast
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import CodeType

import pytest

from models import database as house
from tests.support import asking
from tests.support.acts import ACTS, Stage
from tests.support.conditions import CONDITIONS, check_condition
from tests.support.guards import GUARDS, Guard
from tests.support.reads import READS, check_read
from tests.support.refusals import check_act

# Mutants that no test can tell from the product: « module:function right » → why.
SURVIVORS = {
    "dashboard.actions.communities:add_member 'community.manage'": (
        "join_community asks for it again"
    ),
    "dashboard.queries.exported_tables:comment_rows condition": (
        "whoever imports ideas reads every entry"
    ),
    "dashboard.queries.ideas.clusters:to_code condition": "whoever sorts ideas reads every entry",
    "dashboard.actions.discussions:resolve_objection 'idea.take_part'": (
        "_locked_subject asks for it again"
    ),
    "dashboard.actions.ideas.filing:file_idea 'idea.file'": "everybody has it, strangers too",
    "dashboard.actions.notices.addresses:_self 'page.everyone'": "preferences ask for it again",
    "dashboard.actions.notices.records:mark_notified 'notice.tell'": "persons_to_notify asks for it again",
    "dashboard.actions.decisions.steps:take_revision 'milestone.revise'": (
        "proposed_revisions asks for it again"
    ),
    "dashboard.actions.decisions.steps:leave_revision 'milestone.revise'": (
        "proposed_revisions asks for it again"
    ),
    "dashboard.actions.surveys.answering:take_answers 'survey.answer'": (
        "everybody has it, strangers too"
    ),
    "dashboard.actions.seats.taking:register_colleagues 'training.register_for'": (
        "register asks for it again, of each"
    ),
    "dashboard.actions.seats.taking:propose_session 'training.register_for'": (
        "_require_for asks for it again, of each"
    ),
    "dashboard.actions.roadmap.records:add_workstream 'milestone.revise'": (
        "save_record asks for it again"
    ),
    "dashboard.queries.operations.setup:setup_facts RIGHT": "lapsed_invitations asks for it again",
    "dashboard.actions.interests:mark_interest 'interest.file'": "everybody has it, strangers too",
    "dashboard.actions.reference_rows:save_rows table.right": "rows_by_key asks for it again",
    "dashboard.queries.reference_history:history table.right": "rows_by_key asks for it again",
    "dashboard.queries.people.privacy:dossier 'person.export_own'": (
        "whoever has a person has the role of an agent"
    ),
    "dashboard.queries.ideas.waiting:_awaited condition": (
        "what she relayed herself, or what is published, is hers to read"
    ),
    "dashboard.actions.seats.offers:approves may 'training.approve'": (
        "whoever has no mandate has no unit of her own, and a mandate makes a manager"
    ),
}


# What stands in the place of a call that is taken away: no check, a condition that all meet, the
# widest right; « all units » is None everywhere.
INSTEAD = {
    "require": "None",
    "idea_conditions": "__import__('sqlalchemy').true()",
    "may": "True",
    "reach": "Reach.all",
    "counted_units": "None",
    "listed_units": "None",
    "registered_units": "None",
    asking.PERSONS_LISTED: "None",
}
Asked = ast.Call | ast.Attribute
SURVIVED, NOTICED, BROKEN = 0, 1, 2


def mutants() -> Iterator[tuple[asking.Function, Asked]]:
    """(function, what is taken away)."""
    for one in asking.functions().values():
        asked = (*one.requires, *one.conditions, *one.questions, *one.listed[:1])
        yield from ((one, node) for node in asked)


def asked_by(node: Asked) -> str:
    return ast.unparse(node.func if isinstance(node, ast.Call) else node)


class _Removed(ast.NodeTransformer):
    """The tree without one call; what a scope carries goes wherever it stands."""

    def __init__(self, asked: ast.expr, instead: str):
        self.source, self.line = ast.unparse(asked), asked.lineno
        self.instead = ast.parse(instead, mode="eval").body

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        is_same = node.lineno == self.line and ast.unparse(node) == self.source
        return self.instead if is_same else self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if node.lineno == self.line and ast.unparse(node) == self.source:
            return self.instead
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        is_same = self.source == asking.PERSONS_LISTED == ast.unparse(node)
        return self.instead if is_same else self.generic_visit(node)


def mutated(module_name: str, name: str, asked: ast.expr, instead: str) -> CodeType:
    """The code of the function without what asks."""
    module = import_module(module_name)
    source = Path(module.__file__).read_text(encoding="utf-8")
    tree = _Removed(asked, instead).visit(ast.parse(source))
    code = compile(ast.fix_missing_locations(tree), module.__file__, "exec")
    for part in name.split("."):
        code = next(
            const
            for const in code.co_consts
            if isinstance(const, CodeType) and const.co_name == part
        )
    return code


def name_of(one: asking.Function, asked: Asked) -> str:
    """« module:function 'right' », as SURVIVORS has it; before the right, what asks how far it
    goes.
    """
    words = {"require": "", "idea_conditions": "condition"}.get(asked_by(asked), asked_by(asked))
    names_right = asked_by(asked) in ("require", "may", "reach")
    right = ast.unparse(asked.args[1]) if names_right else ""
    return " ".join(part for part in (one.key, words, right) if part)


def original(module: str, name: str) -> Callable:
    found = import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def guard_survives(guard: Guard, file: str) -> bool:
    """Whether its test holds without it."""
    module, name = guard.function.split(":")
    tree = ast.parse(Path(import_module(module).__file__).read_text(encoding="utf-8"))
    function = next(node for node in ast.walk(tree) if getattr(node, "name", "") == name)
    asked = next(node for node in ast.walk(function) if _is_asked(node, guard.asks))

    def mutant() -> None:
        original(module, name).__code__ = mutated(module, name, asked, guard.instead)
        assert pytest.main(["-q", "-p", "no:cacheprovider", "--no-header", guard.test]) == 0

    return in_a_fork(mutant, file) == SURVIVED


def _is_asked(node: ast.AST, words: str) -> bool:
    found = node.func if isinstance(node, ast.Call) else node
    return isinstance(node, ast.Call | ast.Compare) and ast.unparse(found) == words


def survives(one: asking.Function, asked: Asked, file: str) -> bool:
    """Whether everybody is refused and shown what she was before."""

    def mutant() -> None:
        instead = INSTEAD[asked_by(asked)]
        original(one.module, one.name).__code__ = mutated(one.module, one.name, asked, instead)
        _check_what_reaches(one, asked)

    outcome = in_a_fork(mutant, file)
    if outcome == BROKEN:
        sys.exit(f"{name_of(one, asked)}: broken, which proves nothing")
    return outcome == SURVIVED


def in_a_fork(check: Callable[[], None], file: str) -> int:
    """In a process of its own. This one never checks anything: a fork has no part of the threads
    that a PDF starts, and would wait for them.
    """
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    outcome = SURVIVED
    try:
        STAGE.engine = house.engine_for(f"sqlite:///{file}")
        check()
    except AssertionError as error:
        if check is _check_all:
            print(error, file=sys.stderr, flush=True)
        outcome = NOTICED
    except Exception:
        traceback.print_exc()
        outcome = BROKEN
    os._exit(outcome)


def _check_what_reaches(one: asking.Function, asked: Asked) -> None:
    if asked in one.conditions:
        for name in READS:
            check_read(STAGE, name)
    for act in ACTS:
        if asked in one.requires and one.key in asking.asks(act.key):
            check_act(STAGE, act)
    for line in CONDITIONS:
        if asked in (*one.questions, *one.listed) and line.key == one.key:
            check_condition(STAGE, line)


def _check_all() -> None:
    for name in READS:
        check_read(STAGE, name)
    for act in ACTS:
        check_act(STAGE, act)
    for line in CONDITIONS:
        check_condition(STAGE, line)


STAGE: Stage


def main(wanted: list[str]) -> int:
    """Prints the survivors; 1 where one has no reason, or has one and does not survive."""
    global STAGE
    os.environ["CP_DATA_DIR"] = folder = tempfile.mkdtemp(prefix="cp-mutate-")
    file = f"{folder}/c-possible.db"
    engine = house.engine_for(f"sqlite:///{file}")
    house.migrate(engine)
    from dashboard.commands import seeding

    with house.writing(engine) as session:
        seeding.load_demonstration(session)
    STAGE = Stage(engine)
    for act in ACTS:
        import_module(act.key.split(":")[0])
    assert STAGE.cast  # read once, before there are forks
    engine.dispose()
    if in_a_fork(_check_all, file) != SURVIVED:
        sys.exit("What fails by itself would notice every mutant.")
    tried, unnamed, survivors = 0, 0, set()
    for one, asked in mutants():
        name = name_of(one, asked)
        if wanted and not any(word in name for word in wanted):
            continue
        tried += 1
        if survives(one, asked, file):
            survivors.add(name)
            reason = SURVIVORS.get(name)
            unnamed += reason is None
            place = one.module.replace(".", "/") + f".py:{asked.lineno}"
            print(f"{place} {name}: {reason or 'SURVIVES'}", flush=True)
    for guard in GUARDS:
        if wanted and not any(word in guard.name for word in wanted):
            continue
        tried += 1
        if guard_survives(guard, file):
            survivors.add(guard.name)
            unnamed += 1
            print(f"{guard.name}: SURVIVES {guard.test}", flush=True)
    noticed = set() if wanted else set(SURVIVORS) - survivors
    for name in sorted(noticed):
        print(f"{name}: stands in SURVIVORS, and a test notices it")
    print(
        f"{tried} mutants, {tried - len(survivors)} noticed by a test,"
        f" {len(survivors)} survive, {unnamed} of them without a reason"
    )
    return 1 if unnamed or noticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
