"""Reads people (personnes)."""
