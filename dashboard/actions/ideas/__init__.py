"""Acts on ideas (idées)."""
