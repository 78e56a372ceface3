"""Files of surveys (enquêtes)."""
