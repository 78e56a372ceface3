"""Reads decisions (décisions)."""
