"""Reading meetings (réunions)."""
