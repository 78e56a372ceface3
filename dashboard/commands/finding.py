"""Finds a command (trouver une commande) and imports its module on demand, since importing all of
them takes longer than most commands do.
"""

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


class Commands(TyperGroup):
    """All commands, in the order of the help; listing their names imports no module."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.commands = dict.fromkeys(MODULES)

    def get_command(self, _context: object, name: str) -> TyperCommand | TyperGroup | None:
        if name not in MODULES:
            return None
        module = import_module(f"dashboard.commands.{MODULES[name]}")
        group = typer.main.get_group(module.app)
        if name not in _GROUPS:
            return group.commands[name]
        group.name = name
        return group
