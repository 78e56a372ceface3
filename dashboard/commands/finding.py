"""Finding a command (trouver une commande): the module of each is imported once it is asked for,
since to import all of them takes longer than most commands do.
"""

import gc
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module

import typer
from typer.core import TyperCommand, TyperGroup

# Command → the module here that holds it.
PLACES = {
    "init": "installing",
    "run": "serving",
    "figures": "figures",
    "report": "report",
    "check": "checking",
    "clock": "clocks",
    "backup": "keeping",
    "restore": "keeping",
    "upgrade": "upgrading",
    "since": "upgrading",
    "open-data": "open_data",
    "reading-views": "open_data",
    "job": "jobs",
    "tick": "tick",
    "seed": "seeding",
    "import": "finding",
    "export": "files",
    "account": "accounts",
    "mandate": "mandates",
    "person": "persons",
    "token": "reader_tokens",
}
# Those that have commands of their own → their application in that module.
_GROUPS = {
    "seed": "app",
    "import": "import_app",
    "export": "export_app",
    "account": "app",
    "mandate": "app",
    "person": "app",
    "token": "app",
}


class _Found(Mapping):
    """Name → command; the names without any module."""

    def __init__(self, names: Callable[[], Iterator[str]], find: Callable[[str], TyperCommand]):
        self._names, self._find = names, find

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(list(self._names()))

    def __getitem__(self, name: str) -> TyperCommand | TyperGroup:
        return self._find(name)


def _command(name: str) -> TyperCommand | TyperGroup:
    """Raises KeyError for one that there is not."""
    module = _imported(PLACES[name])
    if name not in _GROUPS:
        return typer.main.get_group(module.app).commands[name]
    group = typer.main.get_group(getattr(module, _GROUPS[name]))
    group.name = name
    return group


def _import(name: str) -> TyperCommand:
    """Files of ideas are the largest, and need no other import."""
    if name == _IDEAS:
        return typer.main.get_group(_imported("idea_imports").app).commands[name]
    return typer.main.get_group(_imported("files").import_app).commands[name]


def _imports() -> Iterator[str]:
    yield _IDEAS
    yield from typer.main.get_group(_imported("files").import_app).commands


_IDEAS = "ideas"


def _imported(module: str) -> object:
    name = f"dashboard.commands.{module}"
    if name in sys.modules:
        return sys.modules[name]
    gc.disable()
    try:
        return import_module(name)
    finally:
        # What was imported lives as long as the process: no collection looks through it from here.
        gc.freeze()
        gc.enable()


class _Lazy(TyperGroup):
    def list_commands(self, _context: object) -> list[str]:
        return list(self.commands)


class Commands(_Lazy):
    """All commands, in the order in which the help lists them."""

    def __init__(self, **given: object) -> None:
        super().__init__(**given)
        self.commands = _Found(lambda: iter(PLACES), _command)


class Imports(_Lazy):
    """The imports, that of ideas first."""

    def __init__(self, **given: object) -> None:
        super().__init__(**given)
        self.commands = _Found(_imports, _import)


import_app = typer.Typer(cls=Imports, help="Importe un fichier.")
