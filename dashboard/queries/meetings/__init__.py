"""Reads meetings (réunions)."""
