"""Intégrer: Montrer un chiffre, un graphique ou le formulaire sur une autre page."""

from dashboard.frame.around import show_view
from dashboard.views import integrer

show_view(integrer)
