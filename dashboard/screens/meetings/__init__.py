"""Meetings (réunions)."""
