"""Reading the academy (académie)."""
