"""Every figure of the catalogue: declared in `catalogue.toml`, computed by the function with its
code; `board.py` assembles them.
"""

from dashboard.figures import academy, ideas, roadmap, steering  # noqa: F401
from dashboard.figures.kinds import REGISTRY, Breakdown, Figure, Point, Unit, Value

__all__ = ["REGISTRY", "Breakdown", "Figure", "Point", "Unit", "Value"]
