"""Reads the academy (académie)."""
