"""Agenda: Les réunions, les séances, les ateliers ; s'y inscrire."""

from dashboard.frame.around import show_view
from dashboard.views import agenda, ateliers

show_view(agenda, ateliers)
