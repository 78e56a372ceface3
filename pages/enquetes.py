"""Enquêtes: Les questionnaires et leurs résultats ; les questions posées au terrain."""

from dashboard.frame.around import show_view
from dashboard.views import campagnes, enquetes

show_view(campagnes, enquetes)
