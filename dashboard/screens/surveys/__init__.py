"""Surveys (concertation)."""
