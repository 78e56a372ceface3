"""The roadmap (feuille de route)."""
