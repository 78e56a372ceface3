"""What a server loads: libraries that weigh as much as all our code wait until somebody draws what
needs them.
"""

import json
import subprocess
import sys

import pytest

from models.settings import ROOT

# Opens a screen as Élise does, in a process of its own, and prints what is loaded then.
_OPENED = """
import json, sys
import dashboard.asgi
from models.database import engine
from support.pages import arrive, parts_of
tab = arrive(engine(), "elise", *sys.argv[1:])
charts = len(tab.get("vega_lite_chart"))
drawn = " ".join(parts_of(tab))
print(json.dumps({"charts": charts, "drawn": drawn, "loaded": sorted(sys.modules)}))
"""
TABLES = {"pandas"}
LIVE = {"altair", "pyarrow"}
OTHERS = {
    *("vl_convert", "typst", "xlsxwriter"),  # papers, images, workbooks
    *("alembic", "authlib", "httpx", "icalendar"),  # steps, the sign-on of a house, calendars
}


def opened(*address: str) -> dict:
    child = subprocess.run(
        [sys.executable, "-c", _OPENED, *address],
        cwd=ROOT / "tests",
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    return json.loads(child.stdout)


def test_a_cockpit_loads_no_library_of_tables_or_live_charts(demonstration):
    told = opened("tableau-de-bord")
    assert "Explorer ce graphique" in told["drawn"]
    assert (TABLES | LIVE | OTHERS).isdisjoint(told["loaded"])


@pytest.mark.parametrize("chart", ["depots-par-mois", "courbe-en-s"])
def test_a_live_chart_loads_none_of_tables(demonstration, chart):
    told = opened("extrait", f"graphique={chart}")
    assert told["charts"] == 1
    assert set(told["loaded"]) >= LIVE
    assert (TABLES | OTHERS).isdisjoint(told["loaded"])
