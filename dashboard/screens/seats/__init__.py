"""Seats (places) at meetings and sessions."""
