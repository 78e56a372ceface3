"""What the documents tell of the program is made from the program: `python -m tests.documents`.

`docs/commands.md` comes from the command line's own help, the table of `docs/settings.md` from the
settings, the picture of `docs/architecture.md` from the imports, `docs/measured.md` from the lines of
the last bench. `tests/test_house.py` compares.
"""

import ast
import inspect
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from enum import Enum
from functools import cache
from pathlib import Path

import typer

from dashboard.__main__ import app
from dashboard.actions.imports import importable
from models.jobs import REGISTERS
from models.settings import ROOT, Settings
from tests.performance.results import read, tables

DOCS = ROOT / "docs"
Imports = dict[str, set[str]]  # room → the rooms that it imports

COMMANDS_HEAD = """# Commands

Made from the command line's own help by `python -m tests.documents`; a test compares. The program
speaks French, so its help is quoted as it is. `c-possible …` and `python -m dashboard …` are the
same. Without a command it serves (`run`). Every command but `upgrade` migrates the database first; `run`,
`seed`, `init` and `restore` alone make one, all others refuse one that is missing or empty.

Exit codes: 0 done, 1 refused or failed with one sentence on stderr, 2 wrong usage, 3 there are steps to take
(`upgrade --check`). `import`, `backup`,
`restore`, `report` and `seed demo` report their progress on stderr, never on stdout.
"""


def main() -> None:
    """Writes anew what is generated."""
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))


def generated() -> dict[Path, str]:
    """File → its whole text, as it should be now."""
    settings, architecture = DOCS / "settings.md", DOCS / "architecture.md"
    measured = DOCS / "measured.md"
    return {
        measured: replaced(measured, "bench", tables(read(DOCS / "measured.json"))),
        DOCS / "commands.md": commands_page(),
        settings: replaced(settings, "settings", settings_table()),
        architecture: replaced(architecture, "rooms", rooms_part(room_imports())),
    }


def replaced(path: Path, name: str, part: str) -> str:
    """The text of a file with what stands between its two marks exchanged."""
    begin, end = f"<!-- {name}: generated -->", f"<!-- {name}: end -->"
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{path.name} has no marks « {name} »")
    return f"{before}{begin}\n{part}\n{end}{after}"


# ── The command line ──────────────────────────────────────────────────────────────────────────────


def commands_page() -> str:
    """One section a command, its arguments and options in the order of the help."""
    parts = [COMMANDS_HEAD]
    for words, command in visible_commands(typer.main.get_command(app), ()):
        parts.append(f"## {' '.join(words)}\n\n{inspect.cleandoc(command.help or '')}\n")
        lines = [parameter_line(parameter) for parameter in command.params]
        if lines:
            parts.append("\n".join(lines) + "\n")
        if words == ("import",):
            parts.append(columns_table())
    return "\n".join(parts)


def columns_table() -> str:
    """The columns of each register that comes in as a file."""
    rows = [
        f"| `{register.command}` | {';'.join(importable(kind).columns)} |"
        for kind, register in REGISTERS.items()
    ]
    return "\n".join(["| import | columns |", "| --- | --- |", *rows]) + "\n"


def visible_commands(group, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    for name in group.commands:
        command = group.get_command(None, name)
        if command.hidden:
            continue
        if hasattr(command, "commands"):
            yield from visible_commands(command, (*words, name))
        else:
            yield (*words, name), command


def parameter_line(parameter) -> str:
    """`- `--format` : Forme du compte rendu. (text, json ; text)`"""
    if parameter.opts[0].startswith("-"):
        name = " / ".join([*parameter.opts, *parameter.secondary_opts])
    else:
        name = parameter.name.upper()
    notes = [note for note in (choices(parameter), default(parameter)) if note]
    told = " ".join((parameter.help or "").replace("\\[", "[").split())
    noted = f" ({' ; '.join(notes)})" if notes else ""
    return f"- `{name}` : {told}{noted}" if told else f"- `{name}`{noted}"


def choices(parameter) -> str:
    annotation = parameter.type_descriptor.annotation
    is_choice = isinstance(annotation, type) and issubclass(annotation, Enum)
    return ", ".join(str(word.value) for word in annotation) if is_choice else ""


def default(parameter) -> str:
    if parameter.required:
        return "obligatoire"
    value = parameter.default
    if value is None or isinstance(value, bool) or value in ("", [], ()):
        return ""
    return f"par défaut : {value.value if isinstance(value, Enum) else value}"


# ── The settings ──────────────────────────────────────────────────────────────────────────────────


def settings_table() -> str:
    rows = [
        f"| `{name.upper()}` | {written_default(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| variable | default | what |", "| --- | --- | --- |", *rows])


def written_default(value: object) -> str:
    """Nothing is a dash, the data folder goes by its name."""
    if value is None or value == "":
        return "–"
    if isinstance(value, Path):
        return f"`{value.name}`"
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value}`"


# ── The rooms ─────────────────────────────────────────────────────────────────────────────────────


@cache
def room_imports() -> Imports:
    """Which room imports which, from every import statement of the program."""
    found: Imports = defaultdict(set)
    for package in ("dashboard", "models", "pages", "seed"):
        for path in sorted((ROOT / package).rglob("*.py")):
            room = room_of(path.relative_to(ROOT).with_suffix("").parts)
            found[room] |= {other for other in rooms_imported(path) if other != room}
    return {room: found[room] for room in sorted(found) if room != "dashboard"}


def room_of(parts: tuple[str, ...]) -> str:
    """The folder or loose module of `dashboard`, or the package."""
    if parts[0] != "dashboard" or len(parts) == 1:
        return parts[0]
    return parts[1] if parts[1] != "__init__" else "dashboard"


def rooms_imported(path: Path) -> set[str]:
    with tokenize.open(path) as file:
        tree = ast.parse(file.read())
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "dashboard":
            modules |= {f"dashboard.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module or "")
    ours = [name.split(".") for name in modules]
    return {
        room_of(tuple(parts))
        for parts in ours
        if parts[0] in ("dashboard", "models", "pages", "seed")
    } - {"dashboard"}


def rooms_part(imports: Imports) -> str:
    """The picture, then every import as a table."""
    arrows = [f"    {room} --> {other}" for room, other in sorted(direct(imports))]
    rows = [
        f"| `{name_of(room)}` | {', '.join(sorted(others)) or '–'} |"
        for room, others in imports.items()
    ]
    names = [f'    {room}["{name_of(room)}"]' for room in imports]
    return "\n".join(
        [
            "```mermaid",
            "graph TD",
            *names,
            *arrows,
            "```",
            "",
            "| room | imports |",
            "| --- | --- |",
            *rows,
        ]
    )


def name_of(room: str) -> str:
    """The path of a room, as one would open it."""
    if room in ("models", "pages", "seed"):
        return f"{room}/"
    folder = ROOT / "dashboard" / room
    return f"dashboard/{room}/" if folder.is_dir() else f"dashboard/{room}.py"


def direct(imports: Imports) -> set[tuple[str, str]]:
    """The arrows that no longer way through other rooms already tells."""
    return {
        (room, other)
        for room, others in imports.items()
        for other in others
        if not any(other in reached(imports, between) for between in others - {other})
    }


def reached(imports: Imports, room: str) -> set[str]:
    """Every room that one comes to from this one."""
    found, waiting = set(), [room]
    while waiting:
        for other in imports.get(waiting.pop(), ()):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


if __name__ == "__main__":
    main()
