"""The house checks itself; the documents; the accessibility statement says what the audit measured,
and nothing that it did not; what the code imports is declared, and both locks install the same
versions of it; what a server loads.
"""

import ast
import json
import re
import subprocess
import sys
import tokenize
import tomllib
from functools import cache
from importlib import import_module
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from documents import DOCS, generated, room_imports, written_default
from support.places import CAST, reader_of, richest, screens
from support.troupe import STREAMS

from dashboard.figures import REGISTRY, Breakdown
from dashboard.figures.kinds import Unit, every_value
from dashboard.screens.statement import RESULTS, is_ours, last_audit, not_looked_at
from dashboard.visit.screens import PAGES, PLACES, SCREENS
from models.idea_states import IdeaStatus
from models.roadmap import TargetKind
from models.settings import ROOT, Settings

# ── The house checks itself ───────────────────────────────────────────────────────────────────────
# Floors, names, sizes, declared figures, declared settings, one line per screen.

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


# ── The documents ─────────────────────────────────────────────────────────────────────────────────
# What is made from the program is up to date, what they name exists, and the first page stays
# short.

DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.glob("*.md")])
PICTURES = {".png", ".jpg", ".svg"}
# What in backticks is meant as a file of the project: a folder of ours before it, or a suffix.
_PATH = re.compile(
    r"`((?:dashboard|models|pages|seed|tests|docs)/[\w./-]*"
    r"|[\w.-][\w./-]*\.(?:py|md|toml|lock|csv|html|css|js|json|typ|txt|png))`"
)
# « `ROWS` of `dashboard/…/figure_rows.py` »: a name, and the file that is said to hold it.
_NAME_IN_FILE = re.compile(r"`([A-Za-z_]\w*)`,? (?:of|in)\s+`([\w./-]+\.py)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """The anchors that a heading of this page makes, as Markdown pages are shown."""
    headings = [heading.lower() for heading in _HEADING.findall(text_of(page))]
    return {re.sub(r"[^\w -]", "", heading).strip().replace(" ", "-") for heading in headings}


def test_what_is_generated_is_up_to_date():
    stale = [name_of(path) for path, text in generated().items() if text_of(path) != text]
    assert not stale, f"`python -m tests.documents` renews {', '.join(stale)}"


def test_the_readme_stays_short():
    assert len(text_of(ROOT / "README.md").splitlines()) <= 110


def test_the_readme_leads_to_every_document():
    linked = set(_LINK.findall(text_of(ROOT / "README.md")))
    assert {name_of(page) for page in DOCS.glob("*.md")} <= linked


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_file_that_is_named_exists(document):
    named = set(_PATH.findall(text_of(document)))
    missing = {path for path in named if not (ROOT / path).exists()}
    assert not missing


@pytest.mark.parametrize("document", sorted(DOCS.glob("*.md")), ids=name_of)
def test_every_name_stands_in_the_file_that_is_said_to_hold_it(document):
    gone = [
        f"{name} in {path}"
        for name, path in _NAME_IN_FILE.findall(text_of(document))
        if not re.search(rf"\b{name}\b", (ROOT / path).read_text(encoding="utf-8"))
    ]
    assert not gone


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(document):
    for link in _LINK.findall(text_of(document)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{link} has no such heading"


def test_every_picture_of_the_documents_is_shown():
    shown = {
        (page.parent / link).resolve()
        for page in DOCUMENTS
        for link in _LINK.findall(text_of(page))
    }
    assert {picture for picture in DOCS.iterdir() if picture.suffix in PICTURES} <= shown


def test_the_picture_of_the_rooms_holds_every_room():
    loose = ("__init__", "__pycache__")
    inside = {
        path.stem
        for path in (ROOT / "dashboard").iterdir()
        if path.stem not in loose and (path.suffix == ".py" or (path / "__init__.py").is_file())
    }
    assert set(room_imports()) == inside | {"models", "pages", "seed"}


def test_the_newest_release_is_the_version_of_the_program():
    releases = re.findall(
        r"^## (\d+\.\d+\.\d+) – (\d{4}-\d\d-\d\d)$", text_of(ROOT / "CHANGELOG.md"), re.M
    )
    version = re.search(r'^version = "(.+)"$', text_of(ROOT / "pyproject.toml"), re.M)[1]
    assert releases[0][0] == version
    numbers = [tuple(map(int, number.split("."))) for number, _ in releases]
    assert numbers == sorted(numbers, reverse=True) and len(set(numbers)) == len(numbers)
    assert [day for _, day in releases] == sorted((day for _, day in releases), reverse=True)


# ── The accessibility statement says what the audit measured, and nothing that it did not ─────────

SAID = {
    "date": "2026-02-03",
    "moteur": "axe-core",
    "version": "9.9.9",
    "regles": ["wcag2a"],
    "ecrans": ["accueil", "idees"],
    "etats": ["liste ouverte"],
    "roles": ["alice"],
    "themes": ["light"],
    "largeurs": [360],
    "combinaisons": 3,
    "constats": [
        {
            "regle": "region",
            "critere": "bonne pratique",
            "cause": "Streamlit",
            "elements": 2,
            "ou": ["liste ouverte"],
            "raison": "hors des régions",
            "reference": "streamlit/streamlit#1",
        }
    ],
    "clavier": {"reussis": 4, "echoues": 1},
    "a_la_main": ["Un lecteur d'écran."],
}


@pytest.fixture
def audit(tmp_path):
    def written(**changes: object):
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
        file.write_text(json.dumps(SAID | changes), encoding="utf-8")
        return last_audit(file)

    return written


def test_a_screen_that_came_after_the_audit_is_named(audit):
    assert not_looked_at(audit(), ["", "idees", "tout"]) == ["tout"]


def test_the_committed_audit_is_whole():
    """What is ours in it is said by the statement until it is mended and looked at again; `make
    audit` fails for it.
    """
    found = last_audit(RESULTS)
    assert found["clavier"]["echoues"] == 0 and found["clavier"]["reussis"] >= 8
    assert all(one["raison"] and one["reference"] for one in found["constats"] if not is_ours(one))
    assert found["a_la_main"], "the statement would claim what nobody has looked at"


# ── Who looks at what ─────────────────────────────────────────────────────────────────────────────


def test_every_screen_is_looked_at_by_who_may_open_it():
    assert [place.address.split("?")[0] for place in screens()] == [
        screen.href for screen in SCREENS
    ]
    for screen in SCREENS:
        assert richest(screen) in {part.login for part in CAST}
    assert reader_of(next(part for part in CAST if part.login == "alice")).is_known


# ── What the code imports is declared, and both locks install the same versions of it ─────────────

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PRODUCT = ("dashboard", "models", "pages", "seed")


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: list[str]) -> set[str]:
    return {normalised(re.match(r"[\w.-]+", line)[0]) for line in requirements}


PRODUCTION = names(PROJECT["dependencies"])
EXTRAS = {extra: names(lines) for extra, lines in PROJECT["optional-dependencies"].items()}


def packages_imported_in(*rooms: str) -> set[str]:
    """The distributions that the files of these rooms import; our own modules and Python's are
    none."""
    files = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    ours = {
        "",
        *PRODUCT,
        "tests",
        "support",
        *(path.stem for path in (ROOT / "tests").glob("*.py")),
    }
    modules = set().union(*map(imported, files)) - ours - sys.stdlib_module_names
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
    assert packages_imported_in(*PRODUCT) - PRODUCTION == EXTRAS["age"]


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


# ── What a server loads ───────────────────────────────────────────────────────────────────────────
# Libraries that weigh as much as all our code wait until somebody draws what needs them.

# What a server imports, then screens as Élise opens them, then all screens, in a process of its own:
# prints what is loaded after each.
_OPENED = """
import ast, importlib, json, sys
from pathlib import Path
import dashboard.asgi
print(json.dumps({"loaded": sorted(sys.modules)}))
from models.database import engine
from support.pages import arrive, parts_of, unfold
for address in json.loads(sys.argv[1]):
    # Without an address: who was there last opens the chart.
    tab = arrive(engine(), "elise", *address) if address[0] else unfold(tab, "Explorer ce graphique")
    charts = len(tab.get("vega_lite_chart"))
    drawn = " ".join(parts_of(tab))
    print(json.dumps({"charts": charts, "drawn": drawn, "loaded": sorted(sys.modules)}))
import dashboard.app
for page in Path("../pages").glob("*.py"):
    for node in ast.walk(ast.parse(page.read_text("utf-8"))):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            named = [node.module] if isinstance(node, ast.ImportFrom) else [n.name for n in node.names]
            for name in named:
                importlib.import_module(name)
print(json.dumps({"loaded": sorted(sys.modules)}))
"""
TABLES = {"pandas"}
LIVE = {"altair", "pyarrow"}
PAPERS = {"typst", "xlsxwriter"}  # papers and images, workbooks
OF_PROGRAMS = {"fastapi", "dashboard.interface.rows"}
OTHERS = {
    *PAPERS,
    *("alembic", "authlib", "httpx", "icalendar"),  # steps, the sign-on of a house, calendars
}


def opened(*addresses: tuple[str, ...]) -> list[dict]:
    child = subprocess.run(
        [sys.executable, "-c", _OPENED, json.dumps(addresses)],
        cwd=ROOT / "tests",
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    return [json.loads(line) for line in child.stdout.splitlines()]


@pytest.mark.slow
def test_charts_load_no_library_of_tables_or_live_charts_until_somebody_explores(demonstration):
    charts = [("pourquoi", "chiffre=avancement"), ("extrait", "graphique=courbe-en-s")]
    begun, *drawn, explored, whole = opened(("tableau-de-bord",), *charts, ("", "explorer"))
    assert OF_PROGRAMS.isdisjoint(begun["loaded"]), "no program reads it yet"
    assert PAPERS.isdisjoint(whole["loaded"]), "what makes reports and images is the child's"
    assert "dashboard.ui.charts" in whole["loaded"]
    for told in drawn:
        assert "cp-plot" in told["drawn"]
        assert (TABLES | LIVE | OTHERS).isdisjoint(told["loaded"])
    assert explored["charts"] == 1
    assert set(explored["loaded"]) >= LIVE
    assert (TABLES | OTHERS).isdisjoint(explored["loaded"])


_ASKED = """
import json, sys
from typer.testing import CliRunner
from dashboard.__main__ import app
told = CliRunner().invoke(app, sys.argv[1:])
print(json.dumps({"told": told.output, "loaded": sorted(sys.modules)}))
"""


def asked(*words: str) -> dict:
    """What a command prints in a process of its own, and what is loaded then."""
    child = subprocess.run(
        [sys.executable, "-c", _ASKED, *words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return json.loads(child.stdout)


@pytest.mark.slow
def test_a_command_loads_no_other_one():
    """An import of ideas spends as long on what it loads as on thousands of rows."""
    of_ideas = asked("import", "ideas", "--help")
    assert "--write" in of_ideas["told"]
    commands = {name for name in of_ideas["loaded"] if name.startswith("dashboard.commands.")}
    assert commands == {"dashboard.commands.finding", "dashboard.commands.imports"}
    assert "measures" in of_ideas["told"] and "headcounts" in of_ideas["told"]
