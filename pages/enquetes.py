"""Enquêtes: Les questionnaires et leurs résultats, d'une vague à l'autre."""

from dashboard.frame.pages import show_view
from dashboard.views import concertation, questionnaires

show_view(concertation, questionnaires)
