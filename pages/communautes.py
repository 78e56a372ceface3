"""Communautés: Les réseaux d'agents, les groupes de progrès, les bonnes pratiques."""

from dashboard.frame.around import show_view
from dashboard.views import communautes, groupes, marques_interet

show_view(
    communautes.communautes_view,
    groupes.groupes_view,
    communautes.bonnes_pratiques_view,
    marques_interet.marques_interet_view,
)
