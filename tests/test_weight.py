"""What a server loads: libraries that weigh as much as all our code wait until somebody draws what
needs them.
"""

import json
import subprocess
import sys

from models.settings import ROOT

# What a server imports, then screens as Élise opens them, then all screens, in a process of its own:
# prints what is loaded after each.
_OPENED = """
import ast, importlib, json, sys
from pathlib import Path
import dashboard.asgi
print(json.dumps({"loaded": sorted(sys.modules)}))
from models.database import engine
from support.pages import arrive, parts_of
for address in json.loads(sys.argv[1]):
    tab = arrive(engine(), "elise", *address)
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
PAPERS = {"vl_convert", "typst", "xlsxwriter"}  # images, papers, workbooks
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


def test_a_cockpit_loads_no_library_of_tables_or_live_charts_and_a_live_chart_none_of_tables(
    demonstration,
):
    charts = [("extrait", f"graphique={chart}") for chart in ("depots-par-mois", "courbe-en-s")]
    begun, cockpit, *live, whole = opened(("tableau-de-bord",), *charts)
    assert OF_PROGRAMS.isdisjoint(begun["loaded"]), "no program reads it yet"
    assert PAPERS.isdisjoint(whole["loaded"]), "what makes reports and images is the child's"
    assert "dashboard.ui.charts" in whole["loaded"]
    assert "Explorer ce graphique" in cockpit["drawn"]
    assert (TABLES | LIVE | OTHERS).isdisjoint(cockpit["loaded"])
    for told in live:
        assert told["charts"] == 1
        assert set(told["loaded"]) >= LIVE
        assert (TABLES | OTHERS).isdisjoint(told["loaded"])
