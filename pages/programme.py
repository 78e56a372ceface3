"""Programme: Les chantiers, les jalons, les référentiels ; importer des fichiers."""

from dashboard.frame.around import show_view
from dashboard.views import programme

show_view(programme)
