"""Chercher: Un écran, une idée, un jalon, une formation, une décision."""

from dashboard.frame.around import show_view
from dashboard.views import tout

show_view(tout)
