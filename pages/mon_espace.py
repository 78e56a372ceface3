"""Mon espace: Vos idées, vos inscriptions, vos avis, vos données."""

from dashboard.frame.around import show_view
from dashboard.views import mon_espace, vos_donnees

show_view(mon_espace, vos_donnees)
