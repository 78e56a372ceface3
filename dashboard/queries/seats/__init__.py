"""Reads seats (places) at meetings and sessions."""
