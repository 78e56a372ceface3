"""Reading decisions (décisions)."""
