"""Reading people (personnes)."""
