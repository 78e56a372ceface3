"""The blocks of screens, by subject."""
