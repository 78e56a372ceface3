"""Acts on progress groups (groupes de progrès)."""
