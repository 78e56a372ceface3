"""Acts on notices (avis)."""
