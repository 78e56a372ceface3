"""Reads notices (avis)."""
