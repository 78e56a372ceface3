"""Mentions: Le registre des traitements et la déclaration d'accessibilité."""

from dashboard.frame.around import show_view
from dashboard.views import mentions

show_view(mentions)
