"""Pilotage: Où en est le programme, direction par direction ; les cibles et les relevés."""

from dashboard.frame.around import show_view
from dashboard.views import cibles, pilotage

show_view(cibles, pilotage)
