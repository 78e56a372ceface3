"""Reading notices (avis)."""
