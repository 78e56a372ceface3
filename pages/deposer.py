"""Déposer une idée: Une idée, un constat, un problème : deux minutes suffisent."""

from dashboard.frame.around import show_view
from dashboard.views import deposer

show_view(deposer)
