"""Reads the data behind figures (chiffres)."""
