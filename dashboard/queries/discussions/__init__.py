"""Reads the discussions of subjects (discussions)."""
