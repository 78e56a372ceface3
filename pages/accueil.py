"""Accueil: Ce qui vous attend, où en est le programme, ce qui arrive."""

from dashboard.frame.around import show_view
from dashboard.views import a_prevenir, accueil, actualites

show_view(accueil, actualites, a_prevenir)
