"""Accueil: Ce qui vous attend, où en est le programme, ce qui arrive."""

from dashboard.frame.around import show_view
from dashboard.views import accueil

show_view(accueil)
