"""Workshops (ateliers)."""
