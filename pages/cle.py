"""Choisir mon mot de passe: La page du lien d'une invitation."""

from dashboard.frame.around import show_view
from dashboard.views import cle

show_view(cle)
