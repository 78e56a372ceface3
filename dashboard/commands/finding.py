"""Finds a command (trouver une commande) and imports its module on demand, since importing all of
them takes longer than most commands do.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module

import typer
from typer.core import TyperCommand, TyperGroup

# Command → the module here that contains it, in the order of the help.
MODULES = {
    "init": "installing",
    "run": "serving",
    "figures": "figures",
    "report": "report",
    "check": "checking",
    "backup": "backups",
    "restore": "backups",
    "upgrade": "upgrading",
    "job": "jobs",
    "tick": "tick",
    "seed": "seeding",
    "import": "imports",
    "export": "exports",
    "account": "accounts",
    "person": "persons",
}
# Those whose module is a group of commands.
_GROUPS = frozenset(("seed", "account", "person"))


class _LazyCommands(Mapping):
    """Name → command; listing the names imports no module."""

    def __iter__(self) -> Iterator[str]:
        return iter(MODULES)

    def __len__(self) -> int:
        return len(MODULES)

    def __getitem__(self, name: str) -> TyperCommand | TyperGroup:
        return _command(name)


def _command(name: str) -> TyperCommand | TyperGroup:
    """The command. Raises KeyError for an unknown one."""
    group = typer.main.get_group(imported(MODULES[name]).app)
    if name not in _GROUPS:
        return group.commands[name]
    group.name = name
    return group


def imported(module: str) -> object:
    """A module of this package, imported on first use."""
    return import_module(f"dashboard.commands.{module}")


class Commands(TyperGroup):
    """All commands, in the order of the help."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.commands = _LazyCommands()

    def list_commands(self, _context: object) -> list[str]:
        return list(self.commands)
