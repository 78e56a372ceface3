"""What the code imports is declared, and both locks install the same versions of it."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from models.settings import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ROOMS = ("dashboard", "models", "pages", "seed")


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: list[str]) -> set[str]:
    return {normalised(re.match(r"[\w.-]+", line)[0]) for line in requirements}


PRODUCTION = names(PROJECT["dependencies"])
EXTRAS = {extra: names(lines) for extra, lines in PROJECT["optional-dependencies"].items()}


def modules_imported_in(path: Path) -> set[str]:
    """The first part of every absolute import of a file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.split(".")[0])
    return found


def packages_imported_in(*rooms: str) -> set[str]:
    """The distributions that the files of these rooms import; our own modules and Python's are
    none."""
    files = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    ours = {*ROOMS, "tests", "support", *(path.stem for path in (ROOT / "tests").glob("*.py"))}
    modules = set().union(*map(modules_imported_in, files)) - ours - sys.stdlib_module_names
    distributions = packages_distributions()
    return {normalised(distributions.get(module, [module])[0]) for module in modules}


def locked(name: str) -> dict[str, str]:
    """Each package of a lock, with its version, markers and hashes as written. A package may
    have one version per Python: the key keeps the marker apart."""
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    return {entry.split(" \\")[0]: entry for entry in entries}


def packages_of(lock: dict[str, str]) -> set[str]:
    return {key.split("==")[0] for key in lock}


@pytest.mark.slow
def test_what_the_house_imports_is_declared():
    """What one town needs and another does not is an extra, and in both locks all the same."""
    assert packages_imported_in(*ROOMS) - PRODUCTION == EXTRAS["age"]


@pytest.mark.slow
def test_what_the_tests_import_is_declared():
    """The locks hold the extra of encrypted backups too: the tests open what was closed."""
    known = PRODUCTION | EXTRAS["test"] | EXTRAS["age"]
    assert packages_imported_in("tests") - known == set()


def test_both_locks_install_the_same_versions():
    production, test = locked("requirements.lock"), locked("requirements-test.lock")
    assert production and production.items() <= test.items()


def test_the_production_lock_holds_what_is_declared_and_no_test_tool():
    packages = packages_of(locked("requirements.lock"))
    assert packages >= PRODUCTION | EXTRAS["build"] | EXTRAS["age"]
    assert not packages & EXTRAS["test"]
    assert packages_of(locked("requirements-test.lock")) >= EXTRAS["test"]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_a_lock_names_hashes_and_no_index(name):
    assert "://" not in (ROOT / name).read_text(encoding="utf-8")
    assert all("--hash=sha256:" in entry for entry in locked(name).values())
