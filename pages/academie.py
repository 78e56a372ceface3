"""Académie: Les formations, leurs sessions, vos inscriptions ; les savoir-faire des collègues."""

from dashboard.frame.around import show_view
from dashboard.views import academie, savoir_faire

show_view(academie, savoir_faire)
