"""What a server loads: libraries that weigh as much as all our code wait until somebody draws what
needs them.
"""

import json
import subprocess
import sys

import pytest

from models.settings import ROOT

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
