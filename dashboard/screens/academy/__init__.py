"""The academy (académie)."""
