"""Feuille de route: Les chantiers et leurs jalons, ce qui glisse et pourquoi ; les ambitions."""

from dashboard.frame.around import show_view
from dashboard.views import ambitions, feuille_de_route

show_view(ambitions, feuille_de_route)
