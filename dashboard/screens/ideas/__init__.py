"""Ideas (idées)."""
