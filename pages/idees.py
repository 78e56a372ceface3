"""Idées: Lire, soutenir et commenter les idées ; y répondre."""

from dashboard.frame.around import show_view
from dashboard.views import ce_que_vous_dites, idees, lots, reception

show_view(idees, reception, ce_que_vous_dites, lots)
