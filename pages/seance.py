"""Séance: Préparer la séance, voir ce qui a bougé, décider, publier."""

from dashboard.frame.around import show_view
from dashboard.views import seance

show_view(
    seance.preparer_view,
    seance.en_seance_view,
    seance.decisions_view,
    seance.depuis_view,
    seance.rapport_view,
    seance.publication_view,
)
