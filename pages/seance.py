"""Séance: Préparer la séance, voir ce qui a bougé, décider, publier."""

from dashboard.frame.around import show_view
from dashboard.views import decisions, depuis, en_seance, preparer, publication, rapport

show_view(preparer, en_seance, decisions, depuis, rapport, publication)
