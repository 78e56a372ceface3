"""Progress groups (groupes de progrès)."""
