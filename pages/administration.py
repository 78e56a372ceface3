"""Administration: Les comptes, la mise en route, le journal, l'état du système."""

from dashboard.frame.around import show_view
from dashboard.views import comptes, etat_du_systeme, journal, mise_en_route

show_view(comptes, mise_en_route, journal, etat_du_systeme)
