"""Feuille de route: Les chantiers et leurs jalons, ce qui glisse et pourquoi ; les ambitions."""

from dashboard.frame.around import show_view
from dashboard.views import ambitions, feuille_de_route

show_view(feuille_de_route.feuille_de_route_view, ambitions.ambitions_view, ambitions.projet_view)
