"""What a server loads: libraries that weigh as much as all our code wait until somebody draws what
needs them.
"""

import json
import subprocess
import sys

from models.settings import ROOT

# Opens the cockpit as its readers do, and prints what is loaded then.
_OPENED = """
import json, sys
import dashboard.asgi
from models.database import engine
from support.pages import arrive, parts_of
tab = arrive(engine(), "elise", "tableau-de-bord")
print(json.dumps({"drawn": " ".join(parts_of(tab)), "loaded": sorted(sys.modules)}))
"""
HEAVY = {
    *("pandas", "altair", "pyarrow"),  # live charts, grids
    *("vl_convert", "typst", "xlsxwriter"),  # papers, images, workbooks
    *("alembic", "authlib", "httpx", "icalendar"),  # steps, the sign-on of a house, calendars
}


def test_a_cockpit_loads_no_library_of_tables_or_live_charts(demonstration):
    child = subprocess.run(
        [sys.executable, "-c", _OPENED],
        cwd=ROOT / "tests",
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    told = json.loads(child.stdout)
    assert "Explorer ce graphique" in told["drawn"]
    assert HEAVY.isdisjoint(told["loaded"])
