"""What a server loads: libraries that weigh as much as all our code wait until somebody draws what
needs them.
"""

import json
import subprocess
import sys

from models.settings import ROOT

# Opens screens as Élise does, in a process of its own, and prints what is loaded after each.
_OPENED = """
import json, sys
import dashboard.asgi
from models.database import engine
from support.pages import arrive, parts_of
for address in json.loads(sys.argv[1]):
    tab = arrive(engine(), "elise", *address)
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
    cockpit, *live = opened(("tableau-de-bord",), *charts)
    assert "Explorer ce graphique" in cockpit["drawn"]
    assert (TABLES | LIVE | OTHERS).isdisjoint(cockpit["loaded"])
    for told in live:
        assert told["charts"] == 1
        assert set(told["loaded"]) >= LIVE
        assert (TABLES | OTHERS).isdisjoint(told["loaded"])
