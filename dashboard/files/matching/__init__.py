"""One correspondence for every file: which of its columns is which field."""
