"""Every figure of the catalogue, declared once: code, label, definition, function. `board.py`
assembles them.
"""

# In the order of the catalogue, which is that of the screens.
# isort: off
# ruff: noqa: F401
from dashboard.figures import roadmap, steering, communities, ideas, academy, outside
from dashboard.figures.kinds import REGISTRY, Breakdown, Figure, Point, Unit, Value

__all__ = ["REGISTRY", "Breakdown", "Figure", "Point", "Unit", "Value"]
