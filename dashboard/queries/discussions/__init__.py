"""Reading what is said of a subject (discussions)."""
