"""Idées: Lire, soutenir et commenter les idées ; y répondre."""

from dashboard.frame.around import show_view
from dashboard.views import idees, themes

show_view(idees, themes)
