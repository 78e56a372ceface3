"""Communautés: Les réseaux d'agents, les groupes de progrès, les bonnes pratiques."""

from dashboard.frame.around import show_view
from dashboard.views import communautes, groupes, marques_interet

show_view(communautes, groupes, marques_interet)
