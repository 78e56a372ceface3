"""Pourquoi ce chiffre ?: Ce que compte un chiffre, et d'où il vient."""

from dashboard.frame.around import show_view
from dashboard.views import pilotage

show_view(pilotage)
