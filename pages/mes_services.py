"""Mes services: Transmettre les réponses à ceux qui n'ont pas d'écran ; les affiches."""

from dashboard.frame.around import show_view
from dashboard.views import mes_services

show_view(mes_services)
