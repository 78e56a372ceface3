"""Acts on meetings (réunions)."""
