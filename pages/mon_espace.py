"""Mon espace: Vos idées, vos inscriptions, vos avis, vos données."""

from dashboard.frame.around import show_view
from dashboard.views import mentions, mon_espace

show_view(mentions, mon_espace)
