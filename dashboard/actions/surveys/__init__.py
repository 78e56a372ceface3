"""Acts on surveys (enquêtes)."""
