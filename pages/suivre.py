"""Suivre mon idée: Avec le code reçu au dépôt : où en est votre idée, et votre réponse."""

from dashboard.frame.around import show_view
from dashboard.views import deposer

show_view(deposer)
