"""Every figure of the catalogue, declared once: code, label, definition, function. `board.py` puts them together."""

from dashboard.figures import roadmap, steering, communities, groups, ideas, academy, outside  # noqa: F401, I001  (catalogue order)
from dashboard.figures.kinds import REGISTRY, Cut, Figure, Point, Unit, Value

__all__ = ["REGISTRY", "Cut", "Figure", "Point", "Unit", "Value"]
