"""Finding a command (trouver une commande): the module of each is imported once it is asked for,
since to import all of them takes longer than most commands do.
"""

import gc
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup


class Place(NamedTuple):
    """The module here that holds a command; `group`: the application in it of one that has commands
    of its own.
    """

    module: str
    group: str = ""


# In the order in which the help lists them.
PLACES = {
    "init": Place("installing"),
    "run": Place("serving"),
    "figures": Place("figures"),
    "report": Place("report"),
    "check": Place("checking"),
    "backup": Place("keeping"),
    "restore": Place("keeping"),
    "upgrade": Place("upgrading"),
    "job": Place("jobs"),
    "tick": Place("tick"),
    "seed": Place("seeding", "app"),
    "import": Place("imports"),
    "export": Place("exports"),
    "account": Place("accounts", "app"),
    "mandate": Place("mandates", "app"),
    "person": Place("persons", "app"),
    "token": Place("reader_tokens", "app"),
}


class _Found(Mapping):
    """Name → command; the names without any module."""

    def __iter__(self) -> Iterator[str]:
        return iter(PLACES)

    def __len__(self) -> int:
        return len(PLACES)

    def __getitem__(self, name: str) -> TyperCommand | TyperGroup:
        return _command(name)


def _command(name: str) -> TyperCommand | TyperGroup:
    """Raises KeyError for one that there is not."""
    place = PLACES[name]
    module = imported(place.module)
    if not place.group:
        return typer.main.get_group(module.app).commands[name]
    group = typer.main.get_group(getattr(module, place.group))
    group.name = name
    return group


def imported(module: str) -> object:
    """A module of this room, loaded when it is first asked for."""
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


class Commands(TyperGroup):
    """All commands, in the order in which the help lists them."""

    def __init__(self, **given: object) -> None:
        super().__init__(**given)
        self.commands = _Found()

    def list_commands(self, _context: object) -> list[str]:
        return list(self.commands)
