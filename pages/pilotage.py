"""Pilotage: Où en est le programme, direction par direction ; les cibles et les relevés."""

from dashboard.frame.around import show_view
from dashboard.views import cibles, ma_direction, tableau_de_bord, voix

show_view(tableau_de_bord, ma_direction, voix, cibles)
