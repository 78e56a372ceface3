"""Séance: Préparer la séance, voir ce qui a bougé, décider, publier."""

from dashboard.frame.around import show_view
from dashboard.views import seance

show_view(seance)
