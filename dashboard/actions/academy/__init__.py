"""Acts on the academy (académie)."""
