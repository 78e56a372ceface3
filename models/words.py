"""Vocabularies: the stored code and the French label of a word, in one place.

Codes are stored as text, so that a new one needs no migration.
"""

from enum import StrEnum


class Word(StrEnum):
    """A stored code with its French label; vocabularies may add more attributes."""

    label: str

    def __new__(cls, code: str, label: str, **_: object):
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member

    @classmethod
    def of_label(cls, label: str):
        """The word with this label, or None."""
        return next((member for member in cls if member.label == label), None)
