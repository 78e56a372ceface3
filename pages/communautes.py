"""Communautés: Les réseaux d'agents, les groupes de progrès, les bonnes pratiques."""

from dashboard.frame.around import show_view
from dashboard.views import bonnes_pratiques, communautes, groupes, marques_interet

show_view(communautes, groupes, bonnes_pratiques, marques_interet)
