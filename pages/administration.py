"""Administration: Les comptes, la mise en route, le journal, l'état du système."""

from dashboard.frame.around import show_view
from dashboard.views import administration

show_view(administration)
