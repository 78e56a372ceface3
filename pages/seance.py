"""Séance: Préparer la séance, voir ce qui a bougé, décider, publier."""

from dashboard.frame.pages import show_view
from dashboard.views import decisions, depuis, publication, rapport

show_view(decisions, depuis, rapport, publication)
