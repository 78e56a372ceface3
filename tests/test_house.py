"""The house checks itself: floors, names, sizes, declared figures, declared settings, one line
per screen.
"""

import ast
import re
import subprocess
import sys
import tokenize
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from documents import written_default
from support.troupe import STREAMS

from dashboard.figures import REGISTRY, Breakdown
from dashboard.figures.kinds import Unit, every_value
from dashboard.visit.screens import PAGES, PLACES, SCREENS
from models.idea_states import IdeaStatus
from models.roadmap import TargetKind
from models.settings import ROOT, Settings

ROOMS = ("models", "dashboard", "pages", "seed")
# The upper floors: the only rooms that may speak to Streamlit.
UPPER_FLOORS = {"dashboard/app.py", "dashboard/asgi.py", "dashboard/__main__.py"}
UPPER_ROOMS = (
    "dashboard/views/",
    "dashboard/frame/",
    "dashboard/screens/",
    "dashboard/ui/",
    "dashboard/visit/",
    "dashboard/cached/",
)


def sources(*rooms: str) -> list[Path]:
    return sorted(
        path
        for room in rooms
        for path in (ROOT / room).rglob("*.py")
        if "versions" not in path.parts
    )


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    with tokenize.open(path) as file:
        return ast.parse(file.read())


@cache
def imported(path: Path) -> set[str]:
    """The top-level packages that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").split(".")[0])
    return found


def run(*command: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_streamlit_lives_on_the_upper_floors_only():
    speaking = {
        name_of(path)
        for path in sources("models", "dashboard", "seed")
        if "streamlit" in imported(path)
    }
    assert {name for name in speaking if not name.startswith(UPPER_ROOMS)} <= UPPER_FLOORS


def test_models_know_neither_streamlit_nor_pandas():
    for path in sources("models"):
        assert not imported(path) & {
            "streamlit",
            "pandas",
            "altair",
            "dashboard",
            "pages",
            "seed",
        }, name_of(path)


def test_pages_ask_queries_and_acts_never_the_database_language():
    for path in sources("pages", "dashboard/views"):
        assert not imported(path) & {"sqlalchemy", "sqlmodel"}, name_of(path)


def test_a_list_of_names_that_was_shown_is_noted_by_one_function():
    """A screen that notes it by itself may do so twice: a run may end between the journal and the
    tab's mark. A file that is taken away has no tab: it is noted where it is made.
    """
    shown = {"session", "signin.current_reader()"}
    asks = [
        name_of(path)
        for path in sources("dashboard", "pages")
        for call in ast.walk(tree_of(path))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) == "note_reading"
        and shown <= {ast.unparse(given) for given in call.args}
    ]
    assert asks == ["dashboard/visit/navigation.py"]


def test_every_module_says_what_it_is():
    modules = sources("dashboard", "models", "seed")
    assert [name_of(path) for path in modules if not ast.get_docstring(tree_of(path))] == []


def test_no_function_of_a_module_takes_the_place_of_another():
    for path in sources(*ROOMS):
        body = tree_of(path).body
        names = [node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        assert len(names) == len(set(names)), name_of(path)


def test_no_module_hides_a_standard_one():
    names = {
        path.stem
        for path in (ROOT / "dashboard").iterdir()
        if path.suffix == ".py" or path.is_dir()
    }
    assert not names & (sys.stdlib_module_names - {"__main__", "__init__"})


def test_no_room_for_odds_and_ends():
    names = {path.stem for path in sources(*ROOMS)}
    assert not names & {"utils", "util", "helpers", "helper", "common", "misc", "tools"}


def test_the_entry_file_has_no_pages_beside_it():
    """Beside `pages/`, Streamlit's old discovery would serve pages to a stranger before the
    sign-in runs.
    """
    assert (ROOT / "dashboard" / "app.py").is_file()
    assert not (ROOT / "dashboard" / "pages").exists()
    assert PAGES == ROOT / "pages"
    assert not [path.name for path in ROOT.glob("*.py") if "streamlit" in imported(path)]


def test_every_place_and_every_view_has_its_file_and_every_file_is_one():
    files = {path.name for path in PAGES.glob("*.py")} - {"__init__.py"}
    assert files == {place.file.name for place in PLACES}
    views = [
        name
        for path in (ROOT / "dashboard/views").glob("*.py")
        for name in re.findall(r"^def (\w+_view)\(", path.read_text(encoding="utf-8"), re.M)
    ]
    assert sorted(views) == sorted(screen.function for screen in SCREENS)
    assert len({screen.url for screen in SCREENS}) == len(SCREENS)


def test_env_example_lists_exactly_the_settings():
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    listed = re.findall(r"^#?\s*([A-Z][A-Z0-9_]+)=", text, re.MULTILINE)
    assert listed == [name.upper() for name in Settings.model_fields]
    for name, field in Settings.model_fields.items():
        assert field.description and field.description in text, f"{name} is not explained"


def test_the_documents_tell_every_setting_with_its_default():
    lines = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8").splitlines()
    told = [
        tuple(cell.strip() for cell in line.strip("|").split("|"))
        for line in lines
        if re.match(r"\| `(CP_|DATABASE_URL)[A-Z_]*` \|", line)
    ]
    assert told == [
        (f"`{name.upper()}`", written_default(field.default), field.description)
        for name, field in Settings.model_fields.items()
    ]


def test_a_figure_is_declared_once():
    """Its codes are those of the independent recomputation (tests/test_recompute.py)."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in sources("dashboard/figures"))
    for code in REGISTRY:
        declared = rf'(?:figure|declare_unmeasured|_declare)\(\s*"{re.escape(code)}",'
        assert len(re.findall(declared, source)) == 1, code


@pytest.mark.parametrize("code", REGISTRY)
def test_every_figure_explains_itself(code):
    figure = REGISTRY[code]
    assert (
        figure.code == code and figure.label and figure.reader and figure.source and figure.window
    )
    assert isinstance(figure.cut, Breakdown) and figure.subjects
    for value in figure.values_of(STREAMS):
        assert value.label.strip() and value.definition.strip().endswith("."), value.code
        assert isinstance(value.unit, Unit) and isinstance(value.kind, TargetKind), value.code


def test_labels_of_values_are_told_apart():
    labels = [value.label for _, value in every_value(STREAMS)]
    assert len(set(labels)) == len(labels)


def test_a_state_leads_to_states_that_exist():
    """Codes in text: one that is misspelt would end in an error before somebody."""
    for status in IdeaStatus:
        assert status.rules.message
        assert {IdeaStatus(code) for code in status.rules.leads_to.split()} <= set(IdeaStatus)


def test_what_a_module_offers_is_there():
    missing = []
    for path in sorted((ROOT / "dashboard").rglob("__init__.py")):
        module = import_module(".".join(path.parent.relative_to(ROOT).parts))
        offered = getattr(module, "__all__", ())
        missing += [f"{module.__name__}.{name}" for name in offered if not hasattr(module, name)]
    assert missing == []
