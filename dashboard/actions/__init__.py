"""Writing: right → rule → fact → commit. One function per human act."""
