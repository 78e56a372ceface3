"""Acts on decisions (décisions)."""
