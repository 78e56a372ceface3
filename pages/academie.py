"""Académie: Les formations, leurs sessions, vos inscriptions ; les savoir-faire des collègues."""

from dashboard.frame.around import show_view
from dashboard.views import academie

show_view(academie)
