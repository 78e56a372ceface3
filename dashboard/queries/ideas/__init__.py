"""Reads ideas (idées)."""
