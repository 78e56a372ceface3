"""Reads surveys (concertation)."""
