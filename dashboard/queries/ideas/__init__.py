"""Reading ideas (idées)."""
