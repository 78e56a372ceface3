"""Mentions: Le registre des traitements et la déclaration d'accessibilité."""

from dashboard.frame.around import show_view
from dashboard.views import accessibilite, registre

show_view(registre, accessibilite)
